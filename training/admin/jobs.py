"""The desk for training jobs: a form that starts one, a page that follows it live, and buttons that steer it.

Left out on purpose: what a job does and how its state changes, which are `recipes.py` and `jobs.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer import advice
from recognizer.admin.base import PageAdmin, require
from recognizer.models import Deployment, ModelVersion
from recognizer.words import ago, link
from training import comparisons, jobs, live, schedule, snapshots, tasks
from training.forms import StartJobForm, defaults, preset_fields
from training.models import TrainingJob
from training.progress import done

# The figures at the top of a job's page, by their names in `live.shown()["fields"]`
FIGURES = [
    ("epoch", "Epoch"), ("batch", "Batch"), ("loss", "Loss"), ("accuracy", "Accuracy"), ("remaining", "Remaining"),
    ("elapsed", "So far"), ("attempt", "Attempt"), ("checkpoint", "Checkpoint, UTC"),
]  # fmt: skip
# How long a version is awaited to be compared with the live one
NEW_SECONDS = 3 * settings.COMPARE_SWEEP_SECONDS
RESULT_HEADERS = [
    "Epoch", "Loss, training", "Accuracy, training", "Loss, validation", "Accuracy, validation", "Learning rate",
    "Took",
]  # fmt: skip


@dataclass(frozen=True)
class Action:
    """A button on a job's page: what it calls and says, and whether the queue has to be rung for afterwards."""

    name: str
    does: Callable[..., bool]
    button: str
    meanwhile: str
    said: str
    refused: str
    permission: str = "cancel"
    rings: bool = False
    style: str = ""


# Why a button did nothing, by the state in which it found the job.
STATES = {
    "queued": "the job waits for a worker",
    "running": "the job is running",
    "paused": "the job is paused",
    "succeeded": "the job succeeded already",
    "failed": "the job failed already",
    "cancelled": "the job was cancelled already",
}
ACTIONS = [
    Action("pause", jobs.pause, "Pause", "Pausing …", "The job is being paused.", "Nothing to pause"),
    Action("resume", jobs.resume, "Resume", "Resuming …", "The job waits for a worker again.", "Nothing to resume",
           rings=True, style="is-main"),
    Action("retry", jobs.retry, "Retry from its last checkpoint", "Queueing …", "The job waits for a worker again.",
           "Nothing to retry", "start", rings=True, style="is-main"),
    Action("cancel", jobs.cancel, "Cancel the job", "Cancelling …", "The job is being cancelled.", "Nothing to cancel",
           style="is-danger"),
]  # fmt: skip


