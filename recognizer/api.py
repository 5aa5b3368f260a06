"""The JSON API: recognise, store, look back, correct, delete. Each view parses, calls one function, answers.

What a body means is in `submissions.py`, what is stored in `drawings.py`, what comes before a view in `door.py`."""

import logging
from base64 import b64encode
from typing import Any

import numpy as np
import orjson
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Query, Swagger
from ninja.errors import HttpError, ValidationError

from recognizer import (
    bodies,
    drawings,
    figures,
    ink,
    inside,
    metrics,
    quotas,
    recognition,
    schemas,
    submissions,
    throttles,
    versions,
    visitors,
    words,
)
from recognizer.addresses import client_address
from recognizer.door import Door, with_door
from recognizer.errors import ApiError, TooManyError, api_error_response, standard_response
from recognizer.ink.errors import show
from recognizer.lives import address
from recognizer.me_api import router as me
from recognizer.models import Deployment, Drawing, Label, Membership, ModelVersion, Visitor
from recognizer.opinions_api import router as opinions
from recognizer.rooms import members
from recognizer.schemas import BODY_ERRORS, errors

logger = logging.getLogger(__name__)

MOST = {"page": 1_000_000, "model_version": 1_000_000_000, "page_size": settings.DRAWINGS_PER_PAGE_MOST}

DESCRIPTION = f"""\
Draw a digit, and a convolutional network says which one it is. No account is needed: the cookie
`{settings.VISITOR_COOKIE_NAME}` tells whose drawings are whose. Requests other than GET carry the token of the cookie
`{settings.CSRF_COOKIE_NAME}`, which every GET sets, as the
header `X-CSRFToken` too. Errors are `{{"error": {{"code", "message", "field"}}}}`. One
of 429 says in `Retry-After` after how many seconds the request may come again. A drawing that is sent with an
`Idempotency-Key` (a random UUID) may be sent again when its answer was lost: it is stored once."""

api = NinjaAPI(
    title="digits",
    version="1.0.0",
    description=DESCRIPTION,
    auth=[Door()],
    docs=Swagger(settings={"validatorUrl": None}),  # Swagger would otherwise show this site to validator.swagger.io
)


_encoder = DjangoJSONEncoder()

KEY_PARAMETER = {
    "name": submissions.KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "A random UUID, a new one for each drawing: sent again with it, a drawing is not stored twice.",
    "schema": {"type": "string"},
}


@api.post(
    "/recognitions",
    auth=Door("recognitions"),
    response={200: schemas.Recognition} | errors(*BODY_ERRORS),
    openapi_extra={"requestBody": schemas.SUBMISSION_BODY},
    operation_id="recognise",
)
def recognise(request: HttpRequest) -> HttpResponse:
    """Recognise strokes or a picture, and store nothing."""
    submission = submissions.read(request)
    return _json(_recognition(_answer(submission, members.current(request))))


@api.post(
    "/explanations",
    auth=Door("explanations"),
    response={200: schemas.Explanation} | errors(*BODY_ERRORS),
    openapi_extra={"requestBody": schemas.SUBMISSION_BODY},
    operation_id="explain",
)
def explain(
    request: HttpRequest, model_version: int | None = Query(None, ge=1, le=MOST["model_version"])
) -> HttpResponse:
    """Recognise as /recognitions does, and show what happens inside on the way, in the live version unless another is
    asked for. Nothing is stored."""
    try:
        own = _model_of(members.current(request))
        found = inside.explain(submissions.read(request), model_version, own=own)
    except inside.NotOffered as error:
        raise ApiError(422, "unknown_version", str(error), "model_version") from error
    strokes = [stroke | {"without": _recognition(stroke["without"])} for stroke in found["strokes"]]
    return JsonResponse(found | {"answer": _recognition(found["answer"]), "strokes": strokes})


