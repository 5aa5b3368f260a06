"""Sections that other apps have to add to the pages of a drawing and of a version: they register, and this app imports
none.

Left out on purpose: sentences, which are `notes.py`'s. A section is HTML that its own app has rendered."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from recognizer.models import Drawing, ModelVersion

of_drawings: list[Callable[[HttpRequest, Drawing], SafeString]] = []
of_versions: list[Callable[[HttpRequest, ModelVersion], SafeString]] = []
"""Each returns a section, or nothing; what the user may not see it leaves out itself."""


def about_drawing(request: HttpRequest, drawing: Drawing) -> list[SafeString]:
    return [html for section in of_drawings if (html := section(request, drawing))]


def about_version(request: HttpRequest, version: ModelVersion) -> list[SafeString]:
    return [html for section in of_versions if (html := section(request, version))]
