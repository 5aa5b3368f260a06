"""Pictures to upload: one that is right, and those that must be refused."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw


def seven() -> Image.Image:
    """Dark on light, 80 x 80."""
    image = Image.new("L", (80, 80), 255)
    ImageDraw.Draw(image).line([(20, 15), (60, 15), (30, 65)], fill=0, width=8)
    return image


def encoded(format: str, image: Image.Image | None = None, **options) -> bytes:
    file = BytesIO()
    (image or seven()).save(file, format, **options)
    return file.getvalue()


def animated(format: str) -> bytes:
    turned = seven().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return encoded(format, save_all=True, append_images=[turned], duration=100)


def huge_png(side: int = 20_000) -> bytes:
    """A valid PNG of side x side black pixels, one bit each: a few kilobytes."""
    row = bytes(1 + side // 8)
    squeezer = zlib.compressobj(1)
    data = b"".join([squeezer.compress(row * 100) for _ in range(side // 100)] + [squeezer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def blank() -> bytes:
    return encoded("PNG", Image.fromarray(np.full((60, 60), 255, np.uint8)))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28"><path d="M4 4h20L10 24"/></svg>'
