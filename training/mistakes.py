"""The answers that were most wrong, as a contact sheet: what they have in common is seen sooner than counted.

Left out on purpose: the right ones, and what somebody drew before it became the image that the network reads."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from recognizer.recognition import Recognition

MOST = 100
COLUMNS = 10
ZOOM = 3
CELL = (104, 112)  # width, height, with room for a line of words below each image
GROUND, TEXT, TEXT_PX = 255, 40, 12
# Beside these words nothing else is on the sheet of a set that was read without a mistake.
NONE = "no mistakes"


@dataclass(frozen=True)
class Mistake:
    """An image (28, 28), uint8, and what became of it; `share` is what the right digit got of the probability."""

    image: np.ndarray
    label: int
    answer: int | None
    share: float

    @property
    def words(self) -> str:
        return f"{self.label} as {'none' if self.answer is None else self.answer}  {100 * self.share:.0f} %"


@dataclass
class Worst:
    """Keeps the mistakes in which the right digit got least, at most `most` of them."""

    most: int = MOST
    _kept: list[Mistake] = field(default_factory=list)

    def see(self, answer: Recognition, label: int) -> None:
        """Take note of an answer; the right ones are forgotten at once."""
        if answer.digit == label:
            return
        self._kept.append(Mistake(answer.image, label, answer.digit, answer.probabilities[label]))
        if len(self._kept) >= 2 * self.most:
            self._kept = self.mistakes

    @property
    def mistakes(self) -> list[Mistake]:
        """The worst first; of equal ones that which came first."""
        return sorted(self._kept, key=lambda mistake: mistake.share)[: self.most]

    def sheet(self) -> Image.Image:
        """A grey picture, ten in a row, dark ink on light ground, each with its label, its answer and its share."""
        mistakes, (width, height) = self.mistakes, CELL
        rows = max(1, -(-len(mistakes) // COLUMNS))
        image = Image.new("L", (COLUMNS * width, rows * height), GROUND)
        pen, font = ImageDraw.Draw(image), ImageFont.load_default(TEXT_PX)
        if not mistakes:
            pen.text((8, 8), NONE, fill=TEXT, font=font)
        for place, mistake in enumerate(mistakes):
            x, y = place % COLUMNS * width, place // COLUMNS * height
            shown = ImageOps.scale(Image.fromarray(255 - mistake.image), ZOOM, Image.Resampling.NEAREST)
            image.paste(shown, (x + (width - shown.width) // 2, y + 4))
            pen.text((x + 10, y + shown.height + 8), mistake.words, fill=TEXT, font=font)
        return image
