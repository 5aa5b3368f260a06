"""The pages on what is stored: what and why with the visitor's own numbers, and everything deleted in two steps.

They work without a script. Left out on purpose: taking everything away, which is an address of the API."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from recognizer import belongings, erasing, tokens, visitors
from recognizer.throttles import throttled


@require_safe
@throttled("pages")
@never_cache
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html", _context(request) | _periods())


@require_http_methods(["GET", "HEAD", "POST"])
@throttled("pages")
@never_cache
@csrf_protect
def delete(request: HttpRequest) -> HttpResponse:
    """Ask whether everything is to be deleted, and delete it once that is confirmed."""
    visitor = visitors.current(request)
    if visitor is None or request.method != "POST" or not request.POST.get("sure"):
        unsure = visitor is not None and request.method == "POST"
        return render(request, "delete_everything.html", _context(request) | {"unsure": unsure})
    erasing.erase(visitor)
    response = redirect("everything_deleted", erasing.address_token(visitor))
    visitors.forget(response)
    return response


@require_safe
@throttled("pages")
@never_cache
def deleted(request: HttpRequest, token: str) -> HttpResponse:
    """How far a deletion has come, for whoever has its address."""
    try:
        left = erasing.left(token)
    except tokens.TokenError as error:
        raise Http404(f"no deletion has this address: {error}") from error
    context = {"page": "privacy", "left": left, "seconds": round(settings.ERASE_SECONDS)}
    response = render(request, "everything_deleted.html", context)
    response["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


def _context(request: HttpRequest) -> dict[str, Any]:
    return {"page": "privacy", "me": belongings.facts(visitors.current(request))}


def _periods() -> dict[str, Any]:
    """What the page says of times and people, from the settings that the code goes by."""
    return {
        "operator": settings.OPERATOR_NAME,
        "contact": settings.OPERATOR_CONTACT,
        "is_mail": "@" in settings.OPERATOR_CONTACT and ":" not in settings.OPERATOR_CONTACT,
        "is_link": settings.OPERATOR_CONTACT.startswith(("https://", "http://")),
        "asks_for_opinions": bool(settings.LABEL_AGREEMENT),
        "address_days": round(settings.ADDRESS_DAYS),
        "cookie_days": round(settings.VISITOR_COOKIE_AGE_SECONDS / 86400),
        "backup_days": settings.BACKUP_KEEP_DAYS,
        "export_days": round(settings.EXPORT_KEEP_DAYS),
        "inactive_days": round(settings.INACTIVE_VISITOR_DAYS),
        "sweep_minutes": max(1, round(max(settings.SNAPSHOT_SWEEP_SECONDS, settings.FORGET_SECONDS) / 60)),
        "held_out_every": settings.HELD_OUT_EVERY,
        "address_api": "/api/v1/me/export",
    }
