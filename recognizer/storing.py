"""What keeps files, or the database, may be another machine, and away: said as 503 with what to do, by every page and
the API alike.

Left out on purpose: which storage that is. The site's settings say so, and storages raise StorageAwayError."""

import logging
from collections.abc import Callable

from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import InterfaceError, OperationalError
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from recognizer import errors, one_sentence

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 10


class StorageAwayError(ConnectionError):
    """A storage does not answer or refuses what it is asked; no more is known of the file than before."""


def problem(storage: Storage) -> str | None:
    """Why files cannot be kept there just now, in a sentence; None if they can, as in a folder of this machine."""
    check = getattr(storage, "check", None)
    try:
        if check:
            check()
    except StorageAwayError as error:
        logger.error("Files cannot be kept: %s", error)
        return _("The storage of files does not answer: pictures cannot be kept until it does.")
    return None


def opened(file: FieldFile) -> File:
    """The stored file, opened to be read. By itself a field opens again what it has opened before, which the files of
    some storages refuse once they are closed. Raises OSError, ValueError if no file is kept."""
    if not file:
        raise ValueError(f"no file is kept as {file.field.name}")
    return file.storage.open(file.name, "rb")


class Apologies:
    """Middleware: answers with 503 in words where a view stumbled over a storage or a database that is away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, StorageAwayError):
            answer = _files_away
        elif isinstance(exception, (OperationalError, InterfaceError)):
            answer = _database_away
        else:
            return None
        # By its route: the address may hold what only its owner knows.
        route = request.resolver_match.route if request.resolver_match else ""
        logger.error("%s /%s: %s", request.method, route, exception)
        response = answer(request)
        response["Retry-After"] = RETRY_AFTER_SECONDS
        return response


def _files_away(request: HttpRequest) -> HttpResponse:
    if errors.is_api(request):
        text = _("The storage of files does not answer, and nothing was stored: send it again in a moment.")
        return errors.api_error_response(request, 503, "storage_unavailable", text)
    return one_sentence.page(
        503,
        _("The files are out of reach"),
        _("The storage of files does not answer. Nothing is lost: try again in a moment."),
    )


def _database_away(request: HttpRequest) -> HttpResponse:
    text = _("The database does not answer: try again in a moment.")
    if errors.is_api(request):
        return errors.api_error_response(request, 503, "database_unavailable", text)
    return one_sentence.page(503, _("The site is out of reach"), text)
