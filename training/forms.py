"""The form that starts a training job: what each field means, and what it had better be for each kind of job.

Left out on purpose: starting. `jobs.start()` checks everything again, since the shell starts jobs as well."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from recognizer.models import ModelVersion
from training import recipes
from training.models import TrainingJob
from training.presets import PRESETS

Kind = TrainingJob.Kind

# What a kind does, and when it is the one to choose
KINDS = {
    Kind.SCRATCH: (
        gettext_lazy(
            "Fresh random weights learn from MNIST’s training images and nothing else. Choose it for a first version "
            "of an architecture, or for a yardstick that owes nothing to what visitors drew."
        )
    ),
    Kind.RETRAIN: (
        gettext_lazy(
            "Fresh random weights learn from MNIST and the accepted drawings together. It takes the longest and mixes "
            "both from the start. Choose it when many drawings were accepted since the last full training."
        )
    ),
    Kind.FINE_TUNE: (
        gettext_lazy(
            "An existing version goes on learning from the accepted drawings, with MNIST replayed beside them so that "
            "it does not forget. It is the quickest. Choose it for new corrections on top of a version that is good "
            "already."
        )
    ),
}
HELP = {
    "preset": gettext_lazy(
        "A ready-made training. It fills in the fields below that are empty, and decides about all else."
    ),
    "architecture": gettext_lazy("The layers of the network. Its versions show them one by one."),
    "base": gettext_lazy("The version whose weights the fine-tuning starts from; the architecture is that version’s."),
    "epochs": gettext_lazy("How often every image is seen. More take longer, and help less and less."),
    "batch_size": gettext_lazy("How many images are looked at before the weights change. 128 suits nearly always."),
    "learning_rate": gettext_lazy(
        "The size of the steps at their largest. Too large and the loss jumps, too small and it crawls."
    ),
    "seed": gettext_lazy(
        "The start of all randomness. The same seed, data and settings give the same weights, bit for bit."
    ),
    "mnist_images": gettext_lazy(
        "How many of MNIST’s 55,000 training images to use. Empty means all; 2,000 make a quick trial."
    ),
    "generated_images": gettext_lazy(
        "How many digits in many styles, in type, and things that are no digit the project draws to "
        "learn from. Empty means as many as the version had that the job builds on; 0 leaves them out."
    ),
    "note": gettext_lazy("What this job is for, in the list of jobs."),
}
LABELS = {
    "preset": gettext_lazy("Preset"),
    "architecture": gettext_lazy("Architecture"),
    "epochs": gettext_lazy("Epochs"),
    "seed": gettext_lazy("Seed"),
    "note": gettext_lazy("Note"),
    "kind": gettext_lazy("What to do"),
    "base": gettext_lazy("Version to start from"),
    "batch_size": gettext_lazy("Images a batch"),
    "learning_rate": gettext_lazy("Learning rate"),
    "mnist_images": gettext_lazy("Number of MNIST images"),
    "generated_images": gettext_lazy("Number of generated images"),
}
NUMBERS = ("epochs", "batch_size", "seed", "mnist_images", "generated_images")


# Must be there in the end, whoever fills it in
FILLED_IN = ("epochs", "batch_size", "learning_rate")


class StartJobForm(forms.ModelForm):
    class Meta:
        model = TrainingJob
        fields = [
            "kind", "preset", "base", "architecture", "epochs", "learning_rate", "batch_size", "seed", "mnist_images",
            "generated_images", "note",
        ]  # fmt: skip
        labels = LABELS
        help_texts = HELP
        widgets = {
            "kind": forms.RadioSelect,
            "preset": UnfoldAdminSelectWidget,
            "base": UnfoldAdminSelectWidget,
            "architecture": UnfoldAdminSelectWidget,
            "learning_rate": UnfoldAdminTextInputWidget({"inputmode": "decimal"}),
            "note": UnfoldAdminTextInputWidget,
            **{name: UnfoldAdminIntegerFieldWidget({"inputmode": "numeric"}) for name in NUMBERS},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].queryset = ModelVersion.objects.of_the_site().filter(is_demo=False)
        self.fields["base"].label_from_instance = lambda version: (
            _("version %(version)s (%(architecture)s)")
            % {"version": version.number, "architecture": version.architecture}
        )
        self.fields["preset"].choices = [("", _("none: the settings below")), *self.fields["preset"].choices[1:]]
        for name in ("architecture", "generated_images", *FILLED_IN):  # a fine-tuning has its version's architecture
            self.fields[name].required = False
        for field in self.fields.values():
            field.widget.attrs["aria-describedby"] = "help"

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        self._fill_in(given)
        base = given.get("base")
        if given.get("kind") != Kind.FINE_TUNE:
            given["base"] = None
            if not given.get("architecture") and "architecture" not in self.errors:
                self.add_error("architecture", _("Choose an architecture."))
        elif base is None and "base" not in self.errors:
            self.add_error("base", _("Choose the version that the fine-tuning starts from."))
        elif base is not None:
            given["architecture"] = base.architecture
        return given

    def _fill_in(self, given: dict[str, Any]) -> None:
        """What is left empty is the preset's."""
        if given.get("preset") and given.get("kind") != Kind.FINE_TUNE:
            for name, value in PRESETS[given["preset"]].fields.items():
                if name not in self.errors:
                    given[name] = value if given.get(name) in (None, "") else given[name]
        for name in FILLED_IN:
            if given.get(name) is None and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])

    def kinds(self) -> list[dict[str, Any]]:
        """The radio buttons with what each kind does."""
        return [{"button": button, "does": KINDS[button.data["value"]]} for button in self["kind"]]


def preset_fields() -> dict[str, dict[str, Any]]:
    """What each preset puts into the fields, and what it is for, for the page's script."""
    return {name: {"fields": preset.fields, "words": preset.words} for name, preset in PRESETS.items()}


def defaults() -> dict[str, dict[str, Any]]:
    """What the fields had better be, by kind, for the page's script and for the empty form."""
    return {kind.value: recipes.defaults(kind) for kind in Kind}
