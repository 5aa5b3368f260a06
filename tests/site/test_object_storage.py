"""The site on an S3-compatible server: what a folder does, a bucket does, and words where the server is away."""

import os
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from digits_site.object_storage import BucketFolder
from recognizer import drawings, lost_files, recognition, versions
from recognizer.models import Drawing, Label, ModelVersion
from recognizer.storing import StorageAwayError
from tests.recognizer.conftest import Visitor, new_version, weights_file
from tests.recognizer.pictures import encoded
from tests.site import s3
from tests.training import exports as making
from tests.training.generated import seven_segment_digits
from training import removable, snapshots, yardsticks
from training.models import Export

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
KINDS = ("uploads", "weights", "exports", "yardsticks")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3.server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(autouse=True)
def site(server, settings, tmp_path, monkeypatch):
    """A site whose files lie in the server's bucket, with a shipped version whose answers count, and no memory."""
    for key in server.names():
        server.client.delete_object(Bucket=server.bucket, Key=key)
    bucket = server.described(timeout_seconds=0.5)
    settings.STORAGES = settings.STORAGES | {kind: bucket.storage(kind) for kind in KINDS}
    # The models' fields asked for their storages when they were made.
    monkeypatch.setattr(Drawing._meta.get_field("upload"), "storage", storages["uploads"])
    monkeypatch.setattr(ModelVersion._meta.get_field("weights"), "storage", storages["weights"])
    monkeypatch.setattr(Export._meta.get_field("file"), "storage", storages["exports"])
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR, settings.MIN_CONFIDENCE = shipped, 0.0
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nothing.sock"
    settings.EXPORT_WORK_DIR = tmp_path / "unfinished"
    recognition.forget()
    yield
    recognition.forget()


def upload(visitor: Visitor):
    """Send a picture as the page does."""
    return visitor.post("/api/v1/drawings", {"image": SimpleUploadedFile("7.png", encoded("PNG"), "image/png")})


def test_a_drawing_goes_the_whole_way_from_upload_to_export_to_deletion(server, admin_client):
    visitor = Visitor()
    answer = upload(visitor)
    assert answer.status_code == 201, answer.content
    drawing = Drawing.objects.get(pk=answer.json()["id"])
    assert f"site/uploads/{drawing.upload.name}" in server.names()
    picture = admin_client.get(reverse("admin:recognizer_drawing_upload", args=[drawing.pk]))
    assert b"".join(picture.streaming_content).startswith(b"\x89PNG")

    versions.promote(new_version(2))
    assert recognition.live().number == 2

    drawings.set_label(drawing, 7)
    drawings.review([drawing.pk], Label.State.ACCEPTED, by=None)
    export = making.finished(kind="png")
    assert export.state == Export.State.SUCCEEDED, export.message
    assert f"site/exports/{export.file.name}" in server.names()
    file = admin_client.get(reverse("admin:training_export_download", args=[export.pk]))
    assert b"".join(file.streaming_content).startswith(b"PK")

    assert visitor.delete(f"/api/v1/drawings/{drawing.pk}").status_code == 204
    assert [key for key in server.names() if key.startswith(("site/uploads/", "site/exports/"))] == []


def test_files_are_handed_out_to_those_alone_who_may_see_them(server):
    assert upload(Visitor()).status_code == 201
    drawing = Drawing.objects.get()
    answer = Client().get(reverse("admin:recognizer_drawing_upload", args=[drawing.pk]))
    assert answer.status_code == 302  # to the login, and not to the bucket
    assert server.address not in answer["Location"]


def test_a_yardstick_is_kept_and_read_and_removed(server, tmp_path):
    some = seven_segment_digits(3, seed=5)
    np.savez(tmp_path / "ours.npz", images=some.images, labels=some.labels)
    made = yardsticks.import_file("ours", tmp_path / "ours.npz")
    assert len([key for key in server.names() if key.startswith("site/yardsticks/ours/")]) == 2
    assert sum(len(page) for page in yardsticks.read(made)) == made.count == 3
    yardsticks.remove(made)
    assert [key for key in server.names() if key.startswith("site/yardsticks/")] == []


def test_weights_that_no_version_names_are_found_and_removed(settings, server):
    recognition.live()
    settings.LOST_WEIGHTS_SECONDS = 0.0
    name = storages["weights"].save("versions/lost.safetensors", ContentFile(b"lost"))
    [item] = removable.lost_weights(timezone.now())
    assert (item.key, item.size_bytes) == (f"lost-weights:{name}", 4)
    assert removable.remove_lost_weights(name, timezone.now())
    assert not storages["weights"].exists(name)


def test_uploads_that_no_drawing_names_are_found_and_removed(settings, server):
    upload(Visitor())
    settings.LOST_UPLOAD_SECONDS = 0.0
    storages["uploads"].save(f"{timezone.now():%Y/%m}/lost.png", ContentFile(b"png"))
    assert lost_files.remove(now=timezone.now() + timedelta(seconds=5)) == 1
    assert [key for key in server.names() if "uploads" in key] == [f"site/uploads/{Drawing.objects.get().upload.name}"]


