"""What the forgetting meter says, for a job's page: its curves, their table, and one sentence.

Left out on purpose: reading the weights, which `meter.py` does."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.words import commas, decimal, percent
from training.models import MeterReading, TrainingJob

NAMES = {
    MeterReading.Curve.MNIST: "MNIST",
    MeterReading.Curve.DRAWINGS: gettext_lazy("new drawings"),
    MeterReading.Curve.HELD_OUT: gettext_lazy("held-out visitors"),
}


def shown(job: TrainingJob) -> dict[str, Any]:
    """`curves` as [epochs done, share] by name, `headers` and `rows` of their table as texts, and the `sentence`.

    One query, for any number of epochs."""
    readings = list(job.meter_readings.order_by("epoch"))
    by_curve = {curve: [row for row in readings if row.curve == curve] for curve in NAMES}
    there = {curve: rows for curve, rows in by_curve.items() if rows}
    return {
        "curves": [
            {
                "key": curve.value,
                "name": _("%(name)s, of %(n)s") % {"name": NAMES[curve], "n": commas(rows[-1].n)},
                "points": [[row.epoch, row.correct / row.n] for row in rows],
            }
            for curve, rows in there.items()
        ],
        "headers": [
            _("Epoch"),
            *(
                _("%(name)s, of %(n)s") % {"name": NAMES[curve], "n": commas(rows[-1].n)}
                for curve, rows in there.items()
            ),
        ],
        "rows": _rows(readings, list(there)),
        "sentence": sentence(there),
    }


def sentence(by_curve: dict[str, list[MeterReading]]) -> str:
    """What was lost and won since before the training, or what is read right where there was nothing before."""
    parts = [_part(NAMES[curve], rows) for curve, rows in by_curve.items()]
    if not parts:
        return ""
    words = {"first": parts[0], "others": "".join(f"; {part}" for part in parts[1:])}
    if any(rows[0].epoch == 0 for rows in by_curve.values()):
        return _("%(first)s points since the start%(others)s.") % words
    return _("%(first)s read right%(others)s.") % words


def _part(name: str, rows: list[MeterReading]) -> str:
    now = rows[-1].correct / rows[-1].n
    if rows[0].epoch:
        return f"{name}: {percent(now, 2)}"
    points = round(100 * (now - rows[0].correct / rows[0].n), 2)
    shown = decimal(f"{points:+.2f}").replace("-", "−") if points else decimal("0.00")
    return f"{name}: {shown}"


def _rows(readings: list[MeterReading], curves: list[str]) -> list[list[str]]:
    cells: dict[int, dict[str, str]] = {}
    for row in readings:
        cells.setdefault(row.epoch, {})[row.curve] = percent(row.correct / row.n, 2)
    return [
        [str(epoch) if epoch else _("before"), *(found.get(curve, "") for curve in curves)]
        for epoch, found in cells.items()
    ]
