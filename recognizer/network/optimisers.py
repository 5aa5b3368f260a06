"""Adam on one flat vector, with the names and the order of the paper's algorithm.

Left out on purpose: schedules, which come in as the step size of each step."""

from dataclasses import dataclass

import numpy as np

BLOCK = 32_768


@dataclass
class Adam:
    """Kingma, Ba: Adam: A Method for Stochastic Optimization (2015), algorithm 1, in the form of its section 2.

    `m` and `v` are the first and second moment estimates, vectors like theta; `t` counts the steps.
    `weight_decay` is decoupled from the gradient: Loshchilov, Hutter: Decoupled Weight Decay Regularization (2019).
    """

    m: np.ndarray
    v: np.ndarray
    t: int = 0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    @classmethod
    def fresh(cls, theta: np.ndarray, **options: float) -> "Adam":
        """Return an optimiser for `theta` that has taken no step; options as the fields' names."""
        return cls(np.zeros_like(theta), np.zeros_like(theta), **options)

    def step(self, theta: np.ndarray, g: np.ndarray, alpha: float) -> None:
        """Move theta in place against the gradient g with step size alpha. `g` stays as it is.

        The vector is worked on in blocks that stay in the cache, which has no influence on the result.
        """
        self.t += 1
        for start in range(0, len(theta), BLOCK):
            block = slice(start, start + BLOCK)
            self._move(theta[block], g[block], self.m[block], self.v[block], alpha)

    def _move(self, theta: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, alpha: float) -> None:
        # The biases of both moments go into the step size, which saves two passes over the vector.
        alpha_t = alpha * np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        m += (1 - self.beta1) * (g - m)
        v += (1 - self.beta2) * (g * g - v)
        if self.weight_decay:
            theta *= theta.dtype.type(1 - alpha * self.weight_decay)
        update = np.sqrt(v)
        update += self.epsilon * np.sqrt(1 - self.beta2**self.t)  # keeps epsilon where algorithm 1 has it
        np.divide(m, update, out=update)
        update *= theta.dtype.type(alpha_t)
        theta -= update
