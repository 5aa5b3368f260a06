"""Versions are numbered without gaps or doubles, checked before they go live, and can be taken back."""

import threading

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from recognizer import versions
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import Deployment, Evaluation, ModelVersion
from tests.recognizer.conftest import new_version, weights_file

pytestmark = pytest.mark.django_db

EVALUATION = {
    "dataset": "mnist-test",
    "n": 10_000,
    "correct": 9_910,
    "rejected": 10,
    "per_digit": [0.99] * 10,
    "confusion": [[1000 if row == column else 0 for column in range(10)] for row in range(10)],
    "seconds": 1.5,
    "created_at": "2026-11-20T10:00:00+00:00",
}


def spoil(version: ModelVersion) -> None:
    """Change one byte of the version's file."""
    with version.weights.open("rb") as file:
        data = bytearray(file.read())
    data[-1] ^= 1
    version.weights.storage.delete(version.weights.name)
    version.weights.storage.save(version.weights.name, ContentFile(bytes(data)))


def live_number() -> int:
    return Deployment.objects.get(is_live=True).version.number


def files(version: ModelVersion) -> list[str]:
    return version.weights.storage.listdir("versions")[1]


def test_versions_are_numbered_from_one():
    assert [new_version(seed).number for seed in (1, 2, 3)] == [1, 2, 3]


def test_a_version_says_what_is_in_its_file():
    data = weights_file(1, {"epochs": 3})
    version = versions.register(data, source="trained")
    version.refresh_from_db()
    assert (version.architecture, version.parameter_count, version.size_bytes) == ("lenet-5x5", 105_634, len(data))
    assert (version.provenance, version.preprocessing_version, version.source) == (
        {"epochs": 3},
        PREPROCESSING_VERSION,
        "trained",
    )
    assert versions.load(version).sha256 == version.sha256


def test_the_version_that_it_was_trained_from_is_kept():
    base = new_version(1)
    assert versions.register(weights_file(2), source="trained", base=base).base == base


def test_a_file_that_is_no_weights_becomes_no_version(tmp_path):
    with pytest.raises(versions.VersionError, match="cannot become a version"):
        versions.register(b"weights, in words", source="trained")
    assert not ModelVersion.objects.exists()
    assert not (tmp_path / "weights").exists()


def test_a_version_that_cannot_be_stored_leaves_no_file(monkeypatch):
    kept = new_version(1)
    monkeypatch.setattr(ModelVersion, "save", fail_to_save)
    with pytest.raises(RuntimeError):
        new_version(2)
    assert len(files(kept)) == 1


def fail_to_save(*args, **kwargs) -> None:
    raise RuntimeError("disk full")


def test_the_evaluation_in_the_header_is_adopted():
    version = versions.register(weights_file(1, {"evaluations": [EVALUATION]}), source="shipped")
    evaluation = Evaluation.objects.get(version=version)
    assert (evaluation.dataset, evaluation.n, evaluation.accuracy) == ("mnist-test", 10_000, 0.991)
    assert evaluation.created_at.isoformat() == EVALUATION["created_at"]


@pytest.mark.parametrize(
    "nonsense",
    [
        "99 %",
        {},
        EVALUATION | {"n": "many"},
        EVALUATION | {"confusion": [[1]]},
        EVALUATION | {"correct": 20_000},
        EVALUATION | {"rejected": -1},
        EVALUATION | {"created_at": "yesterday"},
    ],
    ids=["text", "nothing", "n", "confusion", "more right than there are", "negative", "date"],
)
def test_an_evaluation_that_makes_no_sense_is_left_out(nonsense):
    version = versions.register(weights_file(1, {"evaluations": [nonsense, EVALUATION]}), source="shipped")
    assert Evaluation.objects.filter(version=version).count() == 1


def test_a_list_of_evaluations_that_is_none_is_left_out():
    versions.register(weights_file(1, {"evaluations": 99}), source="shipped")
    assert not Evaluation.objects.exists()


def test_a_changed_file_does_not_load():
    version = new_version(1)
    spoil(version)
    with pytest.raises(versions.VersionError, match=r"Version 1 cannot be loaded.*SHA-256"):
        versions.load(version)


def test_a_missing_file_does_not_load():
    version = new_version(1)
    version.weights.storage.delete(version.weights.name)
    with pytest.raises(versions.VersionError, match="Restore the file"):
        versions.load(version)


def test_an_empty_database_gets_the_shipped_version():
    deployment = versions.live_deployment()
    assert (deployment.version.number, deployment.version.source, deployment.kind) == (1, "shipped", "first")


def test_the_shipped_version_is_registered_once():
    assert versions.ensure_shipped() == versions.ensure_shipped() == versions.live_deployment()
    assert ModelVersion.objects.count() == Deployment.objects.count() == 1


def test_a_newer_shipped_version_goes_live_while_nobody_chose_one(shipped):
    first = versions.ensure_shipped()
    (shipped / "lenet-5x5.safetensors").write_bytes(weights_file(2))
    second = versions.ensure_shipped()
    assert (second.version.number, second.kind, second.previous) == (2, "first", first)
    assert live_number() == 2


def test_a_newer_shipped_version_waits_where_somebody_chose_one(shipped):
    versions.ensure_shipped()
    versions.promote(new_version(5))
    (shipped / "lenet-5x5.safetensors").write_bytes(weights_file(2))
    assert versions.ensure_shipped().version.number == 2
    assert [version.source for version in ModelVersion.objects.order_by("number")] == ["shipped", "trained", "shipped"]


