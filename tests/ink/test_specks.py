"""Specks go, parts of digits stay."""

import numpy as np
import pytest

from recognizer.ink.specks import connected, without_specks


def flood_filled(mask: np.ndarray) -> list[frozenset[tuple[int, int]]]:
    """The parts of a mask, each as the set of its pixels."""
    left, parts = set(map(tuple, np.argwhere(mask).tolist())), []
    while left:
        part, todo = set(), [left.pop()]
        while todo:
            y, x = todo.pop()
            part.add((y, x))
            near = {(y + a, x + b) for a in (-1, 0, 1) for b in (-1, 0, 1)} & left
            left -= near
            todo += near
        parts.append(frozenset(part))
    return parts


def spiral(side: int) -> np.ndarray:
    """A line one pixel wide that winds inwards: the longest way that numbers can have to travel."""
    mask = np.zeros((side, side), bool)
    angle = np.linspace(0, 2 * np.pi * side / 8, 20_000)
    radius = angle * 4 / (2 * np.pi)
    y, x = side / 2 + radius * np.sin(angle), side / 2 + radius * np.cos(angle)
    inside = np.maximum(np.abs(y - side / 2), np.abs(x - side / 2)) < side / 2 - 1
    mask[y[inside].astype(int), x[inside].astype(int)] = True
    return mask


@pytest.mark.parametrize(
    "mask",
    [*(np.random.default_rng(seed).random((30, 41)) < share for seed, share in enumerate((0.1, 0.3, 0.6))), spiral(64)],
    ids=["sparse", "middling", "crowded", "a spiral"],
)
def test_connected_parts_are_those_of_a_flood_fill(mask):
    numbers = connected(mask)
    parts = {frozenset(map(tuple, np.argwhere(numbers == n).tolist())) for n in np.unique(numbers[mask])}
    assert parts == set(flood_filled(mask))
    assert not numbers[~mask].any()


@pytest.mark.parametrize("side", [60, 400])
def test_a_speck_far_off_goes_and_the_digit_stays(side):
    ink = np.zeros((side, side), np.uint8)
    ink[side // 4 : side // 2, side // 4 : side // 2] = 255
    alone = ink.copy()
    ink[2:4, -4:-2] = 255
    assert np.array_equal(without_specks(ink), alone)


def test_a_flag_apart_from_its_digit_stays():
    ink = np.zeros((60, 60), np.uint8)
    ink[20:55, 20:26] = 255
    ink[10:14, 20:32] = 255
    assert np.array_equal(without_specks(ink), ink)
