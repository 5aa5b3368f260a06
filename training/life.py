"""A drawing's life in steps: stored, labelled, reviewed, learnt by which version, and what that one reads in it now.

Told to whoever drew it, so that reviewers have no names here, and whether somebody hid the drawing is not said. Left
out on purpose: promises. When somebody reviews, and what the next training takes, nobody knows before."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recognizer import recognition, versions
from recognizer.models import Decision, Deployment, Drawing, Label, ModelVersion
from recognizer.words import counted, dated, join_words
from training import learnt, readings
from training.learnt import Lesson


class State(TextChoices):
    """How a step stands; the page shows each with a mark and a word of its own."""

    DONE = "done", gettext_lazy("done")
    NOW = "now", gettext_lazy("now")
    AHEAD = "ahead", gettext_lazy("still to come")
    ENDED = "ended", gettext_lazy("ends here")


@dataclass(frozen=True)
class Step:
    name: str
    state: State
    title: str
    words: str
    at: datetime | None = None


def steps(drawing: Drawing, *, is_own: bool = True) -> list[Step]:
    """The steps of a drawing that came `with_answers()` and with its visitor, who is told as "you" if they ask."""
    label: Label | None = getattr(drawing, "label", None)
    lessons = learnt.of(drawing.pk)
    told = [_stored(drawing), _labelled(drawing, label, is_own=is_own)]
    if label is not None:
        told.append(_reviewed(label, is_own=is_own))
        if lessons or label.state != Label.State.REJECTED:
            told.append(_learnt(drawing, label, lessons))
    return [*told, *_live(lessons), *_read_now(drawing, label, lessons)]


def _stored(drawing: Drawing) -> Step:
    answer = drawing.prediction
    reading = readings.Reading(answer.digit, answer.confidence)
    words = _("Version %(version)s, which answered then, read %(as)s.") % {
        "version": answer.version.number,
        "as": _as(reading),
    }
    return Step("stored", State.DONE, _("Stored"), words, drawing.created_at)


def _labelled(drawing: Drawing, label: Label | None, *, is_own: bool) -> Step:
    if label is None:
        words = _("Whoever drew it has not said what it shows. Only what has a label is reviewed and learnt.")
        return Step("labelled", State.NOW, _("No label yet"), words)
    if label.reading == Label.Reading.ADDED:
        words = _("Whoever drew it did not say what it shows; a person who looked at it did.")
        return Step("labelled", State.DONE, _("Labelled %(label)s") % {"label": label}, words, label.created_at)
    claim = _claim(label)
    words = "" if claim == drawing.prediction.digit else _("That is another answer than the network's: a correction.")
    who = _("You") if is_own else _("Who drew it")
    said = _name(claim) if claim is not _UNKNOWN else _("what it shows")
    return Step(
        "labelled", State.DONE, _("%(who)s said %(said)s") % {"who": who, "said": said}, words, label.created_at
    )


_UNKNOWN = object()


def _claim(label: Label) -> int | object | None:
    """What the visitor said, also where a reviewer has put another digit in its place."""
    if label.reading == Label.Reading.CLAIMED:
        return label.digit
    changed = Decision.objects.filter(drawing=label.drawing_id, kind=Decision.Kind.RELABEL).order_by("pk")
    for before in changed.values_list("before", flat=True):
        if before and before["reading"] == Label.Reading.CLAIMED:
            return before["digit"]
    return _UNKNOWN


def _reviewed(label: Label, *, is_own: bool) -> Step:
    name, at = "reviewed", label.reviewed_at
    if label.state == Label.State.UNREVIEWED:
        words = _("It waits for a person to look at it.")
        if settings.LABEL_AGREEMENT:
            words = _("It waits for a person to look at it, or for other visitors to say the same.")
        return Step(
            name,
            State.NOW,
            _("In review"),
            _("%(words)s How long that takes depends on how much else waits.") % {"words": words},
        )
    if label.state == Label.State.REJECTED:
        words = _(
            "A person looked at it and could not be sure that it shows %(shown)s. It teaches nothing then, and counts "
            "for nothing either."
        ) % {"shown": _shown(label)}
        words += " " + _("You can change what you said, and it is looked at anew.") if is_own else ""
        return Step(name, State.ENDED, _("Not accepted"), words, at)
    if label.by_agreement:
        words = _("Other visitors, who were not told what it was called, said %(digit)s too.") % {
            "digit": _name(label.digit)
        }
    elif label.reading == Label.Reading.REPLACED:
        words = _("A person looked at it and read %(digit)s: that is what counts from now on.") % {
            "digit": _name(label.digit)
        }
    else:
        words = _("A person looked at it and agrees: %(digit)s.") % {"digit": _name(label.digit)}
    return Step(name, State.DONE, _("Accepted as %(digit)s") % {"digit": _name(label.digit)}, words, at)


def _learnt(drawing: Drawing, label: Label, lessons: list[Lesson]) -> Step:
    name = "learnt"
    if lessons:
        return _taught(label, lessons)
    if drawing.visitor.held_out:
        words = _(
            "The drawings of some visitors, among them whoever drew this, teach nothing: they measure how well the "
            "network reads people whom it has never met."
        )
        state = State.DONE if label.state == Label.State.ACCEPTED else State.AHEAD
        return Step(name, state, _("Measures the network"), words)
    if label.state != Label.State.ACCEPTED:
        return Step(
            name, State.AHEAD, _("Learning"), _("Once it is accepted, the next training on drawings can learn it.")
        )
    if job := learnt.being_learnt(drawing.pk):
        words = _("It is among what a training reads right now.")
        return Step(name, State.NOW, _("Being learnt"), words, job.started_at)
    if label.by_room and not settings.ROOM_LABELS_TRAIN_SITE:
        words = _(
            "The teacher of its room accepted it, which counts in the room alone: a version of the room can learn it."
        )
        return Step(name, State.AHEAD, _("Not learnt yet"), words)
    words = _("The next training on drawings can learn it. Of visitors who drew very much it takes a part.")
    return Step(name, State.AHEAD, _("Not learnt yet"), words)


def _taught(label: Label, lessons: list[Lesson]) -> Step:
    first, numbers = lessons[-1], [str(lesson.version.number) for lesson in reversed(lessons)]
    snapshot = first.snapshot
    words = _("Version %(version)s learnt from %(drawings)s of %(visitors)s, and this was one of them.") % {
        "version": first.version.number,
        "drawings": counted(snapshot.count, "drawing"),
        "visitors": counted(snapshot.visitors, "visitor"),
    }
    if first.digit != label.digit:
        words += " " + _("It was learnt as %(digit)s, as the label was then.") % {"digit": _name(first.digit)}
    if len(numbers) > 1:
        words += " " + _("So did %(some)s.") % {"some": _some(numbers[1:])}
    return Step(
        "learnt",
        State.DONE,
        _("Learnt by version %(numbers)s") % {"numbers": numbers[0]},
        words,
        first.version.created_at,
    )


def _live(lessons: list[Lesson]) -> list[Step]:
    """Whether the newest version that learnt it has gone live."""
    if not lessons:
        return []
    version = lessons[0].version
    last = Deployment.objects.filter(version=version).order_by("-pk").first()
    if last is None:
        words = _("Version %(version)s has not answered anybody so far.") % {"version": version.number}
        return [Step("live", State.AHEAD, _("Not live yet"), words)]
    if last.is_live:
        return [
            Step(
                "live",
                State.DONE,
                _("Live"),
                _("Version %(version)s answers everybody now.") % {"version": version.number},
                last.started_at,
            )
        ]
    words = _("Version %(version)s answered everybody for a time; another one does now.") % {"version": version.number}
    return [Step("live", State.DONE, _("Was live"), words, last.started_at)]


def _read_now(drawing: Drawing, label: Label | None, lessons: list[Lesson]) -> list[Step]:
    """What the newest version that learnt it reads in it now, and what the version does that answers now."""
    found = []
    try:
        live = recognition.live()
    except versions.VersionError:
        return []  # nothing answers anybody now
    if lessons and lessons[0].version.pk != live.version_id:
        found.append(_reading_step(lessons[0].version, drawing, label))
    reading = readings.of(live, [drawing]).get(drawing.pk)
    title = _("Version %(live)s reads %(as)s now") % {"live": live.number, "as": _as(reading)}
    also = lessons and lessons[0].version.pk == live.version_id
    said = _("That is the version that answers everybody.")
    if also:
        said = _("That is the version that answers everybody, and learnt it.")
    words = f"{said} {_judged(reading, label)}".strip()
    return [*found, Step("reading", State.DONE, title, words)]


def _reading_step(version: ModelVersion, drawing: Drawing, label: Label | None) -> Step:
    try:
        reading = readings.of(recognition.for_version(version), [drawing]).get(drawing.pk)
    except versions.VersionError:
        return Step(
            "lesson",
            State.ENDED,
            _("Version %(version)s cannot be asked any more") % {"version": version.number},
            _why_not(version),
        )
    said = _("That is the newest version that learnt it.")
    words = f"{said} {_judged(reading, label)}".strip()
    return Step(
        "lesson",
        State.DONE,
        _("Version %(version)s reads %(as)s now") % {"version": version.number, "as": _as(reading)},
        words,
    )


def _why_not(version: ModelVersion) -> str:
    if version.weights_removed_at:
        return _("Its weights were removed on %(day)s to make room.") % {
            "day": dated(version.weights_removed_at, "day")
        }
    return _("Its weights cannot be loaded at present.")


def _judged(reading: readings.Reading | None, label: Label | None) -> str:
    if reading is None or label is None or label.state == Label.State.REJECTED:
        return ""
    return (
        _("As labelled.")
        if reading.digit == label.digit
        else _("It is labelled %(digit)s.") % {"digit": _name(label.digit)}
    )


def _as(reading: readings.Reading | None) -> str:
    if reading is None:
        return _("nothing that it could make out")
    return _("it as %(reading)s") % {"reading": reading}


def _some(numbers: list[str]) -> str:
    if len(numbers) > 5:
        said = _("%(count)s later versions, the newest of them version %(number)s")
        return said % {"count": len(numbers), "number": numbers[-1]}
    return ngettext("version %(numbers)s", "versions %(numbers)s", len(numbers)) % {"numbers": join_words(numbers)}


def _name(digit: int | None) -> str:
    return _("not a digit") if digit is None else str(digit)


def _shown(label: Label) -> str:
    return (
        _("no digit")
        if label.digit is None
        else _("an 8")
        if label.digit == 8
        else _("a %(digit)s") % {"digit": label.digit}
    )
