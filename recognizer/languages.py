"""The languages of the pages: which there are, which way they are written, and the texts of the scripts.

The scripts' texts come as a script of their own, whose address holds what is in it, so that it is fetched once. Left
out on purpose: finding the language of a request, which Django's middleware does."""

import hashlib
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import JavaScriptCatalog, set_language

from recognizer.throttles import throttled

FOR_GOOD = "public, max-age=31536000, immutable"


def catalog_address() -> str:
    """Where the active language's texts of the scripts are; "" for the language that the scripts are written in."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return ""
    return reverse("catalog", args=[language, _digest(language)])


@require_POST
@csrf_exempt
@throttled("pages")
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the language that somebody chose, and return to the page.

    No token guards it: every page would set a cookie for that, those for strangers too, and a forged request changes
    no more than the language. Browsers say themselves where a request comes from."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDenied("the form of another site")
    return set_language(request)


@require_safe
@gzip_page
def catalog(request: HttpRequest, language: str, digest: str) -> HttpResponse:
    """Of an older or newer digest, which another process may have written into a page, what this process has."""
    if language not in dict(settings.LANGUAGES):
        raise Http404(f"no language {language}")
    response = HttpResponse(_script(language), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = FOR_GOOD if digest == _digest(language) else "no-cache"
    response.is_same_for_all = True
    return response


def _digest(language: str) -> str:
    return hashlib.sha256(_script(language)).hexdigest()[:12]


@lru_cache
def _script(language: str) -> bytes:
    """Of the apps' own catalogs and the site's; Django's and unfold's scripts bring theirs."""
    view, request = JavaScriptCatalog.as_view(packages=["digits_site", "recognizer", "training"]), HttpRequest()
    request.method = "GET"
    with translation.override(language):
        return view(request).content
