"""The moving average of the weights: steadier than the weights themselves, and better long before these settle.

Left out on purpose: which of the two answers. A training learns with the weights and hands over their average."""

from dataclasses import dataclass

import numpy as np

from .optimisers import BLOCK


@dataclass
class MovingAverage:
    """An exponential moving average of a vector. Polyak, Juditsky: Acceleration of Stochastic Approximation (1992).

    `values` has the vector's shape and dtype; `steps` counts the updates, of which the first ones weigh more, so that
    the start is soon forgotten.
    """

    values: np.ndarray
    decay: float = 0.998
    steps: int = 0

    @classmethod
    def fresh(cls, theta: np.ndarray, decay: float = 0.998) -> "MovingAverage":
        """Return an average that begins at theta."""
        return cls(theta.copy(), decay)

    def update(self, theta: np.ndarray) -> None:
        """Take in theta, which stays as it is."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for start in range(0, len(theta), BLOCK):
            block = slice(start, start + BLOCK)
            difference = theta[block] - self.values[block]
            difference *= theta.dtype.type(1 - decay)
            self.values[block] += difference
