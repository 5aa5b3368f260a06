"""What came of a job, for its page: what the gate says of its version, and how that reads digit by digit.

Left out on purpose: judging and measuring. What was measured by others since is shown as well, the newest counts."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from recognizer import advice
from recognizer.admin import scores
from recognizer.models import Evaluation, ModelVersion
from recognizer.told import told
from training import comparisons

# How long a version is awaited to be compared with the live one
NEW_SECONDS = 3 * settings.COMPARE_SWEEP_SECONDS
DATASETS = (Evaluation.MNIST_TEST, Evaluation.DRAWINGS)


def gate_words(version: ModelVersion) -> dict[str, Any]:
    """What the gate says of a job's version, ready for JSON; `judging` while it may say more in a moment."""
    said = advice.of(version)
    is_live = version.deployments.filter(is_live=True).exists()
    judging = version.comparisons.filter(state__in=comparisons.UNFINISHED).exists()
    # The comparison is asked for a moment after the job's end.
    judging = judging or (_is_new(version) and not version.comparisons.exists())
    return {"words": told(said.words), "url": str(said.url), "passed": said.passed, "live": is_live, "judging": judging}


def confusion(request: HttpRequest, version: ModelVersion | None) -> dict[str, Any]:
    """The newest evaluation on MNIST's test images and on held-out drawings, each with its matrix. One query."""
    if version is None or not request.user.has_perm("recognizer.view_evaluation"):
        return {"cards": []}
    rows = Evaluation.objects.filter(version=version, dataset__in=DATASETS, n__gt=0).select_related("measurement")
    newest = {row.dataset: row for row in rows.order_by("pk")}
    return {
        "version": version,
        "cards": [_card(newest[name]) for name in DATASETS if name in newest],
        "missing": [scores.name(name) for name in DATASETS if name not in newest],
        "may_measure": request.user.has_perm("training.start_measurement"),
        "may_see_mistakes": request.user.has_perm("training.view_measurement"),
    }


def _card(row: Evaluation) -> dict[str, Any]:
    measurement = getattr(row, "measurement", None)
    return {"evaluation": scores.shown(row), "measurement": measurement and measurement.pk}


def _is_new(version: ModelVersion) -> bool:
    return timezone.now() - version.created_at < timedelta(seconds=NEW_SECONDS)
