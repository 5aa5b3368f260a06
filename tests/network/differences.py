"""Derivatives by central differences, against which the networks' own are held."""

import numpy as np

STEP = 1e-5


def central_differences(function, array, places=None):
    """Return d function() / d array at `places` (flat indices, by default all), moving `array` in place and back."""
    flat = array.reshape(-1)
    assert np.shares_memory(flat, array)
    return np.array([difference(function, flat, place) for place in (range(flat.size) if places is None else places)])


def difference(function, flat, place):
    value = flat[place]
    flat[place] = value + STEP
    above = function()
    flat[place] = value - STEP
    below = function()
    flat[place] = value
    return (above - below) / (2 * STEP)
