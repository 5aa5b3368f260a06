"""What happens inside while a drawing is read: the steps to its image, each layer’s maps, the strokes that decided.

Left out on purpose: storing any of it. It is worked out anew for whoever looks.
"""

import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image

from recognizer import ink, recognition, versions, words
from recognizer.models import Deployment, ModelVersion
from recognizer.network import Network
from recognizer.network.architectures import ARCHITECTURES
from recognizer.network.convolution import Convolution
from recognizer.network.dense import Dense
from recognizer.network.layer import Layer
from recognizer.network.losses import softmax
from recognizer.network.pooling import MaxPool
from recognizer.recognition import LiveModel
from recognizer.submissions import Submission

logger = logging.getLogger(__name__)

# A drawing of more strokes is explained by its longest ones.
MOST_STROKES = 8
# A drawing of one stroke is explained by its parts, since without it nothing is left.
PARTS_OF_ONE = 4
FEWEST_POINTS = 8
# What it is explained with has fewer points than a drawing may have: it is rendered once for each stroke.
MOST_EXPLAINED_POINTS = 2_000
# Of one architecture, newest first, where files are lost.
MOST_TRIED = 3
# Enough for a picture of a few square centimetres.
MOST_POINTS = 64
GAP_PX = 1
# From no answer to a strong one: violet where a filter answers, orange where it answers the opposite.
COLOURS = ((250, 249, 246), (66, 32, 124), (196, 92, 6), (200, 200, 198))
PAPER, POSITIVE, NEGATIVE, BETWEEN = (np.array(rgb) for rgb in COLOURS)


@dataclass(frozen=True)
class Stage:
    """One step of the network for one image: `values` float (rows, channels, columns), or (features,).

    `window` is how many rows and columns of the step before each value looks at; None where it looks at all.
    """

    kind: str
    words: str
    values: np.ndarray
    window: tuple[int, int] | None = None


class NotOffered(LookupError):  # noqa: N818 (it is what happened)
    """Nobody is to look into the version of that number; the message says into which."""


def offered() -> list[LiveModel]:
    """What may be looked into: the live version, then the newest one of each other architecture that was shipped
    or live once, and reads images as they are made now.

    Raises VersionError when there is no version to answer with.
    """
    live = recognition.live()
    others = [name for name in ARCHITECTURES if name != live.network.architecture.name]
    public = ModelVersion.objects.filter(
        Q(source=ModelVersion.Source.SHIPPED) | Exists(Deployment.objects.filter(version=OuterRef("pk"))),
        preprocessing_version=ink.PREPROCESSING_VERSION,
        is_demo=False,
    ).order_by("-number")
    found = [next(_loadable(public.filter(architecture=name)[:MOST_TRIED]), None) for name in others]
    return [live, *(one for one in found if one)]


def _loadable(chosen: Iterable[ModelVersion]) -> Iterator[LiveModel]:
    for version in chosen:
        try:
            yield recognition.for_version(version)
        except versions.VersionError as error:
            logger.error("%s", error)


def explain(submission: Submission, number: int | None = None, *, own: LiveModel | None = None) -> dict[str, Any]:
    """All of it, ready for JSON, by the live version or the offered one of that number; `own` is the version of a room,
    offered to its members before the others.

    Raises VersionError when there is no version to answer with, NotOffered."""
    models = [own, *offered()] if own else offered()
    model = next((one for one in models if number in (None, one.number)), None)
    if model is None:
        known = words.join_words([str(one.number) for one in models])
        text = _("Version %(number)s cannot be looked into: %(known)s can.")
        raise NotOffered(text % {"number": number, "known": known})
    answer = recognition.recognise(submission.seen, model)
    return {
        "answer": answer,
        "versions": [{"number": one.number, "architecture": one.network.architecture.name} for one in models],
        "steps": [{"name": step.name, "image": _png(255 - step.image)} for step in submission.seen.steps],
        "layers": [_layer(stage) for stage in stages(model.network, answer.image)],
        **_by_strokes(submission, model),
    }


def stages(network: Network, image: np.ndarray) -> list[Stage]:
    """The image, then what each convolution, pool and dense layer makes of it, with all that follows it worked in."""
    x = (image / 255).astype(network.parameters.dtype)[:, None, :, None]  # (28, 1, 28, 1)
    found = [Stage("input", _("The image"), x[..., 0])]
    for layer, own in zip(network.architecture.layers, network.layer_parameters, strict=True):
        x, _kept = layer.forward(own, x)
        if isinstance(layer, Convolution | MaxPool | Dense):
            found.append(Stage(type(layer).__name__.lower(), _words(layer), x[..., 0], _window(layer)))
        elif x[..., 0].shape == found[-1].values.shape:  # ReLU, normalisation: the same place, other values
            found[-1] = replace(found[-1], values=x[..., 0])
    found[-1] = replace(found[-1], values=softmax(x)[:, 0])
    return found


