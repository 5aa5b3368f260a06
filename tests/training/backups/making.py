"""Fills a site with something in every corner: both sources, labels, decisions, jobs, a snapshot, a yardstick."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from recognizer import drawings, ink, versions
from recognizer.models import Decision, Drawing, Label, Visitor
from recognizer.recognition import recognise
from recognizer.submissions import Submission
from tests.training.making import in_state
from training import packing
from training.models import DeletedDrawing, Export, ExportPart, Snapshot, WorkerSeen, Yardstick


def uploaded(visitor: Visitor, *, seed: int = 0) -> Drawing:
    """A drawing that came as a picture."""
    rng = np.random.default_rng(seed)
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 12:15] = rng.integers(150, 255, (16, 3))
    seen = ink.Seen(image, None)
    content = b"\x89PNG no real picture " + bytes(rng.integers(0, 255, 200, dtype=np.uint8))
    return drawings.store(visitor, Submission(Drawing.Source.UPLOAD, seen, upload=content), recognise(seen))


def drawn(visitor: Visitor) -> Drawing:
    """A drawing of strokes, with moments in it."""
    strokes = ink.parse_strokes([[[10, 10, 0], [40.5, 80, 16]], [[5, 5, 30]]], 100, 90.5)
    seen = ink.render(strokes)
    return drawings.store(visitor, Submission(Drawing.Source.STROKES, seen, strokes), recognise(seen))


def fill() -> None:
    """Something in every corner that backups have to get right."""
    versions.ensure_shipped()
    someone = get_user_model().objects.create_superuser("boss", password="pass-word-1234")
    visitor = Visitor.objects.create(key_hash="a" * 64, shared_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    Visitor.objects.create(key_hash=None, imported_as='Zoë, ‘writer’ \\ "7"\n\t')
    first, second, third = drawn(visitor), uploaded(visitor, seed=1), uploaded(visitor, seed=2)
    drawings.set_label(first, 7)
    drawings.set_label(second, None)
    drawings.review([first.pk], state=Label.State.ACCEPTED, by=someone)
    Decision.objects.create(kind="hide", drawing=third, by=someone, batch=uuid4(), after=None, before={"ü": [1, None]})
    last = drawn(visitor)
    drawings.delete(last)  # the highest number is taken, and nobody has it
    _training(first, last.pk)


def _training(drawing: Drawing, deleted_id: int) -> None:
    done = in_state("succeeded")
    type(done).objects.filter(pk=done.pk).update(worked=timedelta(hours=30, microseconds=17))
    in_state("failed")
    snapshot = Snapshot.objects.create(count=2, visitors=1, sha256="b" * 64)
    packing.store(snapshot, packing.records(np.array([drawing.pk, deleted_id]), np.array([7, 1])))
    DeletedDrawing.objects.create(drawing_id=deleted_id, by="visitor").snapshots.add(snapshot)
    storages["yardsticks"].save("ours/original.npz", ContentFile(b"original" * 1000))
    storages["yardsticks"].save("ours/records", ContentFile(bytes(range(256))))
    Yardstick.objects.create(
        name="ours", file_name="ours.npz", original="ours/original.npz", original_sha256="c" * 64, original_bytes=8000,
        state="ready", records="ours/records", sha256="d" * 64, count=1, writers=["ä"],
    )  # fmt: skip
    export = Export.objects.create(
        format="csv", state="succeeded", file="1-1.csv", size_bytes=3, expires_at=datetime(2027, 1, 1, tzinfo=UTC)
    )
    ExportPart.objects.create(export=export, first_id=1, last_id=1, ids=b"\1\0\0\0\0\0\0\0")
    WorkerSeen.objects.create(name="train@here", process="x", seen_at=datetime(2026, 1, 1, tzinfo=UTC))
