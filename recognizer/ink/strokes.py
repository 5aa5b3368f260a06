"""Strokes: checked at the door, kept as vectors, drawn by our own pen at MNIST's scale.

So canvas size, pen width and screen density never reach the network. The times that points may carry are kept, but
drawing does not look at them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np

from . import coarse, pen
from .errors import InkError, gettext_noop, show
from .limits import DEFAULT_LIMITS, Limits
from .normalise import BOX_SIDE, IMAGE_SIDE, PEN_WIDTH_PX, box_offset, centre_of_mass
from .seen import STEP_SIDE_PX, TOO_LITTLE_INK, Seen, Step, nothing_seen

DRAWN_OVERSHOOT = 0.25
SMALLEST_DIGIT = 0.05  # of the canvas's shorter side; a tap that slips moves 1 to 3 %, a small digit has 15 %

OUTSIDE = {
    "time": (
        "out_of_range",
        gettext_noop("%(field)s has %(name)s = %(value)s, outside %(least)s to %(most)s: send milliseconds"),
    ),
    "place": (
        "outside_canvas",
        gettext_noop(
            "%(field)s has %(name)s = %(value)s, outside %(least)s to %(most)s: "
            "send points in the units of width and height"
        ),
    ),
}


@dataclass(frozen=True)
class Strokes:
    """Checked strokes: float64 arrays (k, 2) of x, y or (k, 3) with t in ms; x runs right, y down, in canvas units."""

    strokes: tuple[np.ndarray, ...]
    width: float
    height: float

    def as_json(self) -> dict[str, object]:
        """The body that `parse_strokes` reads back to the same strokes."""
        return {"strokes": [line.tolist() for line in self.strokes], "width": self.width, "height": self.height}


def parse_strokes(raw: object, width: object, height: object, limits: Limits = DEFAULT_LIMITS) -> Strokes:
    """JSON values of any type -> Strokes; no stroke at all is an empty canvas, not an error.

    Raises InkError: wrong_type, missing, not_finite, out_of_range, outside_canvas, empty_stroke, too_many_strokes,
    too_many_points.
    """
    size = (_side(width, "width", limits), _side(height, "height", limits))
    if raw is None:
        text = gettext_noop("strokes is missing: send a list of strokes, each a list of [x, y]")
        raise InkError("missing", text, field="strokes")
    if not isinstance(raw, list | tuple):
        text = gettext_noop("%(field)s is %(value)s (%(type)s): send a list of strokes, each a list of [x, y]")
        raise _wrong_type("strokes", raw, text)
    if len(raw) > limits.max_strokes:
        text = gettext_noop("strokes has %(count)s strokes, more than the %(most)s that are read: draw fewer")
        raise InkError("too_many_strokes", text, field="strokes", count=len(raw), most=limits.max_strokes)
    _check_count(raw, limits)
    return Strokes(tuple(_line(line, f"strokes[{i}]", size, limits) for i, line in enumerate(raw)), *size)


def render(strokes: Strokes) -> Seen:
    """Strokes -> the image of them that the network reads, the same at any place, size, density and stroke order.

    What overshot the canvas by more than a quarter of its side is drawn at that distance: a loop cut off at the edge
    would be open, and a finger that slid to the end of the screen would set the scale.
    """
    if not strokes.strokes:
        return nothing_seen()
    boxed = _boxed(strokes)
    points = _box_points(boxed.lines)
    image, offset = _centred(points)
    size = np.array([strokes.width, strokes.height])
    return Seen(image, boxed.reason, partial(_steps, points, offset, boxed.middle, boxed.scale, size))


def box_lines(strokes: Strokes) -> list[np.ndarray]:
    """The lines (k, 2) that `render` draws, in pixels from the middle of their box; none of too little ink for a
    digit, which nobody should draw at another size."""
    boxed = _boxed(strokes) if strokes.strokes else None
    return boxed.lines if boxed and boxed.reason is None else []


class _Boxed(NamedTuple):
    """Lines (k, 2) in pixels from the middle of their box, which lay at `middle`, times `scale`, on the canvas."""

    lines: list[np.ndarray]
    reason: str | None
    middle: np.ndarray
    scale: float


def _boxed(strokes: Strokes) -> _Boxed:
    size = np.array([strokes.width, strokes.height])
    points = np.concatenate([line[:, :2] for line in strokes.strokes])
    points = np.minimum(np.maximum(points, -DRAWN_OVERSHOOT * size), (1 + DRAWN_OVERSHOOT) * size)
    lines = np.split(points, np.cumsum([len(line) for line in strokes.strokes[:-1]]))
    smallest = SMALLEST_DIGIT * min(strokes.width, strokes.height)
    low, high = _bounds(points)
    reason = TOO_LITTLE_INK if (high - low).max() < smallest else None
    if coarse.is_coarse(points):
        lines = [coarse.smoothed(line) for line in lines]
        low, high = _bounds(np.concatenate(lines))
    extent = (high - low).max()
    # A tap stays the dot that it was: the tremble in it is not blown up to a digit's size.
    scale = (BOX_SIDE - PEN_WIDTH_PX) / max(extent, smallest)
    middle = (low + high) / 2
    return _Boxed([(line - middle) * scale for line in lines], reason, middle, scale)


def _bounds(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest x, y of points (n, 2)."""
    return np.minimum.reduce(points), np.maximum.reduce(points)


