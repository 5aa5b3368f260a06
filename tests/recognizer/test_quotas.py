"""What may be stored has an end, which is said in words with a remedy, and never in the way of recognising."""

import errno

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from recognizer import drawings, quotas
from recognizer.models import Drawing
from tests.recognizer.conftest import SEVEN
from tests.recognizer.pictures import encoded

FULL = 10**18


@pytest.fixture(autouse=True)
def nothing_counted():
    quotas.forget()
    yield
    quotas.forget()


def refused(visitor, **body) -> tuple[int, str, str]:
    response = visitor.send("drawings", SEVEN | body)
    error = response.json()["error"]
    return response.status_code, error["code"], error["message"]


def test_a_visitor_stores_as_many_as_the_quota_says(visitor, settings):
    settings.QUOTA_VISITOR_DRAWINGS = 2
    visitor.draw()
    visitor.draw()
    status, code, message = refused(visitor)
    assert (status, code) == (403, "quota")
    assert message.startswith("2 drawings of yours are stored")
    assert "delete some under My drawings" in message


def test_another_visitor_has_a_quota_of_its_own(visitor, other_visitor, settings):
    settings.QUOTA_VISITOR_DRAWINGS = 1
    visitor.draw()
    other_visitor.draw()


def test_who_deletes_a_drawing_may_store_another(visitor, settings):
    settings.QUOTA_VISITOR_DRAWINGS = 1
    drawing_id = visitor.draw()["id"]
    assert refused(visitor)[0] == 403
    visitor.delete(f"/api/v1/drawings/{drawing_id}")
    visitor.draw()


def test_strokes_count_by_what_they_take_up(visitor, settings):
    settings.QUOTA_VISITOR_BYTES = 2000
    visitor.draw(strokes=[[[n, n] for n in range(100)]])
    status, code, message = refused(visitor, strokes=[[[n, n] for n in range(100)]])
    assert (status, code) == (403, "quota")
    assert "MB" in message


def test_uploads_count_by_their_files(visitor, settings):
    upload = encoded("PNG")
    assert _upload(visitor, upload).status_code == 201
    settings.QUOTA_VISITOR_BYTES = int(1.5 * Drawing.objects.get().upload.size)
    quotas.forget()
    assert _upload(visitor, upload).status_code == 403


def test_the_whole_site_has_a_quota(visitor, other_visitor, settings):
    settings.QUOTA_SITE_DRAWINGS = 2
    visitor.draw()
    visitor.draw()
    _, code, message = refused(other_visitor)
    assert code == "quota"
    assert "as many as this site takes" in message


def test_deleted_drawings_do_not_count_for_the_site(visitor, settings):
    for _ in range(3):
        drawing_id = visitor.draw()["id"]
        visitor.delete(f"/api/v1/drawings/{drawing_id}")
    settings.QUOTA_SITE_DRAWINGS = 2
    quotas.forget()
    visitor.draw()


def test_the_site_has_a_quota_of_bytes(visitor, settings):
    visitor.draw()
    settings.QUOTA_SITE_BYTES = 50
    quotas.forget()
    assert refused(visitor)[1] == "quota"


def test_zero_is_no_quota(visitor, settings):
    for name in ("VISITOR_DRAWINGS", "VISITOR_BYTES", "SITE_DRAWINGS", "SITE_BYTES"):
        setattr(settings, f"QUOTA_{name}", 0)
    visitor.draw()
    visitor.draw()


def test_recognising_goes_on_where_nothing_may_be_stored(visitor, settings):
    settings.QUOTA_VISITOR_DRAWINGS = settings.QUOTA_SITE_DRAWINGS = 1
    visitor.draw()
    assert visitor.send("recognitions", SEVEN).status_code == 200


def test_a_drawing_that_is_sent_again_is_no_other_one(visitor, settings):
    settings.QUOTA_VISITOR_DRAWINGS = 1
    key = {"HTTP_IDEMPOTENCY_KEY": "5f0c4b1e-8d6a-4f0e-9f3e-0d8a3f6b2c11"}
    first = visitor.send("drawings", SEVEN, **key).json()["id"]
    assert visitor.send("drawings", SEVEN, **key).json()["id"] == first


def test_a_disk_that_is_nearly_full_stores_nothing_and_recognises(visitor, settings, monkeypatch):
    visitor.draw()
    settings.MIN_FREE_BYTES = FULL
    monkeypatch.setattr(quotas, "_folders", lambda with_files: [settings.DATA_DIR])
    status, code, message = refused(visitor)
    assert (status, code) == (507, "disk_full")
    assert "Keep the drawing and send it again later" in message
    assert visitor.send("recognitions", SEVEN).status_code == 200


def test_a_disk_of_files_is_no_matter_for_strokes(settings, monkeypatch):
    settings.MIN_FREE_BYTES = FULL
    monkeypatch.setattr(quotas.connection, "vendor", "postgresql")
    quotas.check_disk(with_files=False)


def test_a_disk_that_fills_up_meanwhile_is_said_too(visitor, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(drawings, "store", fail)
    assert refused(visitor)[:2] == (507, "disk_full")


def test_a_database_without_room_is_said_too(visitor, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(drawings, "store", fail)
    assert refused(visitor)[:2] == (507, "disk_full")


def test_an_upload_whose_file_is_lost_does_not_stand_in_the_way(visitor):
    assert _upload(visitor, encoded("PNG")).status_code == 201
    Drawing.objects.get().upload.storage.delete(Drawing.objects.get().upload.name)
    quotas.forget()
    assert _upload(visitor, encoded("PNG")).status_code == 201


def test_a_known_visitor_is_counted_once_in_a_while(visitor, settings, django_assert_num_queries):
    visitor.draw()
    owner = Drawing.objects.get().visitor
    with django_assert_num_queries(1):
        quotas._check_visitor(owner, 10)
        quotas._check_visitor(owner, 10)


def _upload(visitor, data: bytes):
    return visitor.post("/api/v1/drawings", {"image": SimpleUploadedFile("7.png", data, "image/png")})
