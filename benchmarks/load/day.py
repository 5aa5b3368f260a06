"""A day on the internet in twenty minutes, on a real deployment whose processes are killed at random all along.

    .venv/bin/python -m benchmarks.load.day --database postgresql --minutes 20 --visitors 6000

Visitors come as they do over a day: few at night, most in the evening. Every so many seconds a random process is killed
with SIGKILL: of the web server, a worker, a training, beat, the broker, the database. Afterwards every drawing that was
acknowledged is looked for, with the last label that was acknowledged; none may be missing, none may be there twice.
The exit status says whether that is so. Left out on purpose: the loss of a disk, which is what backups are for."""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from math import cos, pi

import numpy as np

from benchmarks.load import deployment, processes
from benchmarks.load.visits import DRAWINGS_A_VISIT, Ledger, Visit

PEAK_HOUR = 20.0
NIGHT_SHARE = 0.25  # of the evening's visitors
PAUSE_SECONDS = 2.0
BODIES = 1000
CHECK = """
import json
from recognizer.models import Drawing, Label
promised = {{int(key): digit for key, digit in json.load(open({path!r})).items()}}
known = dict(Drawing.objects.filter(prediction__isnull=False).values_list("pk", "label__digit"))
lost = [pk for pk in promised if pk not in known]
wrong = [pk for pk, digit in promised.items() if pk in known and digit is not None and known[pk] != digit]
twice = Drawing.objects.exclude(submission_key=None).count() - Drawing.objects.exclude(
    submission_key=None).values("submission_key", "visitor").distinct().count()
print(json.dumps({{"lost": lost, "wrong": wrong, "twice": twice, "ids": len(known)}}))
"""
TRAINING = """
from training import jobs
from training.models import TrainingJob
print(jobs.start(kind="scratch", architecture="lenet-5x5", epochs=3, learning_rate=0.003, seed={seed},
                 mnist_images=10000).pk)
"""
STATES = """
import json
from training.models import TrainingJob
print(json.dumps(list(TrainingJob.objects.values_list("state", "attempt"))))
"""


