"""The strip of known digits that are most like a drawing: its section on the drawing's page, and the address it asks.

Left out on purpose: which ones are near. `training.neighbours` finds them."""

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from recognizer import versions
from recognizer.admin import sections
from recognizer.admin.base import require
from recognizer.models import Drawing
from training import neighbours


@require_safe
def answer(request: HttpRequest, drawing_id: int) -> JsonResponse:
    """The nearest known digits of a drawing, as JSON."""
    require(request.user.has_perm("recognizer.view_drawing"))
    drawing = get_object_or_404(Drawing.objects.staying(), pk=drawing_id)
    try:
        return JsonResponse(neighbours.of(drawing))
    except versions.VersionError as error:
        return JsonResponse({"neighbours": [], "note": str(error)})


def of_drawing(request: HttpRequest, drawing: Drawing) -> SafeString:
    """The empty strip; a script fills it, so that the page does not wait."""
    context = {"address": reverse("drawing_neighbours", args=[drawing.pk])}
    return mark_safe(render_to_string("admin/training/neighbours.html", context))


sections.of_drawings.append(of_drawing)