@admin.register(TrainingJob)
class TrainingJobAdmin(PageAdmin):
    page_template = "admin/training/trainingjob/page.html"
    empty_words = "No job has run yet. A job trains a new version, which goes live when somebody promotes it."
    change_list_template = "admin/training/trainingjob/list.html"
    list_display = ["name", "state_label", "progress_bar", "what", "who", "when", "took", "outcome"]
    list_display_links = ["name"]
    list_filter = ["state", "kind", "architecture"]
    search_fields = ["=pk", "note"]
    search_help_text = "Number of a job, or words of its note"
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.start_trainingjob")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("started_by", "version", "base", "snapshot")

    def get_urls(self) -> list:
        return [
            self.own_path("<int:job_id>/progress/", self.progress_view, "progress"),
            *(
                self.own_path(f"<int:job_id>/{action.name}/", require_POST(partial(self.act, action)), action.name)
                for action in ACTIONS
            ),
            *super().get_urls(),
        ]

    @display(description="Job", ordering="pk")
    def name(self, job: TrainingJob) -> str | SafeString:
        note = format_html('<br><span class="d-subtle">{}</span>', job.note) if job.note else ""
        return format_html("<span>{}{}</span>", str(job), note)

    @display(description="State", label=live.STYLES, ordering="state")
    def state_label(self, job: TrainingJob) -> tuple[str, str]:
        return job.state, live.state_words(job)

    @display(description="Progress")
    def progress_bar(self, job: TrainingJob) -> SafeString:
        return format_html(
            '<span class="d-progress is-small" style="display: block"><span style="--share: {}"></span></span>'
            '<span class="d-subtle">epoch {} of {}</span>',
            f"{done(job):.3f}", job.epoch, job.epochs,
        )  # fmt: skip

    @display(description="Kind", ordering="kind")
    def what(self, job: TrainingJob) -> str:
        base = f" (version {job.base.number})" if job.base else ""
        return f"{job.kind}{base}, {job.architecture}"

    @display(description="Started by", ordering="started_by__username", empty_value="the shell")
    def who(self, job: TrainingJob) -> str | None:
        return job.started_by and job.started_by.get_username()

    @display(description="Asked for", ordering="created_at")
    def when(self, job: TrainingJob) -> str | SafeString:
        return ago(job.created_at)

    @display(description="Took")
    def took(self, job: TrainingJob) -> str:
        return live.took(job)

    @display(description="Result", ordering="version__number")
    def outcome(self, job: TrainingJob) -> str | SafeString:
        return link(job.version)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        shown = {"may_start": self.has_add_permission(request), "schedule": schedule.overview()}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def page_context(self, request: HttpRequest, job: TrainingJob) -> dict[str, Any]:
        return {
            "live": self._live(request, job),
            "headers": RESULT_HEADERS,
            "figures": FIGURES,
            "may_start": self.has_add_permission(request),
            "actions": [action for action in ACTIONS if self._may(request, action)],
        }

    def _live(self, request: HttpRequest, job: TrainingJob) -> dict[str, Any]:
        addresses = {}
        if job.version:
            addresses["version_url"] = reverse("admin:recognizer_modelversion_change", args=[job.version_id])
            addresses["gate"] = gate_words(job.version)
            if request.user.has_perm("recognizer.release_modelversion") and not addresses["gate"]["live"]:
                addresses["promote_url"] = reverse("admin:recognizer_modelversion_promote", args=[job.version_id])
        return {**live.shown(job), "version": job.version and str(job.version), **addresses}

    def progress_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Answer what the job's page asks each second. (The admin marks all its answers as never to be cached.)"""
        require(self.has_view_permission(request))
        return JsonResponse(self._live(request, get_object_or_404(self.get_queryset(request), pk=job_id)))

    def act(self, action: Action, request: HttpRequest, job_id: int) -> HttpResponse:
        """Do what a button says."""
        require(self._may(request, action))
        job = get_object_or_404(TrainingJob, pk=job_id)
        done = action.does(job.pk, by=request.user)
        said = action.said if done else f"{action.refused}: {STATES[job.state]}."
        if done:
            self.log_change(request, job, action.button)
        if done and action.rings and not tasks.enqueue(job):
            said = "The job waits for a worker again, and starts once the broker answers, which it does not now."
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
            title="Start a job",
            form=form,
            defaults=defaults(),
            presets=preset_fields(),
            to_learn_from=snapshots.learnable().count(),
            to_measure_with=snapshots.held_out().count(),
        )

    def _initial(self, request: HttpRequest) -> dict[str, Any]:
        cloned = request.GET.get("clone", "")
        job = TrainingJob.objects.filter(pk=cloned).first() if cloned.isdecimal() else None
        if job:
            return model_to_dict(job, StartJobForm.Meta.fields)
        kind = request.GET.get("kind") if request.GET.get("kind") in TrainingJob.Kind else TrainingJob.Kind.SCRATCH
        deployed = Deployment.objects.filter(is_live=True).select_related("version").first()
        live_now = {"base": deployed.version, "architecture": deployed.version.architecture} if deployed else {}
        return {"kind": kind, **live_now, **defaults()[kind]}

    def _start(self, request: HttpRequest, form: StartJobForm) -> TrainingJob | None:
        try:
            job = jobs.start(**form.cleaned_data, by=request.user)
        except jobs.JobError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return None
        self.log_addition(request, job, [{"added": {}}])
        if not tasks.enqueue(job):
            said = "The job is stored and stays queued: the broker does not answer. It runs once the broker is back."
            self.message_user(request, said, messages.WARNING)
        return job


def gate_words(version: ModelVersion) -> dict[str, Any]:
    """What the gate says of a job's version, ready for JSON; `judging` while it may say more in a moment."""
    said = advice.of(version)
    is_live = version.deployments.filter(is_live=True).exists()
    judging = version.comparisons.filter(state__in=comparisons.UNFINISHED).exists()
    # The comparison is asked for a moment after the job's end.
    judging = judging or (_is_new(version) and not version.comparisons.exists())
    return {"words": said.words, "url": str(said.url), "passed": said.passed, "live": is_live, "judging": judging}


def _is_new(version: ModelVersion) -> bool:
    return timezone.now() - version.created_at < timedelta(seconds=NEW_SECONDS)
