"""The worst mistakes of a measurement as pictures, found again where the measurement left their places.

Left out on purpose: copies. A drawing that was deleted since is not shown, and images that were replaced neither."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognizer import drawings, ink
from recognizer.models import Drawing, Evaluation
from training import sources, yardsticks
from training.data.mnist import MnistError
from training.models import Measurement, Yardstick


@dataclass(frozen=True)
class Picture:
    """What the network saw, as a data URL; `drawing` is its row where it is one of this site's."""

    url: str
    digit: int
    answer: str
    share: float
    drawing: int | None = None


def pictures(measurement: Measurement) -> list[Picture]:
    """The worst first; at most as many queries and reads as there are kinds of data sets."""
    places = [place for place, *_ in measurement.mistakes]
    images = _images(measurement, places) if places else {}
    is_drawing = measurement.dataset == Evaluation.DRAWINGS
    return [
        Picture(
            url=f"data:image/png;base64,{b64encode(ink.seen_png(images[place])).decode('ascii')}",
            digit=digit,
            answer="none" if answer is None else str(answer),
            share=share,
            drawing=place if is_drawing else None,
        )
        for place, digit, answer, share in measurement.mistakes
        if place in images
    ]


def _images(measurement: Measurement, places: list[int]) -> dict[int, np.ndarray]:
    if measurement.dataset == Evaluation.DRAWINGS:
        return {row.pk: drawings.seen_array(row) for row in Drawing.objects.filter(pk__in=places)}
    if measurement.dataset == Evaluation.MNIST_TEST:
        return _of_mnist(places)
    return _of_yardstick(measurement.dataset, measurement.meant, places)


def _of_mnist(places: list[int]) -> dict[int, np.ndarray]:
    if sources.mnist_directory() is None:  # a page downloads nothing
        return {}
    try:
        images = sources.require_mnist().test_images
    except MnistError:
        return {}
    return {place: images[place] for place in places if place < len(images)}


def _of_yardstick(name: str, meant: dict[str, Any], places: list[int]) -> dict[int, np.ndarray]:
    yardstick = Yardstick.objects.filter(name=name, sha256=meant.get("images", "")).first()
    if yardstick is None:
        return {}
    try:
        return {place: next(yardsticks.read(yardstick, place, place + 1))["image"][0] for place in places}
    except yardsticks.YardstickError:
        return {}
