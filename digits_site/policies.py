"""What a browser may load, run and share for a page: next to nothing, and in the admin what unfold needs besides.

The strict policy is the setting CONTENT_SECURITY_POLICY; it holds for whatever is not named here, error pages and
static files included. Left out on purpose: reports. The browser tests fail on any violation instead."""

from collections.abc import Callable
from functools import cache

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import HEADER, CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

PUBLIC = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:", "blob:"],  # pictures in answers of the API, and of an upload before it is sent
    "connect-src": [SELF],
    "font-src": [SELF],
    "manifest-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
# Alpine, with which unfold is written, makes functions of the attributes in its templates; elements have style="".
ADMIN = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
# What no page of the site asks a browser for, so that nothing injected can either
UNUSED = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen"),
    *("geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
    *("publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)
HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Permitted-Cross-Domain-Policies": "none",
}
# Swagger's page of the API sets styles in markup, and evaluates nothing.
API_DOCS = {"style-src": [SELF, UNSAFE_INLINE]}


class Policies(CSPMiddleware):
    """Chooses the policy by the address, so that an error page has that of the place where it happened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self._made: dict[str, str] = {}

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the headers; the policy worded once for each place, anew for an answer whose view has a say in it."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        special = HEADER in response or getattr(request, "_csp_nonce", None) or any(map(_concerns, response.__dict__))
        if special or settings.DEBUG:
            return super().process_response(request, response)
        place = _place(request.path)
        if place not in self._made:
            self._made[place] = super().process_response(request, response)[HEADER]
        response[HEADER] = self._made[place]
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if parts.replace is None and not report_only:
            parts.replace = EXCEPTIONS[_place(request.path)]
        return parts


EXCEPTIONS: dict[str, dict[str, list[str]]] = {"public": {}, "admin": ADMIN, "docs": API_DOCS}


def _concerns(name: str) -> bool:
    return name.startswith("_csp")


def _place(path: str) -> str:
    admin, docs = _addresses()
    if path.startswith(admin):
        return "admin"
    return "docs" if path == docs else "public"


@cache
def _addresses() -> tuple[str, str]:
    return reverse("admin:index"), reverse("api-1.0.0:openapi-view")
