"""How much memory a training job takes that learns from many drawings, and how long each part of it does.

    .venv/bin/python -m benchmarks.job_memory --drawings 200000

A database of its own gets so many drawings of short strokes, and a process of its own does a job on them as a worker
does; the system says how much memory that process ever had. Left out on purpose: how well it learns."""

import argparse
import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .machine import PROJECT_DIR

LIMIT_MB = 1500
ROWS_AT_ONCE = 10_000
# Strokes that many drawings share: what they show is of no matter here.
DIFFERENT = 500
DRAWINGS_PER_VISITOR = 20
POINTS = 40
LONG_AGO = "2026-01-01 00:00:00"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--drawings", type=int, default=60_000)
    parser.add_argument("--kind", choices=["retrain", "fine-tune"], default="fine-tune")
    parser.add_argument("--architecture", default="lenet-5x5", help="of a retraining; a fine-tuning has its base's")
    parser.add_argument("--base", type=int, default=1, help="the version that a fine-tuning starts from")
    parser.add_argument("--batches", type=int, help="cancel the job after so many of them (all of one epoch)")
    parser.add_argument("--folder", type=Path, help="where to keep the database, to use it again")
    parser.add_argument("--in-child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.in_child:
        print(json.dumps(do_job(options)))
        return
    with tempfile.TemporaryDirectory(prefix="job-memory-") as temporary:
        report(measure(options, options.folder or Path(temporary)))


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Make the database unless the folder has it; do the job in a child; return the child's figures."""
    environment = os.environ | {"DATA_DIR": str(folder), "LOG_LEVEL": "WARNING"}
    database = folder / "db.sqlite3"
    if not database.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for command in (["migrate", "--verbosity", "0"], ["shell", "-v", "0", "-c", SHIPPED]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=PROJECT_DIR, env=environment, check=True)
        fill(database, options.drawings)
    job = ["--drawings", options.drawings, "--kind", options.kind, "--architecture", options.architecture]
    job += ["--base", options.base, *(["--batches", options.batches] if options.batches else [])]
    command = [sys.executable, "-m", "benchmarks.job_memory", "--in-child", *map(str, job)]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


SHIPPED = "from recognizer import versions; versions.ensure_shipped()"


def fill(database: Path, count: int) -> None:
    """Put drawings with accepted labels straight into the tables."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        version = connection.execute("SELECT min(id) FROM recognizer_modelversion").fetchone()[0]
        visitors = ((n, "", False, LONG_AGO) for n in range(1, count // DRAWINGS_PER_VISITOR + 2))
        insert(connection, "recognizer_visitor (id, imported_as, held_out, created_at)", visitors)
        insert(
            connection,
            "recognizer_drawing (id, visitor_id, source, strokes, width, height, upload, seen, preprocessing_version, "
            "created_at)",
            drawings(count),
        )
        predictions = ((n, version, n % 10, 0.9, "[]", "") for n in range(1, count + 1))
        columns = "(drawing_id, version_id, digit, confidence, probabilities, reason)"
        insert(connection, f"recognizer_prediction {columns}", predictions)
        said = ("accepted", LONG_AGO, LONG_AGO, LONG_AGO, "claimed", False)
        labels = ((n, n % 10, *said) for n in range(1, count + 1))
        columns = "(drawing_id, digit, state, created_at, updated_at, reviewed_at, reading, by_agreement)"
        insert(connection, f"recognizer_label {columns}", labels)
    connection.close()


def insert(connection: sqlite3.Connection, into: str, rows: Iterator[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * (into.count(",") + 1))
    connection.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)


def drawings(count: int) -> Iterator[tuple[Any, ...]]:
    from recognizer import ink

    rng, kept = np.random.default_rng(0), []
    for _ in range(DIFFERENT):
        line = np.rint(np.cumsum(rng.normal(0, 12, (POINTS, 2)), axis=0).clip(-150, 150) + 160).tolist()
        kept.append((json.dumps([line]), ink.render(ink.parse_strokes([line], 320, 320)).image.tobytes()))
    for n in range(1, count + 1):
        strokes, seen = kept[n % DIFFERENT]
        visitor = 1 + n // DRAWINGS_PER_VISITOR
        yield n, visitor, "strokes", strokes, 320.0, 320.0, "", seen, ink.PREPROCESSING_VERSION, LONG_AGO


def do_job(options: argparse.Namespace) -> dict[str, Any]:
    """Do a job in this process, as a worker does; return what it took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")
    import django

    django.setup()
    from recognizer.models import ModelVersion
    from training import jobs
    from training.fit import BatchResult

    tunes = options.kind == "fine-tune"
    job = jobs.start(
        kind=options.kind,
        architecture=None if tunes else options.architecture,
        base=ModelVersion.objects.get(number=options.base) if tunes else None,
        epochs=1,
        learning_rate=3e-4,
        generated_images=0,
    )
    before_mb, seconds, began = peak_mb(), {}, time.perf_counter()

    def observe(event: object) -> None:
        words = "Learning" if isinstance(event, BatchResult) else event if isinstance(event, str) else "An epoch"
        phase = re.split(r"[:.]", words)[0]
        seconds.setdefault(phase, round(time.perf_counter() - began, 1))
        if isinstance(event, BatchResult) and event.batch == options.batches:
            jobs.cancel(job.pk)

    ended = jobs.run(job.pk, observe=observe)
    took = time.perf_counter() - began
    return {
        "drawings": options.drawings, "kind": options.kind, "state": ended.state, "message": ended.message,
        "batches": ended.batch, "of_batches": ended.batches, "before_mb": before_mb, "peak_mb": peak_mb(),
        "limit_mb": LIMIT_MB, "seconds": round(took, 1), "began_after_seconds": seconds,
    }  # fmt: skip


def peak_mb() -> float:
    """The most memory that this process ever had, mapped files included: VmHWM, in millions of bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        kilobytes = int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])
    else:
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes * 1024 / 1e6, 1)


def report(figures: dict[str, Any]) -> None:
    print(json.dumps(figures, indent=2))
    if figures["peak_mb"] > LIMIT_MB:
        raise SystemExit(f"The job took {figures['peak_mb']} MB, more than {LIMIT_MB}.")


if __name__ == "__main__":
    main()
