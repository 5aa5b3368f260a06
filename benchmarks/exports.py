"""How long an export of many drawings takes in each format, and how much memory: `manage.py export_drawings` as it is.

    .venv/bin/python -m benchmarks.exports --drawings 100000

Each format runs in a process of its own, on a database of its own in a temporary folder. The drawings are MNIST-like
in what compresses: one stroke of twenty points, and a band of ink. Left out on purpose: other databases than SQLite."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

BATCH = 2000
VISITORS = 1000
POINTS = 20
# Linux hands the largest memory of a process down to its children; this one of the program alone it does not.
CHILD = """
import re, sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--drawings", type=int, default=100_000)
    parser.add_argument("--format", action="append", help="may be repeated; all, unless it is given")
    parser.add_argument("--folder", type=Path, help="where the drawings are, or are put and kept for the next time")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line instead of a table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digits-exports-") as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ |= {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "digits_site.settings"}
        make(options.drawings)
        from training.data.exports import FORMATS

        for name in options.format or FORMATS:
            report(measured(name, folder / f"out{FORMATS[name].suffix}"), as_json=options.json)


def make(count: int) -> None:
    """Fill the database with accepted drawings, up to `count`."""
    import django

    django.setup()
    from django.core.management import call_command

    from recognizer import versions
    from recognizer.models import Drawing, Visitor

    call_command("migrate", verbosity=0, interactive=False)
    version = versions.ensure_shipped().version
    if not Visitor.objects.exists():
        Visitor.objects.bulk_create([Visitor(imported_as=f"writer {number}") for number in range(VISITORS)])
    people = list(Visitor.objects.values_list("pk", flat=True))
    rng = np.random.default_rng(0)
    for start in range(Drawing.objects.count(), count, BATCH):
        _make_some(rng, people, version.pk, min(BATCH, count - start))


def _make_some(rng: np.random.Generator, people: list[int], version_id: int, count: int) -> None:
    from django.db import transaction
    from django.utils import timezone

    from recognizer.ink import PREPROCESSING_VERSION
    from recognizer.models import Drawing, Label, Prediction

    with transaction.atomic():
        drawings = Drawing.objects.bulk_create(
            Drawing(
                visitor_id=int(rng.choice(people)), source="strokes", strokes=[_stroke(rng)], width=300, height=300,
                seen=_image(rng).tobytes(), preprocessing_version=PREPROCESSING_VERSION,
            )
            for _ in range(count)
        )  # fmt: skip
        shares = [0.91, *[0.01] * 9]
        Prediction.objects.bulk_create(
            Prediction(drawing=each, version_id=version_id, digit=0, confidence=0.91, probabilities=shares)
            for each in drawings
        )
        Label.objects.bulk_create(
            Label(drawing=each, digit=each.pk % 10, state="accepted", reviewed_at=timezone.now()) for each in drawings
        )


def _stroke(rng: np.random.Generator) -> list[list[float]]:
    return rng.uniform(0, 300, (POINTS, 2)).round(1).tolist()


def _image(rng: np.random.Generator) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    left, top = rng.integers(6, 14, 2)
    image[top : top + 14, left : left + 4] = rng.integers(100, 256, (14, 4))
    return image


def measured(name: str, out: Path) -> dict[str, object]:
    """Export in a process of its own; return its seconds, its largest resident memory, and the file's size."""
    command = [sys.executable, "-c", CHILD, "manage.py", "export_drawings", str(out), "--format", name]
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    seconds = time.perf_counter() - began
    size = out.stat().st_size
    out.unlink()
    return {
        "format": name,
        "seconds": round(seconds, 1),
        "peak_mb": round(int(done.stdout.splitlines()[-1]) / 1024, 1),
        "file_mb": round(size / 1e6, 1),
    }


def report(figures: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures), flush=True)
    else:
        print("{format:<10} {seconds:>8} s {peak_mb:>8} MB memory {file_mb:>9} MB file".format(**figures), flush=True)


if __name__ == "__main__":
    main()
