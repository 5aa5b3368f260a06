"""Imported test data sets: kept as they came, and as records of images that today's ink made of them.

Nothing here ever trains: a yardstick has no drawings in the database. Left out on purpose: measuring."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from recognizer import ink
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import Evaluation
from training import records
from training.data import collections
from training.models import Measurement, Yardstick
from training.yardstick_files import REASONS, RECORD, Built, Progress, YardstickError, drawn, work_folder

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
TAKEN = (Evaluation.MNIST_TEST, Evaluation.DRAWINGS, Evaluation.ANSWERED)
BLOCK_BYTES = 1 << 20
PAGE = 256


def storage() -> Storage:
    return storages["yardsticks"]


def names() -> list[str]:
    """The names of the yardsticks that can measure."""
    return list(Yardstick.objects.filter(state=Yardstick.State.READY).values_list("name", flat=True))


def is_known(name: str) -> bool:
    return Yardstick.objects.filter(name=name).exists()


def listed() -> str:
    """The yardsticks that there are, for a sentence."""
    there = names()
    return (
        _("the yardsticks %(there)s") % {"there": ", ".join(there)}
        if there
        else _("the yardsticks, of which there are none yet")
    )


def check_name(name: str, *, replace: bool = False) -> None:
    """Raises YardstickError for a name that cannot be, or is taken."""
    if not NAME.fullmatch(name):
        raise YardstickError(
            _("%(name)s is no name for a yardstick: use small letters, digits, - and _, at most 60 of them")
            % {"name": f"{name!r:.100}"}
        )
    if name in TAKEN:
        raise YardstickError(
            _("%(name)s is the name of a data set that the site has already: choose another one")
            % {"name": f"{name!r}"}
        )
    if not replace and Yardstick.objects.filter(name=name).exists():
        raise YardstickError(
            _("there is a yardstick %(name)s already: choose another name, or replace it") % {"name": f"{name!r}"}
        )


def import_file(
    name: str,
    path: Path,
    *,
    writers: Collection[str] | None = None,
    replace: bool = False,
    progress: Progress = lambda done, total: None,
    by: AbstractBaseUser | None = None,
) -> Yardstick:
    """Read a file of labelled drawings and keep it as a yardstick, whole or not at all.

    `progress` may raise to stop it. Raises YardstickError, CollectionError."""
    check_name(name, replace=replace)
    with drawn(path, writers, progress) as built:
        return _keep(name, path, writers=writers, by=by, built=built, replace=replace)


def receive(name: str, path: Path, *, by: AbstractBaseUser | None = None) -> Yardstick:
    """Look a file through and keep it; `build` then makes its images. Raises YardstickError, CollectionError."""
    check_name(name)
    digits = 0
    for record in collections.read(path):
        records.check(record)
        digits += record.digit is not None
    if not digits:
        raise YardstickError(f"{path.name} has no drawing with a digit as its label")
    return _keep(name, path, writers=None, by=by)


def build(yardstick_id: int, progress: Progress = lambda done, total: None) -> bool:
    """Make the images of a yardstick's file, unless that is done or being done; return whether it was done here.

    A file that cannot be read is noted in the row, in words."""
    rows = Yardstick.objects.filter(pk=yardstick_id)
    stale = Q(state=Yardstick.State.WAITING) | ~Q(preprocessing_version=PREPROCESSING_VERSION)
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    if not rows.filter(stale & free).exclude(state=Yardstick.State.FAILED).update(lease_expires_at=_lease_end()):
        return False
    yardstick = rows.get()

    def keep_lease(done: int, total: int) -> None:
        rows.update(lease_expires_at=_lease_end())
        progress(done, total)

    try:
        _rebuild(yardstick, keep_lease)
    except (YardstickError, collections.CollectionError, OSError) as error:
        words = f"The file cannot be read ({error})." if isinstance(error, OSError) else f"{error}."
        rows.update(state=Yardstick.State.FAILED, message=words[:500], lease_expires_at=None)
        return False
    except BaseException:
        rows.update(lease_expires_at=None)
        raise
    return True


def to_build() -> list[int]:
    """Yardsticks whose images are yet to be made, and that nobody works on."""
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    return list(Yardstick.objects.filter(free, state=Yardstick.State.WAITING).values_list("pk", flat=True))


def ready(name: str, progress: Progress = lambda done, total: None) -> Yardstick:
    """The yardstick, with images that are there, undamaged, and made by today's ink: built anew if they are not.

    Raises YardstickError."""
    yardstick = Yardstick.objects.filter(name=name).first()
    if yardstick is None:
        raise YardstickError(f"there is no yardstick {name!r}: import it with `manage.py import_yardstick`")
    if yardstick.state == Yardstick.State.FAILED:
        raise YardstickError(f"the yardstick {name!r} cannot be used: {yardstick.message}")
    if yardstick.preprocessing_version != PREPROCESSING_VERSION or not _is_whole(yardstick):
        try:
            _rebuild(yardstick, progress)
        except (OSError, collections.CollectionError) as error:
            raise YardstickError(
                f"the images of the yardstick {name!r} have to be made anew, and its file cannot be read ({error}): "
                "import it again"
            ) from error
    return yardstick


def read(yardstick: Yardstick, start: int = 0, stop: int | None = None) -> Iterator[np.ndarray]:
    """Pages of RECORD arrays, of the images from `start` up to but not including `stop`. Raises YardstickError."""
    stop = yardstick.count if stop is None else min(stop, yardstick.count)
    try:
        with storage().open(yardstick.records, "rb") as file:
            file.seek(start * RECORD.itemsize)
            for at in range(start, stop, PAGE):
                wanted = min(PAGE, stop - at)
                data = file.read(wanted * RECORD.itemsize)
                if len(data) != wanted * RECORD.itemsize:
                    raise YardstickError(f"the images of {yardstick.name!r} end too early: import the yardstick again")
                yield np.frombuffer(data, RECORD)
    except OSError as error:
        raise YardstickError(f"the images of the yardstick {yardstick.name!r} cannot be read: {error}") from error


def examples(page: np.ndarray) -> list[tuple[ink.Seen, int]]:
    """What a network sees of the records of a page, with their digits."""
    return [(ink.Seen(row["image"], REASONS[row["reason"]]), int(row["label"])) for row in page]


def numbers(yardstick: Yardstick, writers: Collection[str]) -> list[int]:
    """The writers' numbers in the records. Raises YardstickError for somebody of whom the yardstick has nothing."""
    missing = sorted(set(writers) - set(yardstick.writers))
    if missing:
        shown = ", ".join(map(repr, missing[:10]))
        raise YardstickError(f"the yardstick {yardstick.name!r} has no drawing of {shown}: name writers that it has")
    return [number for number, writer in enumerate(yardstick.writers) if writer in set(writers)]


