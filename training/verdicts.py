"""What the gate's verdicts are worth by now: one counts while much the same would be compared, within the same limits.

A comparison keeps what it was made of, and that is set beside what there is today. Left out on purpose: making
comparisons (`comparisons.py`), and the rules (`gate.py`)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.text import capfirst

from recognizer.advice import Advice
from recognizer.models import Deployment, ModelVersion
from training import comparing, gate, snapshots, sources
from training.data import mnist
from training.models import Comparison

State = Comparison.State
TEST_FILES = [name for name in mnist.FILES if name.startswith(mnist.PREFIXES["test"])]
# Of so many drawings one may be taken out, else a site that has very many could promote nothing any more.
ONE_OUT_OF = 1000


@dataclass(frozen=True)
class Known:
    """The newest comparison of a candidate with the live version, the newest that was judged, and why that one does
    not count any more; nothing if it does."""

    newest: Comparison
    judged: Comparison | None
    outdated: str


def made_of() -> dict[str, Any]:
    """What a comparison that begins now is made of, ready for JSON.

    The drawings are kept as their number and the latest moment at which one of them was reviewed: how many of those are
    still there is one count, where a list of them would have to be read."""
    there = snapshots.held_out().order_by().aggregate(n=Count("pk"), reviewed=Max("label__reviewed_at"))
    reviewed = there["reviewed"] and there["reviewed"].isoformat()
    return {"limits": _limits(), "drawings": there["n"], "reviewed": reviewed}


def advise(candidates: Sequence[ModelVersion], live: Deployment) -> dict[int, Advice]:
    """What the latest comparison of each with the live version says, by the candidates' keys. Two queries at most."""
    named = {candidate.pk: candidate for candidate in candidates}
    return {key: _advice(named[key], known, live) for key, known in _known(candidates, live).items()}


def to_repeat(candidates: Sequence[ModelVersion], live: Deployment) -> list[ModelVersion]:
    """Those that passed beside the live version, which does not count any more, and nobody has compared them since.

    Not those that failed: each new look would be another chance to pass by luck."""
    known = _known(candidates, live)
    outdated = [one for one in candidates if one.pk in known and known[one.pk].outdated]
    return [one for one in outdated if known[one.pk].newest.state == State.DONE and known[one.pk].newest.passed]


def outdated(rows: Iterable[Comparison]) -> dict[int, str]:
    """Why verdicts do not count any more, by the keys of their comparisons; those that count are left out. One query,
    or none."""
    rows = list(rows)
    found = {row.pk: why for row in rows if (why := _not_for_drawings(row))}
    return found | _for_drawings([row for row in rows if row.pk not in found])


def _known(candidates: Sequence[ModelVersion], live: Deployment) -> dict[int, Known]:
    rows = Comparison.objects.filter(candidate__in=candidates, champion=live.version_id).order_by("pk")
    newest: dict[int, Comparison] = {}
    judged: dict[int, Comparison] = {}
    for row in rows.only("candidate", "state", "passed", "verdict", "message", "made_of", "finished_at"):
        newest[row.candidate_id] = row
        if row.state == State.DONE:
            judged[row.candidate_id] = row
    why = outdated(judged.values())
    return {
        key: Known(row, judged.get(key), why.get(judged[key].pk, "") if key in judged else "")
        for key, row in newest.items()
    }


def _advice(candidate: ModelVersion, known: Known, live: Deployment) -> Advice:
    row, passed = known.judged, None
    if row and not known.outdated:  # also while it is being made anew
        passed, words = row.passed, row.verdict
    elif row == known.newest:
        words = f"{capfirst(str(candidate))} has to be compared with {live.version} anew: {known.outdated}."
    else:
        row = known.newest
        failed = f"The comparison with {live.version} failed: {row.message}"
        words = failed if row.state == State.FAILED else f"It is being compared with {live.version}, which is live."
    url = reverse_lazy("admin:training_comparison_change", args=[row.pk])
    return Advice(passed, words, url, stands_for=live.pk)


def _not_for_drawings(row: Comparison) -> str:
    if not row.made_of:
        return "what the last comparison was made of was not kept"
    if row.made_of["limits"] != _limits():
        return "the limits of the gate were changed since"
    if timezone.now() - row.finished_at > timedelta(days=settings.GATE_VERDICT_DAYS):
        return f"the last comparison was made more than {settings.GATE_VERDICT_DAYS:g} days ago"
    then, now = row.made_of.get("mnist"), mnist_sha256()
    return "MNIST's test images are others by now" if then and now and then != now else ""


def _for_drawings(rows: list[Comparison]) -> dict[int, str]:
    if not rows:
        return {}
    kept = {f"kept_{row.pk}": Count("pk", filter=_reviewed_by_then(row)) for row in rows if row.made_of["drawings"]}
    there = snapshots.held_out().order_by().aggregate(now=Count("pk"), **kept)
    said = {row.pk: _changed(row.made_of["drawings"], there.get(f"kept_{row.pk}", 0), there["now"]) for row in rows}
    return {key: why for key, why in said.items() if why}


def _changed(then: int, kept: int, now: int) -> str:
    """What became of `then` drawings, of which `kept` are there and were not reviewed anew, and `now` in all."""
    if then - kept > then // ONE_OUT_OF:
        return f"{then - kept:,} of its {then:,} held-out drawings were taken out or reviewed anew since"
    if now - then > settings.GATE_VERDICT_GROWTH * then:
        return f"there were {then:,} held-out drawings and are {now:,} by now"
    return ""


def _reviewed_by_then(row: Comparison) -> Q:
    return Q(label__reviewed_at__lte=datetime.fromisoformat(row.made_of["reviewed"]))


def _limits() -> dict[str, float]:
    """The gate's, and those from which on an answer is a digit: what a version reads depends on them as well."""
    answers = {"min_confidence": settings.MIN_CONFIDENCE, "no_digit_from": settings.NO_DIGIT_FROM}
    return asdict(gate.Limits.from_settings()) | answers


def mnist_sha256() -> str:
    """Of the test images that would be read now, as comparisons keep it; nothing where this machine has none."""
    directory = sources.mnist_directory()
    if directory is None:
        return ""
    try:
        files = [path for name in TEST_FILES if (path := mnist.locate(directory, name))]
        stamps = tuple((path, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in files)
        return _sha256(directory, stamps)
    except (mnist.MnistError, OSError):
        return ""


@lru_cache(maxsize=2)
def _sha256(directory: Path, stamps: tuple) -> str:
    """Read once a process, and again when the files change, which `stamps` tell."""
    return comparing.sha256_of_mnist(mnist.Mnist(directory).test)
