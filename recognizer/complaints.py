"""What Python and Django find wrong with a request, which they say in English, in the reader's language.

Left out on purpose: their exact words. What is new in a later release of theirs gets the last sentence of its kind."""

from json import JSONDecodeError

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.middleware import csrf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.ink.errors import show

# By what a complaint begins with, as Python has it
JSON = {
    "Expecting value": gettext_lazy("a value is missing"),
    "Expecting property name": gettext_lazy("a key in double quotes is missing"),
    "Expecting ':'": gettext_lazy("a colon is missing"),
    "Expecting ','": gettext_lazy("a comma is missing"),
    "Illegal trailing comma": gettext_lazy("a comma is followed by nothing"),
    "Extra data": gettext_lazy("more follows where it should end"),
    "Unterminated string": gettext_lazy("a string has no end"),
    "Invalid control character": gettext_lazy("a string holds a control character"),
    "Invalid \\": gettext_lazy("a backslash is followed by what cannot follow it"),
    "": gettext_lazy("it cannot be read"),
}
# By what a complaint ends with, whether of the token or of the cookie
TOKEN = {
    csrf.REASON_NO_CSRF_COOKIE: gettext_lazy("the CSRF cookie is not set"),
    csrf.REASON_CSRF_TOKEN_MISSING: gettext_lazy("the CSRF token is missing"),
    f"{csrf.REASON_INCORRECT_LENGTH}.": gettext_lazy("the CSRF token has an incorrect length"),
    f"{csrf.REASON_INVALID_CHARACTERS}.": gettext_lazy("the CSRF token has invalid characters"),
    "incorrect.": gettext_lazy("the CSRF token is incorrect"),
    csrf.REASON_NO_REFERER: gettext_lazy("the header Referer is missing"),
    csrf.REASON_MALFORMED_REFERER: gettext_lazy("the header Referer is no address"),
    csrf.REASON_INSECURE_REFERER: gettext_lazy("the header Referer is an address without HTTPS"),
    "": gettext_lazy("it does not show that it comes from this site"),
}
FORM = {
    TooManyFieldsSent: gettext_lazy("it has too many parameters"),
    TooManyFilesSent: gettext_lazy("it has too many files"),
    RequestDataTooBig: gettext_lazy("its fields are too long"),
}
FORM_WORDS = {
    "boundary": gettext_lazy("its Content-Type has no valid boundary"),
    "base64": gettext_lazy("a part of it is no valid base64"),
    "header size": gettext_lazy("the headers of a part are too long"),
    "": gettext_lazy("something in it is invalid"),
}


def of_json(error: ValueError) -> str:
    """What is wrong with a text that is no JSON, and where."""
    if not isinstance(error, JSONDecodeError):
        return _("a number has more digits than are read")
    what = next(words for begins, words in JSON.items() if error.msg.startswith(begins))
    place = {"what": what, "line": error.lineno, "column": error.colno}
    return _("%(what)s (line %(line)s, column %(column)s)") % place


def of_csrf(reason: str) -> str:
    """Why Django takes a request for a forged one; with the address that it came from, if that is why."""
    for pattern in (csrf.REASON_BAD_ORIGIN, csrf.REASON_BAD_REFERER):
        begins, ends = pattern.split("%s")
        if reason.startswith(begins) and reason.endswith(ends):
            origin = reason.removeprefix(begins).removesuffix(ends)
            return _("it comes from %(origin)s, which is not this site") % {"origin": show(origin)}
    return str(next(words for ends, words in TOKEN.items() if reason.endswith(ends)))


def of_form(error: Exception) -> str:
    """Why Django cannot read a form."""
    words = FORM.get(type(error)) or next(words for part, words in FORM_WORDS.items() if part in str(error))
    return str(words)
