"""Bodies made to cost more than they weigh are refused before they are unpacked, and what is kept is ours alone."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, UnreadablePostError
from django.urls import reverse
from PIL import Image

from benchmarks import hostile
from recognizer.models import Drawing
from tests.recognizer.pictures import encoded

pytestmark = pytest.mark.slow

MOST_MIB = 30
PROCESS = Path("/proc/self")
NAMES = [*hostile.PICTURES, *hostile.BODIES]


def made(name: str) -> hostile.Hostile:
    if name in hostile.PICTURES:
        return hostile.Hostile(hostile.FORM, hostile.form(hostile.PICTURES[name]()))
    body = hostile.BODIES[name]()
    return body if isinstance(body, hostile.Hostile) else hostile.Hostile(hostile.JSON, body)


def peak_mib() -> int:
    return int(re.search(r"VmHWM:\s+(\d+)", (PROCESS / "status").read_text())[1]) // 1024


def send(visitor, sent: hostile.Hostile, path: str = "/api/v1/drawings"):
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.headers.items()}
    return visitor.generic("POST", path, sent.body, content_type=sent.content_type, **headers)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_refused_and_nothing_is_stored(name, visitor):
    response = send(visitor, made(name))
    assert 400 <= response.status_code < 500, response.content[:300]
    assert response.json()["error"]["code"]
    assert Drawing.objects.count() == 0


@pytest.mark.skipif(not (PROCESS / "clear_refs").exists(), reason="only Linux tells the peak of a process's memory")
@pytest.mark.parametrize("name", NAMES)
def test_refusing_it_takes_little_memory(name, visitor):
    sent = made(name)
    send(visitor, sent)  # so that what is loaded for the first time does not count
    (PROCESS / "clear_refs").write_text("5")
    before = peak_mib()
    send(visitor, sent)
    # Django's test client makes a copy of the body first, which is not there on a real site.
    assert peak_mib() - before <= MOST_MIB + len(sent.body) // 2**20


def test_of_a_picture_that_is_stored_nothing_is_left_but_grey_pixels(visitor, client, django_user_model):
    sound = encoded("PNG")
    notes = hostile.png((b"tEXt", b"Comment\x00onload=alert(1)"), (b"iCCP", b"a\x00\x00" + hostile.zeros(2_000_000)))
    upload = SimpleUploadedFile("a.html", sound[:33] + notes[8:] + sound[33:], "text/html")
    assert visitor.post("/api/v1/drawings", {"image": upload}).status_code == 201
    client.force_login(django_user_model.objects.create_superuser("ada"))
    response = client.get(reverse("admin:recognizer_drawing_upload", args=[Drawing.objects.get().pk]))
    kept = b"".join(response.streaming_content)
    assert b"alert" not in kept
    assert (Image.open(BytesIO(kept)).format, Image.open(BytesIO(kept)).info) == ("PNG", {})
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "drawing-" in response["Content-Disposition"]
    assert "html" not in response["Content-Disposition"]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_sound_pictures_are_still_read(format, visitor):
    upload = SimpleUploadedFile("7", encoded(format), "image/png")
    assert visitor.post("/api/v1/recognitions", {"image": upload}).status_code == 200


def test_a_photograph_with_a_film_behind_it_is_still_read(visitor):
    film = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 100
    upload = SimpleUploadedFile("7.jpg", encoded("JPEG") + film, "image/jpeg")
    assert visitor.post("/api/v1/recognitions", {"image": upload}).status_code == 200


def test_a_body_that_breaks_off_is_said(visitor, monkeypatch):
    def break_off(self, *args):
        raise UnreadablePostError("the other side is gone")

    monkeypatch.setattr(HttpRequest, "read", break_off)
    response = send(visitor, hostile.Hostile(hostile.JSON, b"{}"))
    assert (response.status_code, response.json()["error"]["code"]) == (400, "incomplete_body")
