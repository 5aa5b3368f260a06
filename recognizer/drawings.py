"""Drawings and their labels: the only writer of both, each change in one transaction.

Left out on purpose: who may change what. The API asks for a visitor's own drawings, the admin for permissions."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

import numpy as np
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.db.models import Case, Value, When
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from django.utils import timezone

from recognizer import address_hashes, at_once, decisions, hiding, ink, locks, prepared, priority, shapes, visitors
from recognizer.changes import drawings_change
from recognizer.deletion import Deleter, drawings_go
from recognizer.models import Drawing, Label, Prediction, Visitor
from recognizer.recognition import Recognition
from recognizer.rooms import members
from recognizer.storing import StorageAwayError
from recognizer.submissions import Submission

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collected:
    """A drawing that was collected elsewhere: its visitor is a row, its submission has a key.

    `digit` counts if it `is_labelled`, and is None for a label that says "not a digit"."""

    visitor: Visitor
    submission: Submission
    recognition: Recognition
    is_labelled: bool
    digit: int | None


_UNCHANGED = object()
_ANY = object()


def store(
    visitor: Visitor,
    submission: Submission,
    recognition: Recognition,
    *,
    room_id: int | None = None,
    address: str | None = None,
) -> Drawing:
    """Keep a drawing with its prediction, and its visitor if that one is new; all of it or nothing, file included.

    Of the `address` that it came from a keyed hash is kept for a while. In a room that is gone meanwhile the drawing is
    the visitor's alone.

    A submission that was stored before under the same key is not stored again; the drawing of then is returned.
    Raises ValueError for an empty one, StorageAwayError for an upload that cannot be kept, Visitor.DoesNotExist for a
    visitor who was deleted meanwhile."""
    if submission.seen.reason == ink.EMPTY:
        raise ValueError("An empty drawing is not stored: there is nothing to learn from it.")
    drawing = _drawing(submission)
    stored = None
    try:
        with transaction.atomic():
            drawing.visitor = visitors.save(visitor)
            drawing.room_id = room_id and members.held(room_id)
            hiding.hide_from_the_start([drawing])
            prepared.insert(drawing)
            drawing.prediction = Prediction(drawing=drawing, **_answer(recognition))
            prepared.insert(drawing.prediction)
            if address is not None:
                address_hashes.note(drawing.visitor, address)
        stored = drawing
    except IntegrityError as error:
        # The same request, sent twice at once; or its visitor has been deleted with all that is theirs.
        if visitor.pk is not None and not Visitor.objects.filter(pk=visitor.pk).exists():
            raise Visitor.DoesNotExist(f"visitor {visitor.pk} was deleted") from error
        stored = already_stored(Visitor(pk=drawing.visitor_id), submission)
        if stored is None:
            raise
    finally:
        if stored is not drawing and drawing.upload:
            _delete_file(drawing.upload.storage, drawing.upload.name)
    return stored


@dataclass(frozen=True)
class Stored:
    """Of a drawing that was just stored, what an answer says of it."""

    pk: int
    source: Drawing.Source
    created_at: datetime


def store_at_once(
    visitor: visitors.Known, submission: Submission, recognition: Recognition, *, address: str
) -> Stored | None:
    """Keep strokes as `store` does, outside of rooms, in one statement.

    Returns None, with nothing kept, where `store` has to look closer: the visitor is blocked, the address is to be
    noted, the drawing is near to a banned shape or stored already, or what is banned has changed. Raises
    Visitor.DoesNotExist for one who is gone."""
    if submission.upload is not None or not address_hashes.is_noted(visitor, address):
        return None
    stamp, banned = shapes.in_memory()
    if banned.ids and banned.of(shapes.vectors_of([submission.seen.image.tobytes()])) != [None]:
        return None
    drawing = _columns(submission) | {"created_at": timezone.now()}
    try:
        key = at_once.insert(drawing, _answer(recognition), visitor, shapes_stamp=stamp)
    except IntegrityError:  # the same request, sent twice
        return None
    if key is None and not visitors.is_there(visitor):
        raise Visitor.DoesNotExist(f"visitor {visitor.pk} was deleted")
    return None if key is None else Stored(key, submission.source, drawing["created_at"])


def already_stored(visitor: Visitor, submission: Submission) -> Drawing | None:
    """The visitor's drawing that the same request made when it came before, if it did."""
    if submission.key is None or visitor.pk is None:
        return None
    return Drawing.objects.of(visitor).with_answers().filter(submission_key=submission.key).first()


def store_collected(items: Iterable[Collected], *, state: str) -> int:
    """Keep collected drawings with predictions and labels in `state`, all of them or none, files included.

    Those that are stored already, by visitor and key, are left as they are. Returns how many are new. Raises ValueError
    for an empty one."""
    new = _not_yet_stored(list(items))
    drawings = []
    try:
        for item in new:
            drawings.append(_drawing(item.submission))
            drawings[-1].visitor = item.visitor
        with transaction.atomic():
            hiding.hide_from_the_start(drawings)
            Drawing.objects.bulk_create(drawings)
            pairs = list(zip(drawings, new, strict=True))
            Prediction.objects.bulk_create([Prediction(drawing=d, **_answer(i.recognition)) for d, i in pairs])
            Label.objects.bulk_create([_collected_label(d, i, state) for d, i in pairs if i.is_labelled])
    except BaseException:
        for drawing in drawings:
            if drawing.upload:
                _delete_file(drawing.upload.storage, drawing.upload.name)
        raise
    return len(drawings)


