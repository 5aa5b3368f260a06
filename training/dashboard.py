"""The admin's first page, and the same cards again for the page that is open: which cards there are, and for whom.

The number of queries does not grow with the data. Left out on purpose: what the cards say, which `training.desk` makes
of figures that are kept by day."""

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer import recognition, versions
from recognizer.models import Deployment
from training import live, refreshing, schedule
from training.desk import days, health, matrix, needs, over_time, reading, reliability, verdict, waiting
from training.models import TrainingJob
from training.progress import done

logger = logging.getLogger(__name__)

LATEST_JOBS = 4
RANGE_WORDS = {
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "all": gettext_lazy("all"),
}
VERSIONS, DRAWINGS, JOBS = "recognizer.view_modelversion", "recognizer.view_drawing", "training.view_trainingjob"


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards to the context of the index, each only for those who may view what it is about."""
    return {**context, **desk_context(request), "title": _("Dashboard")}


@require_safe
@never_cache
def cards_view(request: HttpRequest) -> HttpResponse:
    """The cards alone, for a page that is open already."""
    return render(request, "admin/dashboard/desk.html", desk_context(request))


def desk_context(request: HttpRequest) -> dict[str, Any]:
    """All that the cards' template needs, for the days that `?days=` names."""
    desk = Desk(request.GET.get("days", ""))
    cards = {name: card() for name, (permission, card) in desk.cards().items() if request.user.has_perm(permission)}
    return {
        "cards": cards,
        "kept": desk.kept,
        "ranges": [(key, words, key == desk.kept.key) for key, words in RANGE_WORDS.items()],
        "freshness": desk.freshness,
        "age": live.duration(desk.freshness.age_seconds),
        "is_old": refreshing.is_old(desk.freshness.at),
        "refresh_seconds": settings.DASHBOARD_REFRESH_SECONDS,
        "may_start": request.user.has_perm("training.start_trainingjob"),
        "may_review": request.user.has_perm("recognizer.review_label"),
        "may_release": request.user.has_perm("recognizer.release_modelversion"),
    }


class Desk:
    """One look at the site; what several cards need is asked for once, and only if one of them is shown."""

    def __init__(self, days: str) -> None:
        self.freshness = _fresh()
        self.kept = reading.Kept(days)

    def cards(self) -> dict[str, tuple[str, Callable[[], dict[str, Any]]]]:
        return {
            "live": (VERSIONS, self.live),
            "accuracy": (VERSIONS, lambda: over_time.accuracy(self.kept, self.releases)),
            "waiting": (DRAWINGS, lambda: waiting.waiting(self.kept)),
            "days": (DRAWINGS, lambda: days.days(self.kept)),
            "shares": (DRAWINGS, lambda: days.shares(self.kept)),
            "matrix": (DRAWINGS, lambda: matrix.matrix(self.kept)),
            "calibration": (DRAWINGS, self.calibration),
            "needs": (DRAWINGS, lambda: needs.needs(self.kept)),
            "jobs": (JOBS, self.jobs),
            "health": (JOBS, lambda: health.health(self.freshness)),
        }

    @cached_property
    def releases(self) -> list[Deployment]:
        return over_time.releases()

    def live(self) -> dict[str, Any]:
        """The live version, how right it is, and whether that is better than before; or why there is none."""
        try:
            answering = recognition.live()
        except versions.VersionError as error:
            return {"failure": str(error)}
        return {
            "deployment": self.releases[-1],
            "problem": recognition.problem(),
            "answering": answering.number,
            "scores": over_time.newest(self.releases[-1]),
            **verdict.verdict(self.kept, self.releases),
        }

    def calibration(self) -> dict[str, Any]:
        version = self.releases[-1].version if self.releases else None
        return reliability.reliability(self.kept, version and version.pk, version and version.number)

    def jobs(self) -> dict[str, Any]:
        """The jobs that run or wait, the last that ended, and what starts by itself."""
        unfinished = TrainingJob.objects.unfinished().select_related("version", "started_by")
        ended = TrainingJob.objects.filter(finished_at__isnull=False).select_related("version", "started_by")
        return {
            "unfinished": [_job(job) for job in unfinished],
            "ended": [_job(job) for job in ended.order_by("-finished_at")[:LATEST_JOBS]],
            "schedule": schedule.overview(),
        }


def _fresh() -> refreshing.Freshness:
    """How old the figures are, after what little this page itself can do where no worker does it."""
    found = refreshing.freshness()
    if not refreshing.is_old(found.at):
        return found
    try:
        refreshing.refresh(seconds=settings.DASHBOARD_BUDGET_SECONDS, most_drawings=settings.DASHBOARD_DAY_DRAWINGS)
    except OperationalError as error:  # others write: the page says how old its figures are
        logger.warning("The dashboard could not count (%s).", error)
    return refreshing.freshness()


def _job(job: TrainingJob) -> dict[str, Any]:
    left = job.remaining_seconds if job.state == TrainingJob.State.RUNNING else None
    return {
        "row": job,
        "state": live.state_words(job),
        "style": live.STYLES[job.state],
        "share": f"{done(job):.3f}",
        "percent": f"{100 * done(job):.0f}",
        "remaining": "" if left is None else _("about %(left)s left") % {"left": live.duration(left)},
    }
