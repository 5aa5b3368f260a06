"""The API's half of privacy: what is stored of the visitor, all of it to take away, and all of it deleted.

Each view parses, calls one function, answers. Left out on purpose: what that is, which `belongings.py` knows, and how
it goes, which is `erasing.py`'s."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from recognizer import belongings, erasing, schemas, visitors
from recognizer.door import Door
from recognizer.errors import ApiError
from recognizer.models import Visitor
from recognizer.schemas import errors

router = Router()

ZIP = {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}


@router.get("/me", response={200: schemas.Me} | errors(), operation_id="get_me")
def get_me(request: HttpRequest) -> HttpResponse:
    """What is stored of the visitor, in numbers."""
    return JsonResponse(_me(visitors.current(request)))


@router.get(
    "/me/export",
    auth=Door("exports"),
    response=errors(404),
    openapi_extra={"responses": {200: {"description": "All that is stored of the visitor, as a zip."} | ZIP}},
    operation_id="export_me",
)
def export_me(request: HttpRequest) -> HttpResponseBase:
    """All that is stored of the visitor, as a zip with a README: drawings, pictures, labels, opinions, consent."""
    parts = belongings.pack(_known(request))
    response = StreamingHttpResponse(parts, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="my-drawings-{timezone.now():%Y-%m-%d}.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@router.delete("/me", response={200: schemas.Erased} | errors(403, 404, 411, 413, 415), operation_id="delete_me")
def delete_me(request: HttpRequest) -> HttpResponse:
    """Delete the visitor with all that is theirs. Nobody is shown it from then on; very much of it goes in turns."""
    visitor = _known(request)
    left = erasing.erase(visitor)
    progress = reverse("everything_deleted", args=[erasing.address_token(visitor)])
    response = JsonResponse({"deleted": left == 0, "left": left, "progress": progress})
    visitors.forget(response)
    return response


def _known(request: HttpRequest) -> Visitor:
    visitor = visitors.current(request)
    if visitor is None:
        raise ApiError(404, "not_found", _("Nothing is stored from this browser."))
    return visitor


def _me(visitor: Visitor | None) -> dict[str, Any]:
    known = belongings.facts(visitor)
    return {
        "known": visitor is not None,
        "since": known.get("since"),
        "drawings": known.get("drawings", 0),
        "corrections": known.get("corrections", 0),
        "second_opinions": known.get("second_opinions", 0),
        "shares_since": known.get("shared_at"),
        "addresses": known.get("addresses", 0),
        "addresses_since": known.get("addresses_since"),
        "address_days": settings.ADDRESS_DAYS,
    }
