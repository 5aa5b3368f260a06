"""How often one browser, one address and all of them may ask, by what it costs; who asks more often is told how long
to wait.

The settings say how often, 0 for "as often as anybody likes". Left out on purpose: how much may be stored, which is
`quotas.py`, and how wrong passwords are counted, which is django-axes. Neither an address nor a cookie is written down:
the counts are kept by a keyed hash."""

import hashlib
from collections.abc import Callable
from functools import wraps
from math import ceil

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recognizer import buckets, metrics, one_sentence, visitors, words
from recognizer.addresses import UNIX, client_address
from recognizer.errors import TooManyError, api_error_response, is_api

DAY_SECONDS = 86_400.0
LONGEST_COOKIE = 100

VISITOR, ADDRESS, SITE = "v", "a", "s"
WHOSE = {
    VISITOR: gettext_lazy("from this browser, which may send %(most)s a minute"),
    ADDRESS: gettext_lazy("from your network, which may send %(most)s a minute"),
    SITE: gettext_lazy("from everybody at once, of whom this site takes %(most)s a minute"),
}

View = Callable[..., HttpResponse]


def check(request: HttpRequest, scope: str) -> None:
    """Count a request of this scope, one of the names in the setting THROTTLES. Raises TooManyError (429)."""
    if refusal := buckets.take(_buckets(request, scope)):
        metrics.refused(scope)
        whose = refusal.bucket.key.rsplit(":", 2)[1]
        raise _too_many(whose, refusal.bucket.most, refusal.wait_seconds)


def throttled(scope: str) -> Callable[[View], View]:
    """Decorate a view: it answers 429 with Retry-After, as a page or below /api/ as JSON, where `check` refuses."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                check(request, scope)
            except TooManyError as error:
                return refused(request, error)
            return view(request, *args, **kwargs)

        return answer

    return decorate


def refused(request: HttpRequest, error: TooManyError) -> HttpResponse:
    """429 in the shape that was asked for."""
    if is_api(request):
        response = api_error_response(request, error.status, error.code, error.message)
    else:
        response = one_sentence.page(429, _("Too many requests"), error.message)
    response["Retry-After"] = error.retry_after_seconds
    response["Cache-Control"] = "no-store"
    return response


def check_new_visitor(request: HttpRequest) -> None:
    """Count a browser that is about to become a visitor. Raises TooManyError (429) with the code "quota"."""
    most, address = _scaled(settings.QUOTA_NEW_VISITORS_A_DAY), client_address(request)
    if not most or address == UNIX:
        return
    if refusal := buckets.take([buckets.Bucket(_key("new", ADDRESS, address), most, DAY_SECONDS)]):
        metrics.refused("new_visitors")
        wait = ceil(refusal.wait_seconds)
        text = _(
            "More than %(most)s new browsers from your network have stored drawings within a day: draw with one that "
            "has stored some, or store it in %(wait)s. Recognising goes on."
        )
        message = text % {"most": words.number(refusal.bucket.most), "wait": in_words(wait)}
        raise TooManyError("quota", message, retry_after_seconds=wait)


def in_words(seconds: int) -> str:
    """ "7 seconds", "12 minutes", "3 hours": rounded up."""
    for size, text in (
        (3600, lambda n: ngettext("%(n)s hour", "%(n)s hours", n)),
        (60, lambda n: ngettext("%(n)s minute", "%(n)s minutes", n)),
    ):
        if seconds > 2 * size:
            return text(n := ceil(seconds / size)) % {"n": n}
    return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}


def _buckets(request: HttpRequest, scope: str) -> list[buckets.Bucket]:
    a_visitor, an_address, the_site = (_scaled(most) for most in settings.THROTTLES[scope])
    cookie = visitors.cookie(request)[:LONGEST_COOKIE] if a_visitor else ""
    address = client_address(request) if an_address else UNIX
    asked = [
        (VISITOR, cookie, a_visitor if cookie else 0),
        (ADDRESS, address, an_address if address != UNIX else 0),
        (SITE, "", the_site),
    ]
    return [buckets.Bucket(_key(scope, whose, who), most) for whose, who, most in asked if most]


def _scaled(most: int) -> int:
    return ceil(most * settings.THROTTLE_SCALE)


def _key(scope: str, whose: str, who: str) -> str:
    """In the cache's log and dumps nobody is recognised."""
    digest = hashlib.blake2b(who.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12).hexdigest()
    return f"throttle:{scope}:{whose}:{digest}"


def _too_many(whose: str, most: int, wait_seconds: float) -> TooManyError:
    wait = max(1, ceil(wait_seconds))
    values = {"whose": WHOSE[whose] % {"most": words.number(most)}, "wait": in_words(wait)}
    message = _("Too many requests of this kind %(whose)s: send the next one in %(wait)s.") % values
    return TooManyError("too_many_requests", message, retry_after_seconds=wait)