def _box_points(lines: list[np.ndarray]) -> np.ndarray:
    points = pen.dense_points(lines, spacing=pen.SPACING_PX)
    return pen.thin_out(points, grid=pen.SPACING_PX / 2) if len(points) > pen.CROWDED_POINTS else points


def draw_lines(lines: Sequence[np.ndarray], *, pen_width_px: float, nib: np.ndarray | None = None) -> np.ndarray:
    """Lines (k, 2) in any units, some ink at least -> uint8 (28, 28), as `render` draws them with a pen of that width.

    `nib`, float64 (n, 2) in pixels, drags the pen along at each of these offsets from its middle, as a broad nib does.
    """
    nib = np.zeros((1, 2)) if nib is None else nib
    low, high = _bounds(np.concatenate(lines))
    room = BOX_SIDE - pen_width_px - np.ptp(nib, axis=0)  # (2,)
    scale = (room / np.maximum(high - low, 1e-9)).min()
    points = _box_points([(line - (low + high) / 2) * scale for line in lines])
    points = (points[:, None] + nib - (nib.min(axis=0) + nib.max(axis=0)) / 2).reshape(-1, 2)
    return _centred(points, pen_width_px)[0]


def _centred(points: np.ndarray, pen_width_px: float = PEN_WIDTH_PX) -> tuple[np.ndarray, np.ndarray]:
    """Draw twice: once to learn where the centre of mass lies, once with it moved to its place, sharp as ever."""
    middle = (IMAGE_SIDE - 1) / 2
    shape = (IMAGE_SIDE, IMAGE_SIDE)
    first = pen.draw(points + middle, shape=shape, pen_width_px=pen_width_px)
    offset = box_offset(centre_of_mass(first) - middle)
    return pen.draw(points + offset, shape=shape, pen_width_px=pen_width_px), offset


def _steps(
    points: np.ndarray, offset: np.ndarray, middle: np.ndarray, scale: float, size: np.ndarray
) -> tuple[Step, ...]:
    """The canvas, the crop, the 20 px box and the centred image; all drawn from the same points."""
    zoom = STEP_SIDE_PX / size.max()
    canvas_pen = max(PEN_WIDTH_PX / scale * zoom, 1.5)
    crop_zoom = STEP_SIDE_PX / BOX_SIDE
    crop_sides = (np.ptp(points, axis=0) + PEN_WIDTH_PX) * crop_zoom
    box_sides = np.full(2, BOX_SIDE)
    return (
        _step("ink", (points / scale + middle) * zoom - 0.5, size * zoom, canvas_pen),
        _step("crop", points * crop_zoom + (crop_sides - 1) / 2, crop_sides, PEN_WIDTH_PX * crop_zoom),
        _step("box", points + (box_sides - 1) / 2, box_sides, PEN_WIDTH_PX),
        _step("centred", points + offset, np.full(2, IMAGE_SIDE), PEN_WIDTH_PX),
    )


def _step(name: str, points: np.ndarray, sides: np.ndarray, pen_width_px: float) -> Step:
    width, height = np.maximum(np.rint(sides), 1).astype(int)
    return Step(name, pen.draw(points, shape=(height, width), pen_width_px=pen_width_px))


def _side(value: object, name: str, limits: Limits) -> float:
    if value is None:
        text = gettext_noop("%(field)s is missing: send the canvas's %(field)s in the units of the points")
        raise InkError("missing", text, field=name)
    if type(value) not in (int, float):
        raise _wrong_type(name, value, gettext_noop("%(field)s is %(value)s (%(type)s): send a number"))
    if not limits.min_canvas <= value <= limits.max_canvas:  # false for NaN too
        text = gettext_noop("%(field)s is %(value)s: it must be from %(least)s to %(most)s")
        bounds = {"least": float(limits.min_canvas), "most": round(limits.max_canvas)}
        raise InkError("out_of_range", text, field=name, value=show(value), **bounds)
    return float(value)


