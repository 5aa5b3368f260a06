"""The desk for versions: what each was trained from, how good it is, and what the gate says of it.

Left out on purpose: changing which is live (`releasing.py`), and training."""

import io
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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from recognizer import advice, figures, portable, recognition, versions
from recognizer.admin import notes, provenance, scores, sections
from recognizer.admin.base import PageAdmin, Rows, require
from recognizer.admin.deployments import lasted
from recognizer.admin.releasing import ReleasePages, gate_badge, live_key, promote_button
from recognizer.model_page import LAYERS, shape
from recognizer.models import Deployment, Evaluation, ModelVersion
from recognizer.network import Network, architectures
from recognizer.storing import StorageAwayError
from recognizer.words import ago, commas, join_words, link


class AdvisedRows(Rows):
    """A page of versions, each with what the gate says of it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        said = advice.of_all(self.result_list)
        for version in self.result_list:
            version.advice = said[version.pk]


@admin.register(ModelVersion)
class ModelVersionAdmin(ReleasePages, PageAdmin):
    page_template = "admin/recognizer/modelversion/page.html"
    empty_words = gettext_lazy(
        "No versions yet. The one that the project ships appears with the first request, others by training."
    )
    change_list_template = "admin/recognizer/modelversion/list.html"
    list_display = ["name", "live", "gate", "architecture", "source", "on_mnist", "on_drawings", "created"]
    list_display_links = ["name"]
    list_filter = ["architecture", "source"]
    search_fields = ["=number", "sha256__startswith"]
    search_help_text = gettext_lazy("Number or SHA-256")
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return request.user.has_perm("recognizer.delete_modelversion")

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
            self.own_path("<int:version_id>/weights/", self.weights_view, "weights"),
            self.own_path("<int:version_id>/onnx/", self.onnx_view, "onnx"),
            *super().get_urls(),
        ]

    @display(description=gettext_lazy("Version"), ordering="number")
    def name(self, version: ModelVersion) -> str:
        return str(version)

    @display(description=gettext_lazy("Now"), label={"live": "success"})
    def live(self, version: ModelVersion) -> str | None:
        if version.live_now:
            return "live", _("live")
        return ("room", _("a room's")) if version.room_id else None

    @display(description=gettext_lazy("Gate"))
    def gate(self, version: ModelVersion) -> str | SafeString:
        return "" if version.live_now or version.room_id else gate_badge(version.advice)

    @display(description=gettext_lazy("Release"))
    def release(self, version: ModelVersion) -> str | SafeString:
        return "" if version.live_now or version.room_id else promote_button(version, version.advice)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        may_release = self.has_release_permission(request)
        return [*self.list_display, "release"] if may_release else self.list_display

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[AdvisedRows]:
        return AdvisedRows

    @display(description=gettext_lazy("MNIST test images"))
    def on_mnist(self, version: ModelVersion) -> str:
        return scores.figure(scores.latest(version, Evaluation.MNIST_TEST))

    @display(description=gettext_lazy("Reviewed drawings"))
    def on_drawings(self, version: ModelVersion) -> str:
        return scores.figure(scores.latest(version, Evaluation.DRAWINGS))

    @display(description=gettext_lazy("Created"), ordering="created_at")
    def created(self, version: ModelVersion) -> str | SafeString:
        return ago(version.created_at)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        may_roll_back = self.has_release_permission(request)
        leaving = live_key() if may_roll_back else None
        context = {"may_roll_back": may_roll_back, "leaving": leaving, **(extra_context or {})}
        return super().changelist_view(request, context)

    def page_context(self, request: HttpRequest, version: ModelVersion) -> dict[str, Any]:
        job, in_use = getattr(version, "job", None), uses(version)
        return {
            "live": bool(version.live_now),
            "leaving": version.live_now[0].pk if version.live_now else None,
            "gate": advice.of(version),
            **standing(version),
            "job": link(job) if job else "",
            "notes": notes.about(version),
            "facts": provenance.facts(version.provenance),
            "layers": layers(version.architecture),
            "evaluations": [scores.shown(row) for row in figures.latest(version.pk).values()],
            "deployments": [(row, lasted(row)) for row in version.deployments.select_related("by")],
            "sections": sections.about_version(request, version),
            "uses": join_words(in_use),
            "may_delete": not in_use and self.has_delete_permission(request, version),
            "may_release": self.has_release_permission(request),
        }

    def weights_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        return self._file(request, version_id, "safetensors")

    def onnx_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """The version as ONNX, made anew: it takes less time than keeping another file in order would."""
        return self._file(request, version_id, "onnx")

    def _file(self, request: HttpRequest, version_id: int, kind: str) -> HttpResponse:
        """The version in a format; not found where its file is missing or not what was stored."""
        require(self.has_view_permission(request))
        version = get_object_or_404(ModelVersion, pk=version_id)
        try:
            file = io.BytesIO(portable.contents(version, kind))
        except versions.UnreachableError as error:
            raise StorageAwayError(str(error)) from error
        except versions.VersionError as error:
            raise Http404(str(error)) from error
        name = portable.file_name(version, kind)
        return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        version = self.get_object(request, object_id)
        if version and not self.has_delete_permission(request, version):
            raise PermissionDenied
        if version and (in_use := uses(version)):
            said = _("Version %(version)s cannot be deleted: %(in_use)s refer to it.") % {
                "version": version.number,
                "in_use": join_words(in_use),
            }
            self.message_user(request, said, messages.ERROR)
            return redirect("admin:recognizer_modelversion_change", version.pk)
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: ModelVersion) -> None:
        storage, name = obj.weights.storage, obj.weights.name
        is_kept = obj.weights_removed_at is None  # else the name may be another version's by now
        obj.delete()
        if is_kept:
            # The row is gone: a file that cannot go with it is found among those that no version refers to.
            transaction.on_commit(lambda: storage.delete(name), robust=True)


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
    return [f"{commas(n)} {meta.verbose_name if n == 1 else meta.verbose_name_plural}" for meta, n in counts if n]


def layers(architecture: str) -> list[dict[str, Any]]:
    """The rows of the table of layers; none for an architecture that this code no longer knows."""
    known = architectures.ARCHITECTURES.get(architecture)
    if known is None:
        return []
    summary = Network(known, np.zeros(known.parameter_count, np.float32)).summary()
    return [
        {
            "layer": layer,
            "kind": LAYERS.get(layer.kind, layer.kind),
            "into": shape(layer.input_shape),
            "out": shape(layer.output_shape),
        }
        for layer in summary
    ]