def remove(yardstick: Yardstick) -> None:
    """Remove a yardstick with its files and figures: nobody could say any more what those are of."""
    with transaction.atomic():
        Measurement.objects.filter(dataset=yardstick.name).delete()
        Evaluation.objects.filter(dataset=yardstick.name).delete()
        _discard_afterwards(yardstick.original, yardstick.records)
        yardstick.delete()


def _keep(
    name: str,
    path: Path,
    *,
    writers: Collection[str] | None,
    by: AbstractBaseUser | None,
    built: Built | None = None,
    replace: bool = False,
) -> Yardstick:
    """Store files and row, both or neither."""
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            sha256.update(block)
        folder = f"{name}/{sha256.hexdigest()[:12]}"
        size_bytes = file.tell()
        file.seek(0)
        original = storage().save(f"{folder}/{get_valid_filename(path.name)}", File(file))
    columns = {
        "file_name": path.name[:200], "original": original, "original_sha256": sha256.hexdigest(),
        "original_bytes": size_bytes, "only_writers": sorted(writers) if writers is not None else None,
        "imported_by": by,
    }  # fmt: skip
    images = ""
    try:
        if built:
            images = storage().save(f"{folder}/{PREPROCESSING_VERSION}.images", File(built.file))
            columns |= built.columns() | {"records": images}
        return _save(name, columns, replace=replace)
    except BaseException:
        _discard(original, images)
        raise


def _save(name: str, columns: dict[str, object], *, replace: bool) -> Yardstick:
    try:
        with transaction.atomic():
            before = Yardstick.objects.select_for_update().filter(name=name).first() if replace else None
            if before is None:
                return Yardstick.objects.create(name=name, **columns)
            _discard_afterwards(before.original, before.records)
            Measurement.objects.filter(dataset=name).exclude(state=Measurement.State.SUCCEEDED).delete()
            Yardstick.objects.filter(pk=before.pk).update(**columns)
            return Yardstick.objects.get(pk=before.pk)
    except IntegrityError as error:
        raise YardstickError(
            _("there is a yardstick %(name)s already: somebody imported it just now") % {"name": f"{name!r}"}
        ) from error


def _rebuild(yardstick: Yardstick, progress: Progress) -> None:
    """Make the images anew from the file as it came."""
    with _original(yardstick) as path, drawn(path, yardstick.only_writers, progress) as built:
        folder = yardstick.original.rpartition("/")[0]
        name = storage().save(f"{folder}/{PREPROCESSING_VERSION}.images", File(built.file))
        columns = built.columns() | {"records": name}
    with transaction.atomic():
        # Who was quicker, or replaced the file meanwhile, wins.
        rows = Yardstick.objects.filter(pk=yardstick.pk, records=yardstick.records, original=yardstick.original)
        kept = rows.update(**columns)
        _discard_afterwards(yardstick.records if kept else name)
    yardstick.refresh_from_db()


@contextmanager
def _original(yardstick: Yardstick) -> Iterator[Path]:
    """The file as it came, as a file of this machine and under its own name."""
    with tempfile.TemporaryDirectory(dir=work_folder()) as folder:
        path = Path(folder) / get_valid_filename(yardstick.file_name)
        with storage().open(yardstick.original, "rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK_BYTES)
        yield path


def _is_whole(yardstick: Yardstick) -> bool:
    digest = hashlib.sha256()
    try:
        with storage().open(yardstick.records, "rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    except (OSError, ValueError):
        return False
    return digest.hexdigest() == yardstick.sha256


def _discard_afterwards(*names: str) -> None:
    transaction.on_commit(lambda: _discard(*names))


def _discard(*names: str) -> None:
    for name in filter(None, names):
        storage().delete(name)


def _lease_end() -> object:
    return Now() + timedelta(seconds=settings.MEASUREMENT_LEASE_SECONDS)
