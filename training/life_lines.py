"""A drawing's life in half a line, for lists: "learnt by version 12, which reads it as 7".

In as many queries for a page of drawings as for one. Left out on purpose: what stands on the card anyway, the label and
its review."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from recognizer import recognition, versions
from recognizer.models import Drawing, Label, ModelVersion
from training import learnt, readings


def tell(drawings: Sequence[Drawing]) -> dict[int, str]:
    """A line for each labelled drawing that a version learnt, and for those that one can learn."""
    labelled = [drawing for drawing in drawings if getattr(drawing, "label", None)]
    lessons = learnt.of_all(drawing.pk for drawing in labelled) if labelled else {}
    newest = {pk: found[0].version for pk, found in lessons.items() if found}
    said = _readings([drawing for drawing in labelled if drawing.pk in newest], newest)
    lines = {pk: _line(version, said.get(pk)) for pk, version in newest.items()}
    waiting = (one for one in labelled if one.pk not in newest and one.label.state == Label.State.ACCEPTED)
    return lines | {drawing.pk: _waits(drawing) for drawing in waiting}


def _readings(drawings: list[Drawing], newest: dict[int, ModelVersion]) -> dict[int, readings.Reading]:
    """What each drawing's newest version reads in it now; nothing of versions whose weights are gone."""
    found: dict[int, readings.Reading] = {}
    for version in {version.pk: version for version in newest.values()}.values():
        try:
            model = recognition.for_version(version)
        except versions.VersionError:
            continue
        found |= readings.of(model, [drawing for drawing in drawings if newest[drawing.pk].pk == version.pk])
    return found


def _line(version: ModelVersion, reading: readings.Reading | None) -> str:
    if reading is None:
        return _("Learnt by version %(version)s.") % {"version": version.number}
    what = _("no digit") if reading.digit is None else str(reading.digit)
    return _("Learnt by version %(version)s, which reads it as %(what)s.") % {"version": version.number, "what": what}


def _waits(drawing: Drawing) -> str:
    return _("It measures the network.") if drawing.visitor.held_out else _("Not learnt yet.")
