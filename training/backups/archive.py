"""A backup as a folder or as one tar file: written under another name until it is whole, read without trusting it.

Names of members are few and plain, links are refused, and nothing is ever unpacked by name. Left out on purpose: what
the members mean."""

import gzip
import hashlib
import os
import re
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from training.backups.errors import BackupError
from training.backups.manifest import NAME as MANIFEST
from training.backups.manifest import Member
from training.backups.tables import STORAGES

SUFFIXES = (".tar", ".tar.gz", ".tgz")
UNFINISHED = ".unfinished-"
BLOCK_BYTES = 1 << 20
SMALL_BYTES = 8 << 20  # up to this size what goes into a tar file waits in memory for its size to be known
ROWS = re.compile(r"rows/[a-z0-9_]+\.jsonl\.gz")
FILE = re.compile(rf"files/({'|'.join(STORAGES)})/(?P<path>[^\0\\]+)")


class Writer:
    """Adds members one after the other; each comes out with its size and hash."""

    def __init__(self, place: Path, *, packed: bool) -> None:
        self._place, self._packed = place, packed
        if packed:
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(descriptor, "wb")
            self._tar: tarfile.TarFile | None = None
        else:
            place.mkdir(mode=0o700, parents=True)

    def add(self, name: str, blocks: Iterable[bytes]) -> Member:
        return self._add_to_tar(name, blocks) if self._packed else self._add_to_folder(name, blocks)

    def open_tar(self, *, compressed: bool) -> None:
        mode = "w:gz" if compressed else "w"
        self._tar = tarfile.open(fileobj=self._file, mode=mode, format=tarfile.PAX_FORMAT)  # noqa: SIM115 (see close)

    def close(self) -> None:
        """See to it that what was written is on the disk."""
        if self._packed:
            self._tar.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def discard(self) -> None:
        if self._packed:
            self._file.close()
        remove(self._place)

    def _add_to_folder(self, name: str, blocks: Iterable[bytes]) -> Member:
        path = self._place / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            member = _written(file, blocks)
            if name == MANIFEST:
                file.flush()
                os.fsync(file.fileno())
        return member

    def _add_to_tar(self, name: str, blocks: Iterable[bytes]) -> Member:
        with tempfile.SpooledTemporaryFile(SMALL_BYTES, dir=self._place.parent) as file:
            member = _written(file, blocks)
            file.seek(0)
            info = tarfile.TarInfo(name)
            info.size, info.mode = member.bytes, 0o600
            self._tar.addfile(info, file)
        return member


@contextmanager
def writing(out: Path) -> Iterator[Writer]:
    """A writer whose backup is there under its name when the block ends well, and nowhere otherwise.

    Raises BackupError if something is there already or the name says another format."""
    packed = _is_packed(out)
    if out.exists() and (packed or not out.is_dir() or any(out.iterdir())):
        raise BackupError(f"{out} is there already: name a new folder, or a new file that ends in {SUFFIXES[0]}")
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}{UNFINISHED}{os.getpid()}")
    writer = Writer(draft, packed=packed)
    if packed:
        writer.open_tar(compressed=out.name.endswith(("gz", "tgz")))
    try:
        yield writer
        writer.close()
        draft.rename(out)
    except BaseException:
        writer.discard()
        raise
    _note_on_disk(out.parent)


def remove(path: Path) -> None:
    """Remove a backup, or what is left of one."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def members(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    """The members of a backup with their content, in its order; read them within `in_words`.

    Raises BackupError for what no backup holds."""
    if not path.exists():
        raise BackupError(f"there is no backup {path}")
    yield from _of_folder(path) if path.is_dir() else _of_tar(path)


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn what reading a damaged file raises into BackupError."""
    try:
        yield
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise BackupError(f"{path} is damaged, or no backup ({error})") from error


def blocks_of(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        yield block


def file_in(name: str) -> tuple[str, str] | None:
    """The storage and the path in it of a member that is a file; None for another."""
    match = FILE.fullmatch(name)
    return (match[1], match["path"]) if match else None


def _is_packed(out: Path) -> bool:
    if out.name.endswith(SUFFIXES):
        return True
    if re.search(r"\.(zip|zst|xz|bz2|gz|7z)$", out.name):
        raise BackupError(f"{out.name} names no format of backups: end it in {' or '.join(SUFFIXES)}, or name a folder")
    return False


def _written(file: BinaryIO, blocks: Iterable[bytes]) -> Member:
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        digest.update(block)
        file.write(block)
        size += len(block)
    return Member(size, digest.hexdigest())


def _of_folder(folder: Path) -> Iterator[tuple[str, BinaryIO]]:
    for path in sorted(_regular_files(folder)):
        name = _checked(path.relative_to(folder).as_posix())
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            yield name, file


def _regular_files(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _regular_files(Path(entry.path))
        elif stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            yield Path(entry.path)
        else:
            raise BackupError(f"{entry.path} is a link or a device, which no backup holds: it is not followed")


def _of_tar(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    with tarfile.open(path, "r:*") as tar:
        for info in tar:
            if not info.isreg():
                raise BackupError(f"{info.name!r:.200} in {path.name} is a link or a device, which no backup holds")
            yield _checked(info.name), tar.extractfile(info)


def _checked(name: str) -> str:
    """A name that only this backup's own parts have; nothing that leads out of it."""
    match = FILE.fullmatch(name)
    leads_out = match and any(part in ("", ".", "..") for part in match["path"].split("/"))
    if leads_out or not (match or name == MANIFEST or ROWS.fullmatch(name)):
        raise BackupError(f"{name!r:.200} is no name in a backup: this one is damaged, or made by somebody else")
    return name


def _note_on_disk(folder: Path) -> None:
    """The new name itself has to reach the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
