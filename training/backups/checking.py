"""Reads a backup from end to end and believes nothing that its hashes do not confirm.

Left out on purpose: whether it fits the database here, which `restoring.py` asks."""

import gzip
import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from training.backups import archive
from training.backups.errors import BackupError
from training.backups.manifest import NAME as MANIFEST
from training.backups.manifest import Manifest, Member
from training.backups.taking import Progress


def check(path: Path, *, progress: Progress = lambda doing, done, total: None) -> Manifest:
    """What a whole and undamaged backup says of itself. Raises BackupError, which names what is wrong."""
    found: dict[str, Member] = {}
    lines: dict[str, int] = {}
    manifest, done = None, 0
    with archive.in_words(path):
        for name, file in archive.members(path):
            if name in found:
                raise BackupError(f"{path.name} holds {name} twice: it is damaged, take another backup")
            if name == MANIFEST:
                manifest = Manifest.loads(file.read())
                continue
            found[name] = _read_through(name, file, lines)
            done += found[name].bytes
            progress("checking", done, None)
    if manifest is None:
        raise BackupError(f"{path} has no {MANIFEST}: it was not finished, or is no backup")
    _compare(path, manifest, found, lines)
    return manifest


class Hashed:
    """A file that hashes what is read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest, self._size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._digest.update(block)
        self._size += len(block)
        return block

    def to_the_end(self) -> Member:
        while self.read(archive.BLOCK_BYTES):
            pass
        return Member(self._size, self._digest.hexdigest())


def _read_through(name: str, file: BinaryIO, lines: dict[str, int]) -> Member:
    hashed = Hashed(file)
    if archive.file_in(name) is None:
        lines[name] = _counted(name, hashed)
    return hashed.to_the_end()


def _counted(name: str, file: Hashed) -> int:
    try:
        with gzip.open(file) as rows:
            return sum(block.count(b"\n") for block in iter(lambda: rows.read(archive.BLOCK_BYTES), b""))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BackupError(f"{name} is damaged ({error}): take another backup") from error


def _compare(path: Path, manifest: Manifest, found: dict[str, Member], lines: dict[str, int]) -> None:
    _refuse(path, "lacks {}", [name for name in manifest.members if name not in found])
    _refuse(
        path, "holds {}, which its manifest does not name", [name for name in found if name not in manifest.members]
    )
    _refuse(path, "holds {}, which is damaged", [name for name in found if found[name] != manifest.members[name]])
    wrong = [table.member for table in manifest.tables if lines.get(table.member) != manifest.rows.get(table.name)]
    _refuse(path, "holds {} with another number of rows than its manifest says", wrong)


def _refuse(path: Path, words: str, names: list[str]) -> None:
    if names:
        more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
        raise BackupError(f"{path} {words.format(names[0] + more)}: take another backup")


def each_read(
    path: Path, wanted: Callable[[str], bool], use: Callable[[str, Hashed], None], manifest: Manifest
) -> None:
    """Hand the wanted members over, and see that each is still what it was when the backup was checked."""
    with archive.in_words(path):
        for name, file in archive.members(path):
            if name != MANIFEST and wanted(name):
                hashed = Hashed(file)
                use(name, hashed)
                if hashed.to_the_end() != manifest.members.get(name):
                    raise BackupError(f"{name} in {path} was changed while it was read: begin again")
