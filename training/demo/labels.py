"""What the demo's visitors and reviewers decided, as rows: labels, and the trail of decisions that led to them.

Left out on purpose: deciding (`story.py`), and the site's own writers, which date everything to the present."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from recognizer import decisions
from recognizer.models import Decision, Drawing, Label, Prediction, Visitor
from training.demo.story import Fate

Kind, State = Decision.Kind, Label.State
AFTERTHOUGHT = timedelta(minutes=3)
LEAST_SECONDS = 1.2  # that a reviewer looks at a drawing


def label_of(drawing: Drawing, fate: Fate, read: Prediction, reviewers: list[User], now: datetime) -> Label | None:
    """The label as it stands in the end; None if nobody said anything."""
    if not fate.has_label:
        return None
    decided = fate.verdict != State.UNREVIEWED
    moment = now - timedelta(days=fate.days_ago)
    claimed_share = 1.0 if fate.digit is None else read.probabilities[fate.digit]
    reading = Label.Reading.REPLACED if fate.is_labelled else Label.Reading.ADDED
    return Label(
        drawing=drawing,
        digit=fate.digit,
        state=fate.verdict,
        reading=reading if fate.is_replaced else Label.Reading.CLAIMED,
        created_at=drawing.created_at + timedelta(seconds=8) if fate.is_labelled else moment,
        updated_at=moment if decided else drawing.created_at + timedelta(seconds=8),
        reviewed_at=moment if decided else None,
        reviewed_by=reviewers[fate.reviewer] if decided else None,
        priority=round(1.0 - claimed_share, 4),
    )


def decisions_of(label: Label, fate: Fate) -> Iterator[Decision]:
    """How the label came to stand as it does, in the order in which it happened."""
    if fate.verdict == State.UNREVIEWED:
        return
    claimed = _state(label) | {
        "digit": fate.claim, "state": State.UNREVIEWED.value, "reading": Label.Reading.CLAIMED.value,
        "reviewed_at": None, "reviewed_by_id": None,
    }  # fmt: skip
    before = claimed if fate.is_labelled else None
    if fate.is_disputed:
        earlier = label.reviewed_at - 2 * AFTERTHOUGHT
        rejected = _state(label) | {"state": State.REJECTED.value, "reviewed_at": earlier.isoformat()}
        regretted = _decision(label, Kind.REJECT, before, rejected, earlier)
        regretted.undone_at = earlier + AFTERTHOUGHT
        yield regretted
        yield _decision(label, Kind.UNDO, rejected, before, regretted.undone_at, undoes=regretted)
    after = _state(label)
    yield _decision(label, decisions.kind_of(before, after), before, after, label.reviewed_at)


def hide(drawing: Drawing, reviewer: User, moment: datetime) -> Decision:
    """Hide a drawing that is not saved yet; return the decision."""
    drawing.hidden_as, drawing.hidden_at = Drawing.Hidden.BY_PERSON, moment
    words = "Demo content: nothing that anybody should be shown."
    return Decision(kind=Kind.HIDE, drawing=drawing, by=reviewer, reason=words, created_at=moment)


def block(visitor: Visitor, drawings: list[Drawing], reviewer: User, moment: datetime) -> Decision:
    """Block a visitor whose drawings are not saved yet; return the decision."""
    visitor.blocked_at = moment
    for drawing in drawings:
        drawing.hidden_as, drawing.hidden_at = Drawing.Hidden.VISITOR, max(moment, drawing.created_at)
    words = "Demo content: drew the same over and over."
    return Decision(kind=Kind.BLOCK, visitor=visitor, by=reviewer, reason=words, created_at=moment)


def _state(label: Label) -> decisions.State:
    state = {name: getattr(label, name) for name in decisions.FIELDS}
    return state | {
        "state": str(label.state),
        "reading": str(label.reading),
        "reviewed_at": label.reviewed_at and label.reviewed_at.isoformat(),
    }


def _decision(
    label: Label,
    kind: str,
    before: decisions.State | None,
    after: decisions.State | None,
    moment: datetime,
    *,
    undoes: Decision | None = None,
) -> Decision:
    seconds = round(LEAST_SECONDS + 3 * label.priority, 1)
    return Decision(
        kind=kind, drawing_id=label.drawing_id, by=label.reviewed_by, before=before, after=after, seconds=seconds,
        created_at=moment, undoes=undoes,
    )  # fmt: skip
