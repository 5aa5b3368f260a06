"""What a ban hides of strangers' digits, what it misses of a copy, and what it costs each submission.

    MNIST_DIR=... .venv/bin/python -m benchmarks.banned_shapes

MNIST's 10,000 test images stand for strangers' drawings, each for a shape that is banned; a copy is the same image
turned by a few degrees. `--axes FILE` writes the directions of the fingerprints anew, from MNIST's training images.
Left out on purpose: how long a preview takes, which depends on the database."""

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

from recognizer.ink import likeness
from training.data import mnist
from training.data.dataset import Dataset

from . import million

SHAPES = 100
TURNS_DEGREES = (1, 2, 4, 6)
COPIES = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--axes", type=Path, help="write the fingerprints' directions to this file, and stop")
    options = parser.parse_args()
    million.set_up()
    if options.axes:
        options.axes.write_bytes(axes(_split("train").images).tobytes())
        return
    test = _split("test")
    report(test.images, test.labels)


def _split(name: str) -> Dataset:
    from django.conf import settings

    folders = [folder for folder in (settings.MNIST_DIR, settings.MNIST_DOWNLOAD_DIR) if folder]
    folder = mnist.find(folders)
    if folder is None:
        raise SystemExit("MNIST is not here: run manage.py fetch_mnist, or set MNIST_DIR.")
    return mnist.load_split(folder, name)


def axes(images: np.ndarray) -> np.ndarray:
    """The principal directions of the images' vectors, int8 (196, 8)."""
    vectors = likeness.vectors(images)
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    best = directions[:, ::-1][:, : likeness.AXES]
    return np.rint(best / np.abs(best).max(axis=0) * 127).astype(np.int8)


def report(images: np.ndarray, labels: np.ndarray) -> None:
    from recognizer.shapes import DISTANCES, Shapes

    vectors = likeness.vectors(images)
    apart = likeness.distances(vectors, vectors)
    np.fill_diagonal(apart, np.inf)
    print(f"strangers' drawings that a ban hides, of {len(images) - 1:,}; each of {len(images):,} banned in turn")
    for nearness, reach in DISTANCES.items():
        n = (apart <= reach).sum(axis=1)
        ones, others = n[labels == 1].mean(), n[labels != 1].mean()
        print(
            f"  {nearness.label:18s} up to {reach}: mean {n.mean():.2f} (a 1: {ones:.2f}, others: {others:.3f}), "
            f"95th percentile {np.quantile(n, 0.95):.0f}, most {n.max()}, none for {(n == 0).mean():.1%}"
        )
    print(f"copies that a ban hides, of {COPIES:,} turned by so many degrees")
    for degrees in TURNS_DEGREES:
        copies = likeness.vectors(np.stack([turned(image, degrees) for image in images[:COPIES]]))
        far = np.sqrt(np.maximum(2 - 2 * np.einsum("nd,nd->n", vectors[:COPIES], copies), 0))
        shares = ", ".join(f"{one.label} {(far <= reach).mean():.1%}" for one, reach in DISTANCES.items())
        print(f"  {degrees}: {shares}")
    banned = Shapes(list(range(SHAPES)), vectors[:SHAPES], np.full(SHAPES, 0.25, np.float32))
    print(f"a submission with {SHAPES} banned shapes: {microseconds(banned, images):.0f} microseconds of the processor")


def turned(image: np.ndarray, degrees: float) -> np.ndarray:
    return np.asarray(Image.fromarray(image).rotate(degrees, resample=Image.Resampling.BICUBIC))


def microseconds(banned: object, images: np.ndarray) -> float:
    """For the fingerprint and the comparison of one drawing."""
    started = time.process_time()
    for image in images[:2000]:
        vectors = likeness.vectors(image[None])
        likeness.fingerprints(vectors)
        banned.of(vectors)
    return (time.process_time() - started) / 2000 * 1e6


if __name__ == "__main__":
    main()
