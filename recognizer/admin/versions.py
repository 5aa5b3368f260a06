"""The desk for versions: what each was trained from and how good it is, and the two pages that change which is live.

Left out on purpose: the rules of releasing, which are in `recognizer.versions`, and training."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import PROTECT, Model, Prefetch, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.safestring import SafeString
from unfold.decorators import display

from recognizer import figures, recognition, versions
from recognizer.admin import provenance, scores
from recognizer.admin.base import PageAdmin, require
from recognizer.admin.deployments import lasted
from recognizer.model_page import shape
from recognizer.models import Deployment, Evaluation, ModelVersion
from recognizer.network import Network, architectures
from recognizer.words import ago, counted, join_words, link

RELEASE_PERMISSION = "recognizer.release_modelversion"
LONGEST_REASON = Deployment._meta.get_field("reason").max_length


@admin.register(ModelVersion)
class ModelVersionAdmin(PageAdmin):
    page_template = "admin/recognizer/modelversion/page.html"
    empty_words = "No versions yet. The one that the project ships appears with the first request, others by training."
    change_list_template = "admin/recognizer/modelversion/list.html"
    list_display = ["name", "live", "architecture", "source", "on_mnist", "on_drawings", "created"]
    list_display_links = ["name"]
    list_filter = ["architecture", "source"]
    search_fields = ["=number", "sha256__startswith"]
    search_help_text = "Number or SHA-256"
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return request.user.has_perm("recognizer.delete_modelversion")

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RELEASE_PERMISSION)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        live = Deployment.objects.filter(is_live=True)
        return (
            super()
            .get_queryset(request)
            .select_related("base")
            .prefetch_related(
                Prefetch("evaluations", Evaluation.objects.order_by("pk"), to_attr="measured"),
                Prefetch("deployments", live, to_attr="live_now"),
            )
        )

    def get_urls(self) -> list:
        return [
            self.own_path("rollback/", self.rollback_view, "rollback"),
            self.own_path("<int:version_id>/promote/", self.promote_view, "promote"),
            self.own_path("<int:version_id>/weights/", self.weights_view, "weights"),
            *super().get_urls(),
        ]

    @display(description="Version", ordering="number")
    def name(self, version: ModelVersion) -> str:
        return str(version)

    @display(description="Now", label={"live": "success"})
    def live(self, version: ModelVersion) -> str | None:
        return "live" if version.live_now else None

    @display(description="MNIST test images")
    def on_mnist(self, version: ModelVersion) -> str:
        return scores.figure(_latest(version, Evaluation.MNIST_TEST))

    @display(description="Reviewed drawings")
    def on_drawings(self, version: ModelVersion) -> str:
        return scores.figure(_latest(version, Evaluation.DRAWINGS))

    @display(description="Created", ordering="created_at")
    def created(self, version: ModelVersion) -> str | SafeString:
        return ago(version.created_at)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        may_roll_back = self.has_release_permission(request)
        return super().changelist_view(request, {"may_roll_back": may_roll_back, **(extra_context or {})})

    def page_context(self, request: HttpRequest, version: ModelVersion) -> dict[str, Any]:
        job, in_use = getattr(version, "job", None), uses(version)
        return {
            "live": bool(version.live_now),
            **standing(version),
            "job": link(job) if job else "",
            "facts": provenance.facts(version.provenance),
            "layers": layers(version.architecture),
            "evaluations": [scores.shown(row) for row in figures.latest(version.pk).values()],
            "deployments": [(row, lasted(row)) for row in version.deployments.select_related("by")],
            "uses": join_words(in_use),
            "may_delete": not in_use and self.has_delete_permission(request, version),
            "may_release": self.has_release_permission(request),
        }

    def weights_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        require(self.has_view_permission(request))
        version = get_object_or_404(ModelVersion, pk=version_id)
        try:
            versions.check_kept(version)
            file = version.weights.open("rb")
        except versions.VersionError as error:
            raise Http404(str(error)) from error
        except OSError as error:
            raise Http404(f"the weights of {version} are missing: restore {version.weights.name!r}") from error
        name = f"digits-version-{version.number}-{version.architecture}.safetensors"
        return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")

    def promote_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Ask for the reason, beside what is live now; then make the version live."""
        require(self.has_release_permission(request))
        version = get_object_or_404(self.get_queryset(request), pk=version_id)
        if request.method == "POST":
            change = lambda reason: versions.promote(version, by=request.user, reason=reason)  # noqa: E731
            return self._release(request, version, change)
        return self._confirm(request, version, f"Promote {version}")

    def rollback_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the reason, beside what was live before; then return to it."""
        require(self.has_release_permission(request))
        if request.method == "POST":
            change = lambda reason: versions.rollback(by=request.user, reason=reason)  # noqa: E731
            return self._release(request, None, change)
        live = Deployment.objects.filter(is_live=True).select_related("previous").first()
        if live is None or live.previous is None:
            self.message_user(request, "There is nothing to roll back to: no other version was live.", messages.WARNING)
            return redirect("admin:recognizer_modelversion_changelist")
        before = self.get_queryset(request).get(pk=live.previous.version_id)
        return self._confirm(request, before, f"Roll back to {before}", rolls_back=True)

    def _release(
        self, request: HttpRequest, version: ModelVersion | None, change: Callable[[str], Deployment]
    ) -> HttpResponse:
        reason = request.POST.get("reason", "").strip()
        try:
            if not 0 < len(reason) <= LONGEST_REASON:
                raise versions.VersionError(
                    f"Give a reason of 1 to {LONGEST_REASON} characters: it stays in the history."
                )
            deployment = change(reason)
        except versions.VersionError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.path)
        version = deployment.version
        self.log_change(request, version, f"{deployment.get_kind_display().capitalize()}: {reason}")
        self.message_user(request, f"Version {version.number} is live now.", messages.SUCCESS)
        return redirect("admin:recognizer_modelversion_change", version.pk)

    def _confirm(
        self, request: HttpRequest, candidate: ModelVersion, title: str, *, rolls_back: bool = False
    ) -> HttpResponse:
        live = self.get_queryset(request).filter(deployments__is_live=True).first()
        if live == candidate:
            self.message_user(request, f"Version {candidate.number} is live already.", messages.WARNING)
            return redirect("admin:recognizer_modelversion_change", candidate.pk)
        return self.page(
            request,
            "admin/recognizer/modelversion/release.html",
            title=title,
            original=candidate,
            candidate=candidate,
            live=live,
            rows=compared(candidate, live),
            rolls_back=rolls_back,
            longest_reason=LONGEST_REASON,
        )

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        version = self.get_object(request, object_id)
        if version and not self.has_delete_permission(request, version):
            raise PermissionDenied
        if version and (in_use := uses(version)):
            said = f"Version {version.number} cannot be deleted: {join_words(in_use)} refer to it."
            self.message_user(request, said, messages.ERROR)
            return redirect("admin:recognizer_modelversion_change", version.pk)
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: ModelVersion) -> None:
        storage, name = obj.weights.storage, obj.weights.name
        is_kept = obj.weights_removed_at is None  # else the name may be another version's by now
        obj.delete()
        if is_kept:
            transaction.on_commit(lambda: storage.delete(name))


def standing(version: ModelVersion) -> dict[str, Any]:
    """Why the version could not answer, and if it is the live one, which version answers in its place."""
    problem = versions.problem(version)
    answering = None
    if problem and version.live_now:
        with suppress(versions.VersionError):
            answering = recognition.live().number
    return {"problem": problem, "answering": answering}


def uses(version: ModelVersion) -> list[str]:
    """What refers to a version and keeps it from being deleted, like "12 predictions"."""
    fields: dict[type[Model], Q] = {}
    for relation in ModelVersion._meta.related_objects:
        if relation.on_delete is PROTECT:
            condition = Q(**{relation.field.name: version})
            fields[relation.related_model] = fields.get(relation.related_model, Q()) | condition
    counts = [(model._meta, model._base_manager.filter(condition).count()) for model, condition in fields.items()]
    return [counted(n, str(meta.verbose_name), str(meta.verbose_name_plural)) for meta, n in counts if n]


def layers(architecture: str) -> list[dict[str, Any]]:
    """The rows of the table of layers; none for an architecture that this code no longer knows."""
    known = architectures.ARCHITECTURES.get(architecture)
    if known is None:
        return []
    summary = Network(known, np.zeros(known.parameter_count, np.float32)).summary()
    return [{"layer": layer, "into": shape(layer.input_shape), "out": shape(layer.output_shape)} for layer in summary]


def compared(candidate: ModelVersion, live: ModelVersion | None) -> list[tuple[str, str, str]]:
    """Rows of what is asked about a release: what, candidate, live."""
    questions: list[tuple[str, Callable[[ModelVersion], str]]] = [
        ("Accuracy on MNIST test images", lambda v: scores.figure(_latest(v, Evaluation.MNIST_TEST))),
        ("Accuracy on reviewed drawings", lambda v: scores.figure(_latest(v, Evaluation.DRAWINGS))),
        ("Architecture", lambda v: v.architecture),
        ("Parameters", lambda v: f"{v.parameter_count:,}"),
        ("Source", lambda v: v.get_source_display()),
        ("Created", lambda v: ago(v.created_at)),
    ]
    return [(what, answer(candidate), answer(live) if live else "") for what, answer in questions]


def _latest(version: ModelVersion, dataset: str) -> Evaluation | None:
    return next((row for row in reversed(version.measured) if row.dataset == dataset), None)
