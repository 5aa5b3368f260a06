"""What the network is shown for some ink, and why it may not be worth showing.

The pictures of the steps in between are made when somebody asks for them, since recognition never needs them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

EMPTY = "empty"
TOO_LITTLE_INK = "too_little_ink"
STEP_SIDE_PX = 112


@dataclass(frozen=True)
class Step:
    """One picture on the way: uint8 (h, w), light ink on dark ground. Names: ink, crop, box, centred."""

    name: str
    image: np.ndarray


@dataclass(frozen=True)
class Seen:
    """uint8 (28, 28), light on dark as MNIST is, and `reason`: None, "empty" or "too_little_ink"."""

    image: np.ndarray
    reason: str | None = None
    make_steps: Callable[[], tuple[Step, ...]] = field(default=tuple, repr=False, compare=False)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """From the ink as it was given to the centred image; none if there was no ink."""
        return self.make_steps()


def nothing_seen() -> Seen:
    """A black image, for no ink at all."""
    return Seen(np.zeros((28, 28), np.uint8), EMPTY)
