"""Makes a backup while the site runs: first the rows as they are at one moment, then the files that they name.

In this order, since a file is there before its row and goes after it: whatever a row names is there, unless its drawing
was deleted while the backup was made, which is noted. Left out on purpose: when, which is `nightly.py` or a person."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.apps import apps
from django.core.files.storage import storages
from django.utils import timezone

from training.backups import archive, reading, tables
from training.backups.manifest import NAME as MANIFEST
from training.backups.manifest import Manifest
from training.backups.tables import Table
from training.provenance import code_version

# What is being done, how much of it is done, of how much if that is known
Progress = Callable[[str, int, int | None], object]
ROWS_AT_ONCE = 2000
GZIP = zlib.MAX_WBITS | 16


def take(out: Path, *, progress: Progress = lambda doing, done, total: None) -> Manifest:
    """Write a backup to a new folder, or to a new file .tar or .tar.gz: whole or not at all. Raises BackupError."""
    with archive.writing(out) as writer:
        with reading.now() as state:
            manifest, names = _with_rows(writer, state, progress)
        _add_files(writer, manifest, names, progress)
        writer.add(MANIFEST, [manifest.dumps()])
    return manifest


def _with_rows(
    writer: archive.Writer, state: reading.State, progress: Progress
) -> tuple[Manifest, dict[tuple[str, str], list[str]]]:
    """The rows of all tables; and the names of files in them, by table and column."""
    manifest = Manifest(
        made_at=timezone.now().isoformat(),
        code=code_version(),
        database=state.vendor,
        migrations=state.migrations(),
        left_out=tables.LEFT_OUT,
    )
    names: dict[tuple[str, str], list[str]] = {place: [] for place in tables.FILES}
    done = 0
    for table in tables.kept():
        rows = _noting(state.rows(table), table, names)
        counted = _Counted(rows, lambda count, so_far=done: progress("rows", so_far + count, None))
        manifest.members[table.member] = writer.add(table.member, _packed(counted))
        manifest.tables.append(table)
        manifest.rows[table.name] = counted.count
        if (number := state.last_number(table)) is not None:
            manifest.last_numbers[table.name] = number
        done += counted.count
    return manifest, names


class _Counted:
    def __init__(self, rows: Iterable[list], step: Callable[[int], object]) -> None:
        self.count, self._rows, self._step = 0, rows, step

    def __iter__(self) -> Iterator[list]:
        for row in self._rows:
            yield row
            self.count += 1
            if self.count % ROWS_AT_ONCE == 0:
                self._step(self.count)


def _noting(rows: Iterable[list], table: Table, names: dict[tuple[str, str], list[str]]) -> Iterator[list]:
    """The same rows, while the names of files in them are noted."""
    columns = [
        (place, names[table.name, name]) for place, name in enumerate(table.names) if (table.name, name) in names
    ]
    removed = [table.names.index(sign) for (of, _), sign in tables.FILE_REMOVED.items() if of == table.name]
    for row in rows:
        for place, noted in columns:
            if row[place] and not any(row[sign] for sign in removed):
                noted.append(row[place])
        yield row


def _packed(rows: Iterable[list]) -> Iterator[bytes]:
    """A line of JSON for each row, compressed."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    packer, lines = zlib.compressobj(1, zlib.DEFLATED, GZIP), []
    for row in rows:
        lines.append(encode(row))
        if len(lines) == ROWS_AT_ONCE:
            yield packer.compress(("\n".join(lines) + "\n").encode())
            lines = []
    yield packer.compress("".join(f"{line}\n" for line in lines).encode()) + packer.flush()


def _add_files(
    writer: archive.Writer, manifest: Manifest, names: dict[tuple[str, str], list[str]], progress: Progress
) -> None:
    done, total = 0, sum(map(len, names.values()))
    for place, noted in names.items():
        for name in noted:
            _add_file(writer, manifest, place, name)
            done += 1
            progress("files", done, total)


def _add_file(writer: archive.Writer, manifest: Manifest, place: tuple[str, str], name: str) -> None:
    member = f"files/{tables.FILES[place]}/{name}"
    if member in manifest.members:  # two rows that name one file
        return
    try:
        with storages[tables.FILES[place]].open(name) as file:
            manifest.members[member] = writer.add(member, archive.blocks_of(file))
    except FileNotFoundError:
        (manifest.missing if _is_named(place, name) else manifest.deleted).append(member)


def _is_named(place: tuple[str, str], name: str) -> bool:
    """Whether a row still names the file, now that it is not there."""
    table, column = place
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    there = {f"{tables.FILE_REMOVED[place]}__isnull": True} if place in tables.FILE_REMOVED else {}
    return model._base_manager.filter(**{column: name}, **there).exists()
