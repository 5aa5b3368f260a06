"""The API's half of second opinions: whether others may see one's drawings, what to look at, and what it shows.

Each view parses, calls one function, answers. Left out on purpose: what the site knows of a drawing in question. Who is
asked sees the ink and nothing else."""

from base64 import b64encode
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from recognizer import asking, bodies, cards, drawings, ink, opinions, schemas, tokens, visitors
from recognizer.door import Door
from recognizer.errors import ApiError, TooManyError
from recognizer.ink.errors import show
from recognizer.models import Visitor
from recognizer.schemas import BODY_ERRORS, errors

router = Router()

LONGEST_TICKET = 100


@router.get("/visitor", response={200: schemas.Sharing} | errors(), operation_id="get_visitor")
def get_visitor(request: HttpRequest) -> HttpResponse:
    """What the visitor allows. Who has stored nothing yet allows nothing yet."""
    return JsonResponse(_sharing(visitors.current(request)))


@router.put(
    "/visitor",
    response={200: schemas.Sharing} | errors(404, *BODY_ERRORS),
    openapi_extra={"requestBody": schemas.SHARING_BODY},
    operation_id="let_others_see",
)
def let_others_see(request: HttpRequest) -> HttpResponse:
    """Say whether other visitors may be shown the drawings, without a name; taking it back holds at once."""
    shares = _shares(bodies.json_object(request))
    visitor = visitors.current(request)
    if visitor is None:
        raise ApiError(404, "not_found", _("Nothing is stored from this browser: store a drawing first."))
    return JsonResponse(_sharing(visitors.let_others_see(visitor, shares)))


@router.get(
    "/second-opinions/next",
    auth=Door("opinions"),
    response={200: schemas.Asked} | errors(403, 404, 422),
    operation_id="ask_second_opinion",
)
def ask(request: HttpRequest, after: str = Query("")) -> HttpResponse:
    """A drawing of somebody else to look at. `after` is the ticket of one in hand, and brings the one behind it."""
    visitor = _asked_visitor(request)
    try:
        question = asking.ask(visitor, after=after)
    except tokens.TokenError as error:
        text = _("after is %(value)s: send a ticket of yours.") % {"value": show(after)}
        raise ApiError(422, "unknown_ticket", text, "after") from error
    told = asdict(opinions.told(visitor))
    return JsonResponse({"question": question and _question(question), "opinions": told})


@router.post(
    "/second-opinions",
    auth=Door("opinions"),
    response={200: schemas.Opinions} | errors(404, 410, *BODY_ERRORS),
    openapi_extra={"requestBody": schemas.OPINION_BODY},
    operation_id="give_second_opinion",
)
def give(request: HttpRequest) -> HttpResponse:
    """Say what the drawing shows: a digit, null for none, or that one cannot tell. What was said first stands."""
    _check_is_on(request)
    ticket, digit, cannot_tell = _opinion(bodies.json_object(request))
    visitor = _asked_visitor(request)
    try:
        if cannot_tell:
            opinions.skip(visitor, ticket)
        else:
            opinions.vote(visitor, ticket, digit)
    except opinions.TooFast as error:
        raise TooManyError("too_fast", str(error), retry_after_seconds=error.retry_after_seconds) from error
    except opinions.NotAsked as error:
        raise ApiError(422, "unknown_ticket", str(error), "ticket") from error
    except opinions.Gone as error:
        raise ApiError(410, "gone", str(error), "ticket") from error
    return JsonResponse(asdict(opinions.told(visitor)))


def _check_is_on(request: HttpRequest) -> None:
    if not settings.LABEL_AGREEMENT:
        raise ApiError(404, "not_found", _("This site does not ask for second opinions."))


def _asked_visitor(request: HttpRequest) -> Visitor:
    _check_is_on(request)
    visitor = visitors.current(request)
    if visitor is None:
        text = _("Second opinions are asked of those who have drawn here: store a drawing.")
        raise ApiError(403, "draw_first", text)
    return visitor


def _shares(body: dict[str, Any]) -> bool:
    if "shares" not in body:
        raise ApiError(422, "missing", _("shares is missing: send true or false."), "shares")
    if type(body["shares"]) is not bool:
        text = _("shares is %(value)s: send true or false.") % {"value": show(body["shares"])}
        raise ApiError(422, "wrong_type", text, "shares")
    return body["shares"]


def _opinion(body: dict[str, Any]) -> tuple[str, int | None, bool]:
    """The ticket, the digit, and whether the visitor cannot tell."""
    missing = {
        "ticket": _("ticket is missing: send the one that came with the drawing."),
        "digit": _("digit is missing: send 0 to 9, or null for no digit."),
    }
    for name, text in missing.items():
        if name not in body:
            raise ApiError(422, "missing", text, name)
    ticket, digit, cannot_tell = body["ticket"], body["digit"], body.get("cannot_tell", False)
    if type(ticket) is not str or len(ticket) > LONGEST_TICKET:
        text = _("ticket is %(value)s: send the one that came with it.") % {"value": show(ticket)}
        raise ApiError(422, "wrong_type", text, "ticket")
    if digit is not None and (type(digit) is not int or not 0 <= digit <= 9):
        text = _("digit is %(value)s: send 0 to 9, or null for no digit.") % {"value": show(digit)}
        raise ApiError(422, "invalid_digit", text, "digit")
    if type(cannot_tell) is not bool:
        text = _("cannot_tell is %(value)s: send true or false.") % {"value": show(cannot_tell)}
        raise ApiError(422, "wrong_type", text, "cannot_tell")
    if cannot_tell and digit is not None:
        text = _("digit is %(digit)s and cannot_tell is true: send null as the digit, or leave cannot_tell out.")
        raise ApiError(422, "ambiguous", text % {"digit": digit}, "cannot_tell")
    return ticket, digit, cannot_tell


def _question(question: asking.Question) -> dict[str, Any]:
    """The ink alone: strokes without their times and canvas, of a picture no more than what the network sees of it."""
    drawing, path, image = question.drawing, None, None
    if drawing.strokes:
        path = cards.stroke_path(drawing.strokes, drawing.width, drawing.height)
    else:
        image = b64encode(ink.seen_png(drawings.seen_array(drawing))).decode("ascii")
    return {"ticket": question.ticket, "path": path, "image": image}


def _sharing(visitor: Visitor | None) -> dict[str, Any]:
    since = visitor and visitor.shared_at
    return {"shares": since is not None, "since": since, "is_asked": bool(settings.LABEL_AGREEMENT)}
