"""The order in which rows are locked, so that nobody waits for each other: visitors, then drawings, each by number.

Left out on purpose: what is done under a lock. It lasts until the caller's transaction ends."""

from collections.abc import Iterable, Iterator

from recognizer.models import Drawing, Visitor

# SQLite takes a bounded number of variables a statement.
IDS_AT_ONCE = 500


def pages(ids: Iterable[int]) -> Iterator[list[int]]:
    """The ids in their order, as many at a time as a statement takes."""
    known = sorted(set(ids))
    return (known[start : start + IDS_AT_ONCE] for start in range(0, len(known), IDS_AT_ONCE))


def drawings(ids: Iterable[int]) -> list[int]:
    """Lock these drawings; return those that are still there."""
    rows = Drawing.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def visitors(ids: Iterable[int]) -> list[int]:
    """Lock these visitors against being blocked and unblocked; return those that are still there.

    Not against having a vote or drawing added: who does that may hold a drawing already."""
    found: list[int] = []
    for page in pages(ids):
        rows = Visitor.objects.select_for_update(no_key=True).filter(pk__in=page).order_by("pk")
        found += rows.values_list("pk", flat=True)
    return found


def visitors_of(drawing_ids: Iterable[int]) -> list[int]:
    """Lock the visitors of these drawings."""
    found: set[int] = set()
    for page in pages(drawing_ids):
        found.update(Drawing.objects.filter(pk__in=page).order_by().values_list("visitor_id", flat=True))
    return visitors(found)
