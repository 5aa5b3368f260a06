"""What the rule keeps, what it removes, and that nothing goes which was not announced or is needed after all."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from recognizer import versions
from recognizer.models import Deployment, ModelVersion
from training import comparisons, jobs, measurements, removable, retention, tasks
from training.evaluation import evaluate
from training.jobs import JobError
from training.models import CleanUp, Comparison, TrainingJob

from .making import drawn, in_state, new_version, queued, running, visitor, weights_file

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(days=100)
NOTICE = timedelta(hours=24)


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.SHIPPED_WEIGHTS_DIR = tmp_path / "shipped"
    settings.CHECKPOINTS_DIR = tmp_path / "checkpoints"
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    settings.LOST_WEIGHTS_SECONDS = 0.0
    return tmp_path


def made(count: int, *, first: int = 1) -> list[ModelVersion]:
    """Versions, all of them old, with numbers from 1."""
    found = [new_version(seed) for seed in range(first, first + count)]
    ModelVersion.objects.update(created_at=timezone.now() - LONG_AGO)
    return found


@pytest.fixture
def old():
    """The oldest of twelve versions; it and the second are all that the rule does not keep."""
    twelve = made(12)
    versions.promote(twelve[-1])
    return twelve[0]


def names(items=None) -> list[str]:
    return [item.name for item in (retention.plan() if items is None else items)]


def exists(version: ModelVersion) -> bool:
    return version.weights.storage.exists(version.weights.name)


def checkpoint(job_id: int, *, days_old: float = 0.0) -> Path:
    """A folder as checkpoints lie there, of 5 bytes."""
    from django.conf import settings

    folder = Path(settings.CHECKPOINTS_DIR) / f"job-{job_id}"
    folder.mkdir(parents=True)
    (folder / "state").write_bytes(b"12345")
    age(folder, days_old)
    return folder


def age(path: Path, days: float) -> None:
    moment = (timezone.now() - timedelta(days=days)).timestamp()
    for one in [*path.rglob("*"), path]:
        os.utime(one, (moment, moment))


def ended(job: TrainingJob, *, days_ago: float) -> TrainingJob:
    TrainingJob.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=days_ago))
    return job


class TestWeights:
    def test_old_ones_beyond_the_newest_ten_may_go(self, old):
        assert names() == ["weights of version 1", "weights of version 2"]
        item = retention.plan()[0]
        assert item.size_bytes == old.size_bytes
        assert item.why.startswith("Older than 90 days, not among the newest 10, and was never live.")

    def test_young_ones_stay(self, old):
        ModelVersion.objects.filter(number=1).update(created_at=timezone.now())
        assert names() == ["weights of version 2"]

    def test_how_many_and_how_old_are_settings(self, old, settings):
        settings.KEEP_VERSIONS = 11
        assert names() == ["weights of version 1"]
        settings.KEEP_VERSIONS_DAYS = 101
        assert names() == []

    def test_the_live_one_stays_however_old(self):
        twelve = made(12)
        versions.promote(twelve[0])
        assert names() == ["weights of version 2"]

    def test_what_was_live_among_the_last_ten_deployments_stays(self):
        twelve = made(12)
        for version in (twelve[0], twelve[1], *twelve[2:11]):
            versions.promote(version)
        assert names() == ["weights of version 1"]
        assert "was live, but not lately" in retention.plan()[0].why

    def test_what_a_roll_back_returns_to_stays(self):
        thirteen = made(13)
        versions.promote(thirteen[0])
        for _ in range(6):  # rolled back each time: what is live still goes back to nothing
            versions.promote(thirteen[12])
            versions.rollback()
        live = versions.promote(thirteen[11])
        Deployment.objects.filter(pk=live.pk).update(previous=_deployment_of(thirteen[1], before=live))
        assert names() == ["weights of version 3"]

    def test_shipped_ones_stay(self, old):
        ModelVersion.objects.filter(number=1).update(source="shipped")
        assert names() == ["weights of version 2"]

    def test_the_base_of_an_unfinished_job_stays(self, old):
        drawn(visitor("ann"), 3)
        job = jobs.start(kind="fine-tune", architecture=None, base=old, epochs=1, learning_rate=1e-3)
        assert names() == ["weights of version 2"]
        jobs.cancel(job.pk)
        assert names() == ["weights of version 1", "weights of version 2"]

    def test_both_versions_of_an_unfinished_comparison_stay(self, old):
        row = comparisons.request(old, ModelVersion.objects.get(number=2))
        assert names() == []
        Comparison.objects.filter(pk=row.pk).update(state="failed", finished_at=timezone.now(), message="x")
        assert names() == ["weights of version 1", "weights of version 2"]

    def test_the_version_of_an_unfinished_measurement_stays(self, old):
        row = measurements.start(old, "mnist-test")
        assert names() == ["weights of version 2"]
        measurements.cancel(row.pk)
        assert names() == ["weights of version 1", "weights of version 2"]

    def test_the_file_goes_and_the_row_stays(self, old):
        done = retention.clean_up()
        old.refresh_from_db()
        assert not exists(old)
        assert old.weights_removed_at is not None
        assert [item["outcome"] for item in done.items] == ["removed", "removed"]
        assert done.freed_bytes == 2 * old.size_bytes
        assert names() == []

    def test_whoever_wants_to_use_such_a_version_is_told(self, old):
        retention.clean_up()
        old.refresh_from_db()
        words = r"The weights of version 1 were removed on \d{4}-\d\d-\d\d to make room"
        with pytest.raises(versions.VersionError, match=words):
            versions.promote(old)
        with pytest.raises(versions.VersionError, match=words):
            evaluate(old, "mnist-test")
        drawn(visitor("ann"), 3)
        with pytest.raises(JobError, match=words):
            jobs.start(kind="fine-tune", architecture=None, base=old, epochs=1, learning_rate=1e-3)

    def test_a_version_that_goes_live_after_the_plan_was_made_stays(self, old, monkeypatch):
        remove = removable.KINDS["weights"].remove

        def promoted_meanwhile(key, now):
            if key == str(old.pk):
                versions.promote(old)
            return remove(key, now)

        monkeypatch.setitem(
            retention.KINDS, "weights", removable.Kind(removable.KINDS["weights"].find, promoted_meanwhile)
        )
        done = retention.clean_up()
        assert [item["outcome"] for item in done.items] == ["kept", "removed"]
        assert exists(old)

    def test_a_promotion_that_loaded_the_file_before_it_went_is_refused(self, old, monkeypatch):
        load = versions.load

        def removed_meanwhile(version):
            loaded = load(version)
            versions.remove_weights(version.pk)
            return loaded

        monkeypatch.setattr(versions, "load", removed_meanwhile)
        with pytest.raises(versions.VersionError, match="were removed"):
            versions.promote(old)

    @pytest.mark.django_db(transaction=True)
    def test_promoting_and_removing_at_the_same_moment_leave_a_live_version_that_loads(self, old):
        def in_thread(work) -> str:
            try:
                work()
                return "done"
            except versions.VersionError:
                return "refused"
            finally:
                connection.close()

        for number in range(1, 3):
            version = ModelVersion.objects.get(number=number)
            with ThreadPoolExecutor(2) as pool:
                outcomes = pool.map(in_thread, [lambda v=version: versions.promote(v), retention.clean_up])
                assert "done" in list(outcomes)
            versions.load(Deployment.objects.get(is_live=True).version)


def _deployment_of(version: ModelVersion, *, before: Deployment) -> Deployment:
    return Deployment.objects.create(
        version=version, kind="promote", is_live=False, ended_at=timezone.now(), pk=before.pk - 1000
    )


class TestLostWeights:
    @pytest.fixture
    def lost(self, old, settings):
        """A file that no version names, beside those of old versions that stay."""
        settings.KEEP_VERSIONS = 100
        return old.weights.storage.save("versions/lost.safetensors", ContentFile(b"123"))

    def test_a_file_that_no_version_names_may_go(self, lost):
        assert [(item.name, item.size_bytes) for item in retention.plan()] == [(lost, 3)]
        retention.clean_up()
        assert names() == []

    def test_one_whose_version_may_still_come_stays(self, lost, settings):
        settings.LOST_WEIGHTS_SECONDS = 3600.0
        assert names() == []

    def test_files_of_another_database_are_left_alone(self, lost, old):
        for number in range(20):
            old.weights.storage.save(f"versions/{number}.safetensors", ContentFile(b"123"))
        assert names() == []

    def test_what_a_crash_between_row_and_file_left_is_found(self, old, settings, monkeypatch):
        def crash(name):
            raise KeyboardInterrupt

        storage = ModelVersion._meta.get_field("weights").storage
        with monkeypatch.context() as patched:
            patched.setattr(type(storage), "delete", lambda self, name: crash(name))
            with pytest.raises(KeyboardInterrupt):
                retention.clean_up()
        old.refresh_from_db()
        assert old.weights_removed_at is not None
        assert exists(old)
        assert names() == ["weights of version 2", old.weights.name]
        retention.clean_up()
        assert not exists(old)


class TestCheckpoints:
    @pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
    def test_those_of_jobs_that_ended_long_ago_may_go(self, state):
        job = ended(in_state(state), days_ago=8)
        folder = checkpoint(job.pk)
        (item,) = retention.plan()
        assert (item.name, item.size_bytes) == (f"checkpoints of job {job.pk}", 5)
        assert item.why == "The job ended more than 7 days ago."
        retention.clean_up()
        assert not folder.exists()
        assert list(folder.parent.iterdir()) == []

    def test_those_of_a_job_that_ended_lately_stay(self):
        checkpoint(ended(in_state("failed"), days_ago=6).pk, days_old=50)
        assert names() == []

    def test_those_of_unfinished_jobs_stay(self):
        checkpoint(queued().pk, days_old=50)
        checkpoint(running()[0].pk, days_old=50)
        assert names() == []

    def test_those_of_jobs_that_are_not_there_any_more_may_go(self):
        checkpoint(998, days_old=8)
        checkpoint(999, days_old=6)
        assert names() == ["checkpoints of job 998"]

    def test_a_job_that_is_queued_again_keeps_them(self, monkeypatch):
        job = ended(in_state("failed"), days_ago=8)
        folder = checkpoint(job.pk)
        assert names() != []
        TrainingJob.objects.filter(pk=job.pk).update(state="queued", finished_at=None)
        assert removable.remove_old_checkpoints(folder.name, timezone.now()) is False
        assert folder.exists()

    def test_a_folder_that_a_crash_left_half_removed_may_go(self, settings):
        folder = Path(settings.CHECKPOINTS_DIR) / ".removing-job-3-ab"
        folder.mkdir(parents=True)
        assert names() == [folder.name]
        retention.clean_up()
        assert not folder.exists()

    def test_other_folders_are_none_of_its_business(self, settings):
        (Path(settings.CHECKPOINTS_DIR) / "job-notes").mkdir(parents=True)
        age(Path(settings.CHECKPOINTS_DIR), 99)
        assert names() == []


class TestSnapshots:
    @pytest.fixture
    def packed(self, settings):
        folder = Path(settings.SNAPSHOT_DIR) / "snapshot-7"
        folder.mkdir(parents=True)
        (folder / "images").write_bytes(b"1234567")
        age(folder, 31)
        return folder

    def test_what_nobody_has_used_for_long_may_go(self, packed):
        assert [(item.name, item.size_bytes) for item in retention.plan()] == [("packed snapshot-7", 7)]
        retention.clean_up()
        assert not packed.exists()

    def test_what_was_used_lately_stays(self, packed):
        age(packed, 29)
        assert names() == []

    def test_what_an_unfinished_job_learns_from_stays(self, packed):
        from training.models import Snapshot

        snapshot = Snapshot.objects.create(count=0, visitors=0, sha256="ab" * 32)
        TrainingJob.objects.filter(pk=queued().pk).update(snapshot=snapshot)
        packed.rename(packed.with_name(f"snapshot-{snapshot.pk}-preprocessing-1.images"))
        assert names() == []

    def test_other_files_are_none_of_its_business(self, packed):
        packed.rename(packed.with_name("notes"))
        assert names() == []


class TestSayingItFirst:
    def test_the_site_announces_before_it_removes(self, old):
        now = timezone.now()
        assert retention.tick(now) is None
        announced = CleanUp.objects.get()
        assert [item["name"] for item in announced.items] == ["weights of version 1", "weights of version 2"]
        assert retention.tick(now + NOTICE - timedelta(minutes=1)) is None
        assert exists(old)
        done = retention.tick(now + NOTICE)
        assert (done, done.is_open, done.freed_bytes) == (announced, False, 2 * old.size_bytes)
        assert not exists(old)

    def test_what_was_not_announced_waits_for_the_next_list(self, old):
        now = timezone.now()
        retention.tick(now)
        checkpoint(999, days_old=8)
        assert len(retention.tick(now + NOTICE).items) == 2
        assert names() == ["checkpoints of job 999"]

    def test_what_was_announced_and_is_needed_by_then_stays(self, old):
        now = timezone.now()
        retention.tick(now)
        versions.promote(old)
        assert [item["outcome"] for item in retention.tick(now + NOTICE).items] == ["kept", "removed"]
        assert exists(old)

    def test_the_same_list_is_announced_once(self, old):
        for _ in range(5):
            tasks.clean_up()
        assert CleanUp.objects.count() == 1

    def test_it_can_be_left_to_people(self, old, settings):
        settings.RETENTION_AUTOMATIC = False
        retention.tick()
        assert not CleanUp.objects.exists()

    def test_nothing_is_announced_when_there_is_nothing(self):
        retention.tick()
        assert not CleanUp.objects.exists()

    def test_a_list_that_a_crash_cut_short_is_gone_on_with_after_a_while(self, old, monkeypatch):
        now = timezone.now()
        retention.tick(now)
        with monkeypatch.context() as patched:
            patched.setattr(retention, "_remove", lambda key, now: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                retention.tick(now + NOTICE)
        assert retention.tick(now + NOTICE + timedelta(minutes=5)) is None  # somebody may still be at it
        done = retention.tick(now + NOTICE + timedelta(hours=2))
        assert [item["outcome"] for item in done.items] == ["removed", "removed"]

    def test_what_is_removed_at_once_stands_in_a_row_with_who_did_it(self, old, admin_user):
        done = retention.clean_up(by=admin_user, seen=retention.fingerprint(retention.plan()))
        assert (done.by, done.is_open, done.ended_at is not None) == (admin_user, False, True)

    def test_another_list_than_somebody_saw_is_not_removed(self, old):
        seen = retention.fingerprint(retention.plan())
        versions.promote(old)
        with pytest.raises(retention.RetentionError, match="has changed"):
            retention.clean_up(seen=seen)
        assert not CleanUp.objects.exists()

    def test_one_item_that_fails_does_not_keep_the_others(self, old, monkeypatch):
        failing = removable.Kind(removable.old_weights, lambda key, now: 1 / 0 if key == str(old.pk) else True)
        monkeypatch.setitem(retention.KINDS, "weights", failing)
        done = retention.clean_up()
        assert [item["outcome"] for item in done.items] == ["failed: division by zero", "removed"]


def test_a_file_that_bears_a_removed_versions_name_stays_if_it_is_another_versions(old):
    retention.clean_up()
    again = versions.register(weights_file(1), source="trained")
    assert again.weights.name == old.weights.name
    assert names() == ["weights of version 3"]  # the thirteenth is the newest now
    assert versions.load(again).sha256 == old.sha256
