"""Whatever happens to versions and files, somebody answers, and says truly which version that was."""

import threading

import numpy as np
import pytest
from django.db import DatabaseError

from recognizer import ink, recognition, versions
from recognizer.models import ModelVersion
from tests.recognizer.conftest import new_version, weights_file
from tests.recognizer.test_versions import spoil

pytestmark = pytest.mark.django_db

SEEN = ink.Seen(np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8))


def test_the_answer_is_the_networks(shipped):
    answer = recognition.recognise(SEEN)
    expected = versions.load(ModelVersion.objects.get()).network.probabilities(SEEN.image[None])[0]
    np.testing.assert_allclose(answer.probabilities, expected, atol=1e-6)
    assert answer.digit == int(expected.argmax())
    assert (answer.model_version, answer.reason, answer.image is SEEN.image) == (1, None, True)


def test_a_given_version_answers_though_another_is_live():
    recognition.live()
    version = new_version(2)
    assert recognition.recognise(SEEN, recognition.for_version(version)).model_version == 2


def test_a_promoted_version_answers_from_then_on():
    recognition.live()
    versions.promote(new_version(2))
    assert recognition.recognise(SEEN).model_version == 2
    versions.rollback()
    assert recognition.recognise(SEEN).model_version == 1


def test_the_database_is_asked_once_in_a_while_only(settings, django_assert_num_queries):
    settings.LIVE_VERSION_TTL_SECONDS = 60.0
    recognition.live()
    with django_assert_num_queries(0):
        assert recognition.recognise(SEEN).model_version == 1


def test_looking_again_costs_one_query(django_assert_num_queries):
    recognition.live()
    with django_assert_num_queries(1):
        assert recognition.recognise(SEEN).model_version == 1


def test_the_network_is_loaded_once(monkeypatch):
    recognition.live()
    monkeypatch.setattr(versions, "load", None)
    assert recognition.recognise(SEEN).model_version == 1


def test_the_last_good_version_goes_on_answering_when_the_next_is_broken(caplog):
    recognition.live()
    version = new_version(2)
    versions.promote(version)
    spoil(version)
    assert recognition.recognise(SEEN).model_version == 1
    assert "Version 2 cannot be loaded" in recognition.problem()
    assert "Version 1 goes on answering" in caplog.text


def test_a_broken_version_is_logged_once(caplog):
    recognition.live()
    version = new_version(2)
    versions.promote(version)
    spoil(version)
    for _ in range(3):
        recognition.live()
    assert caplog.text.count("goes on answering") == 1


def test_a_version_for_other_images_is_refused_like_a_broken_one_by_a_running_and_a_fresh_process():
    recognition.live()
    versions.promote(new_version(2))
    ModelVersion.objects.filter(number=2).update(preprocessing_version=99)
    for _ in range(2):
        assert recognition.recognise(SEEN).model_version == 1
        assert "Version 2 was trained on images of preprocessing 99" in recognition.problem()
        recognition.forget()


def test_what_stands_in_is_made_for_these_images_too():
    versions.ensure_shipped()
    for seed in (2, 3):
        versions.promote(new_version(seed))
    ModelVersion.objects.filter(number=2).update(preprocessing_version=99)
    spoil(row(3))
    assert recognition.live().number == 1


def test_a_rooms_version_for_other_images_leaves_the_room_to_the_live_one():
    version = new_version(2)
    assert recognition.for_room(version).number == version.number
    version.preprocessing_version = 99
    assert recognition.for_room(version) is None


def test_a_repaired_version_answers():
    recognition.live()
    version = new_version(2)
    versions.promote(version)
    spoil(version)
    recognition.live()
    spoil(version)  # the same byte again
    assert recognition.recognise(SEEN).model_version == 2
    assert recognition.problem() is None


def test_a_fresh_process_falls_back_to_what_was_live_before():
    versions.ensure_shipped()
    for seed in (2, 3):
        versions.promote(new_version(seed))
    spoil(ModelVersion.objects.get(number=3))
    assert recognition.recognise(SEEN).model_version == 2


def test_a_fresh_process_falls_back_to_the_shipped_version_in_the_end():
    version = new_version(2)
    versions.promote(version)
    spoil(version)
    answer = recognition.recognise(SEEN)
    assert ModelVersion.objects.get(number=answer.model_version).source == "shipped"
    assert "Version 1 cannot be loaded" in recognition.problem()