def set_label(drawing: Drawing, digit: int | None) -> Label:
    """Claim what a drawing shows, None for "not a digit". A changed claim has to be reviewed again.

    Raises Drawing.DoesNotExist when it was deleted meanwhile, ValueError for another digit than 0 to 9."""
    _check_digit(digit)
    with transaction.atomic():
        _lock(drawing)
        value = priority.at_first(digit, Prediction.objects.filter(drawing_id=drawing.pk).first()).as_fields()
        label, is_new = Label.objects.get_or_create(drawing_id=drawing.pk, defaults={"digit": digit, **value})
        if not is_new and label.digit != digit:
            anew = {"state": Label.State.UNREVIEWED, "reviewed_at": None, "reviewed_by": None, "by_agreement": False}
            anew |= {"by_room": False}
            anew |= {"digit": digit, "reading": Label.Reading.CLAIMED, "updated_at": timezone.now(), **value}
            for name, field in anew.items():
                setattr(label, name, field)
            label.save()
        drawings_change.send(sender=Drawing, ids=[drawing.pk])
    return label


def clear_label(drawing: Drawing) -> None:
    """Take the claim back. Raises Drawing.DoesNotExist when the drawing was deleted meanwhile."""
    with transaction.atomic():
        _lock(drawing)
        Label.objects.filter(drawing_id=drawing.pk).delete()
        drawings_change.send(sender=Drawing, ids=[drawing.pk])


def review(
    drawing_ids: Iterable[int],
    state: str,
    *,
    by: AbstractBaseUser | None,
    digit: int | object | None = _UNCHANGED,
    claim: int | object | None = _ANY,
    seen_at: datetime | None = None,
    batch: UUID | None = None,
    seconds: float | None = None,
    by_room: bool = False,
) -> int:
    """Accept or reject the labels of these drawings; returns how many. Drawings without a label are left alone.

    `digit` puts the reviewer's own reading (None: not a digit) in the place of the claim, or where there is none.
    `claim` is what the reviewer saw the label say: one that says something else by now is left alone, and so is one
    that has changed since `seen_at`, when the reviewer saw it. Each decision is written down, with the `batch` that it
    is of and how many `seconds` the reviewer looked. `by_room`: the reviewer is its room's teacher, and decides for the
    room alone."""
    if state not in (Label.State.ACCEPTED, Label.State.REJECTED):
        raise ValueError(f"A review accepts or rejects, it does not make a label {state!r}.")
    if digit is not _UNCHANGED:
        _check_digit(digit)
    count = 0
    changes = {"state": state, "reviewed_by": by, "reviewed_at": timezone.now(), "updated_at": timezone.now()}
    changes |= {"by_agreement": False, "by_room": by_room}
    with transaction.atomic():
        for page in locks.pages(drawing_ids):
            part = locks.drawings(page)
            with decisions.recorded(part, by=by, batch=batch, seconds=seconds):
                if digit is not _UNCHANGED:
                    _label_missing(part, digit)
                    changes |= {"digit": digit, "reading": _reading(digit)}
                labels = Label.objects.filter(drawing_id__in=part)
                labels = labels if claim is _ANY else labels.filter(digit=claim)
                labels = labels if seen_at is None else labels.filter(updated_at__lte=seen_at)
                count += labels.update(**changes)
    return count


def agree(drawing_id: int, digit: int | None) -> bool:
    """Accept a label that says `digit` and that nobody has reviewed, as visitors agree on it; return whether it was."""
    now = timezone.now()
    accepted = {"state": Label.State.ACCEPTED, "by_agreement": True, "reviewed_at": now, "updated_at": now}
    with transaction.atomic():
        part = locks.drawings([drawing_id])
        labels = Label.objects.filter(drawing_id__in=part, digit=digit, state=Label.State.UNREVIEWED)
        with decisions.recorded(part, by=None):
            return bool(labels.update(by_room=False, **accepted))


def disagree(drawing_id: int) -> bool:
    """Leave a label that was accepted by agreement to people again; return whether there was one."""
    with transaction.atomic():
        part = locks.drawings([drawing_id])
        undone = {"state": Label.State.UNREVIEWED, "by_agreement": False, "reviewed_at": None}
        with decisions.recorded(part, by=None):
            labels = Label.objects.filter(drawing_id__in=part, by_agreement=True)
            return bool(labels.update(updated_at=timezone.now(), **undone))


def delete(drawing: Drawing, *, by: str = Deleter.VISITOR) -> None:
    """Delete a drawing with all that came of it: prediction, label, file."""
    delete_many([drawing.pk], by=by)


