"""Versions by data sets: how right each version is on each, for a table with colours and a chart.

Left out on purpose: which version is better. Intervals that overlap are there to be seen."""

from collections.abc import Collection
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from recognizer import figures
from recognizer.admin import scores
from recognizer.models import Deployment, Evaluation, ModelVersion
from recognizer.words import commas, percent
from training.models import Yardstick

# A chart with more points than this is read by nobody.
MOST_VERSIONS = 30


def overview() -> dict[str, Any]:
    """`columns` are names, `rows` a version with its cells, `lines` the chart's; ready for a template and JSON.

    The same number of queries for any number of versions and data sets."""
    versions = list(ModelVersion.objects.of_the_site().order_by("-number")[:MOST_VERSIONS])
    contents = dict(Yardstick.objects.filter(state=Yardstick.State.READY).values_list("name", "sha256"))
    names = [Evaluation.MNIST_TEST, Evaluation.DRAWINGS, *contents]
    found = _latest([version.pk for version in versions], contents, names)
    live = set(Deployment.objects.filter(is_live=True).values_list("version_id", flat=True))
    best = {name: _range([found[key] for key in found if key[1] == name]) for name in names}
    return {
        "columns": [{"name": name, "title": scores.name(name)} for name in names],
        "rows": [
            {
                "version": version,
                "live": version.pk in live,
                "cells": [_cell(found.get((version.pk, name)), *best[name]) for name in names],
            }
            for version in versions
        ],
        "lines": [_line(number, name, versions, found) for number, name in enumerate(names)],
    }


def _latest(versions: list[int], contents: dict[str, str], names: list[str]) -> dict[tuple[int, str], Evaluation]:
    """The newest evaluation of each version on each data set, of a yardstick's present images only."""
    newest = (
        Evaluation.objects.filter(version__in=versions, dataset__in=names)
        .order_by()
        .values("version", "dataset")
        .annotate(last=Max("pk"))
        .values("last")
    )
    rows = Evaluation.objects.filter(pk__in=newest, n__gt=0).defer("confusion", "per_digit")
    return {
        (row.version_id, row.dataset): row
        for row in rows
        if row.dataset not in contents or row.meant.get("images") == contents[row.dataset]
    }


def _range(rows: Collection[Evaluation]) -> tuple[float, float]:
    shares = [row.accuracy for row in rows] or [0.0]
    return min(shares), max(shares)


def _cell(row: Evaluation | None, lowest: float, highest: float) -> dict[str, Any] | None:
    """How a cell looks; its shade says where it stands between the column's worst and best."""
    if row is None:
        return None
    shade = (row.accuracy - lowest) / (highest - lowest) if highest > lowest else 1.0
    return {
        "evaluation": row,
        "figure": percent(row.accuracy, 2),
        "interval": scores.interval(row.correct, row.n),
        "shade": f"{shade:.3f}",
        "is_best": row.accuracy == highest,
    }


def _line(number: int, name: str, versions: list[ModelVersion], found: dict) -> dict[str, Any]:
    points = []
    for version in reversed(versions):
        row = found.get((version.pk, name))
        if row:
            low, high = figures.wilson(row.correct, row.n)
            words = " " + _("of %(n)s, 95 %% sure: %(low)s to %(high)s") % {
                "n": commas(row.n),
                "low": percent(low, 2),
                "high": percent(high, 2),
            }
            points.append([version.number, round(row.accuracy, 6), words])
    return {"label": scores.name(name), "line": number, "points": points}
