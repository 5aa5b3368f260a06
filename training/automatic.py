"""What happens by itself when a job made a version: it is compared with the live one, and goes live if it passes and
the site wants that (AUTO_PROMOTE).

Every step is found in the rows, so that a sweep goes on where a worker died. Left out on purpose: undoing what
somebody decided meanwhile. If anything else went live since the comparison was asked for, nothing is promoted."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recognizer import versions
from recognizer.models import Deployment, ModelVersion
from training import comparisons, job_log, verdicts
from training.models import Comparison, TrainingJob

logger = logging.getLogger(__name__)

# The reason in the history of deployments.
REASON = "It passed the gate; AUTO_PROMOTE is on."


def go_on() -> list[int]:
    """Take every step that is due; return the comparisons that the broker must be told of."""
    request_missing()
    for comparison_id in list(_unsettled().values_list("pk", flat=True)):
        settle(comparison_id)
    return comparisons.sweep()


def request_missing() -> None:
    """Ask for the comparison of each new version that has none yet, or passed in one that does not count any more."""
    live = Deployment.objects.filter(is_live=True).select_related("version").first()
    if live is None:
        return
    since = timezone.now() - timedelta(days=settings.COMPARE_NEW_DAYS)
    fresh = ModelVersion.objects.filter(job__state=TrainingJob.State.SUCCEEDED, job__finished_at__gte=since)
    fresh = fresh.of_the_site().filter(is_demo=False, deployments=None).order_by("number")
    waiting = fresh.exclude(comparisons__automatic=True)
    if not settings.AUTO_PROMOTE:  # else whoever compared it by hand may have done so without the wish to promote it
        waiting = waiting.exclude(comparisons__champion=live.version)
    for version in waiting:
        comparisons.request(version, live.version, automatic=True, promotes=settings.AUTO_PROMOTE)
    for version in verdicts.to_repeat(fresh, live):
        # Where another one was live meanwhile, somebody decided that, and decides on.
        wished = version.comparisons.filter(promotes=True, live=live).exists()
        comparisons.request(version, live.version, promotes=settings.AUTO_PROMOTE and wished)


def settle(comparison_id: int) -> None:
    """Decide whether a compared version goes live by itself, and do it: both or neither, and once only."""
    with transaction.atomic():
        row = _unsettled().select_for_update(of=("self",)).filter(pk=comparison_id).first()
        if row is None:
            return
        live = Deployment.objects.filter(is_live=True).select_related("version").first()
        objection = _objection(row, live)
        outdated = "" if objection else verdicts.outdated([row]).get(row.pk, "")
        said = outdated and f"Not promoted yet: it is compared anew, since {outdated}."
        row.outcome = objection or said or _promote(row)
        row.settled = True
        row.save(update_fields=["outcome", "settled", "released"])
        job_log.write_of_version(row.candidate_id, row.outcome)
        if outdated or _was_overtaken(row, live):
            comparisons.request(row.candidate, live.version, promotes=True)
    logger.info("Comparison %s: %s", comparison_id, row.outcome)


def _unsettled():
    done = Comparison.objects.filter(state=Comparison.State.DONE, promotes=True, settled=False)
    return done.select_related("candidate", "champion").order_by("pk")


def _objection(row: Comparison, live: Deployment | None) -> str:
    """Why the candidate does not go live by itself; nothing if it may."""
    if not settings.AUTO_PROMOTE:
        return "Automatic promotion was switched off meanwhile."
    if not row.passed:
        return "Not promoted: it did not pass the gate."
    if not row.on_drawings:
        return f"Not promoted by itself: that takes {settings.GATE_MIN_DRAWINGS:,} held-out drawings."
    if row.candidate.deployments.exists():
        return "Not promoted by itself: it was live before, and somebody decides whether it is again."
    if live is None or live.pk != row.live_id:
        return f"Not promoted by itself: {live.version if live else 'nothing'} is live by now."
    return ""


def _promote(row: Comparison) -> str:
    try:
        with transaction.atomic():
            row.released = versions.promote(row.candidate, reason=REASON, verdict=row.verdict, instead_of=row.live_id)
    except versions.VersionError as error:
        return f"Not promoted: {error}"[:500]
    return "Promoted by itself."


def _was_overtaken(row: Comparison, live: Deployment | None) -> bool:
    """Whether another version went live by itself meanwhile: then this one is compared with that; people's decisions
    stand."""
    if not (row.passed and settings.AUTO_PROMOTE and live and live.pk != row.live_id):
        return False
    came_by_itself = Comparison.objects.filter(released=live).exists()
    return came_by_itself and not row.candidate.deployments.exists()
