"""The pages about logging in: the throttled login, and the second factor of whoever is signed in.

Left out on purpose: the second factor of others. A superuser removes it by `manage.py remove_second_factor`."""

from base64 import b64encode
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login as remember_device

from digits_site.logins import codes, lockout
from recognizer import throttles
from recognizer.errors import TooManyError


@sensitive_post_parameters()
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """The admin's login, as often as an address may try."""
    if request.method == "POST":
        try:
            throttles.check(request, "logins")
        except TooManyError as error:
            return lockout.closed(request, error.message, retry_after_seconds=error.retry_after_seconds)
    return admin.site.login(request)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def two_factor(request: HttpRequest) -> HttpResponse:
    """Set the second factor up, have new recovery codes, or remove it; each but the first asks for a code."""
    if settings.STAFF_TOTP == "off":
        raise Http404("STAFF_TOTP is off")
    if codes.app_of(request.user) is None:
        return _set_up(request)
    return _change(request) if request.method == "POST" else _page(request)


def _set_up(request: HttpRequest) -> HttpResponse:
    device = codes.begun(request.user)
    if request.method == "POST":
        if recovery := codes.finish(request.user, device, request.POST.get("code", "")):
            remember_device(request, device)
            request.session.cycle_key()
            codes.end_other_sessions(request.user, but=request.session.session_key)
            return _page(request, recovery=recovery)
        return _page(
            request, device=device, wrong=_("This is not the code of now: type the six digits that the app shows.")
        )
    return _page(request, device=device)


def _change(request: HttpRequest) -> HttpResponse:
    device = codes.verified(request.user, request.POST.get("code", ""))
    if device is None:
        return _page(
            request, wrong=_("The code is wrong or used up, or came too soon after a wrong one: wait for the next.")
        )
    if request.POST.get("do") != "remove":
        return _page(request, recovery=codes.new_recovery_codes(request.user))
    codes.remove(request.user)
    messages.success(request, _("The second factor is removed: your password lets you in alone."))
    return redirect("two_factor" if settings.STAFF_TOTP == "required" else "admin:index")


def _page(request: HttpRequest, *, device: Any = None, recovery: list[str] = (), wrong: str = "") -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Second factor"),
        "plain": True,
        "secret": device and codes.secret(device),
        "qr": device and b64encode(codes.qr_svg(device)).decode("ascii"),
        "recovery": recovery,
        "left": codes.recovery_codes_left(request.user),
        "wrong": wrong,
        "is_required": settings.STAFF_TOTP == "required",
    }
    return render(request, "admin/digits/two_factor.html", context, status=422 if wrong else 200)
