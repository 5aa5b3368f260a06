"""A site with a million drawings, made in a minute or two: what the lists and the dashboard are measured on.

    DATA_DIR=/tmp/big .venv/bin/python -m benchmarks.million --rows 1000000

Fills the database that the settings name (SQLite in DATA_DIR, or DATABASE_URL), which must be empty of drawings. As on
a real site a few visitors drew thousands and most a handful, newer versions answered later, one drawing in three has a
label, one in a hundred is hidden. Drawings repeat a few thousand generated digits. Left out on purpose: uploads, and
weights of any version but the shipped one."""

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

ROWS_AT_ONCE = 20_000
PICTURES = 3_000
VERSIONS = 12
DAYS = 730
# Of all drawings; what is left has no label
SHARES = {"accepted": 0.17, "unreviewed": 0.13, "rejected": 0.02}
WRONG = 0.05  # of the answers; of half of these drawings the visitor said so
STROKES = json.dumps([[[60, 20], [140, 25], [110, 80], [90, 140]]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.perf_counter()
    set_up()
    fill(options.rows, seed=options.seed)
    print(f"{options.rows:,} drawings in {time.perf_counter() - started:.0f} s")


def set_up() -> None:
    """Make Django ready, and the tables."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(count: int, *, seed: int = 1) -> None:
    """Insert so many drawings with all that belongs to them. Raises ValueError if there is any."""
    from recognizer import versions
    from recognizer.models import Drawing, Label, ModelVersion, Prediction, Visitor

    if Drawing.objects.exists():
        raise ValueError("There are drawings here: a million more would be mixed with them. Name an empty database.")
    rng = np.random.default_rng(seed)
    versions.ensure_shipped()
    _add_versions()
    people = max(count // 10, 1)
    now = datetime.now(UTC)
    visitors = _visitors(people, rng, now)
    insert(Visitor, visitors, people)
    shown, read, means, state = _what(count, rng)
    insert(Drawing, _drawings(count, visitors, shown, rng, now), count)
    ids = sorted(ModelVersion.objects.order_by("number").values_list("pk", flat=True))
    insert(Prediction, _predictions(count, read, ids, rng), count)
    labelled = np.flatnonzero(state != "")
    insert(Label, _labels(labelled, means, state, count, now), len(labelled))
    _finish()


def insert(model: Any, columns: dict[str, Sequence], count: int) -> None:
    """Insert `count` rows by the quickest way there is; columns that are not given get their fields' defaults."""
    from django.db import connection, transaction

    fields = [field for field in model._meta.concrete_fields if not field.generated]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        for start in range(0, count, ROWS_AT_ONCE):
            rows = _rows(fields, columns, start, min(start + ROWS_AT_ONCE, count))
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(fields))})", rows)


def _rows(fields: list, columns: dict[str, Sequence], start: int, stop: int) -> Iterator[tuple]:
    from django.db import connection

    def values(field: Any) -> Sequence:
        if field.attname not in columns:
            return [field.get_db_prep_save(field.get_default(), connection)] * (stop - start)
        part = columns[field.attname][start:stop]
        part = part.tolist() if isinstance(part, np.ndarray) else part
        if any(isinstance(one, datetime) for one in part[:50]):
            return [one and connection.ops.adapt_datetimefield_value(one) for one in part]
        return part

    return zip(*map(values, fields), strict=True)


def _add_versions() -> None:
    from django.utils import timezone

    from recognizer.models import ModelVersion

    kept = {"architecture": "deep", "source": "trained", "size_bytes": 1, "parameter_count": 1}
    ModelVersion.objects.bulk_create(
        ModelVersion(
            number=1000 + n, sha256=f"{n:064x}", preprocessing_version=2, weights_removed_at=timezone.now(), **kept
        )
        for n in range(VERSIONS - 1)
    )


def _visitors(people: int, rng: np.random.Generator, now: datetime) -> dict[str, Sequence]:
    ids = np.arange(1, people + 1)
    first = sorted(rng.random(people) * DAYS, reverse=True)
    blocked = rng.random(people) < 0.005
    return {
        "id": ids,
        "key_hash": [f"{pk:064x}" for pk in ids.tolist()],
        "held_out": ids % 5 == 0,
        "shared_at": [now if one else None for one in rng.random(people) < 0.3],
        "blocked_at": [now if one else None for one in blocked],
        "created_at": [now - timedelta(days=one) for one in first],
    }


