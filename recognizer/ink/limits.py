"""How much ink is accepted: generous for people, tight enough that no body costs the server more than a moment.

Other values than the defaults come in as an argument, as the site passes its settings; never from the environment.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of what is read; everything outside of them is an `InkError`.

    `max_overshoot`: pointer capture lets a line run past the edge of the canvas; points may lie this many canvas
    sides outside. Four covers a small canvas in the middle of a wide screen; beyond that the width is wrong.
    `max_pixels`: of a JPEG, which is shrunk while it is decoded. `max_whole_pixels`: of a PNG, WebP or progressive
    JPEG, each of whose pixels takes 8 to 16 bytes at once; it lets a photograph of 12 megapixels in.
    `max_jpeg_scans`: each scan of a progressive JPEG is a pass over the whole picture, asked for with a few bytes.
    """

    max_strokes: int = 500
    max_points: int = 20_000
    min_canvas: float = 1.0
    max_canvas: float = 100_000.0
    max_overshoot: float = 4.0
    max_time_ms: float = 1e15
    max_upload_bytes: int = 8 * 1024 * 1024
    max_pixels: int = 25_000_000
    max_whole_pixels: int = 12_500_000
    max_side: int = 10_000
    max_jpeg_scans: int = 100
    kept_side: int = 1024


DEFAULT_LIMITS = Limits()
