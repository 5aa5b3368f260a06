import io
import json
import zipfile

import pytest
from django.utils import timezone
from PIL import Image

from recognizer import asking, belongings, drawings, opinions
from recognizer.models import Drawing, Membership, Room, Visitor
from tests import admin_rows as rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(shipped):
    return rows.version()


def taken(visitor: Visitor) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(belongings.pack(visitor))))
    assert archive.testzip() is None
    return archive


def lines(archive: zipfile.ZipFile, name: str) -> list[dict]:
    return [json.loads(line) for line in archive.read(name).splitlines()]


def test_it_has_every_drawing_with_strokes_answer_and_label(live):
    me = Visitor.objects.create()
    made = [rows.drawing(live, visitor=me, read=7, means=n, state="accepted") for n in range(3)]
    rows.drawing(live)
    found = lines(taken(me), "drawings-0001.jsonl")
    assert [one["id"] for one in found] == [drawing.pk for drawing in reversed(made)]
    assert found[0]["strokes"] == made[0].strokes
    assert found[0]["read_as"]["digit"] == 7
    assert found[0]["read_as"]["model_version"] == live.number
    assert (found[0]["label"]["digit"], found[0]["label"]["state"]) == (2, "accepted")


def test_pictures_lie_beside_the_lines_that_name_them(live):
    me = Visitor.objects.create()
    rows.drawing(live, visitor=me, upload=True)
    archive = taken(me)
    one = lines(archive, "drawings-0001.jsonl")[0]
    assert Image.open(io.BytesIO(archive.read(one["seen"]))).size == (28, 28)
    assert archive.read(one["upload"]) == rows.png()


def test_opinions_are_told_without_the_drawings_that_they_are_on(live, settings):
    settings.LABEL_AGREEMENT = 2
    me, other = Visitor.objects.create(), Visitor.objects.create(shared_at=timezone.now())
    theirs = [rows.drawing(live, visitor=other, means=3) for _ in range(2)]
    opinions.vote(me, asking.ticket(me, theirs[0]), 3)
    opinions.skip(me, asking.ticket(me, theirs[1]))
    found = lines(taken(me), "second-opinions.jsonl")
    assert [set(one) for one in found] == [{"at", "digit", "not_a_digit"}, {"at", "could_not_tell"}]


def test_who_reviewed_and_who_hid_is_not_told(live):
    me, reviewer = Visitor.objects.create(), rows.staff(name="rita-the-reviewer")
    drawing = rows.drawing(live, visitor=me, means=7)
    drawings.review([drawing.pk], "accepted", by=reviewer)
    archive = taken(me)
    assert not any(b"rita-the-reviewer" in archive.read(name) for name in archive.namelist())


def test_rooms_are_told_with_the_number_that_one_had_there(live):
    me, room = Visitor.objects.create(), Room.objects.create(code="ABCDEF")
    Membership.objects.create(room=room, visitor=me, number=1)
    rooms = json.loads(taken(me).read("visitor.json"))["rooms"]
    assert [(one["room"], one["member"], one["left_at"]) for one in rooms] == [(room.name, 1, None)]


def test_a_read_me_explains_every_file(live):
    me = Visitor.objects.create()
    rows.drawing(live, visitor=me, upload=True)
    archive = taken(me)
    text = archive.read("README.txt").decode()
    for name in ("visitor.json", "drawings-0001.jsonl", "second-opinions.jsonl", "addresses.jsonl", "-seen.png"):
        assert name in text
    assert json.loads(archive.read("visitor.json"))["drawings"] == 1


def test_more_than_a_file_takes_goes_on_in_the_next_one(live, monkeypatch):
    monkeypatch.setattr(belongings, "PAGE", 2)
    monkeypatch.setattr(belongings, "MOST_LINES_BYTES", 100)
    me = Visitor.objects.create()
    for _ in range(5):
        rows.drawing(live, visitor=me)
    archive = taken(me)
    names = [name for name in archive.namelist() if name.startswith("drawings-")]
    found = [one["id"] for name in names for one in lines(archive, name)]
    assert len(names) > 2
    assert found == list(Drawing.objects.order_by("-pk").values_list("pk", flat=True))


def test_queries_do_not_grow_with_the_drawings_of_a_page(live, django_assert_max_num_queries):
    me = Visitor.objects.create()
    for _ in range(40):
        rows.drawing(live, visitor=me, means=7)
    with django_assert_max_num_queries(20):
        taken(me)
