"""Contact sheets: rows of generated pictures with a name beside each row, to be looked through by eye."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from . import faces, material, no_digits, pens
from .skeletons import parse
from .styles import HANDWRITTEN, PRINTED

CELL = 60  # a picture of 28 x 28, twice as large, with a gap
ZOOM = 2
GROUND, TEXT = 255, 40
NAMES_PX = 250
TEXT_PX = 13

Draw = Callable[[np.random.Generator], np.ndarray]


def rows(sort: str, digit: int | None) -> dict[str, Draw]:
    """What to draw in each row: digits, or the styles of one; for what is no digit, its kinds. ValueError otherwise."""
    if sort == "no_digit":
        if digit is not None:
            raise ValueError(f"what is no digit has no digit {digit}: leave it out")
        return {kind: lambda rng, kind=kind: no_digits.draw(kind, rng) for kind in (*no_digits.KINDS, "blot")}
    styles = {"handwritten": HANDWRITTEN, "printed": PRINTED}[sort]
    draw = {"handwritten": _written, "printed": _printed}[sort]
    if digit is not None:
        names = [*styles[digit], *(("display", "matrix") if sort == "printed" else ())]
        return {name: lambda rng, name=name: draw(digit, name, rng) for name in names}
    return {
        str(each): lambda rng, each=each: draw(each, material.pick(list(styles[each]), rng), rng) for each in range(10)
    }


def _written(digit: int, style: str, rng: np.random.Generator) -> np.ndarray:
    return pens.with_pen(material.HAND.write(parse(HANDWRITTEN[digit][style]), rng), rng)


def _printed(digit: int, style: str, rng: np.random.Generator) -> np.ndarray:
    return faces.printed(digit, style, rng)


def sheet(sort: str, *, digit: int | None = None, columns: int = 20, seed: int = 0) -> Image.Image:
    """A picture of rows by `columns`, grey, dark ink on light ground; the same for the same arguments."""
    chosen = rows(sort, digit)
    names_px = NAMES_PX if digit is not None else CELL * 2
    image = Image.new("L", (names_px + columns * CELL, len(chosen) * CELL), GROUND)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(TEXT_PX)
    for row, (name, draw) in enumerate(chosen.items()):
        pen.text((8, row * CELL + (CELL - TEXT_PX) // 2), name, fill=TEXT, font=font)
        for column in range(columns):
            picture = Image.fromarray(255 - draw(np.random.default_rng([seed, row, column])))
            large = picture.resize((28 * ZOOM, 28 * ZOOM), Image.Resampling.NEAREST)
            image.paste(large, (names_px + column * CELL, row * CELL + 2))
    return image
