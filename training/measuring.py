"""Keeps the live version's figures on this site's own drawings up to date as reviewers accept labels.

Two data sets: reviewed drawings of held-out visitors, read again, by all workers where they are many; and the reviewed
drawings that the version answered itself, as it answered them when it had never seen them. Left out on purpose:
versions that are not live."""

from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, QuerySet
from django.utils.dateparse import parse_datetime

from recognizer import versions
from recognizer.models import Drawing, Evaluation, ModelVersion
from training import evaluation, measurements, snapshots
from training.evaluate import score
from training.models import Measurement


def measure_live() -> list[Evaluation]:
    """Measure the live version where labels changed since it was last measured; return the new figures, without those
    that a measurement in parts is queued for.

    Raises VersionError when no version can answer."""
    version = versions.live_deployment().version
    made = []
    if _has_news(version, Evaluation.DRAWINGS, snapshots.held_out()):
        if snapshots.held_out().count() <= settings.MEASUREMENT_CHUNK:
            made.append(evaluation.record(version, Evaluation.DRAWINGS))
        elif not _was_in_vain(version, snapshots.held_out()):
            measurements.start(version, Evaluation.DRAWINGS)
    if _has_news(version, Evaluation.ANSWERED, answered(version)):
        made.append(record_answered(version))
    return made


def answered(version: ModelVersion) -> QuerySet[Drawing]:
    """The reviewed drawings whose stored answer is this version's."""
    return snapshots.counting_here(Drawing.objects.accepted().real().filter(prediction__version=version))


def record_answered(version: ModelVersion) -> Evaluation:
    """Keep how often the version's answers were the label that a reviewer accepted later."""
    rows = answered(version).order_by().values_list("prediction__digit", "label__digit").annotate(Count("pk"))
    pairs = [(answer, label) for answer, label, count in rows for _ in range(count)]
    result = score([answer for answer, _ in pairs], [label for _, label in pairs])
    return Evaluation.objects.create(version=version, dataset=Evaluation.ANSWERED, seconds=0.0, **asdict(result))


def _has_news(version: ModelVersion, dataset: str, rows: QuerySet[Drawing]) -> bool:
    """Whether labels were accepted since the last time, or drawings are gone.

    More drawings than were measured are no news by themselves: some may have become unreadable."""
    now = rows.aggregate(n=Count("pk"), reviewed_at=Max("label__reviewed_at"))
    last = Evaluation.objects.filter(version=version, dataset=dataset).first()
    if not now["n"]:
        return False
    return last is None or now["reviewed_at"] > _reviewed_until(last) or now["n"] < last.n


def _reviewed_until(row: Evaluation) -> datetime:
    """Up to when labels are counted; what was accepted while it was measured is not."""
    moment = parse_datetime(row.meant.get("reviewed_until", ""))
    return moment or row.created_at


def _was_in_vain(version: ModelVersion, rows: QuerySet[Drawing]) -> bool:
    """Whether a measurement of what there is now came to nothing; then it is for people to start the next."""
    last = Measurement.objects.filter(version=version, dataset=Evaluation.DRAWINGS).first()
    if last is None or last.state not in (Measurement.State.FAILED, Measurement.State.CANCELLED):
        return False
    return rows.aggregate(at=Max("label__reviewed_at"))["at"] <= last.created_at
