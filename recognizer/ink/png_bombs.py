"""A PNG that unpacks to far more than it shows is refused, though no decoder here would unpack the surplus: who sends
such a file tries whether one does.

Left out on purpose: how many pixels a picture may have, which `uploads.py` checks."""

import zlib
from collections.abc import Iterable

from .errors import InkError, gettext_noop

# All of a file's texts and colour profiles together; a profile has up to a few hundred kB.
MOST_EXTRA_BYTES = 4 * 1024**2
# Larger pictures are not unpacked to be counted: what lies behind their pixels could not cost more than these do.
MOST_COUNTED_BYTES, SPARE_BYTES = 16 * 1024**2, 65_536
PIECE_BYTES = 256 * 1024
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the header's type of colour

Chunk = tuple[bytes, bytes]  # name and content


def refuse_bombs(chunks: list[Chunk]) -> None:
    """Raise InkError damaged_image where a PNG's extras or pixels unpack to too much."""
    if _exceeds([_packed_extra(*chunk) for chunk in chunks], MOST_EXTRA_BYTES, each_alone=True):
        text = gettext_noop("the PNG's notes or colour profile unpack to more than %(most)s MiB: save it anew")
        raise InkError("damaged_image", text, field="image", most=MOST_EXTRA_BYTES // 1024**2)
    needed = _pixel_bytes(chunks)
    pixels = (content for name, content in chunks if name == b"IDAT")
    if needed <= MOST_COUNTED_BYTES and _exceeds(pixels, needed + SPARE_BYTES):
        text = gettext_noop("the PNG holds more than its pixels, which take %(needed)s bytes: save it anew")
        raise InkError("damaged_image", text, field="image", needed=needed)


def _packed_extra(name: bytes, content: bytes) -> bytes:
    """What is deflated in a chunk beside the pixels; nothing in others."""
    rest = content.partition(b"\0")[2]
    if name in (b"zTXt", b"iCCP"):
        return rest[1:]
    if name == b"iTXt" and rest[:1] == b"\x01":
        return rest[2:].split(b"\0", 2)[-1]
    return b""


def _pixel_bytes(chunks: list[Chunk]) -> float:
    """How much the pixels unpack to at most, filters and the smaller copies of interlacing included."""
    name, header = chunks[0] if chunks else (b"", b"")
    if name != b"IHDR" or len(header) != 13:
        return float("inf")
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    row = -(-width * CHANNELS.get(header[9], 4) * header[8] // 8)
    return height * (row + 5)


def _exceeds(packed: Iterable[bytes], most: float, *, each_alone: bool = False) -> bool:
    """Whether streams, or the one stream whose parts they are, unpack to more; damaged ones count as far as they go."""
    unpacker, count = zlib.decompressobj(), 0
    for part in packed:
        if each_alone:
            unpacker = zlib.decompressobj()
        while part and not unpacker.eof:
            try:
                count += len(unpacker.decompress(part, PIECE_BYTES))
            except zlib.error:
                break
            if count > most:
                return True
            part = unpacker.unconsumed_tail
    return False
