"""Styles put together from parts, for the digits that people vary most: a 9 is any ring with any tail.

A part is a piece of a skeleton (see `skeletons.py`) that goes on where the one before it ended; a part that begins
with "/" is a stroke of its own. Parts that are drawn alike are also mixed: what lies between two ways of writing a
flag is a way of writing it, too.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .parts import PARTS
from .skeletons import Stroke, parse

MIXED = 0.6  # of the parts that have another one like them
BEYOND = 0.15  # how far a mixture may go beyond the two


@dataclass(frozen=True, eq=False)
class Part:
    """One variant of a slot: strokes, the first of which goes on where the part before ended if `goes_on`."""

    name: str
    strokes: tuple[Stroke, ...]
    goes_on: bool

    @classmethod
    def read(cls, name: str, text: str) -> "Part":
        goes_on = not text.startswith("/")
        return cls(name, parse(text.removeprefix("/").strip()), goes_on)

    @cached_property
    def likeness(self) -> tuple:
        """Equal for parts that can be mixed point by point."""
        return (self.goes_on, *((len(points), *corners) for points, corners in self.strokes))

    def mixed_with(self, other: "Part", share: float) -> "Part":
        strokes = tuple(
            (mine + share * (theirs - mine), corners)
            for (mine, corners), (theirs, _) in zip(self.strokes, other.strokes, strict=True)
        )
        return Part(f"{self.name} and {other.name}", strokes, self.goes_on)


@dataclass(frozen=True)
class Slot:
    """All variants of one part of a digit; some drawings, a share of `left_out`, have none of them."""

    parts: tuple[Part, ...]
    left_out: float

    @cached_property
    def alike(self) -> dict[tuple, list[Part]]:
        groups = defaultdict(list)
        for part in self.parts:
            groups[part.likeness].append(part)
        return groups

    def draw(self, rng: np.random.Generator) -> Part | None:
        """One of the variants, maybe mixed with another one like it; None where the slot stays empty."""
        if rng.random() < self.left_out:
            return None
        part = self.parts[int(rng.integers(len(self.parts)))]
        group = self.alike[part.likeness]
        if len(group) == 1 or rng.random() >= MIXED:
            return part
        other = group[int(rng.integers(len(group)))]
        return part.mixed_with(other, rng.uniform(-BEYOND, 1 + BEYOND)) if other is not part else part


SLOTS: dict[int, tuple[Slot, ...]] = {
    digit: tuple(
        Slot(tuple(Part.read(name, text) for name, text in variants.items()), left_out) for left_out, variants in slots
    )
    for digit, slots in PARTS.items()
}


def draw(digit: int, rng: np.random.Generator, *, given: Part | None = None) -> tuple[str, tuple[Stroke, ...]]:
    """A style of `digit`, put together: its name and its skeleton. With a `given` part that one stands in its slot.

    KeyError for a digit that has no parts.
    """
    chosen = [given if given in slot.parts else slot.draw(rng) for slot in SLOTS[digit]]
    return join([part for part in chosen if part is not None])


def join(parts: list[Part]) -> tuple[str, tuple[Stroke, ...]]:
    """The name and the skeleton of parts one behind the other."""
    strokes: list[Stroke] = []
    for part in parts:
        first, *rest = part.strokes
        if part.goes_on and strokes:
            strokes[-1] = tuple(np.concatenate(pair) for pair in zip(strokes[-1], first, strict=True))
        else:
            strokes.append(first)
        strokes += rest
    return ", ".join(part.name for part in parts), tuple(strokes)
