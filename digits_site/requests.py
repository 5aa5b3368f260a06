"""Around every request: its id, how long it took, and a line in the log.

Left out on purpose: what it was about. Route, status and time say how the site does; the rest is the visitor's."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from digits_site.logs import method_of, route_of
from recognizer import addresses, metrics, recognition

access = logging.getLogger("digits.access")

REQUEST_ID = f"HTTP_{settings.DJANGO_GUID['GUID_HEADER_NAME'].upper().replace('-', '_')}"
STATIC = "static files"

Answer = Callable[[HttpRequest], HttpResponse]


def believe_only_proxies(get_response: Answer) -> Answer:
    """Forget the id that a request brings along, unless a trusted proxy gave it: ids in the log are the site's own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if REQUEST_ID in request.META and not addresses.comes_from_proxy(request):
            del request.META[REQUEST_ID]
            request.__dict__.pop("headers", None)  # remembered by whoever asked before
        return get_response(request)

    return middleware


def watch(get_response: Answer) -> Answer:
    """Count each request and its time, and write a line where ACCESS_LOG says so."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        route, method = _route(request), method_of(request)
        metrics.requested(route=route, method=method, status=response.status_code, seconds=seconds)
        if settings.ACCESS_LOG:
            _write(method, route, response.status_code, seconds)
        return response

    return middleware


def _route(request: HttpRequest) -> str:
    is_static = request.resolver_match is None and request.path_info.startswith(settings.STATIC_URL)
    return STATIC if is_static else route_of(request)


def _write(method: str, route: str, status: int, seconds: float) -> None:
    facts = {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(1000 * seconds, 1),
        "version": recognition.number_in_use(),
    }
    access.info("%s %s %s in %.1f ms", method, route, status, 1000 * seconds, extra=facts)
