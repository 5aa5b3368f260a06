"""How long the admin's dashboard takes with a million drawings, warm: median, processor time, and how many queries.

    .venv/bin/python -m benchmarks.dashboard --folder /tmp/million                        on SQLite
    DATABASE_URL=postgres://... .venv/bin/python -m benchmarks.dashboard --folder /tmp/pg   on an empty PostgreSQL

The page is asked for through Django, without a server in between. Figures are counted first, as a worker does, and that
is timed as well. Computing is this process alone, without PostgreSQL's. Left out on purpose: visitors meanwhile."""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

PAGES = ["/admin/?days=30", "/admin/?days=90", "/admin/?days=all", "/admin/dashboard/?days=30"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--drawings", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True, help="where the site's data is, or is put and kept")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    os.environ |= {"DATA_DIR": str(options.folder.resolve()), "DJANGO_SETTINGS_MODULE": "digits_site.settings"}
    options.folder.mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
    prepare(options.drawings)
    count()
    for page in PAGES:
        measure(page, options.rounds)


def prepare(drawings: int) -> None:
    """Migrate, and fill an empty database with so many drawings."""
    from django.core.management import call_command

    from benchmarks import million
    from recognizer.models import Drawing

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if not Drawing.objects.exists():
        million.fill(drawings)


def count() -> None:
    """Count what is not counted yet, in turns as long as a worker's; then once more, with nothing to do."""
    from django.conf import settings

    from training import refreshing

    turns = [seconds(lambda: refreshing.refresh(seconds=settings.DAY_FIGURES_BUDGET_SECONDS))]
    while refreshing.freshness().at is None:
        turns.append(seconds(lambda: refreshing.refresh(seconds=settings.DAY_FIGURES_BUDGET_SECONDS)))
    print(f"counted from nothing: {sum(turns):.1f} s in {len(turns)} turns, the longest {max(turns):.1f} s")
    again = [seconds(lambda: refreshing.refresh(seconds=settings.DAY_FIGURES_BUDGET_SECONDS)) for _ in range(5)]
    print(f"counted again: {1000 * statistics.median(again):.0f} ms")


def measure(page: str, rounds: int) -> None:
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from training import refreshing

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.filter(username="ada").first() or User.objects.create_superuser("ada"))

    def ask() -> None:
        assert client.get(page).status_code == 200

    refreshing.refresh(seconds=60)  # as a worker keeps it
    ask()
    with CaptureQueriesContext(connection) as queries:
        ask()
        asked = len(queries)
    busy = time.process_time()
    took = sorted(1000 * seconds(ask) for _ in range(rounds))
    busy = 1000 * (time.process_time() - busy) / rounds  # what a machine that does nothing else would take, about
    words = f"median {statistics.median(took):.0f} ms, slowest {took[-1]:.0f} ms of {rounds}, {busy:.0f} ms computing"
    print(f"{connection.vendor} {page}: {words}, {asked} queries")


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