def test_a_file_that_goes_bad_under_a_running_process_is_refused_and_serves_again_once_it_is_restored():
    recognition.live()
    version = new_version(2)
    versions.promote(version)
    assert recognition.recognise(SEEN).model_version == 2
    spoil(version)
    answer = recognition.recognise(SEEN)
    assert answer.model_version == 1
    assert answer.probabilities == recognition.recognise(SEEN, recognition.for_version(row(1))).probabilities
    assert "Version 2 cannot be loaded" in recognition.problem()
    spoil(version)  # the same byte again
    assert (recognition.recognise(SEEN).model_version, recognition.problem()) == (2, None)


def test_a_file_that_goes_missing_under_a_running_process_is_refused():
    recognition.live()
    version = new_version(2)
    versions.promote(version)
    recognition.live()
    version.weights.storage.delete(version.weights.name)
    assert recognition.recognise(SEEN).model_version == 1


def test_a_running_and_a_fresh_process_fall_back_to_the_same_version():
    versions.ensure_shipped()
    recognition.live()
    for seed in (2, 3):  # this process does not look in between
        versions.promote(new_version(seed))
    spoil(row(3))
    assert recognition.live().number == 2
    recognition.forget()
    assert recognition.live().number == 2


def test_what_was_rolled_back_from_stands_in_last(shipped):
    versions.ensure_shipped()
    for seed in (2, 3):
        versions.promote(new_version(seed))
    versions.rollback()
    spoil(row(2))
    assert recognition.live().number == 1
    spoil(row(1))
    assert recognition.live().number == 3


def test_what_is_in_memory_answers_when_no_file_is_good():
    recognition.live()
    spoil(row(1))
    assert recognition.recognise(SEEN).model_version == 1
    assert "Version 1 cannot be loaded" in recognition.problem()


def test_a_database_that_goes_away_while_it_falls_back_does_not_stop_the_answers(monkeypatch):
    recognition.live()
    versions.promote(new_version(2))
    recognition.live()
    spoil(row(2))

    def away(deployment):
        raise DatabaseError("connection refused")

    monkeypatch.setattr(recognition, "_earned", away)
    assert recognition.recognise(SEEN).model_version == 2


def test_a_file_that_did_not_change_is_not_read_again(monkeypatch):
    recognition.live()
    monkeypatch.setattr(versions, "load", None)
    for _ in range(3):
        assert recognition.live().number == 1


def row(number: int) -> ModelVersion:
    return ModelVersion.objects.get(number=number)


def test_with_every_file_broken_it_says_so():
    versions.ensure_shipped()
    spoil(ModelVersion.objects.get())
    with pytest.raises(versions.VersionError, match="Version 1 cannot be loaded"):
        recognition.live()


def test_a_database_that_is_away_does_not_stop_the_answers(monkeypatch):
    recognition.live()

    def away():
        raise DatabaseError("connection refused")

    monkeypatch.setattr(versions, "live_deployment", away)
    assert recognition.recognise(SEEN).model_version == 1
    assert "connection refused" in recognition.problem()


def test_while_one_thread_looks_the_others_answer(monkeypatch):
    recognition.live()
    looking, go_on = threading.Event(), threading.Event()
    deployment = versions.live_deployment()

    def slow():
        looking.set()
        go_on.wait(30)
        return deployment

    monkeypatch.setattr(versions, "live_deployment", slow)
    thread = threading.Thread(target=recognition.live)
    thread.start()
    assert looking.wait(30)
    try:
        assert recognition.live().number == 1
    finally:
        go_on.set()
        thread.join()


def test_an_upgrade_of_the_project_brings_its_version_along(shipped):
    recognition.live()
    (shipped / "lenet-5x5.safetensors").write_bytes(weights_file(9))
    recognition.forget()  # the upgrade restarts the process
    assert recognition.recognise(SEEN).model_version == 2


def test_many_networks_are_not_kept_in_memory():
    made = [new_version(seed) for seed in range(recognition.KEPT_NETWORKS + 2)]
    networks = [recognition.for_version(version).network for version in made]
    assert recognition.for_version(made[-1]).network is networks[-1]
    assert recognition.for_version(made[0]).network is not networks[0]


def test_answers_of_several_threads_are_those_of_one():
    expected = recognition.recognise(SEEN).probabilities
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(model_answer())) for _ in range(4)]
    model = recognition.live()

    def model_answer():
        return recognition.recognise(SEEN, model).probabilities

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 4
