"""Writes the demo's visitors, drawings and labels as rows, some days back each.

Left out on purpose: versions and jobs (`version_rows.py`), and making any of it (`made.py`)."""

from collections import Counter
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from recognizer import ink
from recognizer.models import Decision, Drawing, Label, ModelVersion, Prediction, Visitor
from training.demo import labels
from training.demo.made import Made
from training.demo.story import REVIEWERS

REVIEWER = "demo-reviewer-{}"
FEWEST_OF_BLOCKED = 3
AT_ONCE = 200


def reviewers() -> list[User]:
    """Accounts that nobody can sign in with; somebody has to have decided."""
    made = []
    for number in range(1, REVIEWERS + 1):
        user = User(username=REVIEWER.format(number), last_name="Demo content", is_active=False)
        user.set_unusable_password()
        user.save()
        made.append(user)
    return made


def visitors(made: Made, now: datetime) -> list[Visitor]:
    first: dict[int, float] = {}
    for drawn in made.drawn:
        first.setdefault(drawn.person, drawn.days_ago)  # the oldest come first
    return Visitor.objects.bulk_create(
        Visitor(is_demo=True, held_out=person.held_out, created_at=now - timedelta(days=first.get(number, 0.0)))
        for number, person in enumerate(made.people)
    )


def drawings(
    made: Made, those: list[Visitor], answering: dict[int, ModelVersion], by: list[User], now: datetime
) -> tuple[list[Drawing], list[Decision]]:
    """Drawings with their predictions, and the decisions, not saved yet, by which some of them are hidden.

    `answering` has the version for each answer's key."""
    rows = [_drawing(one, those[one.person], now) for one in made.drawn]
    trail = [
        labels.hide(row, by[fate.reviewer], now - timedelta(days=fate.days_ago))
        for row, fate in zip(rows, made.fates, strict=True)
        if fate.is_hidden
    ]
    trail += _blocked(rows, those, by[0], now)
    Drawing.objects.bulk_create(rows, batch_size=AT_ONCE)
    Visitor.objects.bulk_update([decision.visitor for decision in trail if decision.visitor], ["blocked_at"])
    for decision in trail:
        decision.drawing_id = decision.drawing and decision.drawing.pk
    for row, answer in zip(rows, made.answers, strict=True):
        row.prediction = Prediction(
            drawing=row,
            version=answering[answer.version_id],
            digit=answer.digit,
            confidence=answer.confidence,
            probabilities=answer.probabilities,
            reason=answer.reason or "",
        )
    Prediction.objects.bulk_create([row.prediction for row in rows], batch_size=AT_ONCE)
    return rows, trail


def decide(made: Made, rows: list[Drawing], trail: list[Decision], by: list[User], now: datetime) -> list[Label]:
    """Labels; and the decisions that led to them, with those of the `trail` so far, in the order of their moments."""
    found, trail = [], [*trail]
    for row, fate in zip(rows, made.fates, strict=True):
        label = labels.label_of(row, fate, row.prediction, by, now)
        if label:
            found.append(label)
            trail += labels.decisions_of(label, fate)
    Label.objects.bulk_create(found, batch_size=AT_ONCE)
    _keep(trail)
    return found


def _keep(trail: list[Decision]) -> None:
    """Store decisions in the order of their moments. What takes another back refers to it once that has its key."""
    undone = {id(decision): decision.undoes for decision in trail if decision.undoes}
    for decision in trail:
        decision.undoes = None
    trail.sort(key=lambda decision: decision.created_at)
    Decision.objects.bulk_create(trail, batch_size=AT_ONCE)
    taking_back = [decision for decision in trail if id(decision) in undone]
    for decision in taking_back:
        decision.undoes = undone[id(decision)]
    Decision.objects.bulk_update(taking_back, ["undoes"])


def _drawing(one, visitor: Visitor, now: datetime) -> Drawing:
    submission = one.submission
    return Drawing(
        visitor=visitor,
        source=submission.source,
        seen=submission.seen.image.tobytes(),
        preprocessing_version=ink.PREPROCESSING_VERSION,
        created_at=now - timedelta(days=one.days_ago),
        **submission.strokes.as_json(),
    )


def _blocked(rows: list[Drawing], those: list[Visitor], by: User, now: datetime) -> list[Decision]:
    """Somebody who drew a little is blocked, if there is one."""
    counts = Counter(row.visitor_id for row in rows)
    few = sorted((n, key) for key, n in counts.items() if n >= FEWEST_OF_BLOCKED)
    if not few:
        return []
    visitor = next(one for one in those if one.pk == few[0][1])
    own = [row for row in rows if row.visitor_id == visitor.pk and not row.hidden_as]
    return [labels.block(visitor, own, by, now - timedelta(days=1))]