def _check_count(raw: Iterable[object], limits: Limits) -> None:
    """Before any point is looked at, so that too many cost nothing."""
    count = sum(len(line) for line in raw if isinstance(line, list | tuple))
    if count > limits.max_points:
        text = gettext_noop("strokes has %(count)s points, more than the %(most)s that are read: send fewer a second")
        raise InkError("too_many_points", text, field="strokes", count=count, most=limits.max_points)


def _line(raw: object, field: str, size: tuple[float, float], limits: Limits) -> np.ndarray:
    if not isinstance(raw, list | tuple):
        text = gettext_noop("%(field)s is %(value)s (%(type)s): a stroke is a list of points [x, y] or [x, y, t_ms]")
        raise _wrong_type(field, raw, text)
    if not raw:
        text = gettext_noop("%(field)s has no points: leave it out, or send at least one [x, y]")
        raise InkError("empty_stroke", text, field=field)
    line = _plain_array(raw)
    if line is None or not _in_range(line, size, limits):
        raise _first_fault(raw, field, size, limits)
    return line


def _plain_array(raw: list | tuple) -> np.ndarray | None:
    """The points as one array, or None if any is not two or three plain numbers. Sets of types are checked at the
    speed of C; numpy alone would read "12", true and null as numbers."""
    if not set(map(type, raw)) <= {list, tuple}:
        return None
    lengths = set(map(len, raw))
    if not lengths <= {2, 3} or not set(map(type, chain.from_iterable(raw))) <= {int, float}:
        return None
    try:
        return np.array(raw if len(lengths) == 1 else [point[:2] for point in raw], np.float64)
    except OverflowError:
        return None


def _in_range(line: np.ndarray, size: tuple[float, float], limits: Limits) -> bool:
    sides = np.array(size)
    far = limits.max_overshoot * sides
    xy = line[:, :2]
    inside = ((xy >= -far) & (xy <= sides + far)).all()  # false for NaN too
    return bool(inside and (np.abs(line[:, 2:]) <= limits.max_time_ms).all())


def _first_fault(raw: Iterable[object], field: str, size: tuple[float, float], limits: Limits) -> InkError:
    """The slow way, taken only once it is known that something is wrong."""
    for i, point in enumerate(raw):
        place = f"{field}[{i}]"
        if not isinstance(point, list | tuple):
            text = gettext_noop("%(field)s is %(value)s (%(type)s): a point is [x, y] or [x, y, t_ms]")
            return _wrong_type(place, point, text)
        if len(point) not in (2, 3):
            text = gettext_noop("%(field)s has %(count)s values: a point is [x, y] or [x, y, t_ms]")
            return InkError("wrong_length", text, field=place, count=len(point))
        for name, value, bounds in zip("xyt", point, _bounds_of(size, limits), strict=False):
            if fault := _number_fault(place, name, value, bounds):
                return fault
    raise AssertionError(f"{field} failed the fast check and passed the slow one")


def _bounds_of(size: tuple[float, float], limits: Limits) -> list[tuple[float, float]]:
    far = limits.max_overshoot
    canvas = [(-far * side, side + far * side) for side in size]
    return [*canvas, (-limits.max_time_ms, limits.max_time_ms)]


def _number_fault(place: str, name: str, value: object, bounds: tuple[float, float]) -> InkError | None:
    if type(value) not in (int, float):
        text = gettext_noop("%(field)s %(name)s is %(value)s (%(type)s): %(name)s must be a number")
        return _wrong_type(place, value, text, name=name)
    if value != value or value in (float("inf"), float("-inf")):
        text = gettext_noop("%(field)s has %(name)s = %(value)s: send finite numbers only")
        return InkError("not_finite", text, field=place, name=name, value=str(value))
    if bounds[0] <= value <= bounds[1]:
        return None
    code, text = OUTSIDE["time" if name == "t" else "place"]
    least, most = map(float, bounds)
    return InkError(code, text, field=place, name=name, value=show(value), least=least, most=most)


def _wrong_type(field: str, value: object, text: str, **names: str) -> InkError:
    return InkError("wrong_type", text, field=field, value=show(value), type=type(value).__name__, **names)
