"""Bodies of requests, read once and strictly: JSON objects in UTF-8, or one file of a multipart form.

What the fields mean is not known here; `submissions.py` knows."""

import json
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognizer import complaints
from recognizer.errors import ApiError
from recognizer.ink.errors import show
from recognizer.words import number

JSON = "application/json"
MULTIPART = "multipart/form-data"
PIECE_BYTES = 256 * 1024
# A point has up to four; somewhat more are read too, so that the answer says how many points there are.
VALUES_A_POINT, SPARE_VALUES = 8, 1000


def check_size(request: HttpRequest, *, most: int | None = None, remedy: str | None = None) -> None:
    """Refuse a body that is too large, or says no length, or is compressed, before a byte of it is read.

    `most` is MAX_BODY_BYTES unless given, `remedy` what to do instead. Raises ApiError 411, 413 or 415."""
    most = settings.MAX_BODY_BYTES if most is None else most
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        # Django reads as much as Content-Length says, so it would see an empty body.
        text = _("The body comes in chunks: send it whole, with its Content-Length.")
        raise ApiError(411, "length_required", text)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and (len(length) > 15 or int(length) > most):
        text = _("The body has %(count)s bytes, the most is %(most)s: %(remedy)s.")
        values = {"count": length[:20], "most": most, "remedy": remedy or _("send a smaller picture")}
        raise ApiError(413, "too_large", text % values)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding != "identity":
        text = _("The body has the Content-Encoding %(value)s: send it uncompressed.")
        raise ApiError(415, "unsupported_encoding", text % {"value": show(encoding)})


def json_object(request: HttpRequest) -> dict[str, Any]:
    """The object that the body is; raises ApiError 400 for what is no JSON, 415 for another type, 422 for no object."""
    if request.content_type != JSON:
        raise unsupported_type(request, JSON)
    try:
        value = _decoder.decode(_body(request).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _invalid(_("byte %(place)s is not UTF-8") % {"place": error.start}) from error
    except RecursionError as error:
        raise _invalid(_("it is nested too deeply")) from error
    except _RefusedError as error:
        raise _invalid(str(error)) from error
    except ValueError as error:
        raise _invalid(complaints.of_json(error)) from error
    if not isinstance(value, dict):
        text = _('The body is %(value)s: send an object, {"strokes": ...} for example.')
        raise ApiError(422, "wrong_type", text % {"value": show(value)})
    return value


def read_form(request: HttpRequest) -> None:
    """Have Django read the body if it is a form, and say what is wrong with one that cannot be read."""
    try:
        # Else Django would decode the form's text by any codec that the Content-Type names.
        request.encoding = "utf-8"
        request.FILES  # noqa: B018 (read when it is first asked for)
    except UnreadablePostError as error:
        raise _broken_off() from error
    except (MultiPartParserError, SuspiciousOperation, BadRequest) as error:
        text = _("The form cannot be read (%(reason)s): send multipart/form-data as curl -F does.")
        raise ApiError(400, "invalid_form", text % {"reason": complaints.of_form(error)}) from error


def one_file(request: HttpRequest, field: str) -> bytes:
    """The content of the one file that the form has under `field`."""
    files = request.FILES.getlist(field)
    if len(files) == 1:
        return files[0].read()
    raise _not_one_file(field, len(files), field in request.POST)


def unsupported_type(request: HttpRequest, *accepted: str) -> ApiError:
    values = {"type": show(request.content_type), "accepted": _(" or ").join(accepted)}
    if request.content_type:
        text = _("The Content-Type is %(type)s: send %(accepted)s.")
    else:
        text = _("The Content-Type is missing: send %(accepted)s.")
    return ApiError(415, "unsupported_type", text % values)


def _body(request: HttpRequest) -> bytes:
    """The whole body, counted while it comes: a few bytes of JSON become a hundred in memory.

    Read in pieces, it is in memory twice at most; Django and gunicorn, asked for all of it at once, keep it five times.
    It is put where Django keeps it, for whoever asks for `request.body` after this."""
    if not hasattr(request, "_body"):
        most, found, pieces = VALUES_A_POINT * settings.MAX_POINTS + SPARE_VALUES, 0, []
        while piece := _piece(request):
            pieces.append(piece)
            found += sum(piece.count(mark) for mark in (b",", b"[", b"{", b"\\"))
            if found > most:
                text = _("The body has more than %(most)s values: send fewer points (at most %(points)s).")
                counts = {"most": number(most), "points": number(settings.MAX_POINTS)}
                raise ApiError(422, "too_many_values", text % counts)
        request._body = b"".join(pieces)
    return request._body


def _piece(request: HttpRequest) -> bytes:
    try:
        return request.read(PIECE_BYTES)
    except UnreadablePostError as error:
        raise _broken_off() from error


def _broken_off() -> ApiError:
    text = _("The connection broke off before the whole body had come: send it again.")
    return ApiError(400, "incomplete_body", text)


def _not_one_file(field: str, count: int, is_text: bool) -> ApiError:
    if count:
        text = ngettext(
            "The form has %(count)s file in %(field)s: send one.",
            "The form has %(count)s files in %(field)s: send one.",
            count,
        )
        return ApiError(422, "too_many_files", text % {"count": count, "field": field}, field)
    if is_text:
        text = _("The form's field %(field)s is text, not a file: send a file, as curl -F %(field)s=@7.png does.")
    else:
        text = _("The form's field %(field)s is missing: send a file, as curl -F %(field)s=@7.png does.")
    return ApiError(422, "missing", text % {"field": field}, field)


def _invalid(what: str) -> ApiError:
    text = _("The body is not valid JSON: %(what)s. Send a JSON object in UTF-8.") % {"what": what}
    return ApiError(400, "invalid_json", text)


class _RefusedError(ValueError):
    """What Python would take for JSON, and we do not: says why in the reader's language."""


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _RefusedError(_("the key %(key)s is there twice") % {"key": show(twice)})
    return found


def _no_number(name: str) -> None:
    raise _RefusedError(_("%(name)s is no JSON number") % {"name": name})


# One decoder for all threads; it keeps no state.
_decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_number)
