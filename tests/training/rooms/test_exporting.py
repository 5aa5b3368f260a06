"""A room as a file."""

import io
import json
from zipfile import ZipFile

import pytest

from recognizer import moderation
from tests.training.rooms.conftest import drawn_in, member


@pytest.fixture
def unpacked(desk, room):
    def get() -> ZipFile:
        response = desk.get(f"/rooms/desk/{room.code}/export/")
        assert response["Content-Disposition"] == 'attachment; filename="room-7b.zip"'
        return ZipFile(io.BytesIO(b"".join(response.streaming_content)))

    return get


def test_every_drawing_is_a_line_with_its_members_number(room, unpacked):
    drawn_in(room, member(room, "a"), 7)
    drawn_in(room, member(room, "b"), None, seed=1)
    lines = [json.loads(line) for line in unpacked().read("drawings.jsonl").splitlines()]
    assert [(line["writer"], line["label"], line["label_state"]) for line in lines] == [
        (1, 7, "accepted"),
        (2, None, "accepted"),
    ]
    assert lines[0]["strokes"]


def test_nothing_tells_who_a_member_is(room, unpacked):
    who = member(room, "the hash of a cookie")
    drawn_in(room, who, 7)
    archive = unpacked()
    content = b"".join(archive.read(name) for name in archive.namelist())
    assert b"the hash of a cookie" not in content
    assert b"visitor" not in content


def test_the_file_has_figures_and_what_the_network_saw(room, unpacked):
    drawing = drawn_in(room, member(room, "a"), 7)
    archive = unpacked()
    assert f"seen/{drawing.pk}.png" in archive.namelist()
    assert json.loads(archive.read("room.json"))["drawings"] == 1
    assert archive.read("figures.csv").decode().splitlines()[0] == "meant,0,1,2,3,4,5,6,7,8,9,no digit"


def test_what_is_hidden_is_not_in_it(room, unpacked):
    moderation.hide([drawn_in(room, member(room, "a"), 7).pk], by=None)
    assert unpacked().read("drawings.jsonl") == b""


def test_the_lines_can_be_imported_again(room, unpacked, tmp_path):
    from django.core.management import call_command

    from recognizer.models import Drawing

    drawn_in(room, member(room, "a"), 7)
    path = tmp_path / "drawings.jsonl"
    path.write_bytes(unpacked().read("drawings.jsonl"))
    call_command("import_drawings", str(path), "--review", "accepted")
    assert Drawing.objects.filter(room=None, label__digit=7).count() == 1


@pytest.mark.parametrize(("code", "said"), [("en", "A room of drawn digits."), ("de", "Ein Raum voller gezeichneter")])
def test_its_read_me_is_in_the_teachers_language_and_explains_every_file(desk, room, code, said):
    response = desk.get(f"/rooms/desk/{room.code}/export/", HTTP_ACCEPT_LANGUAGE=code)
    text = ZipFile(io.BytesIO(b"".join(response.streaming_content))).read("README.txt").decode()
    assert text.startswith(said)
    for name in ("room.json", "drawings.jsonl", "seen/", "uploads/", "figures.csv"):
        assert name in text
