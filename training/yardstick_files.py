"""A file of drawings as records of images, drawn one after the other: no more than one is ever in memory.

Left out on purpose: where files and records are kept, which is `yardsticks.py`'s."""

import hashlib
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from django.conf import settings

from recognizer import ink
from recognizer.ink import PREPROCESSING_VERSION
from training import records
from training.data import collections
from training.models import Yardstick

# An image with its label, why a network need not look at it, and the number of its writer.
RECORD = np.dtype([("image", "u1", (28, 28)), ("label", "u1"), ("reason", "u1"), ("writer", "<u4")])
REASONS = (None, ink.EMPTY, ink.TOO_LITTLE_INK)

# How much is done, of how much: bytes of the file.
Progress = Callable[[int, int], object]


class YardstickError(ValueError):
    """A yardstick cannot be imported or used; the message says why and what to do."""


@dataclass
class Built:
    """What came of a file: records in a temporary file, and what is to be known of them."""

    file: BinaryIO
    count: int = 0
    left_out: int = 0
    sha256: str = ""
    writers: dict[str, int] = field(default_factory=dict)

    def columns(self) -> dict[str, object]:
        return {
            "sha256": self.sha256,
            "count": self.count,
            "left_out": self.left_out,
            "writers": list(self.writers),
            "preprocessing_version": PREPROCESSING_VERSION,
            "state": Yardstick.State.READY,
            "message": "",
            "lease_expires_at": None,
        }


@contextmanager
def drawn(path: Path, writers: Collection[str] | None, progress: Progress) -> Iterator[Built]:
    """Draw a file's drawings into a temporary file of records, one after the other."""
    with tempfile.TemporaryFile(dir=work_folder()) as file:
        built, digest = Built(file), hashlib.sha256()
        for record in collections.read(path, writers=writers, progress=progress):
            if record.digit is None:
                built.left_out += 1
                continue
            data = _record(record, built.writers.setdefault(record.writer, len(built.writers)))
            digest.update(data)
            file.write(data)
            built.count += 1
        if not built.count:
            raise YardstickError(f"{path.name} has no drawing with a digit as its label")
        built.sha256 = digest.hexdigest()
        file.seek(0)
        yield built


def _record(record: collections.Record, writer: int) -> bytes:
    seen = records.seen(record)
    return np.array((seen.image, record.digit, REASONS.index(seen.reason), writer), RECORD).tobytes()


def work_folder() -> Path:
    """Where the data are: the folder for temporary files of a machine may be its memory."""
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
