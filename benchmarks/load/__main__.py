"""How many drawings a second the site stores, and how long each takes, with every one looked for afterwards.

    .venv/bin/python -m benchmarks.load --database postgresql --clients 32 --seconds 60
    .venv/bin/python -m benchmarks.load --database postgresql --rate 300   what they wait for at that pace
    .venv/bin/python -m benchmarks.load --database sqlite --training      while a training job runs
    .venv/bin/python -m benchmarks.load --database sqlite --data /tmp/big a folder that `benchmarks.million` filled

Clients and site share the machine, so that a site alone on it bears more. Left out on purpose: the network between."""

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.load import crowd, deployment, processes

BODIES = 640
WARM_UP_SECONDS = 3.0
STORED = """
from recognizer.models import Drawing
import json, sys
ids = json.load(open({path!r}))
known = 0
for start in range(0, len(ids), 500):
    known += Drawing.objects.filter(pk__in=ids[start:start + 500], prediction__isnull=False).count()
print(known)
"""
TRAINING = """
from training import jobs, tasks
job = jobs.start(kind="scratch", architecture="deep", epochs=200, learning_rate=0.003, seed=1)
tasks.enqueue(job)
print(job.pk)
"""


def main() -> None:
    options = parsed()
    prepare()
    from benchmarks.load import drawn

    bodies = drawn.bodies(BODIES, seed=options.seed)
    data = options.data and Path(options.data)
    with deployment.deployed(options.database, url=options.url, data=data) as site:
        # A new site measures its version first.
        calm = processes.wait_until_idle(site.supervisor.pid)
        if options.training:
            start_training(site)
        crowd.run(site.address, bodies, clients=options.clients, seconds=WARM_UP_SECONDS)
        before, small = by_process(site), web_memory(site)
        pace: dict[str, Any] = {"clients": options.clients, "seconds": options.seconds, "rate": options.rate}
        tally = crowd.run(site.address, bodies, **pace)
        used = {
            name: round(1000 * (after - before[name]) / len(tally.milliseconds), 2)
            for name, after in by_process(site).items()
        }
        figures = summary(tally, options) | {
            "found": found(site, tally.ids),
            "memory_mb": {"before": small, "after": web_memory(site)},
        }
        figures |= {"idle_before": calm, "processor_ms": used}
    report(figures, tally, as_json=options.json)
    if tally.errors or figures["found"] < figures["stored"]:
        sys.exit(1)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", choices=deployment.DATABASES, default="sqlite")
    parser.add_argument("--url", help="a PostgreSQL that runs already, as DATABASE_URL takes it")
    parser.add_argument("--data", help="a data folder with drawings in it, for SQLite")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, help="so many drawings a second by the clock, not as many as can be")
    parser.add_argument("--training", action="store_true", help="while a training job runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser.parse_args()


def prepare() -> None:
    """Make Django ready in this process, for the drawings that it generates; it asks no database."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")
    django.setup()


def start_training(site: deployment.Deployment) -> None:
    import time

    job = int(site.python(TRAINING).splitlines()[-1])
    asked = f"from training.models import TrainingJob\nprint(TrainingJob.objects.get(pk={job}).batch)"
    deadline = time.monotonic() + 120
    while site.python(asked) in ("0", "None"):
        if time.monotonic() > deadline:
            raise SystemExit("The training did not begin within 120 s.")
        time.sleep(1)


def found(site: deployment.Deployment, ids: list[int]) -> int:
    """How many of the acknowledged drawings are in the database."""
    path = site.folder / "ids.json"
    path.write_text(json.dumps(ids))
    return int(site.python(STORED.format(path=str(path))))


def by_process(site: deployment.Deployment) -> dict[str, float]:
    """Processor seconds so far of each of the site's processes, and of the database server if it is the site's own."""
    found = {name: processes.processor_seconds(processes.family(pid)) for name, pid in site.children.items()}
    if site.database_pid:
        found["database"] = processes.processor_seconds(processes.family(site.database_pid))
    return found


def used_since(before: dict[str, float], site: deployment.Deployment, answers: int) -> dict[str, float]:
    """Milliseconds of processor time by process, for each answer."""
    after = by_process(site)
    return {name: round(1000 * (after[name] - before[name]) / answers, 2) for name in after}


def web_memory(site: deployment.Deployment) -> list[float]:
    """Of each of the web server's workers, in MiB."""
    return [round(processes.private_megabytes(pid), 1) for pid in processes.children(site.children["web"])]


def summary(tally: crowd.Tally, options: argparse.Namespace) -> dict:
    p50, p95, p99 = np.percentile(tally.milliseconds, [50, 95, 99]).round(1).tolist()
    return {
        "database": options.database,
        "training": options.training,
        "clients": options.clients,
        "rate": options.rate,
        "seconds": round(tally.seconds, 1),
        "stored": len(tally.ids),
        "a_second": round(len(tally.milliseconds) / tally.seconds, 1),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "most_ms": round(max(tally.milliseconds), 1),
        "mean_ms": round(statistics.fmean(tally.milliseconds), 1),
        "unsent": tally.unsent,
        "errors": len(tally.errors),
    }


def report(figures: dict, tally: crowd.Tally, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:<12} {value!s:>12}")
    for error in tally.errors[:5]:
        print(error, file=sys.stderr)


if __name__ == "__main__":
    main()
