"""How long the review queue takes with more than 100,000 labels that wait: the next card, a decision, taking it back.

    DATA_DIR=/tmp/big .venv/bin/python -m benchmarks.review_queue            SQLite, filled first if it is empty
    DATABASE_URL=postgres://... .venv/bin/python -m benchmarks.review_queue  PostgreSQL

Through the test client, in one process, warm; medians, and the slowest. A million drawings have some 150,000 labels
that wait. Left out on purpose: the browser, which has the next cards at hand before they are asked for."""

import argparse
import json
import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

from . import million
from .admin_lists import client_of_a_million

ADDRESS = "/admin/recognizer/drawing/review/"
FILTERS = [{}, {"claimed": "7"}, {"claimed": "7", "read": "1"}, {"answer": "wrong"}, {"answer": "unsure"}]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    million.set_up()
    client = client_of_a_million(options.rows)
    from django.db import connection

    from recognizer import queue
    from recognizer.queue_filters import Filters

    print(f"{connection.vendor}: {queue.awaiting(Filters()):,} labels await review")
    for filters in FILTERS:
        words = " ".join(f"{name}={value}" for name, value in filters.items()) or "all"
        _measure(f"next card, {words}", options.rounds, lambda filters=filters: _next(client, filters))
    _decisions(client, options.rounds)


def _decisions(client: Any, rounds: int) -> None:
    """Decide on the next ones and take each decision back, so that the database stays as it is."""
    page, cards, keys = str(uuid.uuid4()), [], []
    while len(cards) < rounds:
        asked = {"page": page, "count": 6, "besides": [card["drawing"] for card in cards][-200:]}
        cards += _ask(client, "cards", asked)["cards"]

    def decide() -> None:
        card = cards[len(keys)]
        keys.append(str(uuid.uuid4()))
        seen = {"claim": card["claim"], "state": card["state"]}
        _ask(client, "decide", {"drawing": card["drawing"], "decision": "accept", "key": keys[-1], **seen})

    _measure("decision", rounds, decide, warm=False)
    _measure("taking it back", rounds, lambda: _ask(client, "undo", {"key": keys.pop(), "page": page}), warm=False)
    _ask(client, "release", {"page": page, "drawings": [card["drawing"] for card in cards][:200]})


def _next(client: Any, filters: dict[str, str]) -> None:
    page = str(uuid.uuid4())
    cards = _ask(client, "cards", {"page": page, "count": 1, "filters": filters})["cards"]
    assert len(cards) == 1
    # Given back, so that each round finds the queue as it was; a small part of what is measured.
    _ask(client, "release", {"page": page, "drawings": [cards[0]["drawing"]]})


def _ask(client: Any, name: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{ADDRESS}{name}/", json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def _measure(name: str, rounds: int, work: Callable[[], object], *, warm: bool = True) -> None:
    if warm:
        work()
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    print(f"{name}: median {statistics.median(took):.1f} ms, slowest {max(took):.1f} ms of {rounds}")


if __name__ == "__main__":
    main()
