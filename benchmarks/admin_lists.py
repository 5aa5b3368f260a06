"""How long the admin's lists take with a million drawings: every filter, pairs of them, every column, deep pages.

    DATA_DIR=/tmp/big .venv/bin/python -m benchmarks.admin_lists            SQLite, filled first if it is empty
    DATABASE_URL=postgres://... .venv/bin/python -m benchmarks.admin_lists  PostgreSQL

Each page is asked for through the test client, in one process and warm: the quickest round, as others may use the
machine as well. The processor's time is shown beside the clock's: what SQLite would take alone (PostgreSQL's server
works in processes of its own, which it does not count). Left out on purpose: many who ask at once."""

import argparse
import itertools
import statistics
import time
from typing import Any

from . import million

LISTS = "/admin/recognizer"
FILTERS = {
    "answer": ["wrong", "unsure"],
    "label": ["none", "unreviewed", "accepted", "rejected"],
    "read": ["3", "none"],
    "means": ["3", "none"],
    "version": ["1004"],
    "source": ["strokes", "upload"],
    "days": ["1", "30", "365"],
    "hidden": ["no", "yes", "hidden", "blocked", "banned"],
}
COLUMNS = {1: "read", 2: "confidence", 3: "label", 4: "review", 5: "visitor", 6: "version", 7: "drawn"}
DEEP = 1000
LIMIT_MS = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="pages whose names have this in them")
    parser.add_argument("--quick", action="store_true", help="no pairs of filters")
    options = parser.parse_args()
    million.set_up()
    client = client_of_a_million(options.rows)
    pages = [page for page in _pages(pairs=not options.quick) if options.only in page[0]]
    _show([_shown(name, *_timed(client, path, options.rounds)) for name, path in pages])


def client_of_a_million(rows: int) -> Any:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import override_settings

    from recognizer.models import Drawing

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=settings.STORAGES | {"staticfiles": plain}).enable()
    if not Drawing.objects.exists():
        million.fill(rows)
    user, _ = User.objects.get_or_create(username="benchmark", defaults={"is_staff": True, "is_superuser": True})
    client = Client()
    client.force_login(user)
    return client


def _pages(*, pairs: bool) -> list[tuple[str, str]]:
    """Name and address of each page that is measured."""
    alone = [{}] + [{name: value} for name, values in FILTERS.items() for value in values]
    chosen = [*alone, {"q": "123456"}, {"q": "4711 "}, {"q": "pens"}]
    if pairs:
        for one, other in itertools.combinations(FILTERS, 2):
            chosen += [{one: a, other: b} for a, b in itertools.product(FILTERS[one], FILTERS[other])]
    made = [("drawings", query) for query in chosen]
    made += [("drawings", {"o": f"{sign}{column}"}) for column in COLUMNS for sign in ("", "-")]
    visitors = [{}, {"use": "measuring"}, {"blocked": "yes"}, {"rejected": "10"}, {"q": "4711"}]
    visitors += [{"o": f"{sign}{column}"} for column in range(1, 8) for sign in ("", "-")]
    made += [("visitors", query) for query in visitors]
    return [
        (f"{name} {' '.join(f'{k}={v}' for k, v in query.items()) or 'all'}, page {page}", _address(name, query, page))
        for name, query in made
        for page in (1, DEEP)
    ]


def _address(name: str, query: dict[str, str], page: int) -> str:
    from urllib.parse import urlencode

    return f"{LISTS}/{name.rstrip('s')}/?{urlencode(query | ({'p': page} if page > 1 else {}))}"


def _timed(client: Any, path: str, rounds: int) -> tuple[float, float, str]:
    """Milliseconds by the clock and of the processor, of the quickest round, and why there is no page."""
    if client.get(path).status_code != 200:
        return 0.0, 0.0, "no such page"
    taken = []
    for _ in range(rounds):
        started, used = time.perf_counter(), time.process_time()
        client.get(path)
        taken.append((1000 * (time.perf_counter() - started), 1000 * (time.process_time() - used)))
    return *min(taken), ""


def _shown(name: str, taken: float, used: float, missing: str) -> tuple[str, float, float, str]:
    times = missing or f"{taken:6.0f} ms {used:6.0f} ms of the processor"
    print(f"{name:60s} {times}", flush=True)
    return name, taken, used, missing


def _show(rows: list[tuple[str, float, float, str]]) -> None:
    there = [row for row in rows if not row[3]]
    print(f"{len(there)} pages, {len(rows) - len(there)} beyond the last page")
    for place, words in ((1, "by the clock"), (2, "of the processor")):
        times = sorted(row[place] for row in there)
        over = sum(one > LIMIT_MS for one in times)
        print(f"{words}: median {statistics.median(times):.0f} ms, slowest {times[-1]:.0f} ms, {over} over {LIMIT_MS}")
        for row in sorted(there, key=lambda row: -row[place])[:10]:
            print(f"    {row[place]:6.0f} ms  {row[0]}")


if __name__ == "__main__":
    main()
