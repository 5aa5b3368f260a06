"""All that is a visitor's, as the zip that they take with them: made while it is sent, in memory that does not grow.

Left out on purpose: what is not theirs to tell. What others said of their drawings nobody is told, and of the drawings
of others that they were shown, no more than what they said."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.template.loader import render_to_string

from recognizer import drawings, ink, lives
from recognizer.models import Drawing, Label, LabelSkip, LabelVote, Membership, Visitor, VisitorAddress
from recognizer.storing import opened
from recognizer.zips import ManyFiles

PAGE = 50
IN_MEMORY_BYTES = 1 << 20
# A file of drawings that has grown to so much is followed by another one.
MOST_LINES_BYTES = 64 << 20
README = "privacy_readme.txt"


class Outbox:
    """A file that is only written: what came in since the last time is taken out and sent."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._place = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._place += len(data)
        return len(data)

    def tell(self) -> int:
        return self._place

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def pack(visitor: Visitor, *, folder: Path | None = None) -> Iterator[bytes]:
    """The parts of the zip, one behind the other. What the visitor deletes meanwhile is left out."""
    outbox = Outbox()
    with ManyFiles(outbox, folder) as archive:
        archive.add("README.txt", render_to_string(README, {"operator": settings.OPERATOR_NAME}).encode())
        archive.add("visitor.json", _json(about(visitor), indent=2))
        yield outbox.take()
        yield from _with_drawings(visitor, archive, outbox)
        for name, lines in (("second-opinions", _opinions(visitor)), ("addresses", _addresses(visitor))):
            with SpooledTemporaryFile(IN_MEMORY_BYTES, dir=folder) as spooled:
                for line in lines:
                    spooled.write(_json(line))
                _add(archive, f"{name}.jsonl", spooled)
            yield outbox.take()
    yield outbox.take()


def about(visitor: Visitor) -> dict[str, Any]:
    """What is known of the visitor apart from drawings and opinions."""
    return {
        "first_stored_at": _moment(visitor.created_at),
        "others_may_see_my_drawings_since": _moment(visitor.shared_at),
        "my_drawings_measure_and_never_train": visitor.held_out,
        "drawings": Drawing.objects.filter(visitor=visitor).count(),
        "rooms": list(_rooms(visitor)),
        "second_opinions": sum(model.objects.filter(visitor=visitor).count() for model in (LabelVote, LabelSkip)),
    }


def _rooms(visitor: Visitor) -> Iterator[dict[str, Any]]:
    """Which rooms the visitor was or is in, under which number and for how long."""
    for row in Membership.objects.filter(visitor=visitor).select_related("room").order_by("joined_at"):
        yield {
            "room": row.room.name,
            "member": row.number,
            "joined_at": _moment(row.joined_at),
            "left_at": _moment(row.left_at),
            "the_room_may_see_my_drawings_since": _moment(row.shared_at),
            "my_drawings_measure_there_since": _moment(row.held_out_at),
        }


def facts(visitor: Visitor | None) -> dict[str, Any]:
    """The same in numbers, for a page: nothing of somebody who has stored nothing."""
    if visitor is None:
        return {}
    addresses = VisitorAddress.objects.filter(visitor=visitor).order_by("first_seen_at")
    seen = list(addresses.values_list("first_seen_at", flat=True)[:1000])
    return about(visitor) | {
        "since": visitor.created_at,
        "shared_at": visitor.shared_at,
        "corrections": Label.objects.filter(drawing__visitor=visitor).exclude(reading=Label.Reading.ADDED).count(),
        "addresses": len(seen),
        "addresses_since": seen[0] if seen else None,
    }


