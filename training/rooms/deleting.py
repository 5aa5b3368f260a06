"""A room goes whole: at once for everybody who looks, then its drawings, snapshots, versions and members in turns.

What stays is a row without code, name and words: that there was a room, and how much went with it. A version's row
stays, too, without weights and provenance, so that its number is never another's. Whoever is interrupted goes on the
next time. Left out on purpose: unlearning in the site's versions, which the drawings' own deletion notes."""

import time

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from recognizer import drawings, versions
from recognizer.deletion import Deleter
from recognizer.models import Drawing, Evaluation, ModelVersion, Room
from training import checkpoints, jobs, snapshot_files
from training.models import Comparison, DeletedDrawing, Measurement, Snapshot, TrainingJob

DRAWINGS_AT_ONCE = 250


def begin(room: Room, *, by: AbstractBaseUser | None = None) -> bool:
    """Take a room away from everybody; return False if somebody did before. The rest is `go_on`'s."""
    gone = counts(room)
    empty = {"code": None, "name": "", "welcome": "", "version": None, "announced_at": None}
    fields = {"state": Room.State.DELETING, "deleted_by": by, "gone": gone, **empty}
    if not Room.objects.there().filter(pk=room.pk).update(**fields):
        return False
    room.refresh_from_db()
    for job_id in TrainingJob.objects.unfinished().filter(room=room).values_list("pk", flat=True):
        jobs.cancel(job_id, by=by)
    return True


def counts(room: Room) -> dict[str, int]:
    """How much goes with a room."""
    return {
        "members": room.memberships.count(),
        "drawings": room.drawings.count(),
        "versions": room.versions.count(),
        "trainings": room.jobs.count(),
    }


def go_on(seconds: float) -> int:
    """Go on with every room that is being deleted, for so long; return how many are gone."""
    until, done = time.monotonic() + seconds, 0
    for room in Room.objects.filter(state=Room.State.DELETING).order_by("pk"):
        done += work(room, until=until)
        if time.monotonic() > until:
            break
    return done


def work(room: Room, *, until: float) -> bool:
    """Delete of one room what there is until that moment; return whether it is gone."""
    if TrainingJob.objects.filter(room=room).exclude(state__in=jobs.ENDED).exists():
        return False  # its worker learns of it within moments
    _delete_trainings(room)
    for version in ModelVersion.objects.filter(room=room):
        _empty(version)
    while ids := list(Drawing.objects.filter(room=room).order_by("pk").values_list("pk", flat=True)[:DRAWINGS_AT_ONCE]):
        drawings.delete_many(ids, by=Deleter.ADMIN)
        if time.monotonic() > until:
            return False
    return _end(room)


def _delete_trainings(room: Room) -> None:
    """Snapshots before drawings, which would otherwise be noted as deleted from them."""
    for job_id in TrainingJob.objects.filter(room=room).values_list("pk", flat=True):
        checkpoints.discard(job_id)
    listed = list(Snapshot.objects.filter(room=room).values_list("pk", flat=True))
    with transaction.atomic():
        TrainingJob.objects.filter(room=room).delete()
        Snapshot.objects.filter(pk__in=listed).delete()
        DeletedDrawing.objects.filter(snapshots=None).delete()
    snapshot_files.remove(listed)


def _empty(version: ModelVersion) -> None:
    """Of a version its number stays."""
    versions.remove_weights(version.pk)
    Evaluation.objects.filter(version=version).delete()
    Measurement.objects.filter(version=version).delete()
    Comparison.objects.filter(candidate=version).delete()
    ModelVersion.objects.filter(pk=version.pk).update(provenance={})


def _end(room: Room) -> bool:
    with transaction.atomic():
        room.memberships.all().delete()
        fields = {"state": Room.State.DELETED, "deleted_at": timezone.now()}
        return bool(Room.objects.filter(pk=room.pk, state=Room.State.DELETING).update(**fields))
