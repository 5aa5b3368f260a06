"""The table of bad requests: what is sent, and the status, code and words that must come back."""

import json
import zlib
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from tests.recognizer import pictures
from tests.recognizer.conftest import SEVEN

DRAWINGS = "/api/v1/drawings"
STROKE = SEVEN["strokes"][0]


@dataclass
class Bad:
    """A request, and the answer that it must get. `says` is part of the message."""

    name: str
    status: int
    code: str
    says: str
    body: Any = b""
    type: str = "application/json"
    method: str = "POST"
    path: str = DRAWINGS
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def strokes(name: str, code: str, says: str, **changes: Any) -> Bad:
    return Bad(name, 422, code, says, SEVEN | changes)


def image(name: str, code: str, says: str, content: bytes) -> Bad:
    return Bad(name, 422, code, says, {"image": b64encode(content).decode()})


def raw(name: str, code: str, says: str, body: bytes, status: int = 400) -> Bad:
    return Bad(name, status, code, says, body)


def form(
    name: str, status: int, code: str, says: str, body: bytes, type: str = "multipart/form-data; boundary=b"
) -> Bad:
    return Bad(name, status, code, says, body, type)


def part(disposition: str, content: bytes = b"", headers: str = "") -> bytes:
    return f"--b\r\nContent-Disposition: form-data; {disposition}\r\n{headers}\r\n".encode() + content + b"\r\n"


PNG = pictures.encoded("PNG")
FILE_PART = part('name="image"; filename="7.png"', PNG, "Content-Type: image/png\r\n")

