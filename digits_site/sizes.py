"""How large a body may be on pages: refused before a byte of it is read, which the check of its CSRF token would do.

Left out on purpose: the API's addresses, whose door says the same in JSON once it has counted the request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from recognizer import bodies, one_sentence
from recognizer.errors import ApiError, is_api

View = Callable[[HttpRequest], HttpResponse]


def refuse_large_bodies(get_response: View) -> View:
    """Answer 413, 411 or 415 on pages where `bodies.check_size` refuses. Comes after what knows who asks."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            try:
                bodies.check_size(request, most=_most(request), remedy=_("send less at once"))
            except ApiError as error:
                return one_sentence.page(error.status, _("Not accepted"), error.message)
        return get_response(request)

    return middleware


def _most(request: HttpRequest) -> int:
    if request.path_info == reverse("admin:training_yardstick_add") and request.user.is_staff:
        return settings.YARDSTICK_UPLOAD_BYTES + settings.MAX_FORM_BYTES
    return settings.MAX_FORM_BYTES
