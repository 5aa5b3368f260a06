"""Who draws: somebody known by a random cookie alone, of which the database holds only the SHA-256.

Left out on purpose: when a visitor is stored. That happens together with the first drawing, in `drawings.py`."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from recognizer import prepared
from recognizer.models import Visitor

MOST_IN_MIND = 20_000


class Known(NamedTuple):
    """What this process remembers of a visitor: enough to store a drawing if the database agrees."""

    pk: int
    key_hash: str


_in_mind: dict[str, int] = {}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in URL-safe base64


_FIELDS = [field.attname for field in Visitor._meta.concrete_fields]
_by_key_hash = prepared.Prepared(
    lambda key_hash: Visitor.objects.filter(key_hash=key_hash).order_by().values_list(*_FIELDS), prepared.TEXT
)


def current(request: HttpRequest) -> Visitor | None:
    """The visitor whose cookie came with the request; None if there is none, or it is malformed or unknown."""
    known = key_hash(request)
    row = _by_key_hash.first(known) if known else None
    return Visitor.from_db(connection.alias, _FIELDS, row) if row else None


def in_mind(request: HttpRequest) -> Known | None:
    """The visitor of the request as this process remembers it; None for others.

    It may be gone or blocked by now: who relies on it has the database look."""
    known = key_hash(request)
    pk = _in_mind.get(known) if known else None
    return None if pk is None else Known(pk, known)


def keep_in_mind(visitor: Visitor) -> None:
    """Remember a visitor who is a row and nobody has blocked."""
    if visitor.blocked_at is None and visitor.key_hash:
        _in_mind[visitor.key_hash] = visitor.pk
        while len(_in_mind) > MOST_IN_MIND:
            _in_mind.pop(next(iter(_in_mind)), None)


def out_of_mind(visitor: Known) -> None:
    """Look in the database the next time."""
    _in_mind.pop(visitor.key_hash, None)


def is_there(visitor: Known) -> bool:
    """Whether this visitor, in mind, is still a row that the cookie leads to."""
    return Visitor.objects.filter(pk=visitor.pk, key_hash=visitor.key_hash).exists()


def start_again() -> None:
    """Know nobody, as a fresh process does."""
    _in_mind.clear()


def cookie(request: HttpRequest) -> str:
    """The visitor's cookie as it came, in whatever form; empty without one."""
    if settings.VISITOR_COOKIE_NAME in request.COOKIES or settings.PLAIN_COOKIE_UNTIL is None:
        return request.COOKIES.get(settings.VISITOR_COOKIE_NAME, "")
    if timezone.localdate() > settings.PLAIN_COOKIE_UNTIL:
        return ""
    return request.COOKIES.get(settings.PLAIN_VISITOR_COOKIE_NAME, "")


def key_hash(request: HttpRequest) -> str | None:
    """What the visitor of the request's cookie is known by, for questions that join it; None without such a cookie."""
    token = _token(request)
    return _hash(token) if token else None


def current_or_new(request: HttpRequest, *, seed: str | None = None) -> Visitor:
    """The visitor of the request, or one that is not saved yet, whose cookie `remember` will set.

    `seed` names a submission that may be sent again after its answer was lost: its sender, still without a cookie,
    becomes the same visitor again."""
    if visitor := current(request):
        return visitor
    request.visitor_token = _derived(seed) if seed else secrets.token_urlsafe(32)
    known = _hash(request.visitor_token)
    return (seed and Visitor.objects.filter(key_hash=known).first()) or Visitor(key_hash=known)


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Set the cookie of the request's visitor, or renew it: it ends when nothing was drawn for its whole age."""
    response.set_cookie(
        settings.VISITOR_COOKIE_NAME,
        getattr(request, "visitor_token", None) or _token(request),
        max_age=settings.VISITOR_COOKIE_AGE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


def forget(response: HttpResponse) -> None:
    """Let the browser forget who it was, and in which room."""
    response.delete_cookie(settings.VISITOR_COOKIE_NAME, samesite="Lax")
    response.delete_cookie(settings.ROOM_COOKIE_NAME, samesite="Lax")


def save(visitor: Visitor) -> Visitor:
    """Return the visitor as a row. Every HELD_OUT_EVERY-th one is held out from training."""
    if visitor.pk is not None:
        return visitor
    return _saved(visitor.key_hash)


def imported(name: str, *, shares: bool = False) -> Visitor:
    """The visitor, as a row, that stands for a writer of an imported data set. Whether others may be shown the drawings
    is decided when the writer is first met."""
    # No cookie has a space in it, so that nobody can pass for one.
    shared_at = timezone.now() if shares else None
    return _saved(_hash(f"imported {name}"), imported_as=name, shared_at=shared_at)


def let_others_see(visitor: Visitor, shares: bool) -> Visitor:
    """Keep whether other visitors may be shown the drawings; a yes that was given before keeps its moment."""
    if shares:
        Visitor.objects.filter(pk=visitor.pk, shared_at__isnull=True).update(shared_at=timezone.now())
    else:
        Visitor.objects.filter(pk=visitor.pk).update(shared_at=None)
    visitor.refresh_from_db(fields=["shared_at"])
    return visitor


def _saved(key_hash: str, **fields: str | datetime | None) -> Visitor:
    # Another process may be storing the same first submission, sent twice.
    saved, made = Visitor.objects.get_or_create(key_hash=key_hash, defaults=fields)
    every = settings.HELD_OUT_EVERY
    if made and every and saved.pk % every == 0:
        saved.held_out = True
        saved.save(update_fields=["held_out"])
    return saved


def _token(request: HttpRequest) -> str | None:
    token = cookie(request)
    return token if _TOKEN.fullmatch(token) else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _derived(seed: str) -> str:
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"visitor:" + seed.encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
