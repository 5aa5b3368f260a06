"""How near two images are to each other as the network sees them, and a fingerprint that tells most far ones apart.

Left out on purpose: what is near enough to count as the same shape, which `recognizer.shapes` says.

An image becomes a unit vector: 28 x 28 averaged over 2 x 2 pixels, so that a tremble of a pixel matters little, its
length made 1. The distance of two is that of their vectors: 0 for the same picture, 1.41 for pictures without a common
pixel. The fingerprint holds eight coordinates of the vector, along the principal directions of MNIST's training images,
in eight bits each. The directions are orthonormal, so that the distance in these eight is never above the whole one:
what the fingerprint puts too far away is too far away.
"""

from pathlib import Path

import numpy as np

SIDE = 14
AXES = 8
STEPS = 255  # of a coordinate from -0.5 to 0.5; beyond them it is cut off, which brings two nearer and never apart
AT_ONCE = 20_000  # fingerprints that fit into a processor's cache
_TOP = 1 << 63  # so that a fingerprint is a whole number with a sign, as databases keep it


def vectors(images: np.ndarray) -> np.ndarray:
    """uint8 (n, 28, 28) -> float32 (n, 196), each of length 1; of length 0 for an empty image."""
    small = images.reshape(-1, SIDE, 2, SIDE, 2).mean(axis=(2, 4), dtype=np.float32).reshape(-1, SIDE * SIDE)
    lengths = np.sqrt(np.einsum("nd,nd->n", small, small))
    return small / np.maximum(lengths, 1e-6)[:, None]


def distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Vectors (n, 196) and (m, 196) -> how far each is from each, float32 (n, m)."""
    return np.sqrt(np.maximum(2.0 - 2.0 * (some @ others.T), 0.0))


def fingerprints(of: np.ndarray) -> np.ndarray:
    """Vectors (n, 196) -> int64 (n,); those near in the first coordinate lie together."""
    steps = np.rint(of @ _AXES * STEPS).clip(-127, 127) + 128
    packed = np.ascontiguousarray(steps.astype(np.uint8)).view(">u8").reshape(-1)
    return (packed.astype(np.uint64) ^ np.uint64(_TOP)).view(np.int64)


def least_distances(one: int, others: np.ndarray) -> np.ndarray:
    """A fingerprint and int64 (n,) -> how far those images are at least, float32 (n,)."""
    found = np.empty(len(others), np.float32)
    mine = _steps(np.array([one]))
    for start in range(0, len(others), AT_ONCE):
        theirs = _steps(others[start : start + AT_ONCE])
        apart = np.maximum(theirs, mine) - np.minimum(theirs, mine)  # (n, 8), and no number below 0 on the way
        found[start : start + AT_ONCE] = np.sqrt(_SQUARES[apart].sum(axis=1)) / STEPS
    return found


def band(one: int, distance: float) -> tuple[int, int]:
    """The least and the highest fingerprint that an image no further than `distance` can have."""
    first, reach = int(_steps(np.array([one]))[0, 0]), int(np.ceil(distance * STEPS)) + 1
    low, high = max(first - reach, 0), min(first + reach, 255)
    return (low << 56) - _TOP, ((high + 1) << 56) - 1 - _TOP


def _steps(of: np.ndarray) -> np.ndarray:
    """int64 (n,) -> the coordinates, uint8 (n, 8)."""
    packed = (np.asarray(of, np.int64).view(np.uint64) ^ np.uint64(_TOP)).astype(">u8")
    return packed.view(np.uint8).reshape(-1, AXES)


def _axes() -> np.ndarray:
    """The directions as orthonormal columns, float32 (196, 8): kept as small whole numbers, made orthonormal here."""
    kept = np.frombuffer(Path(__file__).with_name("likeness.bin").read_bytes(), np.int8).reshape(SIDE * SIDE, AXES)
    return np.linalg.qr(kept.astype(np.float64))[0].astype(np.float32)


_AXES = _axes()
# Of two coordinates so many steps apart: at least one less, as each was rounded
_SQUARES = np.maximum(np.arange(256) - 1, 0).astype(np.float32) ** 2