def _words(layer: Layer) -> str:
    if isinstance(layer, Convolution):
        text = ngettext(
            "%(n)s filter of %(rows)s × %(columns)s", "%(n)s filters of %(rows)s × %(columns)s", layer.filters
        )
        return text % {"n": layer.filters, "rows": layer.kernel[0], "columns": layer.kernel[1]}
    if isinstance(layer, MaxPool):
        return _("The largest of each %(side)s × %(side)s") % {"side": layer.side}
    return _("Each number looks at all before it")


def _window(layer: Layer) -> tuple[int, int] | None:
    if isinstance(layer, Convolution):
        return layer.kernel
    return (layer.side, layer.side) if isinstance(layer, MaxPool) else None


def _layer(stage: Stage) -> dict[str, Any]:
    values = stage.values
    shape = [values.shape[0], values.shape[2], values.shape[1]] if values.ndim == 3 else list(values.shape)
    return {
        "kind": stage.kind,
        "words": stage.words,
        "shape": shape,
        "window": stage.window,
        "across": across(values),
        "image": _png(coloured(sheet(values))),
    }


def across(values: np.ndarray) -> int:
    """How many maps, or features, stand in a row of their sheet."""
    if values.ndim == 1:
        return min(len(values), 32)
    channels = values.shape[1]
    return min(channels, 8 if channels <= 8 else 10 if channels <= 20 else 14)


def sheet(values: np.ndarray) -> np.ndarray:
    """Maps (rows, channels, columns) beside each other, or features (n,) in rows; float (h, w), NaN between maps."""
    width = across(values)
    if values.ndim == 1:
        padded = np.full(-(-len(values) // width) * width, np.nan)
        padded[: len(values)] = values
        return padded.reshape(-1, width)
    rows, channels, columns = values.shape
    down = -(-channels // width)
    board = np.full((down * (rows + GAP_PX) - GAP_PX, width * (columns + GAP_PX) - GAP_PX), np.nan)
    for channel in range(channels):
        top, left = channel // width * (rows + GAP_PX), channel % width * (columns + GAP_PX)
        board[top : top + rows, left : left + columns] = values[:, channel]
    return board


def coloured(board: np.ndarray) -> np.ndarray:
    """Values (h, w) -> uint8 (h, w, 3): stronger colours for larger values, either way, relative to the largest."""
    between = np.isnan(board)
    shares = np.where(between, 0, board) / max(float(np.nanmax(np.abs(board))), 1e-9)
    target = np.where(shares[..., None] >= 0, POSITIVE, NEGATIVE)
    rgb = PAPER + (target - PAPER) * np.sqrt(np.abs(shares))[..., None]
    rgb[between] = BETWEEN
    return np.rint(rgb).astype(np.uint8)


def _by_strokes(submission: Submission, model: LiveModel) -> dict[str, Any]:
    """The lines of a drawing, and for each of them, or the longest, the answer without it."""
    drawn = submission.strokes
    lines = [] if drawn is None or submission.seen.reason == ink.EMPTY else pieces(thinned(drawn.strokes))
    if len(lines) < 2:
        return {"lines": [_outline(line, drawn) for line in lines], "strokes": []}
    chosen = sorted(sorted(range(len(lines)), key=lambda place: -_length(lines[place]))[:MOST_STROKES])
    rest = [replace(drawn, strokes=(*lines[:place], *lines[place + 1 :])) for place in chosen]
    answers = recognition.recognise_all([ink.render(one) for one in rest], model)
    return {
        "lines": [_outline(line, drawn) for line in lines],
        "strokes": [{"line": place, "without": answer} for place, answer in zip(chosen, answers, strict=True)],
    }


def thinned(lines: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Lines (n, 2 or more) with each so-manieth of their points, and always the last: MOST_EXPLAINED_POINTS, about."""
    every = ceil(sum(map(len, lines)) / MOST_EXPLAINED_POINTS)
    return [np.concatenate([line[:-1:every], line[-1:]]) for line in lines]


def _outline(line: np.ndarray, drawn: ink.Strokes) -> list[list[float]]:
    """At most MOST_POINTS points x, y of a line as shares of the canvas's longer side."""
    places = np.linspace(0, len(line) - 1, min(len(line), MOST_POINTS)).round().astype(int)
    return (line[places, :2] / max(drawn.width, drawn.height)).round(4).tolist()


def pieces(lines: list[np.ndarray]) -> list[np.ndarray]:
    """The strokes as they are; one that is alone is cut into parts of the same length, which share their ends."""
    if len(lines) != 1 or len(lines[0]) < FEWEST_POINTS:
        return lines
    steps = np.hypot(*np.diff(lines[0][:, :2], axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    cuts = np.searchsorted(along, along[-1] * np.arange(1, PARTS_OF_ONE) / PARTS_OF_ONE)
    ends = [0, *cuts.tolist(), len(lines[0]) - 1]
    parts = [lines[0][start : end + 1] for start, end in pairwise(ends)]
    return [part for part in parts if len(part) > 1]


def _length(line: np.ndarray) -> float:
    return float(np.hypot(*np.diff(line[:, :2], axis=0).T).sum())


def _png(image: np.ndarray) -> str:
    file = BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return b64encode(file.getvalue()).decode("ascii")