def test_an_upload_is_refused_in_words_and_nothing_is_kept_while_the_server_is_away(server):
    visitor = Visitor()
    recognition.live()
    with server.away():
        answer = upload(visitor)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer.json()["error"]["code"] == "storage_unavailable"
    assert "send it again" in answer.json()["error"]["message"]
    assert Drawing.objects.count() == 0
    assert upload(visitor).status_code == 201


def test_strokes_are_stored_while_the_server_is_away(server):
    visitor = Visitor()
    recognition.live()
    with server.away():
        assert visitor.draw()["digit"] is not None
    assert Drawing.objects.count() == 1


def test_it_is_degraded_and_not_down_while_the_server_is_away(server):
    recognition.live()
    with server.away():
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "pictures cannot be kept" in answer.json()["storage"]
    assert Client().get("/readyz").json()["storage"] == "ok"


def test_the_live_version_goes_on_answering_while_the_server_is_away(server):
    versions.ensure_shipped()
    versions.promote(new_version(2))
    assert recognition.live().number == 2
    with server.away():
        assert recognition.live().number == 2
        assert "cannot be looked at" in recognition.problem()
    assert (recognition.live().number, recognition.problem()) == (2, None)


def test_a_process_that_begins_while_the_server_is_away_answers_with_what_is_shipped(server):
    versions.ensure_shipped()
    versions.promote(new_version(2))
    with server.away():
        recognition.forget()
        assert recognition.live().number == 1
    assert recognition.live().number == 2


def test_a_drawing_is_deleted_while_the_server_is_away_and_its_file_is_found_later(settings, server):
    visitor = Visitor()
    drawing_id = upload(visitor).json()["id"]
    kept = upload(Visitor()).json()["id"]
    with server.away():
        assert visitor.delete(f"/api/v1/drawings/{drawing_id}").status_code == 204
    assert list(Drawing.objects.values_list("pk", flat=True)) == [kept]
    settings.LOST_UPLOAD_SECONDS = 0.0
    lost_files.remove(now=timezone.now() + timedelta(seconds=5))  # unless the server did what it was asked in the end
    assert [key for key in server.names() if "uploads" in key] == [f"site/uploads/{Drawing.objects.get().upload.name}"]


def test_an_export_fails_in_words_and_leaves_nothing_while_the_server_is_away(server):
    upload(Visitor())
    drawing = Drawing.objects.get()
    drawings.set_label(drawing, 7)
    drawings.review([drawing.pk], Label.State.ACCEPTED, by=None)
    with server.away():
        export = making.finished(kind="png")
    assert export.state == Export.State.FAILED
    assert "object storage does not answer" in export.message
    assert [key for key in server.names() if key.startswith("site/exports/")] == []
    assert making.finished(kind="png").state == Export.State.SUCCEEDED


def test_a_snapshot_leaves_nobody_out_because_the_server_is_away(server):
    upload(Visitor())
    drawing = Drawing.objects.get()
    Drawing.objects.update(preprocessing_version=0)  # so that its file has to be read
    drawing.refresh_from_db()
    with server.away(), pytest.raises(StorageAwayError):
        list(snapshots.readable([drawing]))


def test_a_page_that_needs_a_file_says_that_it_is_out_of_reach(server, admin_client):
    upload(Visitor())
    address = reverse("admin:recognizer_drawing_upload", args=[Drawing.objects.get().pk])
    with server.away():
        answer = admin_client.get(address)
    assert answer.status_code == 503
    assert "out of reach" in answer.content.decode()


def test_a_bucket_that_is_not_there_is_named(server):
    storage = BucketFolder(**server.described(bucket="another").storage("uploads")["OPTIONS"])
    with pytest.raises(StorageAwayError, match=r"NoSuchBucket.*S3_BUCKET"):
        storage.check()
    with pytest.raises(StorageAwayError, match="S3_BUCKET"):
        storage.save("a.png", ContentFile(b"a"))


def test_a_file_that_is_not_there_is_missing_as_in_a_folder(server):
    storage = storages["uploads"]
    for ask in (storage.size, storage.get_modified_time, storage.open):
        with pytest.raises(FileNotFoundError):
            ask("nobody.png")
    assert storage.exists("nobody.png") is False
    assert storage.listdir("2020/01/") == ([], [])
    storage.delete("nobody.png")


def test_no_file_takes_the_place_of_another(server):
    names = [storages["weights"].save("versions/a", ContentFile(content)) for content in (b"one", b"two")]
    assert len(set(names)) == 2
    assert [storages["weights"].open(name).read() for name in names] == [b"one", b"two"]


def test_a_file_larger_than_a_part_is_stored_whole(server):
    content = os.urandom(9 * 1024 * 1024)  # more than is sent, or held in memory, at once
    name = storages["exports"].save("big.jsonl.gz", ContentFile(content))
    with storages["exports"].open(name) as file:
        assert file.read() == content


def test_a_process_that_is_forked_speaks_through_a_connection_of_its_own(server):
    storage = storages["uploads"]
    storage.exists("a.png")
    here = storage.connection
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"own" if storage.connection is not here else b"shared")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"own"
    assert storage.connection is here


def test_the_same_row_reads_its_file_as_often_as_it_is_asked(server):
    """As promoting does, which compares a version first and then checks it."""
    version = new_version(2)
    contents = [versions.load(version).network.parameters.tobytes() for _ in range(2)]
    assert contents[0] == contents[1]
