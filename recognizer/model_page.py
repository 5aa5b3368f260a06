"""What the page about the model says: its layers, where it comes from, how right it is, what was live before.

Left out on purpose: measuring and releasing. Everything here is read from rows and from the network itself."""

from dataclasses import dataclass, replace
from math import prod
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from recognizer import figures, origin, recognition, versions, words
from recognizer.models import Deployment, Evaluation, ModelVersion
from recognizer.network.network import LayerSummary

RELEASES = 10
# A mistake's share of its row, from which on it gets a stronger colour; the first is "any at all".
MISTAKE_STEPS = (0.0, 0.002, 0.005, 0.01, 0.03)
RIGHT_STEPS = (0.0, 0.8, 0.9, 0.97, 0.99)

LAYERS = {
    "Convolution": gettext_lazy("Convolution"),
    "ReLU": gettext_lazy("ReLU"),
    "MaxPool": gettext_lazy("Max pool"),
    "Flatten": gettext_lazy("Flatten"),
    "Dense": gettext_lazy("Dense"),
    "BatchNorm": gettext_lazy("Batch normalisation"),
    "Dropout": gettext_lazy("Dropout"),
}
# The same in the middle of a sentence or under a picture
MADE_BY = {
    "Convolution": pgettext_lazy("figure", "convolution"),
    "MaxPool": pgettext_lazy("figure", "max pool"),
    "Flatten": pgettext_lazy("figure", "flatten"),
    "Dense": pgettext_lazy("figure", "dense"),
}


@dataclass(frozen=True)
class Layer:
    """A row of the table: shapes are written rows × columns × channels."""

    name: str
    does: str
    input: str
    output: str
    parameters: int


@dataclass(frozen=True)
class Volume:
    """What flows between two layers, as a small picture: `size` and `depth` are in the picture's units."""

    shape: str
    size: float
    sheets: list[float]
    made_by: str


@dataclass(frozen=True)
class Cell:
    """How often a digit was read as another one. `colour` names one of the page's classes."""

    answer: int
    count: int
    share: float
    colour: str


@dataclass(frozen=True)
class Row:
    """A digit as it was meant: how many there were, and what they were read as. `bar` is a length of 0 to 100.

    `n` and `wrong` are None where they are not known; then none is right, and cells are shares of `answered`."""

    digit: int
    n: int | None
    wrong: int | None
    accuracy: float | None
    cells: list[Cell]
    bar: str = "0"

    @property
    def answered(self) -> int:
        return sum(cell.count for cell in self.cells)

    @property
    def error(self) -> float | None:
        return None if self.accuracy is None else 1 - self.accuracy


@dataclass(frozen=True)
class Score:
    """An evaluation as tables. Digits of which there was none have no accuracy."""

    evaluation: Evaluation
    rows: list[Row]
    largest_error: float  # what the longest bar stands for

    @property
    def wrong(self) -> int:
        return self.evaluation.n - self.evaluation.correct


def context() -> dict[str, Any]:
    """What the template shows; `problem` instead of a model if none is live."""
    try:
        deployment = versions.live_deployment()
    except versions.VersionError as error:
        return {"problem": str(error)}
    version = deployment.version
    found = figures.latest(version.pk)
    return {
        "deployment": deployment,
        "version": version,
        "told": origin.sentences(version.provenance),
        "details": origin.details(version.provenance),
        "mnist": score(found.get(Evaluation.MNIST_TEST)),
        "drawings": score(found.get(Evaluation.DRAWINGS)),
        "answered": score(found.get(Evaluation.ANSWERED)),
        "releases": releases(),
        **_network(version),
    }


def _network(version: ModelVersion) -> dict[str, Any]:
    try:
        summary = recognition.for_version(version).network.summary()
    except versions.VersionError:
        # The last good version goes on answering, and the admin says why this one does not.
        return {"layers": [], "volumes": []}
    return {"layers": [layer(row) for row in summary], "volumes": volumes(summary)}


def releases() -> list[dict[str, Any]]:
    """The latest deployments, newest first, each with its version's accuracy on MNIST's test set. Two queries."""
    rows = list(Deployment.objects.filter(is_demo=False).select_related("version")[:RELEASES])
    measured = Evaluation.objects.filter(dataset=Evaluation.MNIST_TEST, version__in={row.version_id for row in rows})
    accuracies = {row.version_id: row.accuracy for row in measured.order_by("pk").defer("confusion", "per_digit")}
    return [{"deployment": row, "accuracy": accuracies.get(row.version_id)} for row in rows]


