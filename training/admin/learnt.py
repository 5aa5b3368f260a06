"""From a drawing to the versions that learnt it, and back: sections on the pages of drawings and of versions.

Left out on purpose: whose drawings they are. The drawing's own page has that."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer import recognition, versions
from recognizer.admin import sections
from recognizer.models import Deployment, Drawing, ModelVersion
from training import learnt, readings
from training.models import Snapshot, TrainingJob

# Versions that are asked what they read in a drawing, the newest ones; each may have to be loaded first.
MOST_ASKED = 5
LABELS = [*map(str, range(10)), gettext_lazy("no digit")]


def of_drawing(request: HttpRequest, drawing: Drawing) -> SafeString | str:
    """Which versions learnt it, and what they and the live one read in it now."""
    if not request.user.has_perm("recognizer.view_modelversion"):
        return ""
    lessons = learnt.of(drawing.pk)
    live = Deployment.objects.filter(is_live=True).select_related("version").first()
    rows = [_row(drawing, one.version, one.snapshot, live, place) for place, one in enumerate(lessons)]
    if live and live.version.pk not in {one.version.pk for one in lessons}:
        rows.insert(0, _row(drawing, live.version, None, live, 0))
    context = {"rows": rows, "learnt": len(lessons), "most": learnt.MOST_VERSIONS, "drawing": drawing}
    return mark_safe(render_to_string("admin/training/learnt/drawing.html", context | _ways(request)))


def of_version(request: HttpRequest, version: ModelVersion) -> SafeString | str:
    """The drawings that it learnt from, by digit, with ways to look at them."""
    job = TrainingJob.objects.filter(version=version, snapshot__isnull=False).select_related("snapshot").first()
    if job is None:
        return ""
    bars = _bars(job.snapshot)
    context = {"snapshot": job.snapshot, "bars": bars, "version": version, **_ways(request)}
    return mark_safe(render_to_string("admin/training/learnt/version.html", context))


def _ways(request: HttpRequest) -> dict[str, bool]:
    return {
        "may_look": request.user.has_perm("training.view_snapshot") and request.user.has_perm("recognizer.view_drawing")
    }


def _row(
    drawing: Drawing, version: ModelVersion, snapshot: Snapshot | None, live: Deployment | None, place: int
) -> dict[str, Any]:
    label = getattr(drawing, "label", None)
    reading, why = _reading(version, drawing) if place < MOST_ASKED else (None, _("not asked: an older version"))
    return {
        "version": version,
        "snapshot": snapshot,
        "is_live": live is not None and live.version_id == version.pk,
        "reading": reading,
        "is_right": None if reading is None or label is None else reading.digit == label.digit,
        "why_not": why,
    }


def _reading(version: ModelVersion, drawing: Drawing) -> tuple[readings.Reading | None, str]:
    try:
        reading = readings.of(recognition.for_version(version), [drawing]).get(drawing.pk)
    except versions.VersionError:
        removed = version.weights_removed_at
        return None, _("its weights were removed on %(removed)s") % {
            "removed": f"{removed:%Y-%m-%d}"
        } if removed else _("its weights cannot be loaded")
    return reading, "" if reading else _("the drawing cannot be read any more")


def _bars(snapshot: Snapshot) -> list[dict[str, Any]]:
    most = max(snapshot.per_label, default=0) or 1
    address = reverse("admin:training_snapshot_drawings", args=[snapshot.pk])
    return [
        {"label": name, "count": count, "share": f"{count / most:.4f}", "url": f"{address}?label={number}"}
        for number, (name, count) in enumerate(zip(LABELS, snapshot.per_label, strict=False))
    ]


sections.of_drawings.append(of_drawing)
sections.of_versions.append(of_version)
