"""The pages, and the answers to requests that went wrong.

Left out on purpose: changing anything. The pages' scripts do that through the API."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

DIGITS = range(10)


@require_safe
@ensure_csrf_cookie
def draw(request: HttpRequest) -> HttpResponse:
    context = {
        "page": "draw",
        "digits": DIGITS,
        "api_root": api_root(),
        "max_upload_bytes": settings.MAX_BODY_BYTES,
    }
    return render(request, "draw.html", context)


@require_safe
@ensure_csrf_cookie
def gallery(request: HttpRequest) -> HttpResponse:
    return render(request, "draw.html", {})


@require_safe
def model(request: HttpRequest) -> HttpResponse:
    return render(request, "draw.html", {})


def api_root() -> str:
    return reverse("api-1.0.0:api-root")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return HttpResponse(f"The request came without its token ({reason}). Reload the page and try again.", status=403)
