"""The networks that the project knows by name; each is one list that reads like a paper's table.

Left out on purpose: weights. The same architecture serves every version that was trained with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

from .activations import ReLU
from .convolution import Convolution
from .dense import Dense, Flatten
from .dropout import Dropout
from .layer import Layer, Shape
from .normalisation import BatchNorm
from .pooling import MaxPool

DIGITS = 10


class UnknownArchitecture(ValueError):  # noqa: N818 (it is what it says)
    """No architecture has this name."""


@dataclass(frozen=True)
class Architecture:
    """A name, the shape of an image as (rows, channels, columns), and the layers in order."""

    name: str
    input_shape: Shape
    layers: tuple[Layer, ...]

    def with_shapes(self) -> Iterator[tuple[Layer, Shape]]:
        """Yield each layer with the shape of its input."""
        shape = self.input_shape
        for layer in self.layers:
            yield layer, shape
            shape = layer.output_shape(shape)

    @property
    def steps(self) -> tuple[Layer, ...]:
        """The layers in the order in which they are worked out: what follows a pool has a quarter of the work.

        max(relu(a), relu(b)) is relu(max(a, b)), and the gradients are the same; neither layer has parameters.
        """
        steps = list(self.layers)
        for place, (layer, following) in enumerate(pairwise(self.layers)):
            if isinstance(layer, ReLU) and isinstance(following, MaxPool):
                steps[place : place + 2] = following, layer
        return tuple(steps)

    @property
    def output_shape(self) -> Shape:
        shape = self.input_shape
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    @property
    def parameter_count(self) -> int:
        shapes = (layer.parameter_shapes(shape) for layer, shape in self.with_shapes())
        return sum(prod(shape) for own in shapes for shape in own.values())

    def with_classes(self, classes: int) -> "Architecture":
        """Return the same with another number of answers: DIGITS, or one more for "no digit"."""
        if classes not in (DIGITS, DIGITS + 1):
            raise ValueError(f"a network answers {DIGITS} digits, and maybe that it is none; not {classes} classes")
        return replace(self, layers=(*self.layers[:-1], replace(self.layers[-1], outputs=classes)))

    def places(self) -> list[dict[str, tuple[slice, Shape]]]:
        """Return where in a flat vector the parameters of each layer stand, and their shapes."""
        result, start = [], 0
        for layer, input_shape in self.with_shapes():
            own = {}
            for name, shape in layer.parameter_shapes(input_shape).items():
                own[name] = slice(start, start + prod(shape)), shape
                start += prod(shape)
            result.append(own)
        return result


LENET_5X5 = Architecture(
    "lenet-5x5",
    (28, 1, 28),
    (
        Convolution(8, kernel=(5, 5)),  # (24, 8, 24)
        ReLU(),
        Convolution(8, kernel=(5, 5)),  # (20, 8, 20)
        ReLU(),
        MaxPool(2),  # (10, 8, 10)
        Flatten(),  # (800,)
        Dense(128),
        ReLU(),
        Dense(10, last=True),
    ),
)

# Pooled before it is normalised, which leaves a quarter of the work and is no worse.
DEEP = Architecture(
    "deep",
    (28, 1, 28),
    (
        Convolution(24, kernel=(3, 3)),  # (26, 24, 26)
        ReLU(),
        Convolution(24, kernel=(3, 3)),  # (24, 24, 24)
        MaxPool(2),  # (12, 24, 12)
        BatchNorm(),
        ReLU(),
        Convolution(48, kernel=(3, 3)),  # (10, 48, 10)
        BatchNorm(),
        ReLU(),
        Convolution(72, kernel=(3, 3)),  # (8, 72, 8)
        MaxPool(2),  # (4, 72, 4)
        BatchNorm(),
        ReLU(),
        Flatten(),  # (1152,)
        Dropout(0.3),
        Dense(128),
        ReLU(),
        Dropout(0.3),
        Dense(DIGITS + 1, last=True),  # the digits, and "no digit"
    ),
)

ARCHITECTURES: dict[str, Architecture] = {each.name: each for each in (LENET_5X5, DEEP)}


def find(name: str) -> Architecture:
    """Return the architecture of that name; raise UnknownArchitecture, which lists those that there are."""
    if name not in ARCHITECTURES:
        raise UnknownArchitecture(f"there is no architecture {name!r:.80}; known are: {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]
