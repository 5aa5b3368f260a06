"""Middleware that the pages need and the API does without: it has no accounts, and is asked far more often.

Left out on purpose: what protects the API as it does the pages, such as the headers and the language."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_otp.middleware import OTPMiddleware

from recognizer.errors import is_api


class _PagesOnly:
    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request) if is_api(request) else super().__call__(request)


class Sessions(_PagesOnly, SessionMiddleware):
    """Who is logged in."""


class Authentication(_PagesOnly, AuthenticationMiddleware):
    """Whose account that is."""


class OneTimeCodes(_PagesOnly, OTPMiddleware):
    """Whether a second factor was shown."""


class Messages(_PagesOnly, MessageMiddleware):
    """What the next page is to say."""
