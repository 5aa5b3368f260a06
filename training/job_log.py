"""A job's log: lines that are added in the transaction that changed the job. Neither is there without the other.

Of a long log the oldest lines go (JOB_LOG_MOST). Left out on purpose: which lines there are; whoever changes a job says
what happened."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from recognizer.words import counted
from training.models import JobEvent, TrainingJob

Kind = JobEvent.Kind
# Kinds whose messages say by themselves what happened
SPEAKING = {
    Kind.QUEUED, Kind.MOVED, Kind.CLAIMED, Kind.DRAWINGS, Kind.BEGUN, Kind.WENT_ON, Kind.EPOCH, Kind.ASKED, Kind.PAUSED,
    Kind.RESUMED, Kind.RETRIED, Kind.CANCELLED,
}  # fmt: skip
# So many lines stand on a job's page when it is opened; the file has all that are kept.
SHOWN = 200


def write(job_id: int, kind: str, message: str) -> None:
    """Add a line. To be called in the transaction of what it tells of; it locks the job's row, so that numbers are
    given once."""
    attempt = TrainingJob.objects.select_for_update().values_list("attempt", flat=True).get(pk=job_id)
    lines = JobEvent.objects.filter(job_id=job_id)
    number = (lines.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    JobEvent.objects.create(job_id=job_id, number=number, attempt=attempt, kind=kind, message=_text(message))
    if number > settings.JOB_LOG_MOST:
        lines.filter(number__lte=number - settings.JOB_LOG_MOST).delete()


def write_of_version(version_id: int, message: str) -> None:
    """Add what the gate did to the log of the job that made a version; nothing where no job of this site made it."""
    job_id = TrainingJob.objects.filter(version_id=version_id).values_list("pk", flat=True).first()
    if job_id is not None:
        write(job_id, Kind.GATE, message)


def lines(job: TrainingJob, *, after: int = 0) -> list[dict[str, Any]]:
    """The newest lines behind number `after`, the oldest of them first, as texts ready for JSON."""
    newest = _of(job).filter(number__gt=after).order_by("-number")[:SHOWN]
    return [_shown(event) for event in reversed(newest)]


def as_text(job: TrainingJob) -> Iterator[str]:
    """The whole log as lines of a text file, in UTC."""
    yield f"# {job}: {job.get_kind_display()}, {job.architecture}. Times are in UTC.\n"
    for place, event in enumerate(_of(job).iterator()):
        if place == 0 and event.number > 1:
            yield f"# {counted(event.number - 1, 'earlier line')} no longer kept.\n"
        at = event.at.astimezone(UTC)
        yield f"{at:%Y-%m-%d %H:%M:%S}  attempt {event.attempt}  {event.get_kind_display()}: {event.message}\n"


def _of(job: TrainingJob) -> QuerySet[JobEvent]:
    return JobEvent.objects.filter(job=job).order_by("number")


def _shown(event: JobEvent) -> dict[str, Any]:
    local = timezone.localtime(event.at)
    return {
        "number": event.number,
        "iso": local.isoformat(),
        "at": f"{local:%-d %b, %H:%M:%S}",
        "exact": f"{local:%Y-%m-%d %H:%M:%S %Z}",
        "who": f"attempt {event.attempt}" if event.attempt else "",
        "kind": event.kind,
        "what": "" if event.kind in SPEAKING else event.get_kind_display(),
        "message": event.message,
    }


def _text(message: str) -> str:
    return message.replace("\0", "")[: JobEvent._meta.get_field("message").max_length]
