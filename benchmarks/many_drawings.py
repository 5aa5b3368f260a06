"""Fills an empty database with very many drawings as a site would have them after months, in a few minutes.

Rows alone, made in bulk and past the site: days, visitors, answers of several versions, labels of all states. Left out
on purpose: pictures, of which every drawing gets the same small one."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from recognizer import versions
from recognizer.models import Deployment, Drawing, Label, ModelVersion, Prediction, Visitor

AT_ONCE = 5_000
DRAWINGS_EACH = 25  # of a visitor
SEEN = bytes(784)
STROKES = [[[[90, 20], [150, 20], [110, 130]]], [[[9, 9], [20, 20]], [[15, 9], [15, 20]]]]
# Shares of drawings: labelled at all, of these accepted, rejected; read as none; hidden
LABELLED, ACCEPTED, REJECTED, NO_DIGIT, HIDDEN = 0.5, 0.6, 0.05, 0.03, 0.005
RIGHT = [0.90, 0.93, 0.96]  # of each third of the time, as versions got better


def fill(count: int, *, days: int = 90, seed: int = 0, note: Callable[[int], object] = print) -> None:
    """Add so many drawings, spread over so many days up to now."""
    chance = random.Random(seed)
    answering = _versions(end := timezone.now(), days)
    visitors = _visitors(max(1, count // DRAWINGS_EACH), chance)
    first = (Drawing.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    for start in range(0, count, AT_ONCE):
        part = range(start, min(count, start + AT_ONCE))
        moments = [end - timedelta(days=days) * (1 - (number + 1) / count) for number in part]
        _store(list(_rows(first + start, moments, answering, visitors, chance, start / count)))
        note(part.stop)
    _set_next_number()


def _versions(end: datetime, days: int) -> list[ModelVersion]:
    """The shipped version and two more like it, each live for a third of the days."""
    first = versions.ensure_shipped()
    found = list(ModelVersion.objects.filter(number__gte=first.version.number).order_by("number"))
    while len(found) < len(RIGHT):
        found.append(_like(found[-1]))
    if Deployment.objects.count() == 1:
        turns = [end - timedelta(days=days - days * turn // len(RIGHT)) for turn in range(len(RIGHT))]
        Deployment.objects.update(started_at=turns[0], ended_at=turns[1], is_live=False)
        for version, began, ended in zip(found[1:], turns[1:], [*turns[2:], None], strict=True):
            Deployment.objects.create(
                version=version, kind="promote", started_at=began, ended_at=ended, is_live=not ended
            )
    return found


def _like(version: ModelVersion) -> ModelVersion:
    copy = ModelVersion.objects.get(pk=version.pk)
    copy.pk, copy.number, copy.source = None, version.number + 1, ModelVersion.Source.TRAINED
    copy.save()
    return copy


def _visitors(count: int, chance: random.Random) -> list[int]:
    rows = [Visitor(key_hash=f"{chance.getrandbits(256):064x}", held_out=number % 5 == 0) for number in range(count)]
    return [row.pk for row in Visitor.objects.bulk_create(rows, batch_size=AT_ONCE)]


def _rows(
    first: int,
    moments: list[datetime],
    answering: list[ModelVersion],
    visitors: list[int],
    chance: random.Random,
    done: float,
) -> Iterator[tuple[Drawing, Prediction, Label | None]]:
    for number, moment in enumerate(moments):
        hidden = chance.random() < HIDDEN
        drawing = Drawing(
            pk=first + number, visitor_id=chance.choice(visitors), source="strokes", strokes=chance.choice(STROKES),
            width=200, height=150, seen=SEEN, preprocessing_version=1, created_at=moment,
            hidden_as="hidden" if hidden else "", hidden_at=moment if hidden else None,
        )  # fmt: skip
        true = chance.randrange(10)
        yield drawing, _prediction(drawing, answering, true, chance, done), _label(drawing, true, moment, chance)


def _prediction(
    drawing: Drawing, answering: list[ModelVersion], true: int, chance: random.Random, done: float
) -> Prediction:
    turn = int(done * len(RIGHT))
    confidence = min(1.0, 0.4 + 0.6 * chance.random() ** 0.3)
    right = chance.random() < RIGHT[turn]
    digit = None if chance.random() < NO_DIGIT else true if right else chance.randrange(10)
    reason = "not_a_digit" if digit is None else ""
    return Prediction(
        drawing=drawing, version=answering[turn], digit=digit, confidence=confidence, probabilities=[], reason=reason
    )


def _label(drawing: Drawing, true: int, moment: datetime, chance: random.Random) -> Label | None:
    if chance.random() > LABELLED:
        return None
    place = chance.random()
    state = "accepted" if place < ACCEPTED else "rejected" if place < ACCEPTED + REJECTED else "unreviewed"
    reviewed = None if state == "unreviewed" else moment
    return Label(
        drawing=drawing, digit=None if chance.random() < 0.02 else true, state=state, reviewed_at=reviewed,
        created_at=moment, updated_at=moment,
    )  # fmt: skip


def _store(rows: list[tuple[Drawing, Prediction, Label | None]]) -> None:
    with transaction.atomic():
        Drawing.objects.bulk_create([drawing for drawing, *_ in rows])
        Prediction.objects.bulk_create([prediction for _, prediction, _ in rows])
        Label.objects.bulk_create([label for *_, label in rows if label])


def _set_next_number() -> None:
    """PostgreSQL goes on counting where it was, whatever numbers rows were given."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            newest = "(SELECT max(id) FROM recognizer_drawing)"
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('recognizer_drawing', 'id'), {newest})")
            cursor.execute("VACUUM ANALYZE")
