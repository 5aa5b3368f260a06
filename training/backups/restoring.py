"""Puts a backup into an empty place: all of it is checked before anything is written, and it comes whole or not at all.

Files come first and the rows in one transaction after them, so that no row is ever without its file. Left out on
purpose: merging. A place that holds anything is refused."""

import gzip
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import DatabaseError, IntegrityError, connection, transaction

from recognizer import drawings, facts
from recognizer.deletion import Deleter
from recognizer.models import Drawing
from training.backups import archive, checking, loading, places
from training.backups.errors import BackupError
from training.backups.manifest import Manifest
from training.backups.taking import Progress
from training.yardstick_files import work_folder


def restore(path: Path, *, progress: Progress = lambda doing, done, total: None) -> Manifest:
    """Restore a backup here. Raises BackupError, and leaves the place as it was."""
    with places.alone():
        manifest = checking.check(path, progress=progress)
        places.make_tables()
        places.demand_same_migrations(manifest)
        places.demand_same_tables(manifest)
        places.demand_emptiness()
        with _files_of(path, manifest, progress):
            _load(path, manifest, progress)
    _let_go_of_deleted(manifest)
    return manifest


@contextmanager
def _files_of(path: Path, manifest: Manifest, progress: Progress) -> Iterator[None]:
    """The files, which are removed again if the block fails."""
    written: list[tuple[str, str]] = []
    total = len(manifest.files())

    def keep(name: str, file: checking.Hashed) -> None:
        storage, inside = archive.file_in(name)
        if _is_new(storage, inside, manifest.members[name].sha256):
            written.append((storage, inside))
            _save(storage, inside, file)
        progress("files", len(written), total)

    try:
        checking.each_read(path, lambda name: archive.file_in(name) is not None, keep, manifest)
        yield
    except BaseException:
        for storage, inside in written:
            storages[storage].delete(inside)
        raise


def _is_new(storage: str, name: str, sha256: str) -> bool:
    """Whether nothing is there under that name; the same file may be. Raises BackupError for another one."""
    if not storages[storage].exists(name):
        return True
    digest = hashlib.sha256()
    with storages[storage].open(name) as file:
        for block in archive.blocks_of(file):
            digest.update(block)
    if digest.hexdigest() != sha256:
        raise BackupError(
            f"there is another file {name} in the storage {storage!r} already: restore into an empty place (another "
            "MEDIA_ROOT or DATA_DIR), or move these files away first"
        )
    return False


def _save(storage: str, name: str, file: checking.Hashed) -> None:
    # Storages want to know a file's size and go back in it, which a member of a compressed file cannot.
    with tempfile.SpooledTemporaryFile(archive.SMALL_BYTES, dir=work_folder()) as content:
        shutil.copyfileobj(file, content, archive.BLOCK_BYTES)
        content.seek(0)
        kept = storages[storage].save(name, File(content, name))
    if kept != name:
        storages[storage].delete(kept)
        raise BackupError(f"the storage {storage!r} would keep {name} as {kept}: it is not empty")


def _load(path: Path, manifest: Manifest, progress: Progress) -> None:
    by_member = {table.member: table for table in manifest.tables}
    done, total = 0, sum(manifest.rows.values())

    def step(count: int) -> None:
        nonlocal done
        done += count
        progress("rows", done, total)

    def use(name: str, file: checking.Hashed) -> None:
        loading.insert(connection, by_member[name], _rows(name, file), step)

    try:
        with transaction.atomic(), _facts_at_the_end():
            loading.clear(connection)
            checking.each_read(path, by_member.__contains__, use, manifest)
            for table in manifest.tables:
                loading.go_on_counting(connection, table, manifest.last_numbers.get(table.name))
            loading.demand_consistency(connection)
    except (IntegrityError, DatabaseError) as error:
        raise BackupError(f"the rows cannot be stored, and nothing was changed: {str(error).strip()}") from error
    loading.renew_statistics(connection)


def _rows(name: str, file: checking.Hashed) -> Iterator[list]:
    with gzip.open(file) as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise BackupError(f"line {number:,} of {name} is no row ({error})") from error


@contextmanager
def _facts_at_the_end() -> Iterator[None]:
    """Without the triggers that keep the facts of drawings while rows come: all facts are worked out once, after."""
    facts.remove(connection)
    yield
    facts.install(connection)
    facts.rebuild(connection)


def _let_go_of_deleted(manifest: Manifest) -> None:
    """Drawings whose visitors deleted them while the backup was made are not to come back."""
    uploads = [archive.file_in(name)[1] for name in manifest.deleted if name.startswith("files/uploads/")]
    gone = Drawing.objects.filter(upload__in=uploads).values_list("pk", flat=True)
    drawings.delete_many(list(gone), by=Deleter.VISITOR)
