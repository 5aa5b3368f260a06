"""The pages, and the answers to requests that went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def draw(request: HttpRequest) -> HttpResponse:
    return render(request, "draw.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return HttpResponse(f"The request came without its token ({reason}). Reload the page and try again.", status=403)
