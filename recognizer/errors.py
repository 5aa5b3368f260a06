"""How the API says no: one shape for every error, {"error": {"code", "message", "field"}}.

The pages say it in HTML, in `views.py`, which asks `is_api` first. Nothing here decides what is wrong."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer import complaints

API_PREFIX = "/api/"

# For the errors that Django answers itself, before or instead of a view.
STANDARD = {
    400: (
        "bad_request",
        gettext_lazy("The request cannot be read: compare it with the description at /api/v1/docs."),
    ),
    403: ("forbidden", gettext_lazy("This is not allowed.")),
    404: (
        "not_found",
        gettext_lazy("There is nothing at this address: the addresses are listed at /api/v1/docs."),
    ),
    500: (
        "server_error",
        gettext_lazy("The server failed at this request, and its log says why: try again, or tell its admin."),
    ),
}


class ApiError(Exception):
    """An answer that is no success: `message` names the value and the remedy, `field` the place in the request."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


class TooManyError(ApiError):
    """429: the request may come again after `retry_after_seconds`."""

    def __init__(self, code: str, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(429, code, message)
        self.retry_after_seconds = retry_after_seconds


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks, which wants its errors as JSON."""
    return request.path_info.startswith(API_PREFIX)


def api_error_response(
    request: HttpRequest, status: int, code: str, message: str, field: str | None = None
) -> JsonResponse:
    """The answer with an error in it. `request` stands first as in every view; the answer does not depend on it."""
    return JsonResponse({"error": {"code": code, "message": message, "field": field}}, status=status)


def standard_response(request: HttpRequest, status: int, *, request_id: str = "") -> JsonResponse:
    """The API's half of Django's handlers of 400, 403, 404 and 500; with the id, a log is searched for the reason."""
    code, message = STANDARD[status]
    if request_id:
        message = _("%(what)s The log has it under the number %(number)s.") % {"what": message, "number": request_id}
    return api_error_response(request, status, code, message)


def csrf_response(request: HttpRequest, reason: str) -> JsonResponse:
    """The API's half of Django's CSRF failure."""
    return api_error_response(request, 403, "csrf_failed", csrf_message(reason))


def csrf_message(reason: str) -> str:
    text = _(
        "The request is refused (%(reason)s): read the cookie %(cookie)s that GET /api/v1/model sets, "
        "and send it back both as the cookie and as the header X-CSRFToken."
    )
    return text % {"reason": complaints.of_csrf(reason), "cookie": settings.CSRF_COOKIE_NAME}
