"""Comparisons as counts, made up for the rules to judge."""

from recognizer.models import Evaluation
from training import comparing
from training.paired import Paired


def paired(
    dataset: str = Evaluation.MNIST_TEST, *, per_digit: int = 1000, gained: dict | None = None, lost: dict | None = None
) -> Paired:
    """So many images of each digit, all read right by both but for those `gained` and `lost`, counts by digit."""
    made = Paired.empty(dataset)
    made.images = [per_digit] * 10
    made.right = {side: [per_digit] * 10 for side in ("candidate", "champion")}
    for digit, count in (gained or {}).items():
        made.right["champion"][digit] -= count
        made.only_candidate += count
    for digit, count in (lost or {}).items():
        made.right["candidate"][digit] -= count
        made.only_champion += count
    made.both = made.n - made.only_candidate - made.only_champion
    return made


def drawings(**fields) -> Paired:
    return paired(Evaluation.DRAWINGS, **fields)


def better() -> comparing.Compared:
    """What passes the gate."""
    return comparing.Compared([paired(gained={3: 5}), drawings(gained={9: 8})], {"candidate": 1.0, "champion": 1.1})


def worse() -> comparing.Compared:
    """What does not."""
    return comparing.Compared([paired(lost={3: 15}), drawings(lost={9: 8})], {"candidate": 1.0, "champion": 1.1})
