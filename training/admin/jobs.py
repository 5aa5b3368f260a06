"""The desk for training jobs: a form that starts one, a page that follows it live, and buttons that steer it.

Left out on purpose: what a job does and how its state changes, which are `recipes.py` and `jobs.py`. The queue and
the comparison of jobs are desks of their own, `job_queue.py` and `job_comparing.py`."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer.admin.base import LONGEST_KEY, PageAdmin, require
from recognizer.models import Deployment
from recognizer.words import ago, link
from training import job_log, jobs, live, schedule, snapshots, tasks
from training.admin.job_buttons import ACTIONS, STATES, Action
from training.admin.job_comparing import CompareDesk
from training.admin.job_outcome import confusion, gate_words
from training.admin.job_queue import QueueDesk, place_words
from training.forms import StartJobForm, defaults, preset_fields
from training.models import TrainingJob
from training.progress import done

# The figures at the top of a job's page, by their names in `live.shown()["fields"]`
FIGURES = [
    ("epoch", gettext_lazy("Epoch")),
    ("batch", gettext_lazy("Batch")),
    ("loss", gettext_lazy("Loss")),
    ("accuracy", gettext_lazy("Accuracy")),
    ("remaining", gettext_lazy("Remaining")),
    ("elapsed", gettext_lazy("So far")),
    ("attempt", gettext_lazy("Attempt")),
    ("checkpoint", gettext_lazy("Checkpoint, UTC")),
]
RESULT_HEADERS = [
    gettext_lazy("Epoch"),
    gettext_lazy("Loss, training"),
    gettext_lazy("Accuracy, training"),
    gettext_lazy("Loss, validation"),
    gettext_lazy("Accuracy, validation"),
    gettext_lazy("Learning rate"),
    gettext_lazy("Took"),
]


@admin.register(TrainingJob)
class TrainingJobAdmin(QueueDesk, CompareDesk, PageAdmin):
    page_template = "admin/training/trainingjob/page.html"
    empty_words = gettext_lazy(
        "No job has run yet. A job trains a new version, which goes live when somebody promotes it."
    )
    change_list_template = "admin/training/trainingjob/list.html"
    list_display = ["name", "state_label", "progress_bar", "what", "who", "when", "took", "outcome"]
    list_display_links = ["name"]
    list_filter = ["state", "kind", "architecture"]
    search_fields = ["=pk", "note"]
    search_help_text = gettext_lazy("Number of a job, or words of its note")
    actions = ["compare"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.start_trainingjob")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("started_by", "version", "base", "snapshot")

    def get_urls(self) -> list:
        return [
            self.own_path("queue/", self.queue_view, "queue"),
            self.own_path("compare/", self.compare_view, "compare"),
            self.own_path("<int:job_id>/move/", require_POST(self.move_view), "move"),
            self.own_path("<int:job_id>/progress/", self.progress_view, "progress"),
            self.own_path("<int:job_id>/log/", self.log_view, "log"),
            self.own_path("<int:job_id>/confusion/", self.confusion_view, "confusion"),
            *(
                self.own_path(f"<int:job_id>/{action.name}/", require_POST(partial(self.act, action)), action.name)
                for action in ACTIONS
            ),
            *super().get_urls(),
        ]

    @display(description=gettext_lazy("Job"), ordering="pk")
    def name(self, job: TrainingJob) -> str | SafeString:
        note = format_html('<br><span class="d-subtle">{}</span>', job.note) if job.note else ""
        return format_html("<span>{}{}</span>", str(job), note)

    @display(description=gettext_lazy("State"), label=live.STYLES, ordering="state")
    def state_label(self, job: TrainingJob) -> tuple[str, str]:
        return job.state, live.state_words(job)

    @display(description=gettext_lazy("Progress"))
    def progress_bar(self, job: TrainingJob) -> SafeString:
        return format_html(
            '<span class="d-progress is-small" style="display: block"><span style="--share: {}"></span></span>'
            '<span class="d-subtle">{}</span>',
            f"{done(job):.3f}",
            _("epoch %(epoch)s of %(epochs)s") % {"epoch": job.epoch, "epochs": job.epochs},
        )  # fmt: skip

    @display(description=gettext_lazy("Kind"), ordering="kind")
    def what(self, job: TrainingJob) -> str:
        base = " " + _("(version %(number)s)") % {"number": job.base.number} if job.base else ""
        return f"{job.kind}{base}, {job.architecture}"

    @display(
        description=gettext_lazy("Started by"), ordering="started_by__username", empty_value=gettext_lazy("the shell")
    )
    def who(self, job: TrainingJob) -> str | None:
        return job.started_by and job.started_by.get_username()

    @display(description=gettext_lazy("Asked for"), ordering="created_at")
    def when(self, job: TrainingJob) -> str | SafeString:
        return ago(job.created_at)

    @display(description=gettext_lazy("Took"))
    def took(self, job: TrainingJob) -> str:
        return live.took(job)

    @display(description=gettext_lazy("Result"), ordering="version__number")
    def outcome(self, job: TrainingJob) -> str | SafeString:
        return link(job.version)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        shown = {"schedule": schedule.overview(), **self.queue_context(request)}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def page_context(self, request: HttpRequest, job: TrainingJob) -> dict[str, Any]:
        live_now = self._live(request, job)
        return {
            "live": live_now,
            "earlier_lines": live_now["log"][0]["number"] - 1 if live_now["log"] else 0,
            "confusion": confusion(request, job.version),
            "may_see_confusion": request.user.has_perm("recognizer.view_evaluation"),
            "headers": RESULT_HEADERS,
            "figures": FIGURES,
            "may_start": self.has_add_permission(request),
            "actions": [action for action in ACTIONS if self._may(request, action)],
        }

    def _live(self, request: HttpRequest, job: TrainingJob, *, after: int = 0) -> dict[str, Any]:
        addresses = {}
        if job.version:
            addresses["version_url"] = reverse("admin:recognizer_modelversion_change", args=[job.version_id])
            addresses["gate"] = gate_words(job.version)
            if request.user.has_perm("recognizer.release_modelversion") and not addresses["gate"]["live"]:
                addresses["promote_url"] = reverse("admin:recognizer_modelversion_promote", args=[job.version_id])
        shown = live.shown(job)
        shown["fields"]["queue"] = place_words(job)
        log = job_log.lines(job, after=after)
        return {**shown, "log": log, "version": job.version and str(job.version), **addresses}

    def progress_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Answer what the job's page asks each second, with the lines of the log behind number ?after=.

        (The admin marks all its answers as never to be cached.)"""
        require(self.has_view_permission(request))
        after = request.GET.get("after", "")
        after = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0
        job = get_object_or_404(self.get_queryset(request), pk=job_id)
        return JsonResponse(self._live(request, job, after=after))

    def log_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """The job's log as a text file."""
        require(self.has_view_permission(request))
        job = get_object_or_404(TrainingJob, pk=job_id)
        headers = {"Content-Disposition": f'attachment; filename="job-{job.pk}.log.txt"'}
        return HttpResponse("".join(job_log.as_text(job)), content_type="text/plain; charset=utf-8", headers=headers)

    def confusion_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """The part of a job's page that its script adds when the job has ended."""
        require(request.user.has_perm("recognizer.view_evaluation"))
        job = get_object_or_404(self.get_queryset(request), pk=job_id)
        shown = {"confusion": confusion(request, job.version)}
        return render(request, "admin/training/trainingjob/confusion.html", shown)

    def act(self, action: Action, request: HttpRequest, job_id: int) -> HttpResponse:
        """Do what a button says."""
        require(self._may(request, action))
        job = get_object_or_404(TrainingJob, pk=job_id)
        done = action.does(job.pk, by=request.user)
        said = action.said if done else f"{action.refused}: {STATES[job.state]}."
        if done:
            self.log_change(request, job, action.button)
        if done and action.rings and not tasks.enqueue(job):
            said = _("The job waits for a worker again, and starts once the broker answers, which it does not now.")
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({"done": done, "message": said})
        self.message_user(request, said, messages.SUCCESS if done else messages.WARNING)
        return redirect("admin:training_trainingjob_change", job_id)

    def _may(self, request: HttpRequest, action: Action) -> bool:
        return request.user.has_perm(f"training.{action.permission}_trainingjob")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form that starts a job; ?clone= fills it with another job's settings."""
        require(self.has_add_permission(request))
        form = StartJobForm(request.POST or None, initial=self._initial(request))
        if request.method == "POST" and form.is_valid() and (job := self._start(request, form)):
            return redirect("admin:training_trainingjob_change", job.pk)
        return self.page(
            request,
            "admin/training/trainingjob/start.html",
            title=_("Start a job"),
            form=form,
            cloned=self._cloned(request),
            defaults=defaults(),
            presets=preset_fields(),
            to_learn_from=snapshots.learnable().count(),
            to_measure_with=snapshots.held_out().count(),
        )

    def _initial(self, request: HttpRequest) -> dict[str, Any]:
        if job := self._cloned(request):
            return {**model_to_dict(job, StartJobForm.Meta.fields), "note": _("like %(job)s") % {"job": job}}
        kind = request.GET.get("kind") if request.GET.get("kind") in TrainingJob.Kind else TrainingJob.Kind.SCRATCH
        deployed = Deployment.objects.filter(is_live=True).select_related("version").first()
        live_now = {"base": deployed.version, "architecture": deployed.version.architecture} if deployed else {}
        return {"kind": kind, **live_now, **defaults()[kind]}

    def _cloned(self, request: HttpRequest) -> TrainingJob | None:
        number = request.GET.get("clone", "")
        known = number.isascii() and number.isdecimal() and len(number) <= LONGEST_KEY
        return TrainingJob.objects.filter(pk=number).first() if known else None

    def _start(self, request: HttpRequest, form: StartJobForm) -> TrainingJob | None:
        try:
            job = jobs.start(**form.cleaned_data, by=request.user)
        except jobs.JobError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return None
        self.log_addition(request, job, [{"added": {}}])
        if not tasks.enqueue(job):
            said = _("The job is stored and stays queued: the broker does not answer. It runs once the broker is back.")
            self.message_user(request, said, messages.WARNING)
        return job
