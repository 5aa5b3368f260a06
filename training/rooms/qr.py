"""A room's link as a picture that a phone's camera reads, drawn as one SVG path.

Left out on purpose: files and colours. The page that shows it decides about both."""

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4  # modules that stay empty around it, as ISO 18004 asks


@dataclass(frozen=True)
class Code:
    """`path` is the `d` of an SVG path in a box of `side` x `side`."""

    path: str
    side: int


def of(text: str) -> Code:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    return Code("".join(_runs(y, row) for y, row in enumerate(matrix)), len(matrix))


def _runs(y: int, row: list[bool]) -> str:
    """Each run of dark modules as a rectangle."""
    path, x = "", 0
    while x < len(row):
        length = next((n for n, dark in enumerate(row[x:]) if not dark), len(row) - x)
        if length:
            path += f"M{x} {y}h{length}v1h-{length}z"
        x += length or 1
    return path