def _with_drawings(visitor: Visitor, archive: ManyFiles, outbox: Outbox) -> Iterator[bytes]:
    """Pictures as they come, and the lines in files of bounded size behind them."""
    pages, number, more = _pages(visitor), 0, True
    while more:
        number += 1
        with SpooledTemporaryFile(IN_MEMORY_BYTES) as lines:
            more = False
            for page in pages:
                stories = lives.told(page)
                for drawing in page:
                    lines.write(_json(_drawing(drawing, archive) | {"story": stories.get(drawing.pk, "")}))
                yield outbox.take()
                if lines.tell() > MOST_LINES_BYTES:
                    more = True
                    break
            _add(archive, f"drawings-{number:04d}.jsonl", lines)
        yield outbox.take()


def _pages(visitor: Visitor) -> Iterator[list[Drawing]]:
    """The newest first, found by number, so that no page costs more than another."""
    rows = Drawing.objects.of(visitor).with_answers()
    page = list(rows[:PAGE])
    while page:
        yield page
        page = list(rows.filter(pk__lt=page[-1].pk)[:PAGE])


def _drawing(drawing: Drawing, archive: ManyFiles) -> dict[str, Any]:
    """What is known of one; its pictures go into the archive."""
    seen = f"pictures/{drawing.pk}-seen.png"
    archive.add(seen, ink.seen_png(drawings.seen_array(drawing)))
    return {
        "id": drawing.pk,
        "created_at": _moment(drawing.created_at),
        "drawn_in_a_room": drawing.room_id is not None,
        "source": drawing.source,
        "strokes": drawing.strokes,
        "width": drawing.width,
        "height": drawing.height,
        "seen": seen,
        "upload": _upload(drawing, archive),
        "life": lives.address(drawing.pk),
        "read_as": _answer(drawing),
        "label": _label(getattr(drawing, "label", None)),
    }


def _upload(drawing: Drawing, archive: ManyFiles) -> str | None:
    if not drawing.upload:
        return None
    name = f"pictures/{drawing.pk}-upload.png"
    try:
        with opened(drawing.upload) as file:
            archive.add(name, file.read())
    except OSError:  # lost, or deleted a moment ago
        return None
    return name


def _answer(drawing: Drawing) -> dict[str, Any] | None:
    answer = getattr(drawing, "prediction", None)
    if answer is None:
        return None
    given = {name: getattr(answer, name) for name in ("digit", "confidence", "probabilities")}
    return given | {"reason": answer.reason or None, "model_version": answer.version.number}


def _label(label: Label | None) -> dict[str, Any] | None:
    """What it is said to show, and what became of that; who reviewed it is not told."""
    if label is None:
        return None
    return {
        "digit": label.digit,
        "not_a_digit": label.digit is None,
        "said_by": "me" if label.reading == Label.Reading.CLAIMED else "a reviewer",
        "said_at": _moment(label.created_at),
        "state": label.state,
        "reviewed_at": _moment(label.reviewed_at),
        "accepted_by_agreement_of_visitors": label.by_agreement,
    }


def _opinions(visitor: Visitor) -> Iterator[dict[str, Any]]:
    """What the visitor said of others' drawings, without a word on which ones."""
    for vote in LabelVote.objects.filter(visitor=visitor).order_by("pk").iterator():
        yield {"at": _moment(vote.created_at), "digit": vote.digit, "not_a_digit": vote.digit is None}
    for skip in LabelSkip.objects.filter(visitor=visitor).order_by("pk").iterator():
        yield {"at": _moment(skip.created_at), "could_not_tell": True}


def _addresses(visitor: Visitor) -> Iterator[dict[str, Any]]:
    for row in VisitorAddress.objects.filter(visitor=visitor).order_by("pk").iterator():
        seen = {"first_seen_at": _moment(row.first_seen_at), "last_seen_at": _moment(row.last_seen_at)}
        yield {"keyed_hash": row.address_hash} | seen


def _add(archive: ManyFiles, name: str, lines: BinaryIO) -> None:
    lines.seek(0)
    archive.add_packed(name, lines)


def _json(value: dict[str, Any], indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent, separators=None if indent else (",", ":")).encode() + b"\n"


def _moment(at: datetime | None) -> str | None:
    return at and at.isoformat()
