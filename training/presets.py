"""Ready-made trainings, each with an honest word on how long it takes: names that a form and a command offer.

Left out on purpose: drawings. A preset says how to learn, and a recipe from what."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .data.augmentation import Augmentation
from .fit_settings import Settings

# Digits that the project draws, and things that are none, beside MNIST's 55,000.
GENERATED_IMAGES = 220_000


class UnknownPreset(ValueError):  # noqa: N818 (it is what it says)
    """No preset has this name."""


@dataclass(frozen=True)
class Preset:
    """An architecture, how it learns, and how many of MNIST's training images from (None: all but the validation's).

    `duration` and `accuracy` are what two cores took and reached when this was measured (docs/performance.md).
    """

    name: str
    architecture: str
    settings: Settings
    duration: str
    accuracy: str
    purpose: str
    mnist_images: int | None = None
    generated_images: int = 0

    @property
    def words(self) -> str:
        """What it is for and what to expect, in a sentence or two."""
        return _("%(purpose)s About %(duration)s on two cores, %(accuracy)s of MNIST’s test set.") % {
            "purpose": self.purpose,
            "duration": self.duration,
            "accuracy": self.accuracy,
        }

    @property
    def fields(self) -> dict[str, str | int | float | None]:
        """What it asks for in the fields of a job."""
        return {
            "architecture": self.architecture,
            "epochs": self.settings.epochs,
            "batch_size": self.settings.batch_size,
            "learning_rate": self.settings.learning_rate,
            "mnist_images": self.mnist_images,
            "generated_images": self.generated_images,
        }


ORIGINAL = Preset(
    "original",
    "lenet-5x5",
    Settings(
        epochs=2,
        batch_size=32,
        learning_rate=0.01,
        schedule="constant",
        weight_decay=0.0,
        beta1=0.95,
        beta2=0.99,
        averaging_decay=0.0,
        augmentation=None,
    ),
    duration=gettext_lazy("15 seconds"),
    accuracy="97.2 %",
    purpose=gettext_lazy("What this project grew from, where the same took six hours and reached 97.3 %."),
    mnist_images=50_000,
)
QUICK = Preset(
    "quick",
    "lenet-5x5",
    Settings(epochs=2, learning_rate=6e-3),
    duration=gettext_lazy("10 seconds"),
    accuracy="99.1 %",
    purpose=gettext_lazy("To see that all works, or to try an idea."),
)
STANDARD = Preset(
    "standard",
    "lenet-5x5",
    Settings(epochs=36),
    duration=gettext_lazy("3 minutes"),
    accuracy="99.5 %",
    purpose=gettext_lazy("A small network whose inside is easy to show, as good as it gets."),
)
BEST = Preset(
    "best",
    "deep",
    Settings(epochs=33, beta2=0.99),
    duration=gettext_lazy("9 minutes"),
    accuracy=gettext_lazy("99.6 to 99.7 %"),
    purpose=gettext_lazy("As much as MNIST’s own images teach."),
)
PEOPLE = Preset(
    "people",
    "deep",
    Settings(
        epochs=40,
        beta2=0.99,
        augmentation=Augmentation(rotation_degrees=10, scale=0.12, shear=0.15, elastic_px=0.5),
    ),
    duration=gettext_lazy("40 minutes"),
    accuracy="99.6 %",
    purpose=gettext_lazy("For what people really draw, print and scribble: the network that the project ships."),
    generated_images=GENERATED_IMAGES,
)

PRESETS: dict[str, Preset] = {preset.name: preset for preset in (ORIGINAL, QUICK, STANDARD, BEST, PEOPLE)}


def find(name: str) -> Preset:
    """Return the preset of that name; raise UnknownPreset, which lists those that there are."""
    if name not in PRESETS:
        raise UnknownPreset(f"there is no preset {name!r:.80}; known are: {', '.join(PRESETS)}")
    return PRESETS[name]
