"""The desk for yardsticks: how right each version is on each data set, and the form that imports another one.

Left out on purpose: reading files, which is `yardsticks.py`'s, and measuring, which the workers do."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from recognizer.admin import scores
from recognizer.admin.base import PageAdmin, require
from recognizer.models import Evaluation
from recognizer.words import ago, commas
from training import overview, tasks, yardsticks
from training.data.collections import CollectionError
from training.models import Yardstick

STYLES = {Yardstick.State.WAITING: "info", Yardstick.State.READY: "success", Yardstick.State.FAILED: "danger"}


class ImportForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Small letters, digits, - and _, like pen-digits."),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy(
            "A .jsonl or .jsonl.gz file with a drawing a line, or an .npz file with images and labels."
        ),
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > settings.YARDSTICK_UPLOAD_BYTES:
            raise forms.ValidationError(
                _("%(name)s has %(size)s, and this form takes %(most)s: use `manage.py import_yardstick` instead.")
                % {
                    "name": file.name,
                    "size": filesizeformat(file.size),
                    "most": filesizeformat(settings.YARDSTICK_UPLOAD_BYTES),
                }
            )
        return file


@admin.register(Yardstick)
class YardstickAdmin(PageAdmin):
    page_template = "admin/training/yardstick/page.html"
    change_list_template = "admin/training/yardstick/list.html"
    empty_words = gettext_lazy(
        "No yardstick yet. A yardstick is a file of drawings from elsewhere that every version is measured on, and "
        "none is trained on."
    )
    list_display = ["name", "state_label", "count", "writer_count", "file_name", "when"]
    list_display_links = ["name"]
    search_fields = ["name", "file_name"]
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.import_yardstick")

    def has_delete_permission(self, request: HttpRequest, obj: Yardstick | None = None) -> bool:
        return self.has_add_permission(request)

    @display(description=gettext_lazy("State"), label=STYLES, ordering="state")
    def state_label(self, row: Yardstick) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=gettext_lazy("Writers"))
    def writer_count(self, row: Yardstick) -> str:
        return commas(len(row.writers))

    @display(description=gettext_lazy("Imported"), ordering="created_at")
    def when(self, row: Yardstick) -> str | SafeString:
        return ago(row.created_at)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        found = overview.overview()
        context = {"overview": found, "lines": found["lines"], "may_import": self.has_add_permission(request)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def page_context(self, request: HttpRequest, row: Yardstick) -> dict[str, Any]:
        rows = Evaluation.objects.filter(dataset=row.name, n__gt=0).select_related("version", "measurement")[:50]
        return {
            "evaluations": [
                {
                    "row": evaluation,
                    "figure": scores.figure(evaluation),
                    "interval": scores.interval(evaluation.correct, evaluation.n),
                    "is_present": evaluation.meant.get("images") == row.sha256,
                }
                for evaluation in rows
            ]
        }

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form that imports a yardstick."""
        require(self.has_add_permission(request))
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid() and (made := self._receive(request, form)):
            return redirect("admin:training_yardstick_change", made.pk)
        return self.page(
            request,
            "admin/training/yardstick/import.html",
            title=_("Import a yardstick"),
            form=form,
            most=filesizeformat(settings.YARDSTICK_UPLOAD_BYTES),
        )

    def _receive(self, request: HttpRequest, form: ImportForm) -> Yardstick | None:
        name, file = form.cleaned_data["name"], form.cleaned_data["file"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / get_valid_filename(file.name)
            with path.open("wb") as target:
                shutil.copyfileobj(file, target)
            try:
                made = yardsticks.receive(name, path, by=request.user)
            except yardsticks.YardstickError as error:
                form.add_error("name" if repr(name) in str(error) else "file", _sentence(error))
                return None
            except CollectionError as error:
                form.add_error("file", _sentence(error))
                return None
        self.log_addition(request, made, [{"added": {}}])
        transaction.on_commit(lambda: tasks.ring_yardstick(made.pk))
        said = _("%(name)s is imported. A worker makes its images, then all versions are measured on it.") % {
            "name": made.name
        }
        self.message_user(request, said, messages.SUCCESS)
        return made

    def delete_model(self, request: HttpRequest, obj: Yardstick) -> None:
        yardsticks.remove(obj)


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
