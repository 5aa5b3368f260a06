"""Accuracy over time with the releases marked: what people saw, what held-out drawings say, what MNIST says.

Left out on purpose: versions that were never live, which the page of measurements compares."""

from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from recognizer import figures
from recognizer.admin import scores
from recognizer.models import Deployment, Evaluation
from recognizer.words import commas
from training.desk.reading import SIZES, Kept, Share, Step, all_versions, by_version, number_of, place_of, point

MOST_RELEASES = 200
LISTED_VERSIONS = 8
# Reviewed drawings that a point of the chart should stand for
ENOUGH = 50
YARDSTICKS = (Evaluation.DRAWINGS, Evaluation.MNIST_TEST)
Measured = dict[tuple[int, str], Share]


def releases() -> list[Deployment]:
    """When which version went live, the newest last."""
    return list(Deployment.objects.select_related("version").order_by("-pk")[:MOST_RELEASES])[::-1]


def measured(version_ids: list[int]) -> Measured:
    """The newest figures of each version on each yardstick, in one query."""
    rows = Evaluation.objects.filter(version__in=version_ids, dataset__in=YARDSTICKS).order_by()
    newest = rows.values("version", "dataset").annotate(last=Max("pk")).values("last")
    found = Evaluation.objects.filter(pk__in=newest, n__gt=0).order_by()
    return {(row[0], row[1]): Share(*row[2:]) for row in found.values_list("version", "dataset", "correct", "n")}


def newest(release: Deployment) -> list[dict[str, Any]]:
    """What the version scores on each yardstick, with interval and date."""
    found = figures.latest(release.version_id)
    rows = [(dataset, found.get(dataset)) for dataset in reversed(YARDSTICKS)]
    return [
        {"name": scores.name(name), "evaluation": row, "interval": row and scores.interval(row.correct, row.n)}
        for name, row in rows
    ]


def accuracy(kept: Kept, released: list[Deployment]) -> dict[str, Any]:
    """`chart` for the browser, `rows` the versions that were live last, `steps` the chart's points as a table."""
    found = measured(sorted({release.version_id for release in released}))
    numbers = {release.version_id: release.version.number for release in released}
    points = [_point(*parts, numbers) for parts in _points(kept, _size(kept))]
    end = place_of_end(kept)
    chart = {
        "first": place_of_start(kept), "last": end, "points": points,
        "releases": _marks(kept, released),
        "lines": [_line(kept, released, found, dataset, end) for dataset in YARDSTICKS],
    }  # fmt: skip
    return {"chart": chart, "rows": _table(kept, released, found), "steps": points[::-1]}


def place_of_start(kept: Kept) -> int:
    return number_of(kept.first)


def place_of_end(kept: Kept) -> int:
    return number_of(kept.today) + 1


def _size(kept: Kept) -> int:
    """The charts' usual step, or the next larger one where points would be chance: three drawings a day say nothing."""
    counts = [share.n for _, rows in kept.in_steps() if (share := all_versions(rows)).n]
    enough = bool(counts) and sum(counts) / len(counts) >= ENOUGH
    return kept.size if enough else SIZES[min(SIZES.index(kept.size) + 1, len(SIZES) - 1)]


def _points(kept: Kept, size: int) -> list[tuple[int, Step, Share]]:
    """Of each version and step that have reviewed answers; versions in the order in which they answered."""
    made = [(version, step, share) for step, rows in kept.in_steps(size) for version, share in by_version(rows).items()]
    begun = {version: index for index, (version, *_) in reversed(list(enumerate(made)))}
    return sorted(made, key=lambda part: (begun[part[0]], part[1].first))


def _point(version: int, step: Step, share: Share, numbers: dict[int, int]) -> dict[str, Any]:
    number = numbers.get(version)
    words = _("%(words)s of %(n)s (%(interval)s)") % {
        "words": share.words,
        "n": commas(share.n),
        "interval": share.interval,
    }
    return point(step.middle, share, version=number, when=step.words, words=words)


def _marks(kept: Kept, released: list[Deployment]) -> list[dict[str, Any]]:
    start = place_of_start(kept)
    stayed = sorted((r for r in released if r.ended_at != r.started_at), key=lambda release: release.started_at)
    places = [(place_of(release.started_at), release) for release in stayed]
    return [{"x": x, "number": release.version.number} for x, release in places if x >= start]


def _line(kept: Kept, released: list[Deployment], found: Measured, dataset: str, end: float) -> dict[str, Any]:
    """What the version that was live then scores on a yardstick: a step at each release."""
    points: list[dict[str, Any]] = []
    start = place_of_start(kept)
    for release in released:
        share = found.get((release.version_id, dataset))
        ended = end if release.ended_at is None else place_of(release.ended_at)
        if share and ended >= start:
            words = _("version %(version)s: %(words)s of %(n)s (%(interval)s)") % {
                "version": release.version.number,
                "words": share.words,
                "n": commas(share.n),
                "interval": share.interval,
            }
            begun = max(start, place_of(release.started_at))
            points += [{"x": x, "y": round(share.value, 4), "words": words} for x in (begun, max(begun, ended))]
        elif ended >= start:
            points.append({"x": max(start, place_of(release.started_at)), "y": None})
    return {"label": scores.name(dataset), "points": points}


def _table(kept: Kept, released: list[Deployment], found: Measured) -> list[dict[str, Any]]:
    shares = by_version(kept.rows)
    newest = list({release.version_id: release for release in released}.values())
    newest.sort(key=lambda release: release.started_at, reverse=True)
    return [
        {
            "release": release,
            "answered": shares.get(release.version_id, Share(0, 0)),
            "figures": [found.get((release.version_id, dataset), Share(0, 0)) for dataset in YARDSTICKS],
        }
        for release in newest[:LISTED_VERSIONS]
    ]
