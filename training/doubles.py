"""Which drawings of a file the site has already, as another file's, a visitor's or a yardstick's: stored once more,
under another visitor, they could train and measure at once.

A drawing is known again by its content as it came, or by the image that the network sees of it: another of the same
pixels has nothing to teach. Left out on purpose: what comes twice in one file, where two writers may draw alike, and
the drawings of rooms, which train for those alone."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from recognizer import ink, shapes
from recognizer.models import Drawing
from training import yardsticks
from training.models import Yardstick

SITE = "this site"


@dataclass(frozen=True)
class Place:
    """Where a drawing is already: in a yardstick of that name, or among the drawings of a file or of the site."""

    name: str
    in_yardstick: bool = False


class Doubles:
    """Looks the drawings of the file `stem` up. Raises YardstickError if a yardstick cannot be read, which might have
    them.

    `step` is told that yardsticks are read, with bytes that are done and all of them, where one is made anew for it."""

    def __init__(self, stem: str, step: Callable[[str, int, int], object], *, with_yardsticks: bool = True) -> None:
        self._stem = stem
        self._yardsticks = _images_of_yardsticks(step) if with_yardsticks else {}

    def of(self, drawings: Sequence[tuple[str, ink.Seen]]) -> list[Place | None]:
        """For each drawing, by the key of its content and what is seen of it, where it is already. Two queries."""
        images = [seen.image.tobytes() for _, seen in drawings]
        keys, prints = {key for key, _ in drawings}, {shapes.fingerprint(image) for image in images}
        rows = Drawing.objects.real().filter(room=None).order_by().distinct()
        by_key = dict(self._others(rows.filter(submission_key__in=keys), "submission_key"))
        alike = rows.filter(fingerprint__in=prints, seen__in=set(images))
        by_image = {bytes(seen): place for seen, place in self._others(alike, "seen")}
        return [
            self._yardsticks.get(_digest(image)) or by_key.get(key) or by_image.get(image)
            for (key, _), image in zip(drawings, images, strict=True)
        ]

    def _others(self, rows: QuerySet[Drawing], column: str) -> Iterator[tuple[Any, Place]]:
        """Values of a column with where they are, but for those of this file."""
        for value, name in rows.values_list(column, "visitor__imported_as"):
            stem = name.partition("/")[0]
            if stem != self._stem:
                yield value, Place(stem or SITE)


def _images_of_yardsticks(step: Callable[[str, int, int], object]) -> dict[bytes, Place]:
    """The images that measure, by digests of 16 bytes: a million of them fit into memory."""
    found = {}
    for name in Yardstick.objects.exclude(state=Yardstick.State.FAILED).values_list("name", flat=True):
        yardstick = yardsticks.ready(name, lambda done, total: step("reading yardsticks", done, total))
        place = Place(name, in_yardstick=True)
        for page in yardsticks.read(yardstick):
            found.update((_digest(image.tobytes()), place) for image in page["image"])
    return found


def _digest(image: bytes) -> bytes:
    return hashlib.blake2b(image, digest_size=16).digest()
