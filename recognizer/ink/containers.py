"""What a picture's file holds besides the picture, looked at before a decoder sees it.

Of a PNG only the parts that its pixels need are handed on, so that it never unpacks text, colour profiles and other
compressed extras; a file that is a web page or an archive as well is refused. Left out on purpose: the pixels."""

import re

from .errors import InkError, gettext_noop
from .png_bombs import refuse_bombs

PNG_START = b"\x89PNG\r\n\x1a\n"
# acTL, fcTL: whether it moves, which is refused; eXIf: which way up it lies
NEEDED = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf", b"acTL", b"fcTL"))
MOST_CHUNKS = 5_000  # a PNG of 8 MB in parts of 4 kB has 2,000; each costs a moment, however small it is
MOST_EXIF_BYTES = 65_536
ZIP_END, ZIP_END_BYTES, ZIP_END_WITHIN = b"PK\x05\x06", 22, 65_557
# With what follows the name: three letters alone stand in one photograph of a hundred by chance.
PAGE = re.compile(rb"<(html|!doctype|script|svg|[?]php|iframe)[\s/>]", re.IGNORECASE)


def pixels_only(data: bytes) -> bytes:
    """A PNG without what its pixels do not need; other data as it is. Raises InkError damaged_image."""
    if not data.startswith(PNG_START):
        return data
    kept, chunks, place = [PNG_START], [], len(PNG_START)
    for _ in range(MOST_CHUNKS):
        size, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        end = place + size + 12
        chunks.append((name, data[place + 8 : end - 4]))
        if name in NEEDED and not (name == b"eXIf" and size > MOST_EXIF_BYTES):
            kept.append(data[place:end])
        if name == b"IEND" or end >= len(data):
            refuse_bombs(chunks)
            return b"".join(kept)
        place = end
    text = gettext_noop("the PNG has more than %(most)s parts: save it anew")
    raise InkError("damaged_image", text, field="image", most=MOST_CHUNKS)


def stated_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in the header of a WebP file, whose decoder takes memory for as much as soon as it opens it."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    if data[12:16] == b"VP8X":
        return 1 + _little(data[24:27]), 1 + _little(data[27:30])
    if data[12:16] == b"VP8L":
        bits = _little(data[21:25])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def refuse_second_face(data: bytes) -> None:
    """Raise InkError two_formats for a picture that other programs take for something else."""
    if text := _second_face(data):
        raise InkError("two_formats", text, field="image")


def _second_face(data: bytes) -> str | None:
    if _is_zip(data):
        return gettext_noop("the file is a picture and a ZIP archive at once: save the picture anew and upload that")
    if b"%PDF-" in data[:1024]:
        return gettext_noop("the file is a picture and a PDF at once: save the picture anew and upload that")
    if PAGE.search(data):
        return gettext_noop("the file is a picture and a web page at once: save the picture anew and upload that")
    return None


def _is_zip(data: bytes) -> bool:
    """Readers look for the archive's end in the last 64 kB; the comment behind it ends with the file."""
    tail = data[-ZIP_END_WITHIN:]
    place = tail.rfind(ZIP_END)
    if place < 0 or place + ZIP_END_BYTES > len(tail):
        return False
    comment_bytes = int.from_bytes(tail[place + 20 : place + 22], "little")
    return place + ZIP_END_BYTES + comment_bytes <= len(tail)
