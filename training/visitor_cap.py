"""How many drawings of one visitor a snapshot takes, and which: nobody's hand may be what a network learns above all.

Pure arithmetic over counts and ids. Left out on purpose: rows, and whose labels are to be believed."""

import numpy as np

# A share that is even between few visitors is more than the setting's; nobody gets more than twice as much as that.
EVEN_SHARES = 2


def most_of_each(counts: np.ndarray, *, share: float, least: int) -> int | None:
    """The most drawings that any visitor has in a snapshot, given how many (visitors,) each has; None for no bound.

    It is the largest c that is no more than `share` of the snapshot it makes, of sum(min(count, c)) drawings, but
    never below `least`. With V visitors, `share` is 2 / V at least: of three visitors one has to have a third.
    The sum is concave in c, so that all c up to the largest one fit, and a search by halves finds it."""
    if not len(counts):
        return None
    share = max(share, EVEN_SHARES / len(counts))
    ordered = np.sort(counts)
    before = np.concatenate([[0], np.cumsum(ordered)])

    def fits(c: int) -> bool:
        smaller = int(np.searchsorted(ordered, c, side="right"))
        return c <= share * (before[smaller] + c * (len(ordered) - smaller))

    largest = int(ordered[-1])
    if largest <= least or fits(largest):
        return None
    low, high = 0, largest  # low fits, high does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return max(low, least)


def chosen(ids: np.ndarray, visitors: np.ndarray, most: int) -> np.ndarray:
    """Which drawings (n,) bool a snapshot takes: of each visitor all, or the `most` whose scattered ids are smallest.

    So they are spread over all that a visitor drew, who floods the site does not push out what came before, and a
    drawing that was taken once is taken again as long as the bound does not fall."""
    order = np.lexsort((scattered(ids), visitors))
    runs = visitors[order]
    starts = np.flatnonzero(np.concatenate([[True], runs[1:] != runs[:-1]]))
    rank = np.arange(len(ids)) - np.repeat(starts, np.diff(np.append(starts, len(ids))))
    taken = np.empty(len(ids), bool)
    taken[order] = rank < most
    return taken


def scattered(ids: np.ndarray) -> np.ndarray:
    """Ids (n,) as uint64 in an order that has nothing to do with theirs: the finaliser of SplitMix64 (Steele, Lea,
    Flood: Fast Splittable Pseudorandom Number Generators, 2014)."""
    z = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