@api.post(
    "/drawings",
    auth=Door("drawings"),
    response={201: schemas.Drawing} | errors(*BODY_ERRORS, 409, 507),
    openapi_extra={"requestBody": schemas.SUBMISSION_BODY, "parameters": [KEY_PARAMETER]},
    operation_id="store_drawing",
)
def store_drawing(request: HttpRequest) -> HttpResponse:
    """Recognise strokes or a picture and store it. One without any ink is refused with the code "empty"."""
    submission = submissions.read(request)
    if submission.seen.reason == ink.EMPTY:
        field = "image" if submission.strokes is None else "strokes"
        text = _("There is no ink in %(field)s: draw a digit, and send it then.") % {"field": field}
        raise ApiError(422, "empty", text, field)
    body = _stored_at_once(request, submission) or _stored(request, submission)
    response = _json(body, status=201)
    visitors.remember(request, response)
    return response


@api.get("/drawings", response={200: schemas.Page} | errors(422), operation_id="list_drawings")
def list_drawings(
    request: HttpRequest,
    page: int = Query(1, ge=1, le=MOST["page"]),
    page_size: int = Query(settings.DRAWINGS_PER_PAGE, ge=1, le=MOST["page_size"]),
) -> HttpResponse:
    """The visitor's own drawings, newest first."""
    own = Drawing.objects.of(visitors.current(request))
    count = own.count()
    start = (page - 1) * page_size
    items = own.with_answers().defer("strokes")[start : start + page_size] if start < count else ()
    pages = max(1, -(-count // page_size))
    return JsonResponse({"items": [_drawing(item) for item in items], "count": count, "page": page, "pages": pages})


@api.get(
    "/drawings/{int:drawing_id}",
    response={200: schemas.DrawingWithStrokes} | errors(404),
    operation_id="get_drawing",
)
def get_drawing(request: HttpRequest, drawing_id: int) -> HttpResponse:
    """One of the visitor's own drawings, with its strokes."""
    drawing = _own(request, drawing_id)
    vectors = {"strokes": drawing.strokes, "width": drawing.width, "height": drawing.height}
    return JsonResponse(_drawing(drawing) | vectors)


@api.put(
    "/drawings/{int:drawing_id}/label",
    auth=Door("labels"),
    response={200: schemas.Drawing} | errors(404, *BODY_ERRORS),
    openapi_extra={"requestBody": schemas.LABEL_BODY},
    operation_id="label_drawing",
)
def label_drawing(request: HttpRequest, drawing_id: int) -> HttpResponse:
    """Say which digit one of the visitor's own drawings shows; null takes that back, null and not_a_digit says none."""
    digit, not_a_digit = _label(bodies.json_object(request))
    drawing = _own(request, drawing_id)
    try:
        if digit is None and not not_a_digit:
            drawings.clear_label(drawing)
        else:
            drawings.set_label(drawing, digit)
            metrics.labelled(answered=drawing.prediction.digit, said=digit)
    except Drawing.DoesNotExist as error:
        raise _not_found(drawing_id) from error
    return JsonResponse(_drawing(_own(request, drawing_id)))


@api.delete(
    "/drawings/{int:drawing_id}",
    auth=Door("labels"),
    response={204: None} | errors(403, 404, 411, 413, 415),
    operation_id="delete_drawing",
)
def delete_drawing(request: HttpRequest, drawing_id: int) -> HttpResponse:
    """Delete one of the visitor's own drawings and all that came of it."""
    drawings.delete(_own(request, drawing_id))
    return HttpResponse(status=204)


@api.get("/model", response={200: schemas.Model} | errors(), operation_id="get_model")
def get_model(request: HttpRequest) -> HttpResponse:
    """The version that answers now, and how right it is."""
    version = ModelVersion.objects.get(pk=recognition.live().version_id)
    live = Deployment.objects.filter(version=version, is_live=True).first()
    return JsonResponse(
        {
            "number": version.number,
            "architecture": version.architecture,
            "parameter_count": version.parameter_count,
            "preprocessing_version": version.preprocessing_version,
            "created_at": version.created_at,
            "deployed_at": live and live.started_at,
            "accuracy": figures.accuracy(version.pk),
        }
    )


@api.exception_handler(ApiError)
def _refused(request: HttpRequest, error: ApiError) -> HttpResponse:
    if error.code in ("quota", "disk_full") and not isinstance(error, TooManyError):  # throttles count theirs
        metrics.refused(error.code)
    response = api_error_response(request, error.status, error.code, error.message, error.field)
    if isinstance(error, TooManyError):
        response["Retry-After"] = error.retry_after_seconds
    return response


@api.exception_handler(ValidationError)
def _invalid_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    field = str(error.errors[0]["loc"][-1])
    text = _("%(field)s is %(value)s: send a whole number from 1 to %(most)s.")
    text %= {"field": field, "value": show(request.GET.get(field)), "most": words.number(MOST[field])}
    return api_error_response(request, 422, "invalid_parameter", text, field)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return api_error_response(request, error.status_code, "refused", error.message)


@api.exception_handler(Http404)
def _no_such_address(request: HttpRequest, error: Http404) -> HttpResponse:
    return standard_response(request, 404)


@api.exception_handler(versions.VersionError)
def _no_version(request: HttpRequest, error: versions.VersionError) -> HttpResponse:
    return api_error_response(request, 503, "no_version", str(error))


@api.exception_handler(InterfaceError)
@api.exception_handler(OperationalError)
def _database_away(request: HttpRequest, error: DatabaseError | InterfaceError) -> HttpResponse:
    if quotas.is_full(error):
        return _disk_full(request, error)
    logger.exception("The database does not answer.")
    text = _("The database does not answer: try again in a moment.")
    if request.method not in ("GET", "HEAD"):
        # It may have gone away after it had stored the change, while that was read again or acknowledged.
        text = _("The database does not answer, and may or may not have stored this: send it again in a moment.")
    return api_error_response(request, 503, "database_unavailable", text)


def _model_of(member: Membership | None) -> recognition.LiveModel | None:
    """Who answers in the member's room; None for the live version."""
    return member and recognition.for_room(member.room.version)


@api.exception_handler(OSError)
def _cannot_be_written(request: HttpRequest, error: OSError) -> HttpResponse:
    return _disk_full(request, error)


def _disk_full(request: HttpRequest, error: Exception) -> HttpResponse:
    if not quotas.is_full(error):
        raise error
    logger.exception("The disk is full.")
    return _refused(request, quotas.disk_full())


def _stored_at_once(request: HttpRequest, submission: submissions.Submission) -> dict[str, Any] | None:
    """Store strokes of a visitor whom this process knows, outside of rooms; None, with nothing stored, for all else."""
    visitor = visitors.in_mind(request)
    if visitor is None or submission.upload is not None or settings.ROOM_COOKIE_NAME in request.COOKIES:
        return None
    try:
        quotas.check(visitor, submission)
    except ApiError:  # unless it is stored already
        return None
    answer = recognition.recognise(submission.seen)
    try:
        drawing = drawings.store_at_once(visitor, submission, answer, address=client_address(request))
    except Visitor.DoesNotExist as error:
        visitors.out_of_mind(visitor)
        raise _deleted_meanwhile() from error
    if drawing is None:
        visitors.out_of_mind(visitor)
        return None
    _count(answer)
    quotas.count(visitor, submission)
    metrics.stored(submission.source)
    return _recognition(answer) | _row(drawing, None)


def _stored(request: HttpRequest, submission: submissions.Submission) -> dict[str, Any]:
    """Store for any visitor, or find what was stored when the same request came before. Raises ApiError."""
    visitor = visitors.current_or_new(request, seed=submission.key)
    if drawing := drawings.already_stored(visitor, submission):
        return _drawing(drawing)
    quotas.check(visitor, submission)
    if visitor.pk is None:
        throttles.check_new_visitor(request)
    member = members.current(request)
    answer = _answer(submission, member)
    room = member and member.room_id
    try:
        drawing = drawings.store(visitor, submission, answer, room_id=room, address=client_address(request))
    except Visitor.DoesNotExist as error:
        raise _deleted_meanwhile() from error
    visitors.keep_in_mind(drawing.visitor)
    quotas.count(drawing.visitor, submission)
    metrics.stored(submission.source)
    return _recognition(answer) | _row(drawing, None)


def _json(body: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """As JsonResponse has it, for the answers that are asked for most; numbers in them have to be finite."""
    content = orjson.dumps(body, default=_encoder.default, option=orjson.OPT_PASSTHROUGH_DATETIME)
    return HttpResponse(content, status=status, content_type="application/json")


def _deleted_meanwhile() -> ApiError:
    text = _("All that was stored from this browser was deleted at this moment: send the drawing again to keep it.")
    return ApiError(409, "deleted", text)


def _answer(submission: submissions.Submission, member: Membership | None) -> recognition.Recognition:
    own = _model_of(member)
    answer = recognition.recognise(submission.seen, own)
    _count(answer, metrics.OF_A_ROOM if own else None)
    return answer


def _count(answer: recognition.Recognition, version: str | None = None) -> None:
    metrics.recognised(
        version=version or answer.model_version, digit=answer.digit, reason=answer.reason, confidence=answer.confidence
    )


def _own(request: HttpRequest, drawing_id: int) -> Drawing:
    drawing = Drawing.objects.of(visitors.current(request)).with_answers().filter(pk=drawing_id).first()
    if drawing is None:
        raise _not_found(drawing_id)
    return drawing


def _not_found(drawing_id: int) -> ApiError:
    text = _("You have no drawing %(id)s: GET /api/v1/drawings lists yours.")
    return ApiError(404, "not_found", text % {"id": show(drawing_id)}, "drawing_id")


def _label(body: dict[str, Any]) -> tuple[int | None, bool]:
    """The digit, and whether it is said to be none."""
    if "label" not in body:
        raise ApiError(422, "missing", _("label is missing: send a digit from 0 to 9, or null."), "label")
    digit, not_a_digit = body["label"], body.get("not_a_digit", False)
    if digit is not None and (type(digit) is not int or not 0 <= digit <= 9):
        text = _("label is %(value)s: send a digit from 0 to 9, or null.") % {"value": show(digit)}
        raise ApiError(422, "invalid_label", text, "label")
    if type(not_a_digit) is not bool:
        text = _("not_a_digit is %(value)s: send true or false, or leave it out.") % {"value": show(not_a_digit)}
        raise ApiError(422, "wrong_type", text, "not_a_digit")
    if not_a_digit and digit is not None:
        text = _("label is %(digit)s and not_a_digit is true: send null as the label of what is no digit.")
        raise ApiError(422, "ambiguous", text % {"digit": digit}, "not_a_digit")
    return digit, not_a_digit


def _recognition(answer: recognition.Recognition) -> dict[str, Any]:
    return {
        "digit": answer.digit,
        "confidence": answer.confidence,
        "probabilities": answer.probabilities,
        "reason": answer.reason,
        "model_version": answer.model_version,
        "seen": _base64_png(answer.image),
    }


def _drawing(drawing: Drawing) -> dict[str, Any]:
    answer = drawing.prediction
    return {
        "digit": answer.digit,
        "confidence": answer.confidence,
        "probabilities": answer.probabilities,
        "reason": answer.reason or None,
        "model_version": answer.version.number,
        "seen": _base64_png(drawings.seen_array(drawing)),
    } | _row(drawing, getattr(drawing, "label", None))


def _row(drawing: Drawing | drawings.Stored, label: Label | None) -> dict[str, Any]:
    return {
        "id": drawing.pk,
        "created_at": drawing.created_at,
        "source": drawing.source,
        "label": label and label.digit,
        "not_a_digit": label is not None and label.digit is None,
        "label_state": label and label.state,
        "life": address(drawing.pk),
    }


def _base64_png(image: np.ndarray) -> str:
    return b64encode(ink.seen_png(image)).decode("ascii")


api.add_router("", opinions)
api.add_router("", me)

_patterns, _app_name, _namespace = api.urls
urls = ([with_door(pattern) for pattern in _patterns], _app_name, _namespace)


@csrf_exempt  # whose check would read all that came
def unknown_address(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """Whatever is below /api/ and nowhere else."""
    return standard_response(request, 404)