def main() -> None:
    options = parsed()
    from benchmarks.load import __main__ as load

    load.prepare()
    from benchmarks.load import drawn

    bodies = drawn.bodies(BODIES, seed=options.seed)
    with deployment.deployed(options.database) as site:
        processes.wait_until_idle(site.supervisor.pid)
        ledger, killed, down = asyncio.run(day(site, bodies, options))
        time.sleep(5)
        figures = checked(site, ledger) | told(ledger, options) | {"killed": dict(killed), "restarts": down}
        figures["jobs"] = Counter(state for state, _ in json.loads(site.python(STATES)))
    print(json.dumps(figures) if options.json else "\n".join(f"{name:<16} {value}" for name, value in figures.items()))
    sys.exit(bool(figures["lost"] or figures["wrong_label"] or figures["twice"] or figures["undeleted"]))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", choices=deployment.DATABASES, default="postgresql")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--visitors", type=int, default=6000)
    parser.add_argument("--kill-seconds", type=float, default=10.0, help="seconds between two kills; 0: none")
    parser.add_argument("--trainings", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def share_at(hour: float) -> float:
    """How many visitors come at an hour of the day, of those who come at its peak."""
    return NIGHT_SHARE + (1 - NIGHT_SHARE) * (1 + cos(2 * pi * (hour - PEAK_HOUR) / 24)) / 2


def arrivals(visitors: int, seconds: float, rng: np.random.Generator) -> list[float]:
    """The moments at which they come, in seconds from the day's beginning at midnight."""
    hours = np.linspace(0, 24, 2401)
    shares = np.cumsum([share_at(hour) for hour in hours])
    return sorted(np.interp(rng.random(visitors) * shares[-1], shares, hours / 24 * seconds).tolist())


async def day(
    site: deployment.Deployment, bodies: list[bytes], options: argparse.Namespace
) -> tuple[Ledger, Counter, dict[str, int]]:
    ledger, killed = Ledger(), Counter()
    seconds = 60 * options.minutes
    loop = asyncio.get_running_loop()
    began = loop.time()
    end = began + seconds
    helpers = [asyncio.create_task(kill_now_and_then(site, killed, options, end))]
    helpers.append(asyncio.create_task(train_now_and_then(site, options, seconds)))
    visits = []
    for number, moment in enumerate(arrivals(options.visitors, seconds, np.random.default_rng(options.seed))):
        await asyncio.sleep(max(0.0, began + moment - loop.time()))
        visit = Visit(site.address, ledger, bodies, np.random.default_rng([options.seed, number]))
        visits.append(asyncio.create_task(visit.run(deadline=end, pause_seconds=PAUSE_SECONDS)))
    failures = [one for one in await asyncio.gather(*visits, return_exceptions=True) if isinstance(one, Exception)]
    if failures:
        raise failures[0]
    await asyncio.gather(*helpers)
    return ledger, killed, dict(site.restarts)


async def kill_now_and_then(
    site: deployment.Deployment, killed: Counter, options: argparse.Namespace, end: float
) -> None:
    if not options.kill_seconds:
        return
    rng = np.random.default_rng([options.seed, 99])
    loop = asyncio.get_running_loop()
    while loop.time() + 30 < end:
        await asyncio.sleep(options.kill_seconds * float(rng.uniform(0.5, 1.5)))
        kinds = site.kinds()
        # Each kind equally often, as far as there is one of it just now.
        name = min(kinds, key=lambda kind: (killed[kind], rng.random()))
        pid = kinds[name][int(rng.integers(len(kinds[name])))]
        try:
            os.kill(pid, signal.SIGKILL)
            killed[name] += 1
        except ProcessLookupError:
            continue
        await asyncio.sleep(0.5)  # a process takes a moment to die
        await asyncio.to_thread(site.revive)


async def train_now_and_then(site: deployment.Deployment, options: argparse.Namespace, seconds: float) -> None:
    for number in range(options.trainings):
        await asyncio.sleep(seconds / (options.trainings + 1))
        for _ in range(20):  # the database may be away just now
            try:
                await asyncio.to_thread(site.python, TRAINING.format(seed=number))
                break
            except RuntimeError:
                await asyncio.sleep(3)


def checked(site: deployment.Deployment, ledger: Ledger) -> dict:
    """What the database says of what was promised."""
    sure = {pk: digit for pk, digit in ledger.kept.items() if pk not in ledger.unsure}
    path = site.folder / "promised.json"
    path.write_text(json.dumps(sure))
    path.chmod(0o644)
    found = json.loads(site.python(CHECK.format(path=str(path))))
    gone = site.folder / "deleted.json"
    gone.write_text(json.dumps(dict.fromkeys(ledger.deleted)))
    missing = json.loads(site.python(CHECK.format(path=str(gone))))["lost"]
    return {
        "acknowledged": len(ledger.kept) + len(ledger.deleted),
        "lost": len(found["lost"]),
        "wrong_label": len(found["wrong"]),
        "twice": found["twice"],
        "undeleted": len(ledger.deleted) - len(missing),
        "unsure": len(ledger.unsure),
        "in_database": found["ids"],
    }


def told(ledger: Ledger, options: argparse.Namespace) -> dict:
    p50, p95, p99 = np.percentile(ledger.milliseconds, [50, 95, 99]).round(1).tolist()
    return {
        "database": options.database,
        "minutes": options.minutes,
        "visitors": options.visitors,
        "expected": options.visitors * DRAWINGS_A_VISIT,
        "drawings_p50_ms": p50,
        "drawings_p95_ms": p95,
        "drawings_p99_ms": p99,
        "most_ms": round(max(ledger.milliseconds), 1),
        "versions": dict(ledger.versions),
        **ledger.counts,
    }


if __name__ == "__main__":
    main()
