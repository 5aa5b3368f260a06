"""/healthz says that the process is up, /readyz whether it can do its work."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from recognizer import health, recognition, versions
from recognizer.models import ModelVersion
from tests.recognizer.conftest import new_version
from tests.recognizer.test_versions import spoil


@pytest.fixture(autouse=True)
def no_broker(settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nothing.sock"


def test_a_process_is_up_without_asking_the_database():
    # No `db` fixture: a query would fail this test.
    response = Client().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "up"})


@pytest.mark.django_db
def test_a_new_site_is_ready_without_a_broker():
    response = Client().get("/readyz")
    answer = response.json()
    assert response.status_code == 200
    assert (answer["status"], answer["problems"], answer["database"], answer["version"]) == ("ready", [], "ok", 1)
    assert "jobs wait" in answer["broker"]


@pytest.mark.django_db
def test_it_is_not_ready_when_nothing_loads():
    versions.ensure_shipped()
    spoil(ModelVersion.objects.get())
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert "Version 1 cannot be loaded" in response.json()["problems"][0]


@pytest.mark.django_db
def test_it_is_degraded_when_another_version_stands_in():
    recognition.live()
    version = new_version(2)
    versions.promote(version)
    spoil(version)
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["status"], response.json()["version"]) == (200, "degraded", 1)
    assert "Version 2 cannot be loaded" in response.json()["problems"][0]


@pytest.mark.django_db
def test_it_is_degraded_while_the_live_version_is_one_for_other_images():
    recognition.live()
    version = new_version(2)
    versions.promote(version)
    ModelVersion.objects.filter(pk=version.pk).update(preprocessing_version=99)
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["status"], response.json()["version"]) == (200, "degraded", 1)
    assert "preprocessing 99" in response.json()["problems"][0]


@pytest.mark.django_db
def test_it_is_degraded_while_the_live_file_is_bad_and_ready_again_when_it_is_restored():
    recognition.live()
    version = new_version(2)
    versions.promote(version)
    assert Client().get("/readyz").json()["status"] == "ready"
    spoil(version)
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["status"], response.json()["version"]) == (200, "degraded", 1)
    spoil(version)  # the same byte again
    assert Client().get("/readyz").json()["status"] == "ready"
    assert Client().get("/readyz").json()["version"] == 2


@pytest.mark.django_db
def test_it_is_not_ready_without_a_database(monkeypatch, caplog):
    def refuse():
        raise OperationalError("connection to server at 10.0.0.5 refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "The database does not answer: start it, or correct DATABASE_URL."
    assert response.json()["version"] is None
    assert "10.0.0.5" in caplog.text


@pytest.mark.django_db
def test_who_asks_learns_no_address_of_a_server(monkeypatch, tmp_path):
    def refuse():
        raise OperationalError("connection to server at 10.0.0.5 refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    text = Client().get("/readyz").content.decode()
    assert "10.0.0.5" not in text
    assert str(tmp_path) not in text


@pytest.mark.django_db
def test_it_is_not_ready_on_a_database_without_tables(monkeypatch):
    def no_table():
        raise OperationalError("no such table: recognizer_deployment")

    monkeypatch.setattr(versions, "ensure_shipped", no_table)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert "manage.py migrate" in response.json()["problems"][0]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(path, db):
    assert Client().post(path).status_code == 405


@pytest.mark.django_db
def test_a_silent_broker_is_waited_for_once(monkeypatch, settings):
    asked, clock = [], [100.0]

    def keeps_waiting():
        asked.append(clock[0])
        clock[0] += settings.BROKER_TIMEOUT_SECONDS
        return health.BROKER_AWAY

    monkeypatch.setattr(health, "_silent_since", None)
    monkeypatch.setattr(health, "_ask_broker", keeps_waiting)
    monkeypatch.setattr(health.time, "monotonic", lambda: clock[0])
    answers = [health._broker() for _ in range(3)]
    assert answers == [health.BROKER_AWAY] * 3
    assert len(asked) == 1
    clock[0] += settings.HEALTH_CACHE_SECONDS
    assert health._broker() == health.BROKER_AWAY
    assert len(asked) == 2


@pytest.mark.django_db
def test_a_cache_that_is_away_makes_nothing_unready(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/1",
        }
    }
    assert [Client().get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
