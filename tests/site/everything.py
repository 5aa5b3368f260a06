"""A visitor who is in everything that the site keeps, and what tells them from anybody else, to be looked for later.

Left out on purpose: deleting. A model that points at visitors or drawings and has no row in `leave_traces` fails
test_everything_deleted.py."""

import io
from dataclasses import dataclass, field
from uuid import uuid4

import numpy as np
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from recognizer import asking, bans, drawings, moderation, opinions, recognition, versions
from recognizer.models import BulkReview, Decision, Drawing, Evaluation, Prediction, Room, Visitor
from tests import admin_rows as rows
from tests.training.exports import finished
from training import readings, references, snapshot_files, snapshots
from training.models import Comparison, Measurement, MeasurementChunk

ADDRESS = "203.0.113.77"
REASON = "drew-what-tells-me-apart"
# Numbers and coordinates that are nobody else's
FIRST_VISITOR, FIRST_DRAWING = 6_600_000_017, 7_340_000_117
STROKES = [[[31.40625, 20.28125], [151.40625, 21.71875], [110.15625, 131.65625]]]
MARKED_STROKE = "151.40625"


@dataclass
class Somebody:
    """A browser whose visitor has left traces: `needles` are bytes that are found where something of them is."""

    browser: Client
    visitor: Visitor
    drawings: list[int]
    needles: dict[str, bytes] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, bytes]:
        """The visitor's and the drawings' numbers, as text and as arrays keep them."""
        ids = {f"number of {name}": pk for name, pk in [("visitor", self.visitor.pk), *map(_named, self.drawings)]}
        as_text = {f"{name} as text": str(pk).encode() for name, pk in ids.items()}
        return as_text | {f"{name} packed": pk.to_bytes(8, "little") for name, pk in ids.items()}


def _named(pk: int) -> tuple[str, int]:
    return f"drawing {pk}", pk


def leave_traces() -> Somebody:
    """Let a visitor draw, upload, say, be reviewed, hidden, blocked, banned, exported, learnt and measured."""
    number_from(Visitor, FIRST_VISITOR)
    number_from(Drawing, FIRST_DRAWING)
    browser = Client(REMOTE_ADDR=ADDRESS)
    room = Room.objects.create(code="BCD234", name="7b")
    browser.post(f"/rooms/{room.code}/join/", {"shares": "yes"})
    drawn = [_draw(browser), _draw(browser), _upload(browser)]
    for pk in drawn:
        browser.put(f"/api/v1/drawings/{pk}/label", {"label": 7}, "application/json")
    browser.put("/api/v1/visitor", {"shares": True}, "application/json")
    me = Drawing.objects.get(pk=drawn[0]).visitor
    somebody = Somebody(browser, me, drawn)
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    _opinions(somebody)
    _decisions(somebody, reviewer)
    _learning(somebody)
    _results(somebody)
    _logs(somebody, reviewer)
    somebody.needles = _needles(somebody)
    return somebody


def number_from(model: type, first: int) -> None:
    """Let the numbers of a table go on from here."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first])
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first])


def _draw(browser: Client) -> int:
    body = {"strokes": STROKES, "width": 200, "height": 150}
    return browser.post("/api/v1/drawings", body, "application/json").json()["id"]


def _upload(browser: Client) -> int:
    image = Image.new("L", (90, 110), 255)
    image.paste(20, (40, 17, 49, 97))
    file = io.BytesIO()
    image.save(file, "PNG")
    form = {"image": SimpleUploadedFile("seven.png", file.getvalue(), "image/png")}
    return browser.post("/api/v1/drawings", form).json()["id"]


def _opinions(me: Somebody) -> None:
    """What the visitor says of others' drawings, and what another one says of theirs."""
    live = versions.ensure_shipped().version
    other = Visitor.objects.create(shared_at=timezone.now())
    theirs = [rows.drawing(live, means=n, state="accepted", visitor=other) for n in (1, 2)]
    opinions.vote(me.visitor, asking.ticket(me.visitor, theirs[0]), 3)
    opinions.skip(me.visitor, asking.ticket(me.visitor, theirs[1]))
    opinions.vote(other, asking.ticket(other, Drawing.objects.get(pk=me.drawings[0])), 1)
    opinions.skip(other, asking.ticket(other, Drawing.objects.get(pk=me.drawings[1])))


