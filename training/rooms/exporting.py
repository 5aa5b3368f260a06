"""A room as one ZIP file: drawings with labels and answers, members as numbers, figures.

Nothing in it says who somebody is; its README speaks the language of the one who asks. Left out on purpose: keeping
the file. It is made for the one who asks, so that there is none to delete with the room."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from recognizer import ink
from recognizer.drawings import seen_array
from recognizer.models import Drawing, Room
from recognizer.storing import StorageAwayError, opened
from training import snapshots
from training.rooms import figures

IN_MEMORY_BYTES = 8 * 1024 * 1024
README = "rooms/export_readme.txt"


def write(room: Room) -> IO[bytes]:
    """The file, from its beginning; small ones never touch the disk."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 (whoever answers with it closes it)
    numbers = dict(room.memberships.values_list("visitor_id", "number"))
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", render_to_string(README))
        archive.writestr("room.json", _json(_about(room), indent=2))
        archive.writestr("figures.csv", _matrix(room))
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as lines:
            for drawing in _drawings(room):
                lines.write(_json(_line(drawing, numbers)).encode() + b"\n")
                archive.writestr(f"seen/{drawing.pk}.png", ink.seen_png(seen_array(drawing)))
                _add_upload(archive, drawing)
            lines.seek(0)
            with archive.open("drawings.jsonl", "w") as whole:
                while part := lines.read(1 << 16):
                    whole.write(part)
    file.seek(0)
    return file


def _drawings(room: Room) -> Iterator[Drawing]:
    """In the order of their numbers; hidden ones are left out, as everywhere."""
    for page in snapshots.pages(Drawing.objects.visible().filter(room=room).select_related("prediction__version")):
        yield from page


def _about(room: Room) -> dict[str, Any]:
    found = figures.of(room)
    members = room.memberships.values_list("number", "joined_at", "left_at", "held_out_at")
    return {
        "name": room.name,
        "created_at": room.created_at,
        "closed_at": room.closed_at,
        "drawings": found.drawings,
        "labelled": found.said,
        "read_right": found.right,
        "members": [
            {"number": number, "joined_at": joined, "left_at": left, "held_out": bool(held_out)}
            for number, joined, left, held_out in members
        ],
        "versions": list(room.versions.order_by("number").values_list("number", flat=True)),
    }


def _line(drawing: Drawing, numbers: dict[int, int]) -> dict[str, Any]:
    label, answer = getattr(drawing, "label", None), drawing.prediction
    line: dict[str, Any] = {"id": drawing.pk, "writer": numbers.get(drawing.visitor_id)}
    if label is not None:
        line |= {"label": label.digit, "label_state": label.state}
    if drawing.strokes:
        line |= {"strokes": drawing.strokes, "width": drawing.width, "height": drawing.height}
    return line | {
        "read_as": answer.digit,
        "confidence": answer.confidence,
        "model_version": answer.version.number,
        "drawn_at": drawing.created_at,
    }


def _add_upload(archive: ZipFile, drawing: Drawing) -> None:
    if not drawing.upload:
        return
    try:
        with opened(drawing.upload) as file:
            archive.writestr(f"uploads/{drawing.pk}.png", file.read())
    except StorageAwayError:  # it may be there: better no archive than one that says it is not
        raise
    except OSError:
        # The rest is worth having; what the network saw of it is there.
        archive.writestr(f"uploads/{drawing.pk}.missing.txt", _("The picture could not be read.") + "\n")


def _matrix(room: Room) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["meant", *map(str, figures.DIGITS), "no digit"])
    table.writerows([row.digit, *(cell.count for cell in row.cells)] for row in figures.of(room).rows)
    return text.getvalue()


def _json(value: Any, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda moment: moment.isoformat(), **options)
