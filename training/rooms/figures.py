"""A room in numbers: how many draw, how often the network is right, and what it takes for what.

Counted anew for whoever looks, in two queries whatever the room's size. Left out on purpose: pictures (`wall.py`)."""

from dataclasses import dataclass

from django.db.models import Count

from recognizer.models import Drawing, Label, Room
from training import wilson

DIGITS = range(10)
NONE = 10  # "no digit", as a row or a column
# A cell's share of its row, from which on it gets a stronger colour; the first is "any at all".
STEPS = {"right": (0.0, 0.5, 0.7, 0.85, 0.95), "wrong": (0.0, 0.05, 0.1, 0.2, 0.4)}
HARDEST = 3


@dataclass(frozen=True)
class Cell:
    """How often a digit was read as another one; `colour` names one of the page's classes."""

    answer: int
    count: int
    colour: str


@dataclass(frozen=True)
class Row:
    """A digit as it was meant: of `n` drawings `right` were read so."""

    digit: int
    n: int
    right: int
    cells: list[Cell]

    @property
    def wrong(self) -> int:
        return self.n - self.right

    @property
    def accuracy(self) -> float | None:
        return self.right / self.n if self.n else None

    @property
    def mistaken_for(self) -> Cell | None:
        """What it is most often taken for when it is not read right."""
        others = [cell for cell in self.cells if cell.answer != self.digit and cell.count]
        return max(others, key=lambda cell: cell.count, default=None)


@dataclass(frozen=True)
class Figures:
    """`said` drawings have a label that nobody rejected; of these `right` were read so. `rejected` were read as no
    digit, labelled or not, and `waiting` labels await the teacher."""

    members: int
    present: int
    drawings: int
    said: int
    right: int
    rejected: int
    waiting: int
    accepted: int
    rows: list[Row]

    @property
    def wrong(self) -> int:
        return self.said - self.right

    @property
    def accuracy(self) -> float | None:
        return self.right / self.said if self.said else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson.interval(self.right, self.said)

    @property
    def hardest(self) -> list[Row]:
        """The digits that are read wrong most often, by their share."""
        known = [row for row in self.rows if row.wrong]
        return sorted(known, key=lambda row: (row.accuracy, -row.n, row.digit))[:HARDEST]


def of(room: Room) -> Figures:
    """What nobody has hidden."""
    rows = Drawing.objects.visible().filter(room=room).order_by()
    found = rows.values_list("label__state", "label__digit", "prediction__digit").annotate(n=Count("pk"))
    pairs = list(found)
    said = [(digit, read, n) for state, digit, read, n in pairs if state not in (None, Label.State.REJECTED)]
    members = room.memberships.values_list("left_at", flat=True)
    return Figures(
        members=len(members),
        present=sum(left is None for left in members),
        drawings=sum(n for *_, n in pairs),
        said=sum(n for *_, n in said),
        right=sum(n for digit, read, n in said if digit == read),
        rejected=sum(n for _, _, read, n in pairs if read is None),
        waiting=sum(n for state, *_, n in pairs if state == Label.State.UNREVIEWED),
        accepted=sum(n for state, *_, n in pairs if state == Label.State.ACCEPTED),
        rows=_matrix(said),
    )


def _matrix(said: list[tuple[int | None, int | None, int]]) -> list[Row]:
    counts = [[0] * (NONE + 1) for _ in range(NONE + 1)]
    for digit, read, n in said:
        counts[NONE if digit is None else digit][NONE if read is None else read] += n
    return [_row(digit, counts[digit]) for digit in DIGITS]


def _row(digit: int, counts: list[int]) -> Row:
    n = sum(counts)
    cells = [Cell(answer, count, _colour(digit, answer, count, n)) for answer, count in enumerate(counts)]
    return Row(digit, n, counts[digit], cells)


def _colour(digit: int, answer: int, count: int, n: int) -> str:
    if not count:
        return "none"
    kind = "right" if digit == answer else "wrong"
    return f"{kind}-{sum(count / n >= step for step in STEPS[kind])}"
