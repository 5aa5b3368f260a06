"""The queue above the list of jobs: what runs, what waits in which order, and buttons that change it.

Left out on purpose: the order itself, which is `training/job_queue.py`'s."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from recognizer.admin.base import LONGEST_KEY, require
from training import job_queue, live, waiting_times
from training.models import TrainingJob
from training.progress import done

State = TrainingJob.State
# A longer queue is ordered from its front.
SHOWN = 30


class QueueDesk:
    """The part of the jobs' admin that shows and changes the queue."""

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with the queue as it is now: the part of the list's page that its script renews."""
        require(self.has_view_permission(request))
        return render(request, "admin/training/trainingjob/queue.html", self.queue_context(request))

    def queue_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"queue": shown(), "may_start": self.has_add_permission(request)}

    def move_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Move a queued job: to the front, or past the one beside it, as the button says."""
        require(self.has_add_permission(request))
        job = get_object_or_404(TrainingJob, pk=job_id)
        to, beside = _asked(request.POST.get("move", ""))
        try:
            moved, said = True, job_queue.move(job.pk, to, beside, by=request.user)
        except job_queue.QueueError as refused:
            moved, said = False, str(refused)
        if moved:
            self.log_change(request, job, said)
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({"done": moved, "message": said})
        self.message_user(request, said, messages.SUCCESS if moved else messages.WARNING)
        return redirect("admin:training_trainingjob_changelist")


def shown() -> dict[str, Any]:
    """What runs and what waits, in the order in which workers take it; three queries for any number of jobs."""
    rows = TrainingJob.objects.select_related("base")
    running = list(rows.filter(state=State.RUNNING).order_by("started_at", "pk"))
    waiting = list(TrainingJob.objects.waiting().select_related("base")[: SHOWN + 1])
    starts = waiting_times.starts(running, waiting)
    ids = [None, *(job.pk for job in waiting), None]
    return {
        "running": [{"job": job, "words": _progress(job), "share": f"{done(job):.3f}"} for job in running],
        "waiting": [
            {"job": job, "number": place + 1, "before": ids[place], "after": ids[place + 2], "start": starts[job.pk]}
            for place, job in enumerate(waiting[:SHOWN])
        ],
        "more": len(waiting) > SHOWN,
    }


def place_words(job: TrainingJob) -> str:
    """Where a queued job stands and when it starts, in a sentence; nothing for any other."""
    if job.state != State.QUEUED:
        return ""
    waiting = list(TrainingJob.objects.waiting())
    running = TrainingJob.objects.filter(state=State.RUNNING)
    place = next((place for place, other in enumerate(waiting) if other.pk == job.pk), None)
    if place is None:  # a worker took it just now
        return ""
    start = waiting_times.starts(running, waiting[: place + 1])[job.pk]
    return _("Number %(place)s of %(waiting)s in the queue. Start: %(words)s.") % {
        "place": place + 1,
        "waiting": len(waiting),
        "words": start.words,
    }


def _progress(job: TrainingJob) -> str:
    left = job.remaining_seconds
    words = [live.state_words(job), _("epoch %(epoch)s of %(epochs)s") % {"epoch": job.epoch, "epochs": job.epochs}]
    return ", ".join(words if left is None else [*words, _("about %(left)s left") % {"left": live.duration(left)}])


def _asked(move: str) -> tuple[str, int | None]:
    """A button's value, "front", "before:6" or "after:6"."""
    to, _, beside = move.partition(":")
    known = beside.isascii() and beside.isdecimal() and len(beside) <= LONGEST_KEY
    return to, int(beside) if known else None
