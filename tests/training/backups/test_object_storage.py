"""Where files lie in an S3 store (here moto's server, over HTTP on this machine), backups hold and bring them back."""

import boto3
import pytest
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from recognizer.models import Drawing, ModelVersion
from tests.training.backups import dumps, making
from training.backups import restoring, tables, taking

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}


@pytest.fixture
def bucket(place, settings, monkeypatch):
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=address, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
    )
    client.create_bucket(Bucket="digits")
    options = {"bucket_name": "digits", "endpoint_url": address, "file_overwrite": False, **KEYS}
    settings.STORAGES = settings.STORAGES | {
        name: {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | {"location": name}}
        for name in tables.STORAGES
    }
    for model, name in ((Drawing, "upload"), (ModelVersion, "weights")):
        monkeypatch.setattr(model._meta.get_field(name), "storage", storages[tables.FILES[model._meta.db_table, name]])
    yield client
    server.stop()


def objects(client) -> dict[str, bytes]:
    names = [each["Key"] for each in client.list_objects_v2(Bucket="digits").get("Contents", [])]
    return {name: client.get_object(Bucket="digits", Key=name)["Body"].read() for name in names}


def test_files_come_back_from_and_into_an_object_store(place, bucket):
    making.fill()
    rows, files = dumps.rows(), objects(bucket)
    assert len(files) == 6
    manifest = taking.take(place / "backup.tar")
    assert (len(manifest.files()), manifest.missing) == (6, [])
    dumps.empty()
    for name in files:
        bucket.delete_object(Bucket="digits", Key=name)
    restoring.restore(place / "backup.tar")
    assert objects(bucket) == files
    assert dumps.rows() == rows


def test_a_file_that_the_store_has_lost_is_named(place, bucket):
    making.fill()
    name = Drawing.objects.exclude(upload="").first().upload.name
    bucket.delete_object(Bucket="digits", Key=f"uploads/{name}")
    assert taking.take(place / "backup.tar").missing == [f"files/uploads/{name}"]