def _what(count: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """What is drawn 0 to 9, read (-1: no digit), claimed (-1: no digit), and the label's state or ""."""
    shown = rng.integers(0, 10, count)
    read = np.where(rng.random(count) < WRONG, rng.integers(-1, 10, count), shown)
    means = np.where(rng.random(count) < 0.01, rng.integers(-1, 10, count), shown)
    state = np.full(count, "", dtype="<U10")
    draw, floor = rng.random(count), 0.0
    for name, share in SHARES.items():
        state[(draw >= floor) & (draw < floor + share)] = name
        floor += share
    state[(read != shown) & (state == "") & (rng.random(count) < 0.5)] = "unreviewed"
    return shown, read, means, state


def _drawings(
    count: int, people: dict[str, Sequence], shown: np.ndarray, rng: np.random.Generator, now: datetime
) -> dict[str, Sequence]:
    from recognizer.ink import likeness

    images, labels = _pictures(int(rng.integers(1 << 30)))
    places = _some_of_each(labels, shown, rng)
    prints = likeness.fingerprints(likeness.vectors(images))
    seen = [image.tobytes() for image in images]
    # A few visitors drew thousands, most a handful
    visitors = (len(people["id"]) * rng.random(count) ** 2.5).astype(np.int64) + 1
    blocked = np.array([bool(one) for one in people["blocked_at"]])[visitors - 1]
    hidden = np.where(blocked, "blocked", np.where(rng.random(count) < 0.01, "hidden", "")).tolist()
    created = _moments(count, now)
    return {
        "id": np.arange(1, count + 1),
        "visitor_id": visitors,
        "source": ["strokes"] * count,
        "strokes": [STROKES] * count,
        "width": [200.0] * count,
        "height": [150.0] * count,
        "seen": [seen[place] for place in places.tolist()],
        "fingerprint": prints[places],
        "preprocessing_version": [2] * count,
        "hidden_as": hidden,
        "hidden_at": [now if one else None for one in hidden],
        "created_at": created,
    }


def _predictions(count: int, read: np.ndarray, version_ids: list[int], rng: np.random.Generator) -> dict[str, Sequence]:
    confidence = np.clip(rng.beta(12, 1, count), 0.1, 1.0).round(6)
    shares = {digit: json.dumps([0.91 if n == digit else 0.01 for n in range(10)]) for digit in range(-1, 10)}
    digits = read.tolist()
    return {
        "drawing_id": np.arange(1, count + 1),
        "version_id": [version_ids[place] for place in (np.arange(count) * len(version_ids) // count).tolist()],
        "digit": [None if digit < 0 else digit for digit in digits],
        "confidence": confidence,
        "probabilities": [shares[digit] for digit in digits],
        "reason": ["not_a_digit" if digit < 0 else "" for digit in digits],
    }


def _labels(places: np.ndarray, means: np.ndarray, state: np.ndarray, count: int, now: datetime) -> dict[str, Sequence]:
    created = _moments(count, now)
    when = [created[place] for place in places.tolist()]
    states = state[places].tolist()
    reviewed = [None if one == "unreviewed" else day + timedelta(days=1) for one, day in zip(states, when, strict=True)]
    return {
        "drawing_id": places + 1,
        "digit": [None if digit < 0 else digit for digit in means[places].tolist()],
        "state": states,
        "priority": np.random.default_rng(len(places)).random(len(places)).round(6),
        "created_at": when,
        "updated_at": [done or day for done, day in zip(reviewed, when, strict=True)],
        "reviewed_at": reviewed,
    }


def _moments(count: int, now: datetime) -> list[datetime]:
    """When each was drawn: evenly over two years, the newest last."""
    step = timedelta(days=DAYS) / count
    return [now - timedelta(days=DAYS) + step * place for place in range(count)]


def _pictures(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 (n, 28, 28) and their digits."""
    from training.generated import Counts, draw_all

    made = draw_all(Counts(handwritten=PICTURES), seed=seed)
    return made.images, made.labels


def _some_of_each(labels: np.ndarray, shown: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    places = np.empty(len(shown), np.int64)
    for digit in range(10):
        wanted = shown == digit
        places[wanted] = rng.choice(np.flatnonzero(labels == digit), int(wanted.sum()))
    return places


def _finish() -> None:
    """Let ids go on behind the given ones, and the planner know the tables."""
    from django.core.management.color import no_style
    from django.db import connection

    from recognizer.models import Drawing, Visitor

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Visitor, Drawing]):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
