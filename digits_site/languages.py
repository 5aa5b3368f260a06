"""The language of each request, and what that means for caches between the site and its visitors.

Left out on purpose: languages in addresses. A page has one address, in whichever language it is read."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin


class Languages(MiddlewareMixin):
    """By the visitor's choice, which a cookie keeps, or else by what the browser asks for.

    As Django's LocaleMiddleware, but for looking four times a request for a language in the address."""

    def process_request(self, request: HttpRequest) -> None:
        translation.activate(translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(response, "is_same_for_all", False):
            return response
        patch_vary_headers(response, ("Cookie", "Accept-Language"))
        response.headers.setdefault("Content-Language", translation.get_language())
        return response