def _decisions(me: Somebody, by: User) -> None:
    drawings.review(me.drawings, "accepted", by=by, batch=uuid4())
    moderation.hide(me.drawings[:1], by=by, reason=REASON)
    moderation.show(me.drawings[:1], by=by, reason=REASON)
    moderation.block(me.visitor, by=by, reason=REASON)
    moderation.unblock(me.visitor, by=by, reason=REASON)


def ban_a_drawing(me: Somebody, by: User) -> None:
    """What they drew becomes a banned shape. (Apart: what is banned is learnt by nothing.)"""
    bans.ban(Drawing.objects.get(pk=me.drawings[2]), "same", by=by, reason=REASON)


def _learning(me: Somebody) -> None:
    """A snapshot with its file, exports with theirs, and what a process remembers."""
    snapshot_files.read(snapshots.freeze())
    for kind in ("jsonl", "npz", "png"):
        finished(kind=kind, state="all")
    mine = list(Drawing.objects.filter(pk__in=me.drawings).with_answers())
    readings.of(recognition.live(), mine)
    references.known()


def _results(me: Somebody) -> None:
    """Figures in which single drawings are named."""
    live, worst = versions.ensure_shipped().version, [[me.drawings[1], 7, 1, 0.125]]
    measured = Measurement.objects.create(version=live, dataset=Evaluation.DRAWINGS, mistakes=worst)
    MeasurementChunk.objects.create(measurement=measured, start=0, stop=1, mistakes=worst)
    flip = {"id": me.drawings[0], "label": 7, "candidate": 7, "champion": 1, "sureness": 0.5}
    pair = {"dataset": Evaluation.DRAWINGS, "gained": {"most": 9, "count": 1, "kept": [flip]}}
    pair["lost"] = {"most": 9, "count": 0, "kept": []}
    Comparison.objects.create(
        candidate=rows.version(9), champion=live, state="done", passed=True, results={"pairs": [pair]}
    )


def _logs(me: Somebody, by: User) -> None:
    for model, pk in ((Visitor, me.visitor.pk), (Drawing, me.drawings[0])):
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.create(
            user=by, content_type=kind, object_id=pk, object_repr=f"row {pk}", action_flag=CHANGE, change_message=REASON
        )
    ids, claims = np.array(me.drawings, np.int64), np.array([7] * len(me.drawings), np.int8)
    BulkReview.objects.create(
        by=by, filters={"visitor": str(me.visitor.pk)}, seen_at=timezone.now(), total=len(ids), batch=uuid4(),
        ids=ids.tobytes(), claims=claims.tobytes(),
    )  # fmt: skip


def _needles(me: Somebody) -> dict[str, bytes]:
    upload = Drawing.objects.get(pk=me.drawings[2])
    found = {
        "cookie": me.browser.cookies["visitor"].value.encode(),
        "cookie's hash": me.visitor.key_hash.encode(),
        "strokes": MARKED_STROKE.encode(),
        "reason": REASON.encode(),
        "address": ADDRESS.encode(),
        "address hash": me.visitor.addresses.get().address_hash.encode(),
        "name of the upload": upload.upload.name.encode(),
        "picture of the upload": upload.upload.open("rb").read()[33:200],
        "confidence": repr(Prediction.objects.get(drawing=me.drawings[0]).confidence).encode(),
    }
    seen = Drawing.objects.filter(pk__in=me.drawings[1:]).values_list("pk", "seen")
    return found | {f"seen image {pk}": bytes(image) for pk, image in seen}


def acts_of(by: User) -> list[str]:
    """What somebody decided, as the trail tells it."""
    return list(Decision.objects.filter(by=by).order_by("pk").values_list("kind", flat=True))
