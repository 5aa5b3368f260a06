"""The desk for exports of drawings: a form that starts one, a page that follows it live, and its file to download.

Left out on purpose: what an export does (`export_worker.py`) and how its state changes (`export_jobs.py`)."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer.admin.base import PageAdmin, require
from recognizer.storing import StorageAwayError, opened
from recognizer.told import told
from recognizer.words import ago
from training import export_forms, export_jobs, export_progress, live, tasks
from training.data.exports import FORMATS, ExportError
from training.export_forms import StartExportForm
from training.models import Export

# The figures at the top of an export's page, by their names in `export_progress.shown()["fields"]`
FIGURES = [
    ("drawings", gettext_lazy("Drawings")),
    ("size", gettext_lazy("Size")),
    ("elapsed", gettext_lazy("So far")),
    ("remaining", gettext_lazy("Remaining")),
    ("attempt", gettext_lazy("Attempt")),
]
STYLES = live.STYLES | {"removed": "warning"}


@admin.register(Export)
class ExportAdmin(PageAdmin):
    page_template = "admin/training/export/page.html"
    empty_words = gettext_lazy(
        "No export yet. An export puts drawings into a file to take away; it is kept for some days."
    )
    change_list_template = "admin/training/export/list.html"
    list_display = ["name", "state_label", "progress_bar", "kind", "who", "when", "file_link"]
    list_display_links = ["name"]
    list_filter = ["state", "format"]
    search_fields = ["=pk", "sha256__startswith"]
    search_help_text = gettext_lazy("Number or SHA-256")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.start_export")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.cancel_export")

    def has_download_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.download_export")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("started_by")

    def get_urls(self) -> list:
        return [
            self.own_path("<int:export_id>/progress/", self.progress_view, "progress"),
            self.own_path("<int:export_id>/cancel/", require_POST(self.cancel_view), "cancel"),
            self.own_path("<int:export_id>/download/", self.download_view, "download"),
            *super().get_urls(),
        ]

    @display(description=gettext_lazy("Export"), ordering="pk")
    def name(self, export: Export) -> str | SafeString:
        which = export_progress.which(export)
        return format_html('<span>{}<br><span class="d-subtle d-clipped">{}</span></span>', str(export), which)

    @display(description=gettext_lazy("State"), label=STYLES, ordering="state")
    def state_label(self, export: Export) -> tuple[str, str]:
        removed = export.state == Export.State.SUCCEEDED and not export_progress.has_file(export)
        return "removed" if removed else export.state, export_progress.state_words(export)

    @display(description=gettext_lazy("Progress"))
    def progress_bar(self, export: Export) -> SafeString:
        return format_html(
            '<span class="d-progress is-small" style="display: block"><span style="--share: {}"></span></span>'
            '<span class="d-subtle">{}</span>',
            f"{export_progress.share(export):.3f}",
            export_progress.drawings(export),
        )

    @display(description=gettext_lazy("Format"), ordering="format")
    def kind(self, export: Export) -> str:
        return FORMATS[export.format].suffix

    @display(
        description=gettext_lazy("Started by"), ordering="started_by__username", empty_value=gettext_lazy("the shell")
    )
    def who(self, export: Export) -> str | None:
        return export.started_by and export.started_by.get_username()

    @display(description=gettext_lazy("Asked for"), ordering="created_at")
    def when(self, export: Export) -> str | SafeString:
        return ago(export.created_at)

    @display(description=gettext_lazy("File"), ordering="size_bytes")
    def file_link(self, export: Export) -> str | SafeString:
        if not export_progress.has_file(export):
            return ""
        address = reverse("admin:training_export_download", args=[export.pk])
        return format_html('<a class="d-link" href="{}">{}</a>', address, export_progress.size(export))

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        may_start = self.has_add_permission(request)
        return super().changelist_view(request, {"may_start": may_start, **(extra_context or {})})

    def page_context(self, request: HttpRequest, export: Export) -> dict[str, Any]:
        return {
            "live": export_progress.shown(export),
            "figures": FIGURES,
            "which": export_progress.which(export),
            "kind": FORMATS[export.format],
            "about": export_progress.about(export),
            "may_start": self.has_add_permission(request),
            "may_cancel": self.has_cancel_permission(request),
            "may_download": self.has_download_permission(request),
        }

    def progress_view(self, request: HttpRequest, export_id: int) -> HttpResponse:
        """Answer what the export's page asks each second. (The admin marks all its answers as never to be cached.)"""
        require(self.has_view_permission(request))
        return JsonResponse(export_progress.shown(get_object_or_404(Export, pk=export_id)))

    def cancel_view(self, request: HttpRequest, export_id: int) -> HttpResponse:
        require(self.has_cancel_permission(request))
        export = get_object_or_404(Export, pk=export_id)
        cancelled = export_jobs.cancel(export.pk, by=request.user)
        said = (
            _("The export is being cancelled.") if cancelled else _("Nothing to cancel: the export had ended before.")
        )
        if cancelled:
            self.log_change(request, export, "Cancelled")
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({"cancelled": cancelled, "message": said})
        self.message_user(request, said, messages.SUCCESS if cancelled else messages.WARNING)
        return redirect("admin:training_export_change", export_id)

    def download_view(self, request: HttpRequest, export_id: int) -> HttpResponse:
        """The file, streamed. It is found by the export's number: no path comes from outside."""
        require(self.has_download_permission(request))
        export = get_object_or_404(Export, pk=export_id)
        if not export_progress.has_file(export):
            said = _("There is no file. %(why)s") % {"why": told(export.message)}
            self.message_user(request, said, messages.WARNING)
            return redirect("admin:training_export_change", export_id)
        try:
            file = opened(export.file)
        except StorageAwayError:
            raise
        except OSError as error:
            raise Http404(f"the file of {export} is missing: export again") from error
        self.log_change(request, export, "Downloaded")
        name = f"digits-drawings-{export.pk}{FORMATS[export.format].suffix}"
        return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form that starts an export; ?clone= fills it as another was, the list's filters as that is filtered."""
        require(self.has_add_permission(request))
        form = StartExportForm(request.POST or None, initial=self._initial(request))
        if request.method == "POST" and form.is_valid() and (export := self._start(request, form)):
            return redirect("admin:training_export_change", export.pk)
        narrower = export_forms.is_narrower(request.GET)
        return self.page(
            request, "admin/training/export/start.html", title=_("Export drawings"), form=form, narrower=narrower
        )

    def _initial(self, request: HttpRequest) -> dict[str, Any]:
        cloned = request.GET.get("clone", "")
        export = Export.objects.filter(pk=cloned).first() if cloned.isdecimal() and len(cloned) <= 18 else None
        if export:
            return export_forms.from_export(export)
        return export_forms.from_list(request.GET, timezone.now().date())

    def _start(self, request: HttpRequest, form: StartExportForm) -> Export | None:
        try:
            export = export_jobs.start(
                kind=form.cleaned_data["format"], filters=form.cleaned_data["filters"], by=request.user
            )
        except ExportError as error:
            form.add_error(None, export_forms.said(error))
            return None
        self.log_addition(request, export, [{"added": {}}])
        if not tasks.enqueue_export(export):
            said = _("The export stays queued: the broker does not answer. It runs once the broker is back.")
            self.message_user(request, said, messages.WARNING)
        return export
