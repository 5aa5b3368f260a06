"""/metrics: who may read it, what it says, and how little it asks."""

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from recognizer import versions
from tests.training.making import drawn, in_state, queued, visitor, weights_file
from training import metrics_view, refreshing, site_state, workers
from training.backups import nightly

pytestmark = pytest.mark.django_db
TOKEN = "the-token-of-prometheus"


@pytest.fixture(autouse=True)
def site(settings, tmp_path, monkeypatch):
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR, settings.BACKUP_DIR = tmp_path / "shipped", tmp_path / "backups"
    versions.ensure_shipped()
    monkeypatch.setattr(site_state.broker, "depths", lambda queues: ({"train": 3, "light": 0}, ""))
    cache.delete(nightly.NEWEST)
    site_state.forget()
    yield
    cache.delete(nightly.NEWEST)
    site_state.forget()


def told(**headers: str) -> dict[tuple, float]:
    text = Client().get("/metrics", headers=headers).content.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples}


def status(client: Client | None = None, **headers: str) -> int:
    return (client or Client()).get("/metrics", headers=headers).status_code


def test_without_a_token_this_machine_s_own_programs_may_read():
    assert status() == 200
    assert status(Client(REMOTE_ADDR="::1")) == 200
    assert status(Client(REMOTE_ADDR="192.0.2.1")) == 404
    assert status(Client(REMOTE_ADDR="")) == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_what_a_proxy_of_this_machine_hands_on_is_not_this_machine_s_own(settings, header):
    assert status(**{header: "127.0.0.1"}) == 404
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert status(**{header: "127.0.0.1"}) == 404


def test_with_a_token_only_who_shows_it_may_read(settings):
    settings.METRICS_TOKEN = TOKEN
    assert status() == 404
    assert status(Authorization=f"Bearer {TOKEN}x") == 404
    assert status(Authorization=TOKEN) == 404
    assert status(Authorization=f"Basic {TOKEN}") == 404
    assert status(Client(REMOTE_ADDR="192.0.2.1"), Authorization=f"Bearer {TOKEN}") == 200


def test_it_tells_the_state_of_jobs_workers_broker_and_what_is_live():
    queued()
    in_state("failed")
    workers.say("train@here", ["train"])
    figures = told()
    assert figures["digits_jobs", ("kind", "training"), ("state", "queued")] == 1
    assert figures["digits_jobs", ("kind", "training"), ("state", "failed")] == 1
    assert figures["digits_jobs", ("kind", "export"), ("state", "running")] == 0
    assert figures["digits_oldest_waiting_training_seconds",] > 0
    assert figures["digits_workers", ("queue", "train")] == 1
    assert figures["digits_workers", ("queue", "light")] == 0
    assert figures["digits_worker_silent_seconds", ("worker", "train@here")] >= 0
    assert figures["digits_worker_age_seconds", ("worker", "train@here")] >= 0
    assert figures["digits_queue_messages", ("queue", "train")] == 3
    assert figures["digits_live_version_info", ("architecture", "lenet-5x5"), ("version", "1")] == 1
    assert figures["digits_database_bytes",] > 0
    assert figures["digits_disk_free_bytes",] > 0


def test_drawings_are_told_as_they_are_counted_by_day():
    someone = visitor("a")
    drawn(someone, 7)
    drawn(someone, 3, state="unreviewed", seed=1)
    refreshing.refresh(seconds=10.0)
    figures = told()
    assert (figures["digits_drawings",], figures["digits_labels_waiting",]) == (2, 1)


def test_a_look_asks_as_few_queries_however_much_there_is():
    def asked() -> int:
        site_state.forget()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            told()
        return len(queries)

    few = asked()
    someone = visitor("a")
    for seed in range(5):
        drawn(someone, 7, seed=seed)
        queued()
        workers.say(f"train{seed}@here", ["train"])
    assert asked() == few <= 10


def test_a_second_look_soon_after_asks_nothing(django_assert_num_queries):
    told()
    with django_assert_num_queries(0):
        told()


def test_with_a_database_that_is_away_it_says_so_and_tells_the_rest(monkeypatch):
    def away():
        raise DatabaseError("gone")

    monkeypatch.setattr(site_state, "_jobs", away)
    figures = told()
    assert figures["digits_database_up",] == 0
    assert figures["digits_broker_up",] == 1
    assert ("digits_drawings",) not in figures


def test_with_a_broker_that_is_away_it_says_so(monkeypatch):
    monkeypatch.setattr(site_state.broker, "depths", lambda queues: (None, "away"))
    assert told()["digits_broker_up",] == 0


def test_the_age_of_the_newest_backup_is_told(settings):
    assert ("digits_last_backup_timestamp_seconds",) not in told()
    settings.BACKUP_DIR.mkdir()
    (settings.BACKUP_DIR / "nightly-2026-11-27.tar").write_bytes(b"")
    site_state.forget()
    assert told()["digits_last_backup_timestamp_seconds",] > 1.7e9


def test_the_age_of_a_backup_on_a_worker_s_machine_is_told_too(settings, tmp_path):
    cache.set(nightly.NEWEST, 1.7e9, None)
    settings.BACKUP_DIR = tmp_path / "not-here"
    assert told()["digits_last_backup_timestamp_seconds",] == 1.7e9


def test_a_folder_of_backups_that_the_web_may_not_read_hides_nothing_else(monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(nightly.folders, "entries", refuse)
    figures = told()
    assert figures["digits_database_up",] == 1
    assert ("digits_last_backup_timestamp_seconds",) not in figures


def test_figures_of_all_kinds_of_processes_are_added_up(settings, tmp_path):
    """Two web processes and a worker, one after the other under the same number."""
    import subprocess
    import sys

    code = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure(METRICS_DIR=sys.argv[1])
from digits_site import counting
counting.share(sys.argv[2], identify=lambda: int(sys.argv[3]), afresh=False)
from recognizer import metrics
metrics.recognised(version=2, digit=7, reason=None, confidence=0.9)
"""
    for kind, number in (("web", 0), ("web", 1), ("web", 0), ("light@here", 0)):
        command = [sys.executable, "-c", code, str(tmp_path), kind, str(number)]
        subprocess.run(command, check=True, capture_output=True)
    settings.METRICS_DIR = tmp_path
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(metrics_view.SHARED, str(tmp_path / "web"))
        figures = told()
    assert figures["digits_recognitions_total", ("digit", "7"), ("version", "2")] == 4
    assert figures["digits_confidence_count", ("version", "2")] == 4
    assert len(list(tmp_path.glob("web/counter_*.db"))) == 2
