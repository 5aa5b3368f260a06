"""Which images a figure is of: data sets pinned down, so that two figures of the same name can be told apart.

Left out on purpose: the images of a job, which its snapshot has, and copies: what is deleted is gone from here, too."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import QuerySet

from recognizer import ink
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import Drawing
from training import snapshots
from training.data.dataset import Dataset

SUM_BITS = 128


class ListSum:
    """The sum of a hash of each drawing's id and label: the same for the same drawings in whichever order and parts.

    As in Bellare and Micciancio's AdHash, so that chunks which different workers count add up to the sum of all."""

    def __init__(self) -> None:
        self.value = 0

    def add(self, drawing_id: int, digit: int) -> None:
        digest = hashlib.blake2b(f"{drawing_id}:{digit}".encode(), digest_size=SUM_BITS // 8).digest()
        self.value = (self.value + int.from_bytes(digest, "big")) % 2**SUM_BITS

    def hex(self) -> str:
        return f"{self.value:0{SUM_BITS // 4}x}"

    def add_sum(self, other: str) -> None:
        """Take in the sum over another part."""
        self.value = (self.value + int(other or "0", 16)) % 2**SUM_BITS


def of_images(images: Dataset) -> dict[str, Any]:
    """What pins down a fixed data set: the SHA-256 of its pixels, then of its labels."""
    digest = hashlib.sha256(np.ascontiguousarray(images.images))
    digest.update(images.labels.astype(np.uint8).tobytes())
    return {"images": digest.hexdigest()}


def of_drawings(list_sum: str, *, last_id: int, reviewed_until: datetime) -> dict[str, Any]:
    """What pins down the held-out drawings: which were counted, and up to which number and moment they came."""
    return {
        "images": list_sum,
        "last_drawing": last_id,
        "reviewed_until": reviewed_until.isoformat(),
        "preprocessing": PREPROCESSING_VERSION,
    }


def held_out(*, last_id: int, reviewed_until: datetime) -> QuerySet[Drawing]:
    """The held-out drawings as they were reviewed at that moment; what was decided anew since has left them."""
    return snapshots.held_out().filter(pk__lte=last_id, label__reviewed_at__lte=reviewed_until)


def last_id() -> int:
    """The highest number of a held-out drawing, 0 without any."""
    return snapshots.held_out().order_by("pk").values_list("pk", flat=True).last() or 0


def read_drawings(rows: QuerySet[Drawing], counted: ListSum) -> Iterator[list[tuple[int, ink.Seen, int]]]:
    """Pages of drawings' ids and images with their digits; `counted` takes note of each."""
    for page in snapshots.pages(rows):
        examples = []
        for drawing, seen in snapshots.readable(page):
            counted.add(drawing.pk, drawing.label.digit)
            examples.append((drawing.pk, seen, drawing.label.digit))
        yield examples
