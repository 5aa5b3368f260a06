"""A page that says one thing: why there is nothing else at this address just now, and what to do."""

from django.http import HttpResponse
from django.template import loader


def page(status: int, title: str, text: str, *, request_id: str = "") -> HttpResponse:
    """Rendered without the request: its context processors ask the database, which may be what failed."""
    context = {"status": status, "title": title, "text": text, "request_id": request_id}
    return HttpResponse(loader.render_to_string("sentence.html", context), status=status)
