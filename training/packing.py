"""A snapshot's list packed into parts: nine bytes a drawing, read and hashed a part at a time.

Left out on purpose: which drawings belong into it, which `snapshots.py` decides."""

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np

from training.models import Snapshot, SnapshotPart

RECORD = np.dtype([("id", "<u8"), ("label", "u1")])
# Drawings a part: few, so that looking a drawing up reads little, and many enough for few rows.
PART = 4096
ROWS_AT_ONCE = 32


def records(ids: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """ids (n,) and labels (n,) as records (n,) in the order of the ids."""
    packed = np.empty(len(ids), RECORD)
    packed["id"], packed["label"] = ids, labels
    return packed[np.argsort(packed["id"], kind="stable")]


def store(snapshot: Snapshot, packed: np.ndarray) -> None:
    """Write the parts of a new snapshot."""
    cut = (packed[start : start + PART] for start in range(0, len(packed), PART))
    rows = (
        SnapshotPart(
            snapshot=snapshot,
            number=number,
            first_id=int(part["id"][0]),
            last_id=int(part["id"][-1]),
            records=part.tobytes(),
        )
        for number, part in enumerate(cut)
    )
    SnapshotPart.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


def parts(snapshot: Snapshot) -> Iterator[np.ndarray]:
    """The records of a snapshot, part by part.

    A query each: a cursor that stays open while a job is at work is lost with the connection, and on SQLite its old
    view of the database keeps the job from writing how far it is."""
    number = 0
    while part := snapshot.parts.filter(number=number).first():
        yield unpacked(part)
        number += 1


def unpacked(part: SnapshotPart) -> np.ndarray:
    return np.frombuffer(bytes(part.records), RECORD)


def pairs(snapshot: Snapshot) -> list[list[int]]:
    """All of a small snapshot: [id, label] of each drawing."""
    return [list(map(int, record)) for part in parts(snapshot) for record in part]


def sha256(some_parts: Iterable[np.ndarray]) -> str:
    """The hash of a list: that of [[id,label],...] as JSON without spaces, as it was before lists were packed."""
    digest, first = hashlib.sha256(b"["), True
    for part in some_parts:
        text = ",".join(f"[{id_},{label}]" for id_, label in part.tolist())
        if text:
            digest.update(("" if first else ",").encode() + text.encode())
            first = False
    digest.update(b"]")
    return digest.hexdigest()
