"""Files of uploads that no drawing names, since a process was killed between its file and its row, or the storage was
away when a drawing was deleted; they are removed.

Each time, which is each hour, this month's and last month's are looked through, and those of one earlier month in turn.
Left out on purpose: all of them at once. Listing costs."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import Storage
from django.utils import timezone

from recognizer.models import Drawing

logger = logging.getLogger(__name__)


def remove(*, now: datetime | None = None) -> int:
    """Remove those that are older than LOST_UPLOAD_SECONDS from the months that are looked through; return how many."""
    now = now or timezone.now()
    storage = Drawing._meta.get_field("upload").storage
    last_month = now.replace(day=1) - timedelta(days=1)
    folders = {f"{day:%Y/%m}/" for day in (now, last_month)} | _one_in_turn(storage, now)
    return sum(_remove_from(storage, folder, now) for folder in sorted(folders))


def _one_in_turn(storage: Storage, now: datetime) -> set[str]:
    """Another month each hour, until all had their turn."""
    months = sorted(f"{year}/{month}/" for year in _folders(storage, "") for month in _folders(storage, year))
    return {months[int(now.timestamp() // 3600) % len(months)]} if months else set()


def _folders(storage: Storage, place: str) -> list[str]:
    try:
        return [name for name in storage.listdir(place)[0] if name.isdecimal()]
    except FileNotFoundError:  # nothing was ever uploaded
        return []


def _remove_from(storage: Storage, folder: str, now: datetime) -> int:
    # Files first: what is stored between the two questions is then named, or not listed.
    files = _files(storage, folder)
    if not files:
        return 0
    named = set(Drawing.objects.filter(upload__startswith=folder).values_list("upload", flat=True).iterator())
    lost = list(_older(storage, files - named, now - timedelta(seconds=settings.LOST_UPLOAD_SECONDS)))
    if len(lost) > len(named):
        text = (
            "%d uploads in %s have no drawing, and %d have one: they look like another database's, and are left alone."
        )
        logger.warning(text, len(lost), folder, len(named))
        return 0
    return sum(_is_deleted(storage, name) for name in lost)


def _files(storage: Storage, folder: str) -> set[str]:
    try:
        _, files = storage.listdir(folder)
    except FileNotFoundError:  # a month without uploads
        return set()
    return {folder + name for name in files}


def _older(storage: Storage, names: set[str], than: datetime) -> Iterator[str]:
    for name in sorted(names):
        try:
            if storage.get_modified_time(name) < than:
                yield name
        except FileNotFoundError:  # deleted meanwhile, along with its drawing
            continue


def _is_deleted(storage: Storage, name: str) -> bool:
    try:
        storage.delete(name)
    except OSError:
        logger.exception("The upload %s has no drawing and could not be deleted.", name)
        return False
    logger.info("Removed the upload %s, which has no drawing.", name)
    return True
