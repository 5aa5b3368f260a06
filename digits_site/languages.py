"""The language of each request, and what that means for caches between the site and its visitors.

Left out on purpose: languages in addresses. A page has one address, in whichever language it is read."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import patch_vary_headers


class Languages(LocaleMiddleware):
    """By the visitor's choice, which a cookie keeps, or else by what the browser asks for."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(response, "is_same_for_all", False):
            return response
        # Django names Accept-Language itself, and not the cookie that goes before it.
        patch_vary_headers(response, ("Cookie",))
        return super().process_response(request, response)
