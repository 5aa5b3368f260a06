"""The pages, and the answers to requests that went wrong.

Left out on purpose: changing anything. The pages' scripts do that through the API."""

import logging

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from django_guid import get_guid

from recognizer import cards, errors, lives, model_page, one_sentence, visitors
from recognizer.models import Drawing
from recognizer.rooms import bars, members
from recognizer.throttles import throttled

logger = logging.getLogger(__name__)

DIGITS = range(10)


@require_safe
@ensure_csrf_cookie
def draw(request: HttpRequest) -> HttpResponse:
    context = {
        "page": "draw",
        "digits": DIGITS,
        "api_root": api_root(),
        "asks_for_opinions": bool(settings.LABEL_AGREEMENT),
        "max_upload_bytes": settings.MAX_BODY_BYTES - MULTIPART_BYTES,
        "max_upload_pixels": min(settings.MAX_UPLOAD_PIXELS, settings.MAX_WHOLE_PIXELS),
        "room_bar": (bar := bars.of(request)),
    }
    response = render(request, "draw.html", context)
    if bar and not bar.is_in:
        members.forget(response)  # said once
    return response


@require_safe
@throttled("pages")
@never_cache
@ensure_csrf_cookie
def gallery(request: HttpRequest) -> HttpResponse:
    visitor = visitors.current(request)
    drawings = Drawing.objects.of(visitor).with_answers().select_related("visitor")
    page = Paginator(drawings, settings.DRAWINGS_PER_PAGE).get_page(request.GET.get("page"))
    stories = lives.told(list(page))
    shares = visitor is not None and visitor.shared_at is not None
    context = {
        "page": "gallery",
        "digits": DIGITS,
        "api_root": api_root(),
        "drawings": page,
        "cards": [cards.card(drawing, stories.get(drawing.pk, "")) for drawing in page],
        "asks_for_opinions": bool(settings.LABEL_AGREEMENT),
        "shares": shares,
        # Who allowed it can take it back also where nobody is asked any more.
        "may_share": shares or (visitor is not None and bool(settings.LABEL_AGREEMENT)),
    }
    return render(request, "gallery.html", context)


@require_safe
@throttled("pages")
@never_cache
@ensure_csrf_cookie
def second_opinion(request: HttpRequest) -> HttpResponse:
    if not settings.LABEL_AGREEMENT:
        raise Http404("LABEL_AGREEMENT is 0")
    context = {
        "page": "second_opinion",
        "digits": DIGITS,
        "api_root": api_root(),
        "may_ask": visitors.current(request) is not None,
    }
    return render(request, "second_opinion.html", context)


@require_safe
@throttled("pages")
def model(request: HttpRequest) -> HttpResponse:
    return render(request, "model.html", {"page": "model", **model_page.context()})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For browsers that ask for it where no page has named one: at the API's answers, for example."""
    return redirect(static("favicon.svg"))


# What a form's boundaries and headers add to the file in it, at most
MULTIPART_BYTES = 4096


def api_root() -> str:
    return reverse("api-1.0.0:api-root")


# What went wrong, as pages; below /api/ the same as JSON

SENTENCES = {
    400: (
        _("This request cannot be read"),
        _("Something in it is not what a browser sends. Go back and try again."),
    ),
    403: (_("This is not allowed"), _("You do not have the permission for this page.")),
    404: (_("There is nothing here"), _("The address may be mistyped, or what was here is deleted.")),
    500: (_("Something failed on our side"), _("It is written down in the server's log. Try again in a moment.")),
}
CSRF_SENTENCE = (
    _("The page was open for too long"),
    _(
        "Its protection against forged requests has expired, or cookies are switched off. "
        "Reload the page and try again."
    ),
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sentence(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sentence(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sentence(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if errors.is_api(request):
        return errors.csrf_response(request, reason)
    return one_sentence.page(403, *CSRF_SENTENCE)


def server_error(request: HttpRequest) -> HttpResponse:
    try:
        return _sentence(request, 500, request_id=get_guid() or "")
    except Exception:
        # What failed may be what pages are made with: static files that were not collected, for example.
        logger.exception("The page that says so failed too.")
        return HttpResponse(". ".join(map(str, SENTENCES[500])), status=500, content_type="text/plain")


def _sentence(request: HttpRequest, status: int, *, request_id: str = "") -> HttpResponse:
    if errors.is_api(request):
        return errors.standard_response(request, status, request_id=request_id)
    return one_sentence.page(status, *SENTENCES[status], request_id=request_id)