def delete_many(drawing_ids: Iterable[int], *, by: str) -> int:
    """Delete drawings with all that came of them, all of them or none; returns how many were there."""
    count = 0
    with transaction.atomic():
        for page in locks.pages(drawing_ids):
            # What comes of it is looked for once nobody can add to it.
            part = locks.drawings(page)
            Drawing.objects.filter(pk__in=part).delete(by=by)
            count += len(part)
    return count


def seen_array(drawing: Drawing) -> np.ndarray:
    """What the network saw of it, uint8 (28, 28)."""
    return np.frombuffer(bytes(drawing.seen), np.uint8).reshape(28, 28)


@receiver(pre_delete, sender=Visitor)
def _say_what_goes_along(sender: type[Visitor], instance: Visitor, **kwargs: object) -> None:
    """A visitor takes all drawings along, of which nothing else tells."""
    locks.visitors([instance.pk])
    known = instance.drawings.order_by("pk").values_list("pk", flat=True)
    if ids := [pk for page in locks.pages(known) for pk in locks.drawings(page)]:
        drawings_go.send(sender=Drawing, ids=ids, by=Deleter.ADMIN)


@receiver(post_delete, sender=Drawing)
def _delete_upload(sender: type[Drawing], instance: Drawing, **kwargs: object) -> None:
    """A signal, since drawings are also deleted in bulk, and along with their visitor."""
    if instance.upload:
        transaction.on_commit(partial(_delete_file, instance.upload.storage, instance.upload.name))


def _delete_file(storage: Storage, name: str) -> None:
    try:
        storage.delete(name)
    except OSError:
        logger.exception("The upload %s is no longer needed and could not be deleted.", name)


def _drawing(submission: Submission) -> Drawing:
    """A drawing that is not a row yet; its upload, if it has one, is a file already."""
    drawing = Drawing(**_columns(submission))
    if submission.upload is not None:
        try:
            drawing.upload.save(f"{uuid4().hex}.png", ContentFile(submission.upload), save=False)
        except OSError as error:
            raise StorageAwayError(f"an upload could not be kept: {error}") from error
    return drawing


def _columns(submission: Submission) -> dict[str, object]:
    """What a drawing has of its submission but for its file, by the names of the columns."""
    seen = submission.seen.image.tobytes()
    found: dict[str, object] = {
        "source": submission.source,
        "seen": seen,
        "fingerprint": shapes.fingerprint(seen),
        "preprocessing_version": ink.PREPROCESSING_VERSION,
        "submission_key": submission.key,
    }
    return found if submission.strokes is None else found | submission.strokes.as_json()


def _not_yet_stored(items: list[Collected]) -> list[Collected]:
    if any(item.submission.seen.reason == ink.EMPTY for item in items):
        raise ValueError("An empty drawing is not stored: there is nothing to learn from it.")
    stored = set()
    for start in range(0, len(items), locks.IDS_AT_ONCE):
        keys = [item.submission.key for item in items[start : start + locks.IDS_AT_ONCE]]
        stored.update(Drawing.objects.filter(submission_key__in=keys).values_list("visitor_id", "submission_key"))
    return [item for item in items if (item.visitor.pk, item.submission.key) not in stored]


def _collected_label(drawing: Drawing, item: Collected, state: str) -> Label:
    _check_digit(item.digit)
    value = priority.at_first(item.digit, item.recognition).as_fields()
    reviewed_at = None if state == Label.State.UNREVIEWED else timezone.now()
    return Label(drawing=drawing, digit=item.digit, state=state, reviewed_at=reviewed_at, **value)


def _answer(recognition: Recognition) -> dict[str, object]:
    return {
        "version_id": recognition.version_id,
        "digit": recognition.digit,
        "confidence": recognition.confidence,
        "probabilities": recognition.probabilities,
        "reason": recognition.reason or "",
    }


def _check_digit(digit: object) -> None:
    if digit is not None and digit not in range(10):
        raise ValueError(f"A label is a digit from 0 to 9, or None for no digit, not {digit!r}.")


def _lock(drawing: Drawing) -> None:
    """So that a drawing is not deleted, or labelled by somebody else, while its label changes."""
    if not locks.drawings([drawing.pk]):
        raise Drawing.DoesNotExist(f"{drawing} was deleted")


def _reading(digit: int | None) -> Case:
    """Whose reading `digit` is, put in the place of what the label says."""
    reading = Label.Reading
    return Case(
        When(reading=reading.ADDED, then=Value(reading.ADDED)),
        When(reading=reading.CLAIMED, digit=digit, then=Value(reading.CLAIMED)),
        default=Value(reading.REPLACED),
    )


def _label_missing(ids: list[int], digit: int | None) -> None:
    drawings = Drawing.objects.filter(pk__in=ids, label__isnull=True).values_list("pk", flat=True)
    added = [Label(drawing_id=pk, digit=digit, reading=Label.Reading.ADDED) for pk in drawings]
    Label.objects.bulk_create(added, ignore_conflicts=True)
