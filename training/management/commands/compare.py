"""Compares two versions on the same images, with the gate's verdict on the first."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from training import comparisons
from training.comparing import Compared
from training.gate import p_words
from training.management.console import ConsoleCommand, percent
from training.management.options import add_version, version_numbered
from training.models import Comparison
from training.paired import SIDES, Paired
from training.wilson import interval


class Command(ConsoleCommand):
    help = (
        "Compare two versions on MNIST's test images and on the reviewed drawings of held-out visitors, and say "
        "whether the first may go live in the place of the second."
    )

    def add_options(self, parser: CommandParser) -> None:
        add_version(parser, "candidate", metavar="A", help="the number of the version that would go live")
        add_version(parser, "champion", metavar="B", help="the number of the version that it would replace")

    def work(self, *, candidate: int, champion: int, **options: Any) -> dict[str, Any]:
        ours, theirs = version_numbered(candidate), version_numbered(champion)
        with self.bar(f"comparing versions {candidate} and {champion}", unit="images") as bar:
            return answer(comparisons.made(ours, theirs, progress=bar.to))

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        yield answer["verdict"]
        for rule in answer["rules"]:
            word = {True: "passed", False: "failed", None: "not judged"}[rule["passed"]]
            yield f"{word:>10}  {rule['name']}: {rule['measured']} ({rule['allowed']})"
        for paired in answer["datasets"]:
            yield from _table(paired, answer)
        if (no_digits := answer["no_digits"])["n"]:
            ours, theirs = (f"{no_digits[side]:,}" for side in SIDES)
            yield f"\nof {no_digits['n']:,} held-out drawings that are no digit, taken for none: {ours} and {theirs}"
        ours, theirs = (answer["latency_ms"][side] for side in SIDES)
        yield f"one image: {ours:.2f} ms and {theirs:.2f} ms"


def answer(row: Comparison) -> dict[str, Any]:
    """A finished comparison, ready for JSON."""
    compared = Compared.from_json(row.results)
    return {
        "comparison": row.pk,
        "candidate": row.candidate.number,
        "champion": row.champion.number,
        "passed": row.passed,
        "verdict": row.verdict,
        "rules": row.rules,
        "datasets": [_dataset(paired) for paired in compared.pairs],
        "no_digits": compared.no_digits,
        "latency_ms": compared.latency_ms,
        "size_bytes": {"candidate": row.candidate.size_bytes, "champion": row.champion.size_bytes},
    }


def _dataset(paired: Paired) -> dict[str, Any]:
    return paired.as_json() | {
        "accuracy": {side: paired.accuracy(side) for side in SIDES},
        "per_digit": {
            side: [
                {"n": n, "right": right, "interval": interval(right, n)}
                for n, right in zip(paired.images, paired.right[side], strict=True)
            ]
            for side in SIDES
        },
    }


def _table(paired: dict[str, Any], answer: dict[str, Any]) -> Iterable[str]:
    yield ""
    yield f"{paired['dataset']}, n = {paired['n']:,}, {p_words(paired['p'])}"
    if not paired["n"]:
        return
    yield f"{'':18}{'version ' + str(answer['candidate']):>12}{'version ' + str(answer['champion']):>12}"
    yield f"{'right':18}" + "".join(f"{percent(paired['accuracy'][side]):>12}" for side in SIDES)
    yield f"{'only this right':18}{paired['only_candidate']:>12,}{paired['only_champion']:>12,}"
    yield f"{'rejected':18}" + "".join(f"{paired['rejected'][side]:>12,}" for side in SIDES)
    for digit, n in enumerate(paired["images"]):
        shares = (paired["right"][side][digit] / n if n else None for side in SIDES)
        yield f"{f'recall of {digit}':18}" + "".join(f"{percent(share):>12}" for share in shares)