def test_a_newer_shipped_version_can_be_rolled_back(shipped):
    versions.ensure_shipped()
    (shipped / "lenet-5x5.safetensors").write_bytes(weights_file(2))
    versions.ensure_shipped()
    versions.rollback()
    assert live_number() == 1
    assert versions.ensure_shipped().version.number == 1


def test_a_broken_shipped_file_leaves_the_live_version_alone(shipped, caplog):
    versions.ensure_shipped()
    (shipped / "new.safetensors").write_bytes(b"broken")
    assert versions.ensure_shipped().version.number == 1
    assert "new.safetensors" in caplog.text


def test_without_shipped_weights_it_says_what_to_do(shipped):
    next(shipped.iterdir()).unlink()
    with pytest.raises(versions.VersionError, match=r"manage\.py train"):
        versions.live_deployment()


def test_a_promoted_version_is_live_and_says_by_whom_and_why(admin_user):
    first = versions.ensure_shipped()
    deployment = versions.promote(new_version(2), by=admin_user, reason="reads sevens better")
    first.refresh_from_db()
    assert versions.live_deployment() == deployment
    assert (deployment.kind, deployment.by, deployment.reason) == ("promote", admin_user, "reads sevens better")
    assert deployment.previous == first
    assert first.ended_at == deployment.started_at


def test_the_live_version_cannot_be_promoted_again():
    version = versions.ensure_shipped().version
    with pytest.raises(versions.VersionError, match="live already"):
        versions.promote(version)
    assert Deployment.objects.count() == 1


def test_a_version_whose_file_is_broken_cannot_be_promoted():
    versions.ensure_shipped()
    version = new_version(2)
    spoil(version)
    with pytest.raises(versions.VersionError, match="cannot be loaded"):
        versions.promote(version)
    assert live_number() == 1


def test_a_version_for_other_images_cannot_be_promoted():
    versions.ensure_shipped()
    version = new_version(2)
    ModelVersion.objects.filter(pk=version.pk).update(preprocessing_version=99)
    version.refresh_from_db()
    with pytest.raises(versions.VersionError, match="preprocessing 99"):
        versions.promote(version)


def test_rolling_back_twice_goes_two_releases_back(admin_user):
    versions.ensure_shipped()
    for seed in (2, 3):
        versions.promote(new_version(seed))
    first, second = (versions.rollback(by=admin_user, reason="worse") for _ in range(2))
    assert [first.version.number, second.version.number] == [2, 1]
    assert (second.kind, second.by, second.reason) == ("rollback", admin_user, "worse")
    with pytest.raises(versions.VersionError, match="nothing to roll back to"):
        versions.rollback()


def test_a_version_whose_file_is_broken_is_not_rolled_back_to():
    back = versions.ensure_shipped().version
    versions.promote(new_version(2))
    spoil(back)
    with pytest.raises(versions.VersionError, match="Version 1 cannot be loaded"):
        versions.rollback()
    assert live_number() == 2


def test_a_version_for_other_images_is_not_rolled_back_to():
    back = versions.ensure_shipped().version
    versions.promote(new_version(2))
    ModelVersion.objects.filter(pk=back.pk).update(preprocessing_version=99)
    with pytest.raises(versions.VersionError, match="Version 1 was trained on images of preprocessing 99"):
        versions.rollback()
    assert live_number() == 2


def test_the_database_refuses_two_live_versions():
    deployment = versions.ensure_shipped()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.create(version=deployment.version, kind="promote")


def test_the_database_refuses_the_same_shipped_version_twice():
    version = versions.ensure_shipped().version
    version.pk, version.number = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        version.save(force_insert=True)


def at_once(*jobs) -> list:
    """Run the jobs in threads that start together; returns results, or the exceptions that they raised."""
    results: list = [None] * len(jobs)
    barrier = threading.Barrier(len(jobs))

    def run(place: int) -> None:
        barrier.wait()
        try:
            results[place] = jobs[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_versions_that_are_registered_at_once_get_numbers_of_their_own():
    data = [weights_file(seed) for seed in range(6)]
    results = at_once(*(lambda each=each: versions.register(each, source="trained").number for each in data))
    assert sorted(results) == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_at_once_register_the_shipped_version_once():
    results = at_once(*[lambda: versions.live_deployment().version.number] * 4)
    assert results == [1, 1, 1, 1]
    assert ModelVersion.objects.count() == Deployment.objects.count() == 1
    assert len(files(ModelVersion.objects.get())) == 1


@pytest.mark.django_db(transaction=True)
def test_versions_that_are_promoted_at_once_follow_one_another():
    versions.ensure_shipped()
    promoted = [new_version(seed) for seed in (2, 3, 4)]
    results = at_once(*(lambda each=each: versions.promote(each) for each in promoted))
    assert [type(result) for result in results] == [Deployment] * 3
    chain = []
    deployment = versions.live_deployment()
    while deployment:
        chain.append(deployment.version.number)
        deployment = deployment.previous
    assert chain[-1] == 1
    assert sorted(chain) == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_the_same_version_promoted_twice_at_once_is_promoted_once():
    versions.ensure_shipped()
    version = new_version(2)
    results = at_once(*[lambda: versions.promote(version)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Deployment", "VersionError"]
    assert Deployment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_rollback_and_promotions_at_once_follow_one_another():
    versions.ensure_shipped()
    versions.promote(new_version(2))
    promoted = [new_version(seed) for seed in (3, 4)]
    results = at_once(versions.rollback, *(lambda each=each: versions.promote(each) for each in promoted))
    assert [type(result) for result in results] == [Deployment] * 3, results
