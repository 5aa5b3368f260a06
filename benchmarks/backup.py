"""How long a site of 100,000 drawings takes to back up and to restore, and that every row comes back.

    DATA_DIR=/tmp/from .venv/bin/python -m benchmarks.backup --rows 100000

Fills the empty database that the settings name, backs it up, restores it into another (SQLite in a new folder, or
--into with the address of an empty PostgreSQL database), backs that up too and compares both row for row. One row in
a hundred of the drawings gets an upload. Left out on purpose: what else runs on the machine; its load is printed."""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

UPLOAD_EVERY = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--into", default="", help="DATABASE_URL of an empty database; without it, SQLite")
    options = parser.parse_args()
    fill(options.rows)
    with tempfile.TemporaryDirectory(prefix="digits-backup-") as name:
        for key, value in measure(Path(name), options.into).items():
            print(f"{key:<22} {value}")


def fill(rows: int) -> None:
    from benchmarks import million

    million.set_up()
    million.fill(rows)
    add_uploads()


def add_uploads() -> None:
    """Let some drawings be uploads."""
    from django.core.files.base import ContentFile

    from recognizer.models import Drawing

    uploads = Drawing._meta.get_field("upload").storage
    for pk in Drawing.objects.order_by("pk").values_list("pk", flat=True)[::UPLOAD_EVERY]:
        name = uploads.save(f"2026/11/{pk}.png", ContentFile(hashlib.sha256(str(pk).encode()).digest() * 100))
        Drawing.objects.filter(pk=pk).update(source="upload", upload=name, strokes=None, width=None, height=None)


def measure(folder: Path, into: str) -> dict[str, object]:
    there = {"DATA_DIR": str(folder / "there"), "DATABASE_URL": into}
    backing_up, made = command("backup", folder / "first", {})
    checking, _ = command("restore", folder / "first", {}, "--check")
    before = processor_seconds()
    restoring, _ = command("restore", folder / "first", there)
    computed = processor_seconds() - before
    command("backup", folder / "second", there)
    return {
        "rows, files": f"{made['rows']:,}, {made['files']:,}, {made['bytes'] / 1e6:.0f} MB",
        "backing up": f"{backing_up:.1f} s",
        "checking": f"{checking:.1f} s",
        "restoring": f"{restoring:.1f} s, of which the command computed {computed:.1f} s",
        "equal row for row": same_rows(folder / "first", folder / "second"),
        "load of the machine": " ".join(f"{one:.1f}" for one in os.getloadavg()),
    }


def command(name: str, backup: Path, environment: dict[str, str], *more: str) -> tuple[float, dict]:
    started = time.perf_counter()
    call = [sys.executable, "manage.py", name, str(backup), *more, "--json"]
    done = subprocess.run(call, env=os.environ | environment, stdout=subprocess.PIPE, check=True, text=True)
    return time.perf_counter() - started, json.loads(done.stdout)


def processor_seconds() -> float:
    """Of all commands so far; a database server's own are not among them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def same_rows(first: Path, second: Path) -> bool:
    """Whether both hold the same rows, JSON compared by what it means, and the same files."""
    from tests.training.backups import comparing

    same_files = comparing.files_of(first) == comparing.files_of(second)
    return same_files and comparing.rows_of(first) == comparing.rows_of(second)


if __name__ == "__main__":
    main()
