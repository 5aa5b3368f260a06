"""What a browser may load and run for a page: next to nothing on the public pages, what unfold needs in the admin.

The strict policy is the setting CONTENT_SECURITY_POLICY; it holds for whatever is not named here, error pages and
static files included. Left out on purpose: reports. The browser tests fail on any violation instead."""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
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
# Swagger's page of the API sets styles in markup, and evaluates nothing.
API_DOCS = {"style-src": [SELF, UNSAFE_INLINE]}


class Policies(CSPMiddleware):
    """Chooses the policy by the address, so that an error page has that of the place where it happened."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if parts.replace is None and not report_only:
            parts.replace = _exceptions(request.path)
        return parts


def _exceptions(path: str) -> dict[str, list[str]]:
    if path.startswith(reverse("admin:index")):
        return ADMIN
    return API_DOCS if path == reverse("api-1.0.0:openapi-view") else {}
