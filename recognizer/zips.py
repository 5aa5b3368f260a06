"""A zip of very many small files: its table of contents goes to the disk as it grows, not into memory.

Python's own zipfile keeps half a kilobyte of each file, which a million files turn into half a gigabyte. Left out on
purpose: single files of 4 GB and more. Format: PKWARE, .ZIP File Format Specification (APPNOTE.TXT), 6.3.10."""

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO

STORED, DEFLATED = 0, 8
NEEDS, NEEDS_64 = 20, 45  # the version of the format that a reader has to know, times ten
MADE_ON_UNIX = 3 << 8
PLAIN_FILE = 0o100644 << 16
# The earliest time that a zip can tell, 1980-01-01: the same files make the same zip, whenever it is made.
NO_TIME, NO_DATE = 0, 1 << 5 | 1
MOST_16, MOST_32 = 0xFFFF, 0xFFFFFFFF
BLOCK_BYTES = 1 << 20

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64 = struct.Struct("<4sLQL")


class ManyFiles:
    """Writes a zip into a file from its present place on, in a `with`. `folder` is where the table waits."""

    def __init__(self, file: BinaryIO, folder: Path | None = None) -> None:
        self._file, self._folder = file, folder
        self._begin = file.tell()
        self._table = TemporaryFile(dir=folder)  # noqa: SIM115 (closed by __exit__)
        self._count = 0

    def __enter__(self) -> "ManyFiles":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        with self._table:
            if kind is None:
                self._finish()

    def add(self, name: str, data: bytes) -> None:
        """Add a small file as it is."""
        self._header(name, STORED, zlib.crc32(data), len(data), len(data))
        self._file.write(data)

    def add_packed(self, name: str, source: BinaryIO, tick: Callable[[], object] = lambda: None) -> None:
        """Add what is left of an open file, compressed; `tick` is called for every block of it."""
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        crc = size = 0
        with TemporaryFile(dir=self._folder) as packed:
            while block := source.read(BLOCK_BYTES):
                crc, size = zlib.crc32(block, crc), size + len(block)
                packed.write(packer.compress(block))
                tick()
            packed.write(packer.flush())
            packed_size = packed.tell()
            packed.seek(0)
            self._header(name, DEFLATED, crc, packed_size, size)
            shutil.copyfileobj(packed, self._file, BLOCK_BYTES)

    def _header(self, name: str, method: int, crc: int, packed: int, size: int) -> None:
        if max(packed, size) >= MOST_32:
            raise ValueError(f"{name} has {size} bytes; a file in such a zip has fewer than {MOST_32}")
        place = self._file.tell() - self._begin
        told = name.encode("ascii")
        facts = (method, NO_TIME, NO_DATE, crc, packed, size, len(told))
        self._file.write(LOCAL.pack(b"PK\3\4", NEEDS, 0, *facts, 0) + told)
        # Behind the first 4 GB a place does not fit where it belongs, and stands in an extra field.
        extra = struct.pack("<2HQ", 1, 8, place) if place >= MOST_32 else b""
        needs = NEEDS_64 if extra else NEEDS
        place = min(place, MOST_32)
        head = CENTRAL.pack(b"PK\1\2", MADE_ON_UNIX | needs, needs, 0, *facts, len(extra), 0, 0, 0, PLAIN_FILE, place)
        self._table.write(head + told + extra)
        self._count += 1

    def _finish(self) -> None:
        begin, size, count = self._file.tell() - self._begin, self._table.tell(), self._count
        self._table.seek(0)
        shutil.copyfileobj(self._table, self._file, BLOCK_BYTES)
        if count >= MOST_16 or begin + size >= MOST_32:
            made = (MADE_ON_UNIX | NEEDS_64, NEEDS_64, 0, 0)
            self._file.write(END_64.pack(b"PK\6\6", END_64.size - 12, *made, count, count, size, begin))
            self._file.write(LOCATOR_64.pack(b"PK\6\7", 0, begin + size, 1))
        few = min(count, MOST_16)
        self._file.write(END.pack(b"PK\5\6", 0, 0, few, few, min(size, MOST_32), min(begin, MOST_32), 0))
