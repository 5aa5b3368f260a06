"""The addresses where programs look for a site's rules: what search engines may read, where to report a weakness.

Left out on purpose: a contact that nobody set; then there is no such file."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

TEXT = "text/plain; charset=utf-8"
VALID_DAYS = 180


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What is personal, or different for everybody, is in no index."""
    closed = ["/admin/", "/api/", reverse("gallery"), reverse("second_opinion"), reverse("delete_everything")]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in [*closed, "/privacy/deleted/"])]
    return HttpResponse("\n".join(lines) + "\n", content_type=TEXT)


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """As RFC 9116 has it."""
    contact = settings.SECURITY_CONTACT
    if not contact:
        raise Http404("SECURITY_CONTACT is not set")
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    expires = (datetime.now(UTC) + timedelta(days=VALID_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    here = request.build_absolute_uri(request.path)
    languages = ", ".join(code for code, _ in settings.LANGUAGES)
    lines = [f"Contact: {contact}", f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", f"Preferred-Languages: {languages}"]
    return HttpResponse("\n".join([*lines, f"Canonical: {here}"]) + "\n", content_type=TEXT)
