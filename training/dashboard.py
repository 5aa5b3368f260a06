"""What the admin's first page says: is the recogniser right, what do visitors draw, what waits for a person, what runs.

The number of queries does not grow with the data. Left out on purpose: anything that somebody may not look at."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Manager, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils import timezone

from recognizer import figures, recognition, versions
from recognizer.admin import scores
from recognizer.models import Drawing, Evaluation, Label
from recognizer.words import percent
from training import live, schedule, snapshots
from training.models import TrainingJob
from training.progress import done

DAYS = 30
LATEST_JOBS = 4


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards to the context of the index, each only for those who may view what it is about."""
    cards: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
        "live": ("recognizer.view_modelversion", live_card),
        "drawings": ("recognizer.view_drawing", drawings_card),
        "jobs": ("training.view_trainingjob", jobs_card),
    }
    shown = {name: card() for name, (permission, card) in cards.items() if request.user.has_perm(permission)}
    rights = {
        "may_start": request.user.has_perm("training.start_trainingjob"),
        "may_review": request.user.has_perm("recognizer.review_label"),
        "may_release": request.user.has_perm("recognizer.release_modelversion"),
    }
    return {**context, **rights, "cards": shown, "title": "Dashboard"}


def live_card() -> dict[str, Any]:
    """The live version and how right it is, or why there is none."""
    try:
        deployment, answering = versions.live_deployment(), recognition.live()
    except versions.VersionError as error:
        return {"failure": str(error)}
    found = figures.latest(deployment.version_id)
    names = [Evaluation.MNIST_TEST, Evaluation.DRAWINGS]
    if Evaluation.ANSWERED in found:
        names.append(Evaluation.ANSWERED)
    return {
        "deployment": deployment,
        "version": deployment.version,
        "problem": recognition.problem(),
        "answering": answering.number,
        "scores": [{"name": scores.name(name), "evaluation": found.get(name)} for name in names],
    }


def drawings_card() -> dict[str, Any]:
    """Drawings and corrections by day, the share of wrong answers, and the labels that wait."""
    first_day = timezone.localdate() - timedelta(days=DAYS - 1)
    days, since = by_day(first_day), midnight(first_day)
    recent = Label.objects.exclude(state=Label.State.REJECTED).filter(drawing__created_at__gte=since)
    labelled = recent.aggregate(n=Count("pk"), wrong=Count("pk", filter=_corrects()))
    return {
        "any": bool(days["total"]) or Drawing.objects.exists(),
        "days": days,
        "period": DAYS,
        "labelled": labelled["n"],
        "wrong": labelled["wrong"],
        "share_wrong": percent(labelled["wrong"] / labelled["n"]) if labelled["n"] else "",
        "awaiting": Label.objects.filter(state=Label.State.UNREVIEWED).count(),
        "to_learn_from": snapshots.learnable().count(),
    }


def by_day(first_day: date) -> dict[str, Any]:
    """Drawings, labels and corrections for each day from the first on, days without any included."""
    drawn = _daily(Drawing.objects, first_day, n=Count("pk"))
    said = _daily(Label.objects, first_day, n=Count("pk"), wrong=Count("pk", filter=_corrects()))
    rows = []
    for passed in range(DAYS):
        day = first_day + timedelta(days=passed)
        labels = said.get(day, {"n": 0, "wrong": 0})
        rows.append((day, drawn.get(day, {"n": 0})["n"], labels["n"], labels["wrong"]))
    drawings, corrections = [row[1] for row in rows], [row[3] for row in rows]
    chart = {"days": [f"{day:%-d %b}" for day, *_ in rows], "drawings": drawings, "corrections": corrections}
    return {"rows": rows[::-1], "chart": chart, "total": sum(drawings), "corrections": sum(corrections)}


def jobs_card() -> dict[str, Any]:
    """The jobs that run or wait, the last that ended, and what starts by itself."""
    unfinished = [_job(job) for job in TrainingJob.objects.unfinished().select_related("version", "started_by")]
    ended = TrainingJob.objects.filter(finished_at__isnull=False).select_related("version", "started_by")
    return {
        "unfinished": unfinished,
        "ended": [_job(job) for job in ended.order_by("-finished_at")[:LATEST_JOBS]],
        "schedule": schedule.overview(),
    }


def _job(job: TrainingJob) -> dict[str, Any]:
    left = job.remaining_seconds if job.state == TrainingJob.State.RUNNING else None
    return {
        "row": job,
        "state": live.state_words(job),
        "style": live.STYLES[job.state],
        "share": f"{done(job):.3f}",
        "remaining": "" if left is None else f"about {live.duration(left)} left",
    }


def _corrects() -> Q:
    """The condition that a label says otherwise than the answer did."""
    no_digit = Q(digit__isnull=True, drawing__prediction__digit__isnull=True)
    return ~(Q(digit=F("drawing__prediction__digit")) | no_digit)


def midnight(day: date) -> datetime:
    """When the day begins. To compare moments, and not their dates, lets the database use its index."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _daily(rows: Manager, first_day: date, **counts: Count) -> dict[date, dict[str, int]]:
    recent = rows.filter(created_at__gte=midnight(first_day)).annotate(day=TruncDate("created_at"))
    return {row["day"]: row for row in recent.order_by().values("day").annotate(**counts)}
