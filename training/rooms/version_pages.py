"""The teacher's pages for the room's own versions: training one, the contest with the live one, and who answers.

Left out on purpose: making a room's version the site's, which nothing does."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import versions as site_versions
from recognizer.models import ModelVersion, Room
from recognizer.rooms import running
from recognizer.rooms.members import RoomError
from training import jobs, tasks
from training.models import TrainingJob
from training.progress import done
from training.rooms import contest, figures, learning
from training.rooms.access import for_its_teacher

# Each is read again with the live one whenever drawings have changed.
SHOWN = 5
LIVE = "live"


@require_safe
@never_cache
@for_its_teacher
def versions(request: HttpRequest, room: Room) -> HttpResponse:
    return render(request, "rooms/desk/versions.html", _context(room))


@require_safe
@never_cache
@for_its_teacher
def training(request: HttpRequest, room: Room) -> HttpResponse:
    """The part of that page that changes while a version is trained."""
    return render(request, "rooms/desk/training.html", _context(room))


@require_safe
@never_cache
@for_its_teacher
def version(request: HttpRequest, room: Room, number: int) -> HttpResponse:
    """The contest of one version with the live one, with the drawings on which they differ."""
    found = _of_room(room).filter(number=number).first()
    if found is None:
        raise Http404("the room has no such version")
    try:
        made = contest.of(room, found)
    except site_versions.VersionError as error:
        messages.error(request, str(error))
        return redirect("room_versions", room.code)
    paired = made.paired
    digits = [
        {
            "digit": digit,
            "n": paired.images[digit],
            "own": paired.right[contest.OWN][digit],
            "live": paired.right[contest.LIVE][digit],
        }
        for digit in figures.DIGITS
        if paired.images[digit]
    ]
    context = {"page": "desk", "room": room, "version": found, "contest": made, "digits": digits}
    return render(request, "rooms/desk/version.html", context | contest.flips(room, made))


@require_POST
@for_its_teacher
def start(request: HttpRequest, room: Room) -> HttpResponse:
    try:
        job = learning.start(room, by=request.user)
    except (RoomError, jobs.JobError, site_versions.VersionError) as error:
        messages.error(request, str(error))
        return redirect("room_versions", room.code)
    running.used(room)
    if not tasks.enqueue(job):
        messages.warning(request, _("The training is stored and starts once the queue answers again."))
    return redirect("room_versions", room.code)


@require_POST
@for_its_teacher
def cancel(request: HttpRequest, room: Room) -> HttpResponse:
    job = TrainingJob.objects.unfinished().filter(room=room).first()
    if job and jobs.cancel(job.pk, by=request.user):
        messages.success(request, _("The training is cancelled."))
    else:
        messages.error(request, _("There is nothing to cancel: the training has ended."))
    return redirect("room_versions", room.code)


@require_POST
@for_its_teacher
def use(request: HttpRequest, room: Room) -> HttpResponse:
    """Let the room be answered by one of its versions, or by the live one again."""
    wanted = request.POST.get("version", "")
    chosen = None
    if wanted != LIVE:
        is_number = wanted.isascii() and wanted.isdecimal() and len(wanted) < 10
        chosen = _of_room(room).filter(number=wanted).first() if is_number else None
        if chosen is None:
            raise Http404("the room has no such version")
    try:
        running.answer_with(room, chosen)
    except (RoomError, site_versions.VersionError) as error:
        messages.error(request, str(error))
        return redirect("room_versions", room.code)
    words = _("The live version answers in this room again.")
    if chosen:
        words = _("This room answers with its own version %(number)d from now on.") % {"number": chosen.number}
    messages.success(request, words)
    return redirect("room_versions", room.code)


def _of_room(room: Room) -> QuerySet[ModelVersion]:
    rows = ModelVersion.objects.filter(room=room).select_related("job__snapshot", "base")
    return rows.order_by("-number")


def _context(room: Room) -> dict[str, object]:
    ready = learning.readiness(room)
    last = TrainingJob.objects.filter(room=room).order_by("-pk").first()
    job = ready.job or (last if last and last.state != TrainingJob.State.SUCCEEDED else None)
    return {
        "page": "desk",
        "room": room,
        "ready": ready,
        "job": job,
        "job_percent": round(100 * done(job)) if job else 0,
        "ahead": _ahead(job),
        "rows": [_row(room, one) for one in _of_room(room)[:SHOWN]],
    }


def _ahead(job: TrainingJob | None) -> int | None:
    if job is None or job.state != TrainingJob.State.QUEUED:
        return None
    return TrainingJob.objects.waiting().before(job.place, job.pk).count()


def _row(room: Room, found: ModelVersion) -> dict[str, object]:
    """A version with its contest, or with what keeps it from one."""
    row = {"version": found, "answers": room.version_id == found.pk, "contest": None, "problem": ""}
    try:
        return row | {"contest": contest.of(room, found)}
    except site_versions.VersionError as error:
        return row | {"problem": str(error)}
