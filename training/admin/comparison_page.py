"""What the report of a comparison shows: the figures of each data set, and the flips both ways as pictures.

Left out on purpose: the verdict, which the row has, and drawing charts (`comparison_charts.py`)."""

from base64 import b64encode
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer import ink
from recognizer.admin import pictures, scores
from recognizer.models import Drawing, Evaluation
from recognizer.words import commas, decimal, percent
from training import snapshots, sources
from training.admin import comparison_charts as charts
from training.comparing import Compared
from training.data.mnist import Mnist, MnistError
from training.gate import p_words
from training.models import Comparison
from training.paired import SIDES, Flips, Paired
from training.wilson import interval

SIDE_NAMES = {"candidate": gettext_lazy("candidate"), "champion": gettext_lazy("champion")}
RULE_WORDS = {
    True: ("success", gettext_lazy("passes")),
    False: ("danger", gettext_lazy("fails")),
    None: ("warning", gettext_lazy("too few")),
}


def report(row: Comparison, *, drawings: bool) -> dict[str, Any] | None:
    """All that the page of a finished comparison shows; `drawings` says whether visitors' may be seen there."""
    if not row.results:
        return None
    compared = Compared.from_json(row.results)
    return {
        "rules": [rule | dict(zip(("style", "word"), RULE_WORDS[rule["passed"]], strict=True)) for rule in row.rules],
        "sides": [(side, getattr(row, side)) for side in SIDES],
        "sets": [_set(paired, drawings=drawings) for paired in compared.pairs],
        "no_digits": _no_digits(compared.no_digits),
        "costs": _costs(row, compared),
        "new_drawings": max(0, snapshots.held_out().count() - compared.pairs[1].n),
    }


def _set(paired: Paired, *, drawings: bool) -> dict[str, Any]:
    shown = {"name": scores.name(paired.dataset), "n": paired.n, "paired": paired}
    if not paired.n:
        return shown
    pictured = _drawing_pictures if paired.dataset == Evaluation.DRAWINGS else _mnist_pictures
    may_see = drawings or paired.dataset != Evaluation.DRAWINGS
    return shown | {
        "accuracies": [_accuracy(paired, side) for side in SIDES],
        "p": decimal(p_words(paired.p)),
        "p_sentence": _p_sentence(paired),
        "recall_chart": charts.recall(paired),
        "digits": [_digit(paired, digit) for digit in range(10)],
        "reliability_chart": charts.reliability(paired),
        "calibration": [percent(paired.calibration[side].error, 2) for side in SIDES],
        "flips": [
            {"title": title, "count": flips.count, "items": pictured(flips) if may_see else [], "hidden": not may_see}
            for title, flips in ((_("Lost: only the champion reads these right"), paired.lost),
                                 (_("Won: only the candidate reads these right"), paired.gained))
        ],
    }  # fmt: skip


def _accuracy(paired: Paired, side: str) -> dict[str, str]:
    return _share(paired.correct(side), paired.n) | {"rejected": commas(paired.rejected[side])}


def _no_digits(found: dict[str, int]) -> list[dict[str, str]]:
    """Of what is known to be no digit, how much each side takes for none; nothing where there is no such drawing."""
    return [_share(found[side], found["n"]) for side in SIDES] if found["n"] else []


def _share(right: int, n: int) -> dict[str, str]:
    low, high = interval(right, n)
    return {
        "figure": _("%(right)s of %(n)s") % {"right": percent(right / n, 2), "n": commas(n)},
        "interval": _("%(low)s to %(high)s") % {"low": percent(low, 2), "high": percent(high, 2)},
    }


def _p_sentence(paired: Paired) -> str:
    differ = paired.only_candidate + paired.only_champion
    if not differ:
        return _("Both read exactly the same images right.")
    may_be = _(
        "They differ on %(differ)s images; two versions that are equally good would do so at least as lopsidedly "
        "with a probability of %(p)s: the difference may well be chance."
    )
    is_hardly = _(
        "They differ on %(differ)s images; two versions that are equally good would do so at least as lopsidedly "
        "with a probability of %(p)s: the difference is hardly chance."
    )
    said = may_be if paired.p >= 0.05 else is_hardly
    return said % {"differ": commas(differ), "p": decimal(f"{paired.p:.2g}")}


def _digit(paired: Paired, digit: int) -> dict[str, Any]:
    n = paired.images[digit]
    cells = []
    for side in SIDES:
        right = paired.right[side][digit]
        low, high = interval(right, n)
        cells.append(
            _("%(right)s (%(low)s to %(high)s)")
            % {"right": percent(right / n), "low": percent(low), "high": percent(high)}
            if n
            else ""
        )
    change = 100 * (paired.right["candidate"][digit] - paired.right["champion"][digit]) / n if n else 0.0
    return {"digit": digit, "n": n, "cells": cells, "change": f"{change:+.2f}" if n else ""}


def _costs(row: Comparison, compared: Compared) -> list[tuple[str, list[str]]]:
    versions = [getattr(row, side) for side in SIDES]
    return [
        (_("Architecture"), [version.architecture for version in versions]),
        (_("Parameters"), [commas(version.parameter_count) for version in versions]),
        (_("File"), [filesizeformat(version.size_bytes) for version in versions]),
        (
            _("One image, median"),
            [decimal(f"{compared.latency_ms[side]:.2f} ms") for side in SIDES],
        ),
    ]


def _drawing_pictures(flips: Flips) -> list[dict[str, Any]]:
    """As the network saw them when they were drawn; those that were deleted since are gone from here too."""
    rows = Drawing.objects.in_bulk([flip["id"] for flip in flips.kept])
    there = [(flip, rows[flip["id"]]) for flip in flips.kept if flip["id"] in rows]
    return [_item(flip, pictures.seen(row, "d-thumb"), _address(row)) for flip, row in there]


def _mnist_pictures(flips: Flips) -> list[dict[str, Any]]:
    """From this site's files of MNIST; none where those are not, since a page downloads nothing."""
    directory = sources.mnist_directory()
    if directory is None or not flips.kept:
        return []
    try:
        images = Mnist(directory).test.images
    except (MnistError, OSError):
        return []
    return [
        _item(flip, _picture(images[flip["id"]], flip["id"]), "") for flip in flips.kept if flip["id"] < len(images)
    ]


def _picture(image: Any, place: int) -> SafeString:
    data = b64encode(ink.seen_png(image)).decode("ascii")
    return format_html(
        '<img class="d-thumb d-seen" src="data:image/png;base64,{}" width="28" height="28" alt="{}">',
        data, _("MNIST test image %(place)s") % {"place": place},
    )  # fmt: skip


def _address(drawing: Drawing) -> str:
    return reverse("admin:recognizer_drawing_change", args=[drawing.pk])


def _item(flip: dict[str, Any], picture: SafeString, url: str) -> dict[str, Any]:
    said = {side: _("none") if flip[side] is None else str(flip[side]) for side in SIDES}
    title = ", ".join(f"{SIDE_NAMES[side]} {said[side]} ({percent(flip[f'{side}_confidence'], 0)})" for side in SIDES)
    return {"picture": picture, "url": url, "label": flip["label"], "title": f"{flip['label']}: {title}", **said}
