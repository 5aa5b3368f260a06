"""How right a version is, as numbers to show: the latest evaluation on each yardstick, with its n and its date.

Left out on purpose: measuring. Training writes evaluations; weights that are shipped bring theirs in the header."""

from datetime import datetime
from math import sqrt
from typing import Any

from django.utils import timezone

from recognizer.models import Evaluation, ModelVersion

# What the header's provenance holds under this name: a list of objects with the fields of an Evaluation.
IN_PROVENANCE = "evaluations"
# Of the normal distribution: 95 % lie so many standard deviations around the middle.
Z_95 = 1.959963984540054


def latest(version_id: int) -> dict[str, Evaluation]:
    """The version's newest evaluation on each data set, by the data set's name. One query."""
    return {row.dataset: row for row in Evaluation.objects.filter(version_id=version_id).order_by("pk")}


def accuracy(version_id: int) -> dict[str, dict[str, Any] | None]:
    """The figures of the API, accuracy, n and date each, None if unmeasured: on MNIST's test set, on reviewed drawings
    of held-out visitors, and on all reviewed drawings that the version answered itself."""
    found = latest(version_id)
    return {
        "mnist_test": _figure(found.get(Evaluation.MNIST_TEST)),
        "drawings": _figure(found.get(Evaluation.DRAWINGS)),
        "answered": _figure(found.get(Evaluation.ANSWERED)),
    }


def wilson(correct: int, n: int) -> tuple[float, float]:
    """Between which shares the true one lies, with 95 % confidence, when `correct` of `n` > 0 were right.

    Wilson: Probable Inference, the Law of Succession, and Statistical Inference (1927). Unlike the textbook's interval
    it stays between 0 and 1, and says something where everything was right."""
    share, z2 = correct / n, Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def images_per_digit(evaluation: Evaluation) -> list[int | None]:
    """How many images of each digit there were, from what is kept: the confusion leaves out those that were rejected.

    None where that cannot be told: for two digits and more of which nothing was read right."""
    counts: list[int | None] = []
    for digit, (row, share) in enumerate(zip(evaluation.confusion, evaluation.per_digit, strict=True)):
        counts.append(0 if share is None else round(row[digit] / share) if share else None)
    unknown = [digit for digit, count in enumerate(counts) if count is None]
    if len(unknown) == 1:
        counts[unknown[0]] = evaluation.n - sum(count for count in counts if count is not None)
    elif not evaluation.rejected:
        counts = [sum(row) if count is None else count for row, count in zip(evaluation.confusion, counts, strict=True)]
    return counts


def adopt(version: ModelVersion) -> None:
    """Store the evaluations that came with the weights, so that a new site knows how good its first version is.

    The weights are checked already; figures beside them that make no sense are left out."""
    evaluations = version.provenance.get(IN_PROVENANCE)
    for given in evaluations if isinstance(evaluations, list) else ():
        try:
            _row(version, given).save()
        except (KeyError, TypeError, ValueError):
            continue


def _figure(evaluation: Evaluation | None) -> dict[str, Any] | None:
    if evaluation is None or not evaluation.n:
        return None
    return {"accuracy": evaluation.accuracy, "n": evaluation.n, "date": evaluation.created_at}


def _row(version: ModelVersion, given: dict[str, Any]) -> Evaluation:
    confusion = [[int(count) for count in row] for row in given["confusion"]]
    n, correct, rejected = int(given["n"]), int(given["correct"]), int(given["rejected"])
    if [len(row) for row in confusion] != [10] * 10 or not 0 <= correct + rejected <= n or correct < 0 or rejected < 0:
        raise ValueError("no evaluation of ten digits")
    date = datetime.fromisoformat(given["created_at"])
    return Evaluation(
        version=version,
        dataset=str(given["dataset"])[:100],
        n=n,
        correct=correct,
        rejected=rejected,
        per_digit=[None if share is None else float(share) for share in given["per_digit"]],
        confusion=confusion,
        meant=dict(given.get("meant") or {}),
        seconds=float(given["seconds"]),
        created_at=date if timezone.is_aware(date) else timezone.make_aware(date),
    )
