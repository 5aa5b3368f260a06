"""What every request to the API passes before and after its view: throttle, size, CSRF, methods, headers.

django-ninja leaves its views exempt from Django's CSRF check, so it is made here, exactly as Django makes it."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.urls import URLPattern
from django.utils.translation import gettext as _

from recognizer import bodies, throttles
from recognizer.errors import ApiError, api_error_response, csrf_message, standard_response

READING = ("GET", "HEAD")

View = Callable[..., HttpResponse]


class Door:
    """Lets a request in, for ninja's `auth`: there is no account, but it is the place where a request is refused.

    Reading sets the cookie csrftoken, writing asks for it. `csrf` has ninja put the token into its docs page. Requests
    are counted under `throttle`, before a body is read."""

    csrf = True

    def __init__(self, throttle: str = "requests") -> None:
        self._throttle = throttle

    def __call__(self, request: HttpRequest) -> bool:
        throttles.check(request, self._throttle)
        if request.method in READING:
            get_token(request)
            return True
        bodies.check_size(request)
        bodies.read_form(request)  # the CSRF check looks for its token there too
        if reason := _CsrfCheck(lambda request: HttpResponse()).process_view(request, None, (), {}):
            raise ApiError(403, "csrf_failed", csrf_message(reason))
        return True


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def with_door(pattern: URLPattern) -> URLPattern:
    """Make an address of ninja's answer HEAD, keep its answers out of caches, and say 405 as every other error."""
    pattern.callback = _around(pattern.callback)
    return pattern


def _around(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        try:
            response = view(request, *args, **kwargs)
        except Http404:  # of ninja's own addresses: its root has nothing to show
            response = standard_response(request, 404)
        if isinstance(response, HttpResponseNotAllowed):
            response = _not_allowed(request, response["Allow"])
        return _finished(response, is_head=is_head)

    return answer


def _finished(response: HttpResponse, *, is_head: bool) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    if response.status_code == 204:
        del response["Content-Type"]
    if is_head and response.streaming:  # of which nobody knows the length
        response.streaming_content = []
    elif is_head:
        response["Content-Length"] = len(response.content)
        response.content = b""
    return response


def _not_allowed(request: HttpRequest, methods: str) -> HttpResponse:
    allowed = sorted(method.strip() for method in methods.split(","))
    if "GET" in allowed:
        allowed.append("HEAD")
    text = _("%(path)s does not take %(method)s: it takes %(allowed)s.")
    text %= {"path": request.path, "method": request.method, "allowed": ", ".join(allowed)}
    response = api_error_response(request, 405, "method_not_allowed", text)
    response["Allow"] = ", ".join(allowed)
    return response
