"""Removes the demo content, in one transaction: what people did meanwhile stays, and the shipped version stays live.

Left out on purpose: what a person's real work builds on. No real version learns from the demo, and none of its versions
goes live, so that nothing real refers to it."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.db.models.deletion import ProtectedError

from recognizer.deletion import Deleter
from recognizer.models import Decision, Deployment, Drawing, ModelVersion, Room, Visitor
from training.demo.rows import REVIEWER
from training.demo.standing import DemoError
from training.demo.story import REVIEWERS
from training.models import DeletedDrawing, Snapshot, TrainingJob


def remove() -> dict[str, int]:
    """Remove all of it; return how much there was. Raises DemoError if something real refers to it after all."""
    try:
        with transaction.atomic():
            return _remove()
    except ProtectedError as error:
        names = ", ".join(sorted({str(row) for row in error.protected_objects})[:5])
        raise DemoError(f"Something real refers to the demo content, which stays therefore: {names}.") from error


def _remove() -> dict[str, int]:
    Deployment.objects.order_by("pk").select_for_update().first()  # as releases do, which wait meanwhile
    jobs, versions = TrainingJob.objects.filter(is_demo=True), ModelVersion.objects.filter(is_demo=True)
    drawings = Drawing.objects.filter(visitor__is_demo=True)
    counts = {"drawings": drawings.count(), "versions": versions.count(), "jobs": jobs.count()}
    files = [(row.weights.storage, row.weights.name) for row in versions if not row.weights_removed_at]
    counts["rooms"] = _close_rooms()
    _remove_jobs()
    # Else the trail would keep that somebody decided something, once of what is deleted.
    Decision.objects.filter(Q(drawing__in=drawings) | Q(visitor__is_demo=True)).delete()
    # With its queryset's own method, so that exports and other lists hear of it.
    drawings.delete(by=Deleter.ADMIN)
    _, gone = Visitor.objects.filter(is_demo=True).delete()
    Room.objects.filter(is_demo=True).delete()
    _remove_releases()
    versions.update(base=None)  # a row that refers to another of the same list protects it, too
    versions.delete()
    User.objects.filter(username__in=[REVIEWER.format(n + 1) for n in range(REVIEWERS)], is_active=False).delete()
    transaction.on_commit(lambda: [storage.delete(name) for storage, name in files])
    return {"visitors": gone.get(Visitor._meta.label, 0), **counts}


def _close_rooms() -> int:
    """What people drew in the demo's room meanwhile is theirs alone."""
    rooms = Room.objects.filter(is_demo=True)
    Drawing.objects.filter(room__in=rooms).update(room=None)
    return rooms.count()


def _remove_jobs() -> None:
    snapshots = list(Snapshot.objects.filter(jobs__is_demo=True).values_list("pk", flat=True))
    TrainingJob.objects.filter(is_demo=True).delete()
    # Before the drawings go, which would otherwise be noted as deleted from it.
    Snapshot.objects.filter(pk__in=snapshots, jobs=None).delete()
    DeletedDrawing.objects.filter(snapshots=None).delete()


def _remove_releases() -> None:
    """What was live before the demo is live again, unless somebody made another version live meanwhile."""
    for row in Deployment.objects.filter(is_demo=False, previous__is_demo=True).order_by("pk"):
        row.previous = Deployment.objects.filter(is_demo=False, pk__lt=row.pk).order_by("-pk").first()
        row.save(update_fields=["previous"])
    was_live = Deployment.objects.filter(is_demo=True, is_live=True).exists()
    Deployment.objects.filter(is_demo=True).update(previous=None)
    Deployment.objects.filter(is_demo=True).delete()
    if was_live:
        before = Deployment.objects.order_by("-pk").first()
        before.is_live, before.ended_at = True, None
        before.save(update_fields=["is_live", "ended_at"])
