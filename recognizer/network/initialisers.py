"""Random weights to start from, scaled so that signals neither fade nor grow from layer to layer.

Left out on purpose: biases, which start at zero in every layer."""

import numpy as np


def he_normal(weight: np.ndarray, fan_in: int, rng: np.random.Generator) -> None:
    """Fill `weight` from N(0, 2 / fan_in): for layers before a ReLU, which halves the variance.

    He, Zhang, Ren, Sun: Delving Deep into Rectifiers (2015), equation 10.
    """
    weight[...] = rng.standard_normal(weight.shape) * np.sqrt(2 / fan_in)


def glorot_uniform(weight: np.ndarray, fan_in: int, fan_out: int, rng: np.random.Generator) -> None:
    """Fill `weight` from U(-a, a), a = sqrt(6 / (fan_in + fan_out)): for a layer whose output meets no ReLU.

    Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks (2010), equation 16.
    """
    limit = np.sqrt(6 / (fan_in + fan_out))
    weight[...] = rng.uniform(-limit, limit, weight.shape)
