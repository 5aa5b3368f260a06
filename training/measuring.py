"""Keeps the live version's figures on this site's own drawings up to date as reviewers accept labels.

Two yardsticks: reviewed drawings of held-out visitors, read again; and the reviewed drawings that the version answered
itself, as it answered them when it had never seen them. Left out on purpose: versions that are not live."""

from dataclasses import asdict

from django.db.models import Count, Max, QuerySet

from recognizer import versions
from recognizer.models import Drawing, Evaluation, ModelVersion
from training import evaluation, snapshots
from training.evaluate import score


def measure_live() -> list[Evaluation]:
    """Measure the live version where labels changed since it was last measured; return the new figures.

    Raises VersionError when no version can answer."""
    version = versions.live_deployment().version
    made = []
    if _has_news(version, Evaluation.DRAWINGS, snapshots.held_out()):
        made.append(evaluation.record(version, Evaluation.DRAWINGS))
    if _has_news(version, Evaluation.ANSWERED, answered(version)):
        made.append(record_answered(version))
    return made


def answered(version: ModelVersion) -> QuerySet[Drawing]:
    """The reviewed drawings whose stored answer is this version's."""
    return Drawing.objects.accepted().filter(prediction__version=version)


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
    return last is None or now["reviewed_at"] > last.created_at or now["n"] < last.n
