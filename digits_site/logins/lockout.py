"""Too many wrong passwords for a name from an address lock that name there for a while; django-axes counts them.

The address is kept as a keyed hash in the shape of an address, which is all that the table has room for. Left out on
purpose: locking a name everywhere, with which anybody could lock the staff out."""

import hashlib
from ipaddress import IPv6Address
from math import ceil
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer.addresses import client_address
from recognizer.throttles import in_words

PRIVATE_PREFIX = b"\xfd"  # of addresses that nobody has on the internet


def hashed_address(request: HttpRequest) -> str:
    """Stands for the client's address; without the secret key it leads back to none."""
    key = settings.SECRET_KEY.encode()[:64]
    digest = hashlib.blake2b(client_address(request).encode(), key=key, digest_size=15, person=b"logins").digest()
    return str(IPv6Address(PRIVATE_PREFIX + digest))


def in_log(*known: object) -> str:
    """How lines of the log call whoever failed: by nothing, since the name that was typed may be a password. The
    request's id, which those lines have, leads to the others of the same request."""
    return "somebody"


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The login page again, which says for how long it is shut."""
    wait = _wait_seconds(request, (credentials or {}).get("username") or "")
    text = _(
        "Too many wrong passwords for this name from your network: logging in with it is shut for %(wait)s. "
        "Another superuser can open it under Failed logins."
    )
    return closed(request, text % {"wait": in_words(wait)}, retry_after_seconds=wait)


def closed(request: HttpRequest, text: str, *, retry_after_seconds: int) -> HttpResponse:
    """The login page with a sentence instead of the form."""
    context = {**admin.site.each_context(request), "title": _("Log in"), "closed": text}
    answer = render(request, "admin/login.html", context, status=429)
    answer["Retry-After"] = retry_after_seconds
    answer["Cache-Control"] = "no-store"
    return answer


def _wait_seconds(request: HttpRequest, username: str) -> int:
    rows = AccessAttempt.objects.filter(username=username, ip_address=hashed_address(request))
    last = rows.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    return max(1, ceil((last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds()))
