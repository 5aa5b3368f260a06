"""Which drawings are near to which shape: at submission in memory, among all those stored by their fingerprints.

Left out on purpose: banning, which is `recognizer.bans`, and the arithmetic, which is `recognizer.ink.likeness`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet, Subquery

from recognizer.ink import likeness
from recognizer.locks import IDS_AT_ONCE, pages
from recognizer.models import BannedShape, Drawing

Nearness = BannedShape.Nearness
# Measured in docs/decisions/0020: how many strangers' digits are so near to one, and how far a copy drawn anew is.
DISTANCES = {Nearness.SAME: 0.15, Nearness.CLOSE: 0.25, Nearness.ALIKE: 0.35}
SCANNED_AT_ONCE = 50_000


@dataclass(frozen=True)
class Shapes:
    """The shapes that are banned now: ids, vectors (n, 196) and how far from each a drawing may be (n,)."""

    ids: list[int]
    vectors: np.ndarray
    reaches: np.ndarray

    def of(self, vectors: np.ndarray) -> list[int | None]:
        """Vectors (m, 196) -> for each the banned shape that it is of, the nearest by its measure, or None."""
        if not self.ids:
            return [None] * len(vectors)
        over = likeness.distances(vectors, self.vectors) / self.reaches  # (m, n)
        nearest = over.argmin(axis=1)
        return [self.ids[shape] if over[row, shape] <= 1.0 else None for row, shape in enumerate(nearest)]


NONE = Shapes([], np.empty((0, likeness.SIDE**2), np.float32), np.empty(0, np.float32))
_known: tuple[datetime | None, Shapes] = (None, NONE)


def stamp() -> Subquery:
    """For a query: when the banned shapes last changed, null if there never was one."""
    return Subquery(BannedShape.objects.order_by("-changed_at").values("changed_at")[:1])


def banned(changed_at: datetime | None) -> Shapes:
    """The shapes that are banned now; from memory if this process has read them since `changed_at`, their `stamp`."""
    global _known
    if changed_at is None:
        _known = (None, NONE)  # what was banned may be somebody's who had it deleted
    elif _known[0] != changed_at:
        _known = (changed_at, active())
    return _known[1]


def in_memory() -> tuple[datetime | None, Shapes]:
    """What this process read last, with the `stamp` of then: None where there was none, or nothing was read yet."""
    return _known


def active() -> Shapes:
    """The shapes that are banned now, from the database."""
    rows = list(BannedShape.objects.filter(lifted_at=None).order_by("pk").values_list("pk", "seen", "nearness"))
    if not rows:
        return NONE
    reaches = np.array([DISTANCES[Nearness(nearness)] for _, _, nearness in rows], np.float32)
    return Shapes([pk for pk, _, _ in rows], vectors_of([seen for _, seen, _ in rows]), reaches)


def fingerprint(seen: bytes) -> int:
    return int(likeness.fingerprints(vectors_of([seen]))[0])


def vectors_of(seen: Iterable[bytes]) -> np.ndarray:
    """What the network saw of drawings, as rows keep it -> vectors (n, 196)."""
    images = np.frombuffer(b"".join(map(bytes, seen)), np.uint8).reshape(-1, 28, 28)
    return likeness.vectors(images)


def near(seen: bytes, nearness: str) -> dict[int, float]:
    """The drawings so near to this one, hidden or not, with their distances, the nearest first."""
    reach = DISTANCES[Nearness(nearness)]
    mine = vectors_of([seen])
    found: dict[int, float] = {}
    for page in pages(_candidates(int(likeness.fingerprints(mine)[0]), reach)):
        rows = list(Drawing.objects.filter(pk__in=page).order_by().values_list("pk", "seen"))
        if rows:
            apart = likeness.distances(vectors_of([image for _, image in rows]), mine)[:, 0]
            found |= {pk: float(far) for (pk, _), far in zip(rows, apart, strict=True) if far <= reach}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def without_fingerprint() -> QuerySet[Drawing]:
    return Drawing.objects.filter(fingerprint__isnull=True)


def add_fingerprints(*, most: int) -> list[int]:
    """Work out the fingerprints of at most so many drawings that have none, the oldest first; return their ids."""
    done: list[int] = []
    while len(done) < most:
        page = _add_page(min(most - len(done), IDS_AT_ONCE))
        if not page:
            break
        done += page
    return done


def _add_page(size: int) -> list[int]:
    with transaction.atomic():
        rows = list(without_fingerprint().order_by("pk").values_list("pk", "seen")[:size])
        if rows:
            prints = likeness.fingerprints(vectors_of([seen for _, seen in rows])).tolist()
            table, column, key = _names("fingerprint", "id")
            pairs = [(one, pk) for one, (pk, _) in zip(prints, rows, strict=True)]
            with connection.cursor() as cursor:
                cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", pairs)
    return [pk for pk, _ in rows]


def _candidates(fingerprint: int, reach: float) -> list[int]:
    """Those that their fingerprints do not put further away."""
    found: list[np.ndarray] = []
    for ids, prints in _scan(*likeness.band(fingerprint, reach)):
        found.append(ids[likeness.least_distances(fingerprint, prints) <= reach])
    return np.concatenate(found).tolist() if found else []


def _scan(low: int, high: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Ids and fingerprints from `low` to `high`; by a cursor, since each row is but two numbers, and a million come."""
    table, column, key = _names("fingerprint", "id")
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {key}, {column} FROM {table} WHERE {column} BETWEEN %s AND %s", [low, high])
        while rows := cursor.fetchmany(SCANNED_AT_ONCE):
            both = np.array(rows, np.int64)  # (n, 2)
            yield both[:, 0], both[:, 1]


def _names(*columns: str) -> list[str]:
    quote: Any = connection.ops.quote_name
    return [quote(Drawing._meta.db_table), *map(quote, columns)]
