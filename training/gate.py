"""May a candidate go live? Pure rules on what it and the champion answered for the same images, and one sentence.

Left out on purpose: whether to follow the sentence. A person may override it with a reason (`recognizer.releases`).
What each rule means where there are few images, and why, is in docs/decisions/0011-gate.md."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils.translation import override

from recognizer.models import Evaluation
from recognizer.words import counted, join_words
from training.paired import CLASSES, Paired, find

POINTS = 100
MOST_NAMED = 3  # digits in the sentence whose recall is down; the report shows all


@dataclass(frozen=True)
class Limits:
    """What the rules allow: points of accuracy and of recall, and from how many images on they mean something."""

    mnist_points: float
    recall_points: float
    least_per_digit: int
    least_drawings: int

    @classmethod
    def from_settings(cls) -> "Limits":
        return cls(
            settings.GATE_MNIST_POINTS,
            settings.GATE_RECALL_POINTS,
            settings.GATE_MIN_PER_DIGIT,
            settings.GATE_MIN_DRAWINGS,
        )


@dataclass(frozen=True)
class Rule:
    """`passed` is None where there is too little to judge; `reasons` are what the sentence says if it failed."""

    name: str
    passed: bool | None
    measured: str
    allowed: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """`passed` unless a rule failed. `on_drawings`: enough held-out drawings stand behind it to go live unattended."""

    passed: bool
    sentence: str
    rules: list[Rule]
    on_drawings: bool

    def rules_as_json(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self.rules]


@override("en")  # a row keeps it; `told` translates it
def judge(pairs: Sequence[Paired], *, candidate: str, champion: str, limits: Limits) -> Verdict:
    """Judge a candidate by its name ("version 5") against the champion, on the data sets that both read."""
    mnist, drawings = find(pairs, Evaluation.MNIST_TEST), find(pairs, Evaluation.DRAWINGS)
    rules = [
        _mnist_rule(mnist, limits),
        _drawings_rule(drawings),
        _recall_rule(pairs, limits),
        _enough_rule(drawings, limits),
    ]
    failed = [reason for rule in rules if rule.passed is False for reason in rule.reasons]
    if failed:
        sentence = f"{candidate.capitalize()} should not replace {champion}: {join_words(failed)}."
    else:
        said = _difference(mnist, "MNIST test images") + _on_drawings(drawings, limits)
        sentence = f"{candidate.capitalize()} may replace {champion}: it reads {said}."
    return Verdict(not failed, sentence, rules, drawings.n >= limits.least_drawings)


def _mnist_rule(mnist: Paired, limits: Limits) -> Rule:
    name, allowed = "MNIST test images", f"at most {limits.mnist_points:g} points worse"
    if not mnist.n:
        return Rule(name, False, "not read", allowed, ("no image of MNIST's test set was read",))
    change = _change(mnist.correct("candidate"), mnist.correct("champion"), mnist.n)
    words = f"it reads MNIST {_points(-change)} worse where {limits.mnist_points:g} are allowed"
    return Rule(name, change >= -_exact(limits.mnist_points), _both(mnist), allowed, (words,))


def _drawings_rule(drawings: Paired) -> Rule:
    """Not one drawing fewer, significant or not: the burden of proof is on what wants to go live."""
    name, allowed = "Held-out drawings", "better or equal"
    if not drawings.n:
        return Rule(name, None, "there are none yet", allowed)
    lost = drawings.correct("champion") - drawings.correct("candidate")
    words = f"it reads {lost:,} fewer of {drawings.n:,} held-out drawings right ({p_words(drawings.p)})"
    return Rule(name, lost <= 0, _both(drawings), allowed, (words,))


def _recall_rule(pairs: Sequence[Paired], limits: Limits) -> Rule:
    name, allowed = "Recall of every digit", f"at most {limits.recall_points:g} points down"
    judged = [one for digit in range(CLASSES) for one in _judged(pairs, digit, limits.least_per_digit)]
    if not judged:
        few = f"fewer than {limits.least_per_digit} images of each digit"
        return Rule(name, None, few, allowed)
    worst = min(judged, key=lambda one: one.change)
    failed = sorted((one for one in judged if one.change < -_exact(limits.recall_points)), key=lambda one: one.change)
    named = [f"its recall of {one.digit} is down {_points(-one.change)} on {one.where}" for one in failed[:MOST_NAMED]]
    more = [f"that of {counted(len(failed) - MOST_NAMED, 'more digit')} too"] if len(failed) > MOST_NAMED else []
    measured = f"{worst.digit} changes most: {_signed(worst.change)} on {worst.where}, n = {worst.n:,}"
    if worst.change >= 0:
        measured = "no digit is down"
    left_out = sorted(set(range(CLASSES)) - {one.digit for one in judged})
    if left_out:
        measured += f"; too few of {join_words([str(digit) for digit in left_out])}"
    return Rule(name, not failed, measured, allowed, (*named, *more))


def _enough_rule(drawings: Paired, limits: Limits) -> Rule:
    """No reason to hold a person back, who sees the figures; reason enough for the site not to act by itself."""
    enough = drawings.n >= limits.least_drawings
    return Rule("Enough held-out drawings", enough or None, f"{drawings.n:,}", f"at least {limits.least_drawings:,}")


@dataclass(frozen=True)
class _Recall:
    """By how many points the recall of a digit changes, exactly, on which of n images."""

    digit: int
    change: Fraction
    n: int
    where: str


def _judged(pairs: Sequence[Paired], digit: int, least: int) -> list[_Recall]:
    """The digit on each data set with enough of it; on all together where one has too few; nowhere if those are too."""
    there = [paired for paired in pairs if paired.images[digit]]
    found = [_recall([paired], digit, _where(paired)) for paired in there if paired.images[digit] >= least]
    if len(found) < len(there) and sum(paired.images[digit] for paired in there) >= least:
        found.append(_recall(there, digit, join_words([_where(paired) for paired in there])))
    return found


def _recall(pairs: Sequence[Paired], digit: int, where: str) -> _Recall:
    n = sum(paired.images[digit] for paired in pairs)
    ours, theirs = (sum(paired.right[side][digit] for paired in pairs) for side in ("candidate", "champion"))
    return _Recall(digit, _change(ours, theirs, n), n, where)


def _where(paired: Paired) -> str:
    return {Evaluation.MNIST_TEST: "MNIST", Evaluation.DRAWINGS: "drawings"}.get(paired.dataset, paired.dataset)


def _change(ours: int, theirs: int, n: int) -> Fraction:
    """In points, exactly: ten images of 10,000 are 0.10 points, which floating point does not know."""
    return Fraction(POINTS * (ours - theirs), n)


def _exact(points: float) -> Fraction:
    return Fraction(str(points))


def _both(paired: Paired) -> str:
    ours, theirs = (f"{POINTS * paired.accuracy(side):.2f} %" for side in ("candidate", "champion"))
    return f"{ours}, was {theirs}, n = {paired.n:,}, {p_words(paired.p)}"


def _difference(paired: Paired, what: str) -> str:
    more = paired.correct("candidate") - paired.correct("champion")
    if not more:
        return f"as many of {paired.n:,} {what} right"
    return f"{abs(more):,} {'more' if more > 0 else 'fewer'} of {paired.n:,} {what} right"


def _on_drawings(drawings: Paired, limits: Limits) -> str:
    if not drawings.n:
        return "; there are no held-out drawings yet"
    few = "" if drawings.n >= limits.least_drawings else ", which are few"
    return f" and {_difference(drawings, 'held-out drawings')} ({p_words(drawings.p)}{few})"


def p_words(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def _signed(points: Fraction) -> str:
    return f"{float(points):+.2f} points"


def _points(points: Fraction) -> str:
    return f"{float(points):.2f} points"