def layer(summary: LayerSummary) -> Layer:
    return Layer(
        name=LAYERS.get(summary.kind, summary.kind),
        does=_does(summary),
        input=shape(summary.input_shape),
        output=shape(summary.output_shape),
        parameters=summary.parameter_count,
    )


def _does(summary: LayerSummary) -> str:
    """In plain words what a layer does; its settings for one that has none yet."""
    settings = summary.settings
    match summary.kind:
        case "Convolution":
            rows, columns = settings["kernel"]
            text = ngettext(
                "looks for %(n)s pattern of %(rows)s × %(columns)s",
                "looks for %(n)s patterns of %(rows)s × %(columns)s",
                settings["filters"],
            )
            return text % {"n": settings["filters"], "rows": rows, "columns": columns}
        case "ReLU":
            return _("keeps what is positive")
        case "MaxPool":
            return _("keeps the largest of each %(side)s × %(side)s") % {"side": settings["side"]}
        case "BatchNorm":
            return _("brings each pattern to the mean and the spread that the next layer is used to")
        case "Dropout":
            share = words.percent(settings["rate"], 0)
            return _("leaves out %(share)s by chance while it learns, and nothing while it answers") % {"share": share}
        case "Flatten":
            return _("writes all in one row")
        case "Dense" if settings.get("last"):
            return _("weighs everything for each digit; softmax makes probabilities of it")
        case "Dense":
            return _("weighs everything against everything")
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings.items())


def shape(dimensions: tuple[int, ...]) -> str:
    """The network keeps (rows, channels, columns); people write rows × columns × channels."""
    if len(dimensions) == 3:
        rows, channels, columns = dimensions
        dimensions = (rows, columns, channels)
    return " × ".join(map(words.number, dimensions))


def volumes(summary: list[LayerSummary]) -> list[Volume]:
    """A picture for the input and for each shape that differs from the one before."""
    found = [_volume(summary[0].input_shape, pgettext("figure", "input"))]
    for row in summary:
        if row.output_shape != row.input_shape:
            found.append(_volume(row.output_shape, str(MADE_BY.get(row.kind, row.kind.lower()))))
    return found


def _volume(dimensions: tuple[int, ...], made_by: str) -> Volume:
    """Squares one behind the other for images, a column for features; at most so many that they can be told apart."""
    if len(dimensions) == 3:
        rows, channels, _columns = dimensions
        sheets = min(channels, 12)
        return Volume(shape(dimensions), 56 * rows / 28, [2.5 * sheet for sheet in reversed(range(sheets))], made_by)
    return Volume(shape(dimensions), 0, [min(76.0, 8 + prod(dimensions) ** 0.5 * 2.4)], made_by)


def score(evaluation: Evaluation | None) -> Score | None:
    """None where nothing was measured."""
    if evaluation is None or not evaluation.n:
        return None
    rows = [_row(digit, n, evaluation) for digit, n in enumerate(_meant(evaluation))]
    largest = max((row.error for row in rows if row.error is not None), default=0.0) or 1.0
    rows = [row if row.error is None else replace(row, bar=f"{100 * row.error / largest:.2f}") for row in rows]
    return Score(evaluation, rows, largest)


def _meant(evaluation: Evaluation) -> list[int | None]:
    """How many drawings there were of each digit, None where that cannot be told.

    Those that were taken for no digit are in no column. Their number follows from the share that is right; if nothing
    is right, they are what is left of all, unless that is so with several digits."""
    if not evaluation.rejected:
        return [sum(counts) for counts in evaluation.confusion]
    rows = list(zip(evaluation.confusion, evaluation.per_digit, strict=True))
    found = [round(counts[digit] / share) if share else 0 for digit, (counts, share) in enumerate(rows)]
    none_right = [digit for digit, (_counts, share) in enumerate(rows) if share == 0]
    left = evaluation.n - sum(found)
    return [(left if len(none_right) == 1 else None) if digit in none_right else n for digit, n in enumerate(found)]


def _row(digit: int, n: int | None, evaluation: Evaluation) -> Row:
    counts, right = evaluation.confusion[digit], evaluation.confusion[digit][digit]
    of = sum(counts) if n is None else n
    cells = [_cell(digit, answer, count, count / of if of else 0.0) for answer, count in enumerate(counts)]
    if n is None:
        return Row(digit, None, None, 0.0, cells)
    return Row(digit, n, n - right, right / n if n else None, cells)


def _cell(digit: int, answer: int, count: int, share: float) -> Cell:
    if not count:
        return Cell(answer, count, share, "none")
    kind, steps = ("right", RIGHT_STEPS) if digit == answer else ("wrong", MISTAKE_STEPS)
    level = sum(share >= step for step in steps)
    return Cell(answer, count, share, f"{kind}-{level}")
