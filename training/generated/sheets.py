"""Contact sheets: rows of generated pictures with a name beside each row, to be looked through by eye."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from . import combined, faces, material, no_digits
from .skeletons import parse
from .styles import HANDWRITTEN, PRINTED

CELL = 60  # a picture of 28 x 28, twice as large, with a gap
ZOOM = 2
GROUND, TEXT = 255, 40
NAMES_PX = 250
TEXT_PX = 13

OTHER_TYPE = ("display", "matrix")

Draw = Callable[[np.random.Generator], np.ndarray]


def rows(sort: str, digit: int | None) -> dict[str, Draw]:
    """What to draw in each row: digits, or the styles of one; for what is no digit, its kinds. ValueError otherwise."""
    if sort == "no_digit":
        if digit is not None:
            raise ValueError(f"what is no digit has no digit {digit}: leave it out")
        return {kind: lambda rng, kind=kind: no_digits.draw(kind, rng) for kind in (*no_digits.KINDS, "blot")}
    of_digit = {"handwritten": _handwritten_rows, "printed": _printed_rows}[sort]
    if digit is not None:
        return of_digit(digit)
    draw = {"handwritten": material.handwritten_digit, "printed": _any_printed}[sort]
    return {str(each): lambda rng, each=each: draw(each, rng) for each in range(10)}


def _handwritten_rows(digit: int) -> dict[str, Draw]:
    """The digit's whole styles, then each of its parts with any others."""
    styles = {
        name: lambda rng, text=text: material.write(parse(text), rng) for name, text in HANDWRITTEN[digit].items()
    }
    parts = [part for slot in combined.SLOTS.get(digit, ()) for part in slot.parts]
    return styles | {
        f"with: {part.name}": lambda rng, part=part: material.write(combined.draw(digit, rng, given=part)[1], rng)
        for part in parts
    }


def _printed_rows(digit: int) -> dict[str, Draw]:
    return {name: lambda rng, name=name: faces.printed(digit, name, rng) for name in (*PRINTED[digit], *OTHER_TYPE)}


def _any_printed(digit: int, rng: np.random.Generator) -> np.ndarray:
    return faces.printed(digit, material.printed_style(digit, rng), rng)


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
