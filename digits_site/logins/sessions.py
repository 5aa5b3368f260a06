"""How long a session of staff holds: so long in all, so long without a request, and only with what the site asks for.

Left out on purpose: visitors, who have no session. A request without the session's cookie passes by."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from digits_site.logins import codes
from recognizer.errors import is_api

SINCE, SEEN = "since", "seen_at"
RENEWED_EVERY_SECONDS = 60  # so that not every request writes

View = Callable[[HttpRequest], HttpResponse]


@receiver(user_logged_in)
def _begin(sender: type, request: HttpRequest, **kwargs: object) -> None:
    # Django keeps the key where the same person logs in once more.
    request.session.cycle_key()
    request.session[SINCE] = request.session[SEEN] = int(time.time())


class StaffSessions:
    """Ends sessions that are over, and leads to the second factor who has to set it up first."""

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _concerns(request) and request.user.is_authenticated:
            if _is_over(request.session) or _lacks_code(request):
                logout(request)
                if _is_of_admin(request):
                    return redirect_to_login(request.get_full_path())
            elif _has_to_set_up(request):
                if _is_of_staff(request):
                    return redirect("two_factor")
                request.user = AnonymousUser()  # a password alone opens nothing on the pages of visitors either
        return self._get_response(request)


def _concerns(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES and not is_api(request)


def _is_over(session: dict) -> bool:
    now = int(time.time())
    since, seen = session.get(SINCE, now), session.get(SEEN, now)
    if now - since > 3600 * settings.STAFF_SESSION_HOURS or now - seen > 60 * settings.STAFF_IDLE_MINUTES:
        return True
    if SINCE not in session or now - seen >= RENEWED_EVERY_SECONDS:
        session[SINCE], session[SEEN] = since, now
    return False


def _lacks_code(request: HttpRequest) -> bool:
    """The session began without the code that is asked for by now."""
    return _requires(request) and not request.user.is_verified() and codes.app_of(request.user) is not None


def _has_to_set_up(request: HttpRequest) -> bool:
    if not _requires(request) or request.user.is_verified():
        return False
    return request.path not in (reverse("two_factor"), reverse("admin:logout"), reverse("admin:jsi18n"))


def _requires(request: HttpRequest) -> bool:
    return settings.STAFF_TOTP == "required" and request.user.is_staff


def _is_of_staff(request: HttpRequest) -> bool:
    return _is_of_admin(request) or request.path.startswith(reverse("room_desk"))


def _is_of_admin(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index")) and request.path != reverse("admin:login")
