"""Bodies that are made to cost a server more than they cost their sender, by name, with the Content-Type of each.

All of them have to be refused. Left out on purpose: bodies that are merely wrong; the tests have tables of these."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

JSON = "application/json"
FORM = "multipart/form-data; boundary=b"
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
Chunk = tuple[bytes, bytes]


@dataclass(frozen=True)
class Hostile:
    content_type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def all_of_them() -> Iterator[tuple[str, Hostile]]:
    """Made one at a time, since some of them are large."""
    for name, make in PICTURES.items():
        yield name, Hostile(FORM, form(make()))
    for name, make in BODIES.items():
        made = make()
        yield name, made if isinstance(made, Hostile) else Hostile(JSON, made)


# Pictures


def picture(format: str, side: int = 80, **options: object) -> bytes:
    """A seven, dark on light."""
    image = Image.new("L", (side, side), 255)
    ImageDraw.Draw(image).line([(20, 15), (60, 15), (30, 65)], fill=0, width=8)
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def moving(format: str) -> bytes:
    frames = [Image.new("L", (200, 200), level) for level in range(0, 250, 5)]
    file = io.BytesIO()
    frames[0].save(file, format, save_all=True, append_images=frames[1:], duration=10)
    return file.getvalue()


def png(*chunks: Chunk) -> bytes:
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def header(side: int, *, bits: int = 8, colour: int = 0) -> Chunk:
    return b"IHDR", struct.pack(">IIBBBBB", side, side, bits, colour, 0, 0, 0)


def zeros(size: int) -> bytes:
    """So many zeros, deflated."""
    squeezer = zlib.compressobj(9)
    block = bytes(1_000_000)
    return b"".join([squeezer.compress(block) for _ in range(size // len(block))] + [squeezer.flush()])


def png_bomb(side: int, **options: int) -> bytes:
    bits, channels = options.get("bits", 8), {0: 1, 2: 3, 6: 4}[options.get("colour", 0)]
    return png(header(side, **options), (b"IDAT", zeros(side * (1 + side * bits * channels // 8))), (b"IEND", b""))


def with_chunks(*extra: Chunk, behind: bytes = b"") -> bytes:
    """A picture of a seven that could be read, with something in front of its pixels or behind them."""
    side = 80
    gray = Image.open(io.BytesIO(picture("PNG", side))).tobytes()
    rows = b"".join(b"\x00" + gray[row * side : (row + 1) * side] for row in range(side))
    squeezer = zlib.compressobj(9)
    packed = squeezer.compress(rows) + squeezer.compress(behind) + squeezer.flush()
    return png(header(side), *extra, (b"IDAT", packed), (b"IEND", b""))


def webp_header(side: int) -> bytes:
    """Says that it has so many pixels, and has none."""
    canvas = (side - 1).to_bytes(3, "little") * 2
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\x10\x00\x00\x00" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_of_many_scans() -> bytes:
    data = picture("JPEG", 200, progressive=True)
    start = data.index(b"\xff\xda")
    scan = data[start : data.index(b"\xff\xda", start + 2)]
    return data[:-2] + scan * 3000 + data[-2:]


def jpeg_with_size(side: int) -> bytes:
    data = bytearray(picture("JPEG"))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", side, side)
    return bytes(data)


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros", bytes(1_000_000))
    return file.getvalue()


PICTURES: dict[str, Callable[[], bytes]] = {
    "a PNG of 30,000 x 30,000, one bit a pixel": lambda: png_bomb(30_000, bits=1),
    "a PNG of 20,000 x 20,000 in colour": lambda: png_bomb(20_000, colour=2),
    "a PNG that says 2^31 pixels a side": lambda: png(header(2**31 - 1), (b"IDAT", zeros(1_000_000)), (b"IEND", b"")),
    "a small PNG with 200 MB behind its pixels": lambda: png(header(1), (b"IDAT", zeros(200_000_000)), (b"IEND", b"")),
    "a seven with 200 MB behind its pixels": lambda: with_chunks(behind=bytes(200_000_000)),
    "a PNG in 500,000 parts": lambda: png(header(80), *[(b"IDAT", b"")] * 500_000, (b"IEND", b"")),
    "a PNG with 300,000 notes": lambda: with_chunks(*[(b"tEXt", b"a\x00b")] * 300_000),
    "a PNG with 60 notes of a megabyte, deflated": lambda: with_chunks(
        *[(b"zTXt", b"a\x00\x00" + zeros(1_000_000))] * 60
    ),
    "a PNG with 60 international notes, deflated": lambda: with_chunks(
        *[(b"iTXt", b"a\x00\x01\x00\x00\x00" + zeros(1_000_000))] * 60
    ),
    "a PNG with a colour profile of 200 MB": lambda: with_chunks((b"iCCP", b"a\x00\x00" + zeros(200_000_000))),
    "a WebP of 16,384 x 16,384": lambda: webp_header(16_384),
    "a JPEG that says 65,500 pixels a side": lambda: jpeg_with_size(65_500),
    "a progressive JPEG of 3,000 scans": jpeg_of_many_scans,
    "a PNG that moves": lambda: moving("PNG"),
    "a GIF that moves": lambda: moving("GIF"),
    "a WebP that moves": lambda: moving("WEBP"),
    "a TIFF": lambda: picture("TIFF"),
    "an icon": lambda: picture("ICO"),
    "a PDF of a picture": lambda: picture("PDF"),
    "an SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "an SVG that refers to itself": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><use href="#a" id="a"/></svg>',
    "a PNG and a web page": lambda: picture("PNG") + PAGE,
    "a PNG with a web page in its notes": lambda: (
        picture("PNG")[:33] + png((b"tEXt", b"Comment\x00" + PAGE))[8:] + picture("PNG")[33:]
    ),
    "a JPEG and a web page": lambda: picture("JPEG", comment=PAGE),
    "a WebP and a web page": lambda: picture("WEBP") + PAGE,
    "a GIF and an archive": lambda: picture("GIF") + archive(),
    "a JPEG and an archive": lambda: picture("JPEG") + archive(),
    "a PNG and an archive": lambda: picture("PNG") + archive(),
    "a JPEG and a PDF": lambda: picture("JPEG", comment=b"%PDF-1.4\n1 0 obj"),
    "a web page": lambda: PAGE,
    "an archive": archive,
}


# Other bodies


def form(content: bytes) -> bytes:
    start = b'--b\r\nContent-Disposition: form-data; name="image"; filename="7.png"\r\nContent-Type: image/png\r\n\r\n'
    return start + content + b"\r\n--b--\r\n"


def parts(count: int, disposition: str, headers: bytes = b"") -> Hostile:
    part = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n".encode() + headers + b"\r\n1\r\n"
    return Hostile(FORM, part * count + b"--b--\r\n")


def points(text: str, count: int) -> bytes:
    return b'{"width": 9, "height": 9, "strokes": [[' + ",".join([text] * count).encode() + b"]]}"


def gzipped(body: bytes) -> Hostile:
    return Hostile(JSON, gzip.compress(body), {"Content-Encoding": "gzip"})


BODIES: dict[str, Callable[[], bytes | Hostile]] = {
    "10 MB of spaces": lambda: b" " * 10_000_000,
    "10 MB of a picture": lambda: Hostile(FORM, form(bytes(10_000_000))),
    "10,000,000 points": lambda: points("[1,2]", 10_000_000),
    "1,300,000 points": lambda: points("[1,2]", 1_300_000),
    "3,900,000 numbers": lambda: points("1", 3_900_000),
    "2,700,000 empty objects": lambda: b"[" + b",".join([b"{}"] * 2_700_000) + b"]",
    "700,000 keys": lambda: b"{" + b",".join(b'"%06x":1' % n for n in range(700_000)) + b"}",
    "4,000,000 levels": lambda: b"[" * 4_000_000 + b"]" * 4_000_000,
    "100,000 levels": lambda: b'{"strokes":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "NaN": lambda: b'{"strokes": [[[NaN, 2]]], "width": 200, "height": 150}',
    "a number of 4,000,000 digits": lambda: b'{"strokes": [], "width": ' + b"9" * 4_000_000 + b', "height": 1}',
    "a number with a large exponent": lambda: b'{"strokes": [[[1e999999999, 2]]], "width": 9, "height": 9}',
    "text of escapes": lambda: b'{"image": "' + b"\\u0041" * 1_300_000 + b'"}',
    "base64 of a bomb": lambda: json.dumps({"image": b64encode(png_bomb(30_000, bits=1)).decode()}).encode(),
    "100 MB of spaces, gzipped": lambda: gzipped(b" " * 100_000_000),
    "10,000 fields": lambda: parts(10_000, 'name="a"'),
    "10,000 files": lambda: parts(10_000, 'name="a"; filename="a"'),
    "a part with 50,000 headers": lambda: parts(1, 'name="image"; filename="a"', b"X-A: 1\r\n" * 50_000),
    "a part with a header of 5 MB": lambda: parts(
        1, 'name="image"; filename="a"', b"X-A: " + b"1" * 5_000_000 + b"\r\n"
    ),
    "a part with a name of 5 MB": lambda: parts(1, f'name="{"a" * 5_000_000}"'),
    "a field of 5 MB": lambda: Hostile(
        FORM, b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"1" * 5_000_000 + b"\r\n--b--\r\n"
    ),
    "boundaries without parts": lambda: Hostile(FORM, b"--b\r\n" * 1_000_000),
    "an entity that grows": lambda: Hostile(
        "application/xml", b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    ),
}