SUBMISSIONS = [
    # strokes
    strokes("no strokes", "empty", "no ink in strokes", strokes=[]),
    strokes("strokes is null", "missing", "strokes", strokes=None),
    strokes("strokes is text", "wrong_type", "'7'", strokes="7"),
    strokes("strokes is a number", "wrong_type", "7", strokes=7),
    strokes("strokes is an object", "wrong_type", "strokes", strokes={"0": STROKE}),
    strokes("a stroke is a number", "wrong_type", "strokes[1]", strokes=[STROKE, 5]),
    strokes("a stroke is null", "wrong_type", "strokes[0]", strokes=[None]),
    strokes("a stroke without points", "empty_stroke", "strokes[1]", strokes=[STROKE, []]),
    strokes("a point is a number", "wrong_type", "strokes[0][1]", strokes=[[[1, 2], 3]]),
    strokes("a point is text", "wrong_type", "strokes[0][0]", strokes=[["12"]]),
    strokes("a point of one number", "wrong_length", "strokes[0][1]", strokes=[[[1, 2], [3]]]),
    strokes("a point of four numbers", "wrong_length", "4 values", strokes=[[[1, 2, 3, 4]]]),
    strokes("a coordinate is text", "wrong_type", "'20'", strokes=[[[90, "20"]]]),
    strokes("a coordinate is true", "wrong_type", "True", strokes=[[[90, True]]]),
    strokes("a coordinate is null", "wrong_type", "None", strokes=[[[90, None]]]),
    strokes("a coordinate is a list", "wrong_type", "strokes[0][0]", strokes=[[[90, [20]]]]),
    strokes("a huge coordinate", "outside_canvas", "1e+300", strokes=[[[1e300, 2]]]),
    strokes("a coordinate of 400 digits", "outside_canvas", "strokes[0][0]", strokes=[[[10**400, 2]]]),
    strokes("a coordinate far outside", "outside_canvas", "-5000", strokes=[[[-5000, 2]]]),
    strokes("a time out of range", "out_of_range", "t = 1e+30", strokes=[[[1, 2, 1e30]]]),
    strokes("25,000 points", "too_many_points", "25,000", strokes=[[[1, 2]] * 25_000]),
    strokes("100,000 points", "too_many_values", "at most 20,000", strokes=[[[1, 2]] * 100_000]),
    strokes("10,000 strokes", "too_many_strokes", "10,000", strokes=[[[1, 2]]] * 10_000),
    strokes("no width", "missing", "width", width=None),
    strokes("width 0", "out_of_range", "width is 0", width=0),
    strokes("a negative height", "out_of_range", "height is -150", height=-150),
    strokes("width is text", "wrong_type", "'200'", width="200"),
    strokes("width is true", "wrong_type", "True", width=True),
    strokes("a huge height", "out_of_range", "height is 1e+200", height=1e200),
    Bad("neither strokes nor image", 422, "missing", "'points'", {"points": [STROKE]}),
    Bad("an empty object", 422, "missing", "nothing", {}),
    Bad("strokes and image", 422, "ambiguous", "both", SEVEN | {"image": b64encode(PNG).decode()}),
    # JSON
    raw("an empty body", "invalid_json", "a value is missing", b""),
    raw("wrong JSON", "invalid_json", "a value is missing (line 1, column 13)", b'{"strokes": oops}'),
    raw("JSON broken off", "invalid_json", "not valid JSON", json.dumps(SEVEN).encode()[:-10]),
    raw("NaN", "invalid_json", "NaN", b'{"strokes": [[[NaN, 2]]], "width": 200, "height": 150}'),
    raw("Infinity", "invalid_json", "Infinity", b'{"strokes": [[[1, 2]]], "width": Infinity, "height": 150}'),
    raw("a number too large for a float", "not_finite", "inf", b'{"strokes": [[[1e999, 2]]], "width": 9, "height": 9}',
        422),
    raw("an integer of 5,000 digits", "invalid_json", "digits", b'{"strokes": [[[%s, 2]]]}' % (b"9" * 5000)),
    raw("nested 100,000 deep", "invalid_json", "deep", b'{"strokes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    raw("a key twice", "invalid_json", "'width' is there twice", b'{"strokes": [], "width": 1, "width": 2}'),
    raw("UTF-16", "invalid_json", "UTF-8", json.dumps(SEVEN).encode("utf-16")),
    raw("Latin-1", "invalid_json", "byte 2 is not UTF-8", b'{"\xe9": 1}'),
    raw("a null byte", "invalid_json", "not valid JSON", b'{"strokes\x00": []}'),
    raw("an array at the top", "wrong_type", "The body is [", b"[[[1, 2]]]", 422),
    raw("a text at the top", "wrong_type", "'7'", b'"7"', 422),
    raw("null at the top", "wrong_type", "None", b"null", 422),
    raw("two objects", "invalid_json", "more follows", b"{}{}"),
    # images as base64
    Bad("an image that is a number", 422, "wrong_type", "7", {"image": 7}),
    Bad("an image that is a list", 422, "wrong_type", "list", {"image": [1]}),
    Bad("no base64", 422, "invalid_base64", "'%%%%'", {"image": "%%%%"}),
    Bad("base64 with an end missing", 422, "invalid_base64", "'iVBOR'", {"image": "iVBOR"}),
    Bad("base64 of other letters", 422, "invalid_base64", "'ÄÖÜ'", {"image": "ÄÖÜ"}),
    Bad("base64 of nothing", 422, "missing", "0 bytes", {"image": ""}),
    Bad("a data URL of nothing", 422, "missing", "0 bytes", {"image": "data:image/png;base64,"}),
    image("text as an image", "unknown_format", "PNG, JPEG or WebP", b"seven, in words"),
    image("a truncated PNG", "truncated_image", "upload it again", PNG[: len(PNG) // 2]),
    image("a PNG's first bytes", "unknown_format", "no picture", PNG[:10]),
    image("a PNG of 20,000 x 20,000", "too_many_pixels", "pixels", pictures.huge_png()),
    image("a GIF", "unknown_format", "GIF87a", pictures.encoded("GIF")),
    image("an animated GIF", "unknown_format", "GIF89a", pictures.animated("GIF")),
    image("an animated WebP", "animated", "2 frames", pictures.animated("WEBP")),
    image("an animated PNG", "animated", "2 frames", pictures.animated("PNG")),
    image("an SVG", "unknown_format", "<svg", pictures.SVG),
    image("a BMP", "unknown_format", "BM", pictures.encoded("BMP")),
    image("a TIFF", "unknown_format", "II*", pictures.encoded("TIFF")),
    image("a PDF", "unknown_format", "%PDF", b"%PDF-1.7\n1 0 obj"),
    image("a blank page", "empty", "no ink in image", pictures.blank()),
    # forms
    form("a form without the field", 422, "missing", "field image is missing",
         part('name="x"; filename="x"', PNG) + b"--b--\r\n"),
    form("a form with two files", 422, "too_many_files", "2 files", FILE_PART * 2 + b"--b--\r\n"),
    form("a form with text for a file", 422, "missing", "is text", part('name="image"', b"seven") + b"--b--\r\n"),
    form("an empty file", 422, "missing", "0 bytes", part('name="image"; filename="7.png"') + b"--b--\r\n"),
    form("an empty form", 422, "missing", "image is missing", b"--b--\r\n"),
    form("a form without a body", 422, "missing", "image is missing", b""),
    form("a form without a boundary", 400, "invalid_form", "boundary", FILE_PART, "multipart/form-data"),
    form("a boundary of wrong letters", 400, "invalid_form", "boundary", FILE_PART,
         "multipart/form-data; boundary=\xff"),
    form("a form's text in no text codec", 422, "missing", "image", part('name="a"', b"1") + b"--b--\r\n",
         "multipart/form-data; charset=base64; boundary=b"),
    form("a form with broken base64", 400, "invalid_form", "base64",
         part('name="image"; filename="7.png"', b"!!!!!", "Content-Transfer-Encoding: base64\r\n") + b"--b--\r\n"),
    form("a form with 2,000 fields", 400, "invalid_form", "parameters", part('name="a"', b"1") * 2000 + b"--b--\r\n"),
    form("a form with 200 files", 400, "invalid_form", "files", part('name="a"; filename="a"') * 200 + b"--b--\r\n"),
    # the request as a whole
    Bad("plain text", 415, "unsupported_type", "'text/plain'", SEVEN, "text/plain"),
    Bad("a web form", 415, "unsupported_type", "urlencoded", b"strokes=1", "application/x-www-form-urlencoded"),
    Bad("no content type", 415, "unsupported_type", "missing", SEVEN, ""),
    Bad("an image as the body", 415, "unsupported_type", "'image/png'", PNG, "image/png"),
    Bad("XML", 415, "unsupported_type", "xml", pictures.SVG, "application/xml"),
    Bad("a body of 10 MB", 413, "too_large", "10000000 bytes", b" " * 10_000_000),
    Bad("a form of 10 MB", 413, "too_large", "10000", FILE_PART + b"0" * 10_000_000, "multipart/form-data; boundary=b"),
    Bad("a gzip bomb", 415, "unsupported_encoding", "gzip", zlib.compress(bytes(1_000_000), wbits=31),
        headers={"Content-Encoding": "gzip"}),
    Bad("a body in chunks", 411, "length_required", "Content-Length", SEVEN, headers={"Transfer-Encoding": "chunked"}),
    Bad("a length that has more digits than a number may", 413, "too_large", "999", SEVEN,
        headers={"Content-Length": "9" * 5000}),
    Bad("an Idempotency-Key that is no UUID", 422, "invalid_key", "'1'", SEVEN, headers={"Idempotency-Key": "1"}),
]  # fmt: skip

LABEL = f"{DRAWINGS}/{{own}}/label"


def label(name: str, body: Any, code: str, says: str, status: int = 422, **options: Any) -> Bad:
    return Bad(name, status, code, says, body, method="PUT", path=LABEL, **options)


OTHERS = [
    label("label 10", {"label": 10}, "invalid_label", "10"),
    label("label -1", {"label": -1}, "invalid_label", "-1"),
    label("label is text", {"label": "7"}, "invalid_label", "'7'"),
    label("label 7.5", {"label": 7.5}, "invalid_label", "7.5"),
    label("label 7.0", {"label": 7.0}, "invalid_label", "7.0"),
    label("label is true", {"label": True}, "invalid_label", "True"),
    label("label is a list", {"label": [7]}, "invalid_label", "[7]"),
    label("label 2**70", {"label": 2**70}, "invalid_label", "11805916207174113"),
    label("label is missing", {"digit": 7}, "missing", "label is missing"),
    label("label and not_a_digit", {"label": 7, "not_a_digit": True}, "ambiguous", "label is 7"),
    label("not_a_digit is text", {"label": None, "not_a_digit": "yes"}, "wrong_type", "'yes'"),
    label("label alone", 7, "wrong_type", "The body is 7"),
    label("label is no JSON", b"label=7", "invalid_json", "not valid JSON", 400),
    label("label as a web form", b"label=7", "unsupported_type", "urlencoded", 415,
          type="application/x-www-form-urlencoded"),
    label("label in 10 MB", b" " * 10_000_000, "too_large", "10000000", 413),
    Bad("label of a foreign drawing", 404, "not_found", "no drawing", {"label": 7}, method="PUT",
        path=f"{DRAWINGS}/{{foreign}}/label"),
    Bad("label of no drawing", 404, "not_found", "999999", {"label": 7}, method="PUT", path=f"{DRAWINGS}/999999/label"),
    Bad("label by POST", 405, "method_not_allowed", "it takes PUT", {"label": 7}, path=LABEL),
    Bad("a foreign drawing", 404, "not_found", "no drawing", method="GET", path=f"{DRAWINGS}/{{foreign}}"),
    Bad("deleting a foreign drawing", 404, "not_found", "no drawing", method="DELETE", path=f"{DRAWINGS}/{{foreign}}"),
    Bad("drawing abc", 404, "not_found", "nothing at this address", method="GET", path=f"{DRAWINGS}/abc"),
    Bad("drawing -1", 404, "not_found", "nothing at this address", method="GET", path=f"{DRAWINGS}/-1"),
    Bad("drawing 0", 404, "not_found", "no drawing 0", method="GET", path=f"{DRAWINGS}/0"),
    Bad("drawing 2**70", 404, "not_found", "1180591620717411303424", method="GET", path=f"{DRAWINGS}/{2**70}"),
    Bad("drawing of 5,000 digits", 404, "not_found", "nothing", method="GET", path=f"{DRAWINGS}/{'9' * 5000}"),
    Bad("drawing with a null byte", 404, "not_found", "nothing", method="GET", path=f"{DRAWINGS}/%00"),
    Bad("deleting drawing 2**63", 404, "not_found", "9223372036854775808", method="DELETE", path=f"{DRAWINGS}/{2**63}"),
    Bad("page 0", 422, "invalid_parameter", "page is '0'", method="GET", path=f"{DRAWINGS}?page=0"),
    Bad("page -1", 422, "invalid_parameter", "page is '-1'", method="GET", path=f"{DRAWINGS}?page=-1"),
    Bad("page abc", 422, "invalid_parameter", "page is 'abc'", method="GET", path=f"{DRAWINGS}?page=abc"),
    Bad("page 1.5", 422, "invalid_parameter", "page is '1.5'", method="GET", path=f"{DRAWINGS}?page=1.5"),
    Bad("page of nothing", 422, "invalid_parameter", "page is ''", method="GET", path=f"{DRAWINGS}?page="),
    Bad("page 2**70", 422, "invalid_parameter", "1 to 1,000,000", method="GET", path=f"{DRAWINGS}?page={2**70}"),
    Bad("page with a null byte", 422, "invalid_parameter", "page", method="GET", path=f"{DRAWINGS}?page=%00"),
    Bad("page_size 0", 422, "invalid_parameter", "page_size is '0'", method="GET", path=f"{DRAWINGS}?page_size=0"),
    Bad("page_size 101", 422, "invalid_parameter", "1 to 100", method="GET", path=f"{DRAWINGS}?page_size=101"),
    Bad("PATCH on the list", 405, "method_not_allowed", "PATCH", SEVEN, method="PATCH"),
    Bad("DELETE on the list", 405, "method_not_allowed", "DELETE", method="DELETE"),
    Bad("PUT on a drawing", 405, "method_not_allowed", "PUT", SEVEN, method="PUT", path=f"{DRAWINGS}/{{own}}"),
    Bad("GET on recognitions", 405, "method_not_allowed", "it takes POST", method="GET", path="/api/v1/recognitions"),
    Bad("POST on model", 405, "method_not_allowed", "it takes GET", SEVEN, path="/api/v1/model"),
    Bad("an unknown method", 405, "method_not_allowed", "BREW", method="BREW"),
    Bad("an unknown address", 404, "not_found", "nothing at this address", method="GET", path="/api/v1/drawing"),
    Bad("a slash too many", 404, "not_found", "nothing at this address", SEVEN, path="/api/v1/drawings/"),
    Bad("an unknown version of the API", 404, "not_found", "nothing", SEVEN, path="/api/v2/drawings"),
    Bad("the API's root", 404, "not_found", "nothing", method="GET", path="/api/v1/"),
    Bad("the API's root without a slash", 404, "not_found", "nothing", method="GET", path="/api"),
    Bad("wrong CSRF token", 403, "csrf_failed", "incorrect", SEVEN, headers={"X-CSRFToken": "a" * 32}),
    Bad("malformed CSRF token", 403, "csrf_failed", "incorrect length", SEVEN, headers={"X-CSRFToken": "x"}),
    Bad("another site's origin", 403, "csrf_failed", "evil.example", SEVEN, headers={"Origin": "https://evil.example"}),
    Bad("wrong CSRF token with a form", 403, "csrf_failed", "incorrect", FILE_PART + b"--b--\r\n",
        "multipart/form-data; boundary=b", headers={"X-CSRFToken": "a" * 32}),
    Bad("deleting with a wrong CSRF token", 403, "csrf_failed", "incorrect", method="DELETE",
        path=f"{DRAWINGS}/{{own}}", headers={"X-CSRFToken": "a" * 32}),
    label("label with a wrong CSRF token", {"label": 7}, "csrf_failed", "incorrect", 403,
          headers={"X-CSRFToken": "a" * 32}),
]  # fmt: skip
