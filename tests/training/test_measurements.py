"""Measurements in chunks: counted once each, by whichever worker, and closed by the last one."""

import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from recognizer import drawings, recognition
from recognizer.models import Evaluation
from training import chunks, evaluation, helping, measurements, reporting, sentences, sources, tasks, yardsticks
from training.counts import MOST_MISTAKES, Counts
from training.models import Measurement, MeasurementChunk, Yardstick

from .commands.asking import drawn as line
from .commands.asking import write_lines
from .making import drawn, new_version, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_process")]

PAST = timezone.now() - timedelta(days=1)


@pytest.fixture(autouse=True)
def site(settings, tmp_path, small_mnist, monkeypatch):
    settings.MEASUREMENT_CHUNK = 30
    settings.MIN_CONFIDENCE = 0.0
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "kept")}}
    settings.STORAGES = settings.STORAGES | {"yardsticks": place}
    monkeypatch.setattr(tasks, "_rung", lambda calls, **options: True)


@pytest.fixture
def version():
    return new_version()


def begun(version, dataset: str = Evaluation.MNIST_TEST) -> tuple[Measurement, list[int]]:
    measurement = measurements.start(version, dataset)
    ids = measurements.begin(measurement.pk)
    measurement.refresh_from_db()
    return measurement, ids


def now(measurement: Measurement) -> Measurement:
    measurement.refresh_from_db()
    return measurement


def pens(tmp_path, count: int = 70) -> Yardstick:
    lines = [line(number % 10, number % 3, at=number) for number in range(count)]
    return yardsticks.import_file("pens", write_lines(tmp_path / "pens.jsonl", *lines))


def test_chunks_add_up_to_what_the_whole_set_gives(version):
    measurement, ids = begun(version)
    assert (measurement.state, measurement.total, measurement.chunks, len(ids)) == ("running", 100, 4, 4)
    for chunk_id in reversed(ids):
        chunks.count(chunk_id)
    whole = evaluation.evaluate(version, Evaluation.MNIST_TEST)
    made = now(measurement).evaluation
    assert (measurement.state, measurement.done) == ("succeeded", 100)
    assert (made.n, made.correct, made.confusion) == (100, whole.score.correct, whole.score.confusion)
    assert (made.per_digit, made.meant) == (whole.score.per_digit, whole.meant)


def test_the_worst_mistakes_are_kept_with_their_places(version):
    measurement, ids = begun(version)
    for chunk_id in ids:
        chunks.count(chunk_id)
    mistakes = now(measurement).mistakes
    assert len(mistakes) == min(MOST_MISTAKES, measurement.evaluation.n - measurement.evaluation.correct)
    assert [share for *_, share in mistakes] == sorted(share for *_, share in mistakes)
    labels = sources.require_mnist().test.labels
    assert all(labels[place] == digit != answer for place, digit, answer, _ in mistakes)


def test_yardsticks_are_measured_in_chunks(version, tmp_path):
    made = pens(tmp_path)
    measurement, ids = begun(version, "pens")
    assert len(ids) == 3
    for chunk_id in ids:
        chunks.count(chunk_id)
    whole = evaluation.evaluate(version, "pens")
    assert now(measurement).evaluation.confusion == whole.score.confusion
    assert measurement.evaluation.meant == {"images": made.sha256}


def test_held_out_drawings_are_those_of_the_moment_it_began(version, settings):
    settings.MEASUREMENT_CHUNK = 2
    bob = visitor("bob", held_out=True)
    rows = [drawn(bob, digit, seed=digit) for digit in range(5)]
    drawn(visitor("ann"), 7)
    measurement, ids = begun(version, Evaluation.DRAWINGS)
    assert (measurement.total, len(ids)) == (5, 3)
    drawn(bob, 6, seed=6)
    drawings.delete(rows[1])
    drawings.review([rows[2].pk], "accepted", by=None, digit=9)
    for chunk_id in ids:
        chunks.count(chunk_id)
    made = now(measurement).evaluation
    assert made.n == 3
    assert [sum(row) for row in made.confusion] == [1, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_a_measurement_whose_images_are_all_gone_has_failed_and_keeps_no_figures(version, settings):
    settings.MEASUREMENT_CHUNK = 2
    bob = visitor("bob", held_out=True)
    rows = [drawn(bob, digit, seed=digit) for digit in range(3)]
    measurement, ids = begun(version, Evaluation.DRAWINGS)
    for row in rows:
        drawings.delete(row)
    for chunk_id in ids:
        chunks.count(chunk_id)
    assert (now(measurement).state, measurement.evaluation) == ("failed", None)
    assert measurement.message == measurements.NOTHING_LEFT
    assert not Evaluation.objects.filter(version=version).exists()
    assert measurements.NOTHING_LEFT in sentences.STORED


def test_two_figures_over_other_drawings_are_told_apart_and_over_the_same_are_not(version, settings):
    settings.MEASUREMENT_CHUNK = 2
    bob = visitor("bob", held_out=True)
    rows = [drawn(bob, digit, seed=digit) for digit in range(5)]

    def images() -> str:
        [measurement] = helping.until_over([measurements.start(version, Evaluation.DRAWINGS).pk])
        return measurement.evaluation.meant["images"]

    first = images()
    assert images() == first
    assert evaluation.record(version, Evaluation.DRAWINGS).meant["images"] == first
    drawings.review([rows[2].pk], "accepted", by=None, digit=9)
    assert images() != first


def test_a_chunk_that_comes_five_times_is_counted_once(version):
    measurement, ids = begun(version)
    for chunk_id in [ids[0]] * 5:
        chunks.count(chunk_id)
    assert (now(measurement).chunks_done, measurement.done) == (1, 30)


def test_a_second_request_shares_the_measurement_that_is_under_way(version):
    assert measurements.start(version, "mnist-test") == measurements.start(version, "mnist-test")
    assert Measurement.objects.count() == 1


def test_beginning_twice_makes_the_chunks_once(version):
    measurement, ids = begun(version)
    assert measurements.begin(measurement.pk) == []
    assert MeasurementChunk.objects.count() == len(ids)


def test_a_chunk_whose_worker_vanished_goes_on_elsewhere_and_the_first_one_is_refused(version):
    measurement, ids = begun(version)
    first = measurements.claim(ids[0])
    assert measurements.claim(ids[0]) is None
    MeasurementChunk.objects.filter(pk=ids[0]).update(lease_expires_at=PAST)
    assert ids[0] in measurements.sweep().chunks
    second = measurements.claim(ids[0])
    for write in (first.keep, first.give_back, lambda: finish(first)):
        with pytest.raises(measurements.LostChunk):
            write()
    finish(second)
    assert now(measurement).chunks_done == 1


def finish(claim: measurements.Claim) -> Evaluation | None:
    return claim.finish(Counts(np.eye(10, dtype=int), np.ones(10, int)), seconds=0.1)


@pytest.mark.django_db(transaction=True)
def test_of_two_last_chunks_that_end_at_the_same_moment_one_closes_the_measurement(version, settings):
    settings.MEASUREMENT_CHUNK = 50
    measurement, ids = begun(version)
    claims = [measurements.claim(chunk_id) for chunk_id in ids]
    together, closed = threading.Barrier(2), []

    def end(claim: measurements.Claim) -> None:
        together.wait()
        closed.append(finish(claim))
        connection.close()

    threads = [threading.Thread(target=end, args=[claim]) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([evaluation for evaluation in closed if evaluation]) == 1
    assert (now(measurement).state, measurement.evaluation.n) == ("succeeded", 20)


def test_a_chunk_that_kills_three_workers_ends_the_measurement_in_words(version):
    measurement, ids = begun(version)
    for _ in range(measurements.MOST_TIMES_LOST):
        measurements.claim(ids[0])
        MeasurementChunk.objects.filter(pk=ids[0]).update(lease_expires_at=PAST)
        measurements.sweep()
    assert now(measurement).state == "failed"
    assert "vanished 3 times" in measurement.message


def test_what_was_rung_for_long_ago_is_rung_for_again_a_few_at_a_time(version, settings):
    settings.MEASUREMENT_CHUNK = 5
    _, ids = begun(version)
    assert measurements.sweep().chunks == ids
    measurements.rung(ids)
    assert measurements.sweep().chunks == []
    MeasurementChunk.objects.update(rung_at=PAST)
    assert measurements.sweep().chunks == ids[: measurements.MOST_RUNG_AGAIN]


def test_a_worker_that_is_told_to_end_gives_its_chunk_back(version):
    _, ids = begun(version)
    reporting.stop()
    assert chunks.count(ids[0])
    chunk = MeasurementChunk.objects.get(pk=ids[0])
    assert (chunk.state, chunk.rung_at, chunk.times_lost) == ("waiting", None, 0)


def test_a_cancelled_measurement_ends_at_once_and_its_worker_soon(version, settings, monkeypatch):
    settings.JOB_PROGRESS_SECONDS = 0.0
    measurement, ids = begun(version)
    real = recognition.recognise_all

    def while_counting(*arguments):
        measurements.cancel(measurement.pk)
        return real(*arguments)

    monkeypatch.setattr(recognition, "recognise_all", while_counting)
    chunks.count(ids[0])
    assert (now(measurement).state, measurement.message) == ("cancelled", "Cancelled.")
    assert not Evaluation.objects.filter(dataset="mnist-test").exists()
    assert measurements.claim(ids[1]) is None
    assert not measurements.cancel(measurement.pk)


def test_a_version_without_its_file_ends_the_measurement_in_words(version):
    measurement, ids = begun(version)
    version.weights.storage.delete(version.weights.name)
    recognition.forget()
    chunks.count(ids[0])
    assert now(measurement).state == "failed"
    assert "Restore the file" in measurement.message


def test_a_yardstick_that_was_replaced_meanwhile_is_not_mixed_up(version, tmp_path):
    pens(tmp_path)
    measurement, ids = begun(version, "pens")
    Yardstick.objects.update(sha256="0" * 64)
    chunks.count(ids[0])
    assert now(measurement).state == "failed"
    assert "was changed" in measurement.message


def test_a_data_set_that_is_none_is_refused_by_name(version):
    with pytest.raises(measurements.MeasurementError, match=r"'pens'.*mnist-test, drawings"):
        measurements.start(version, "pens")


def test_without_held_out_drawings_it_says_what_to_do(version):
    measurement, ids = begun(version, Evaluation.DRAWINGS)
    assert (measurement.state, ids) == ("failed", [])
    assert "accept labels" in measurement.message


def test_one_measurement_at_a_time_has_chunks(version):
    _, ids = begun(version)
    second, none = begun(new_version(2))
    assert (second.state, none, measurements.next_to_begin()) == ("queued", [], [])
    for chunk_id in ids:
        chunks.count(chunk_id)
    assert measurements.next_to_begin() == [second.pk]


def test_what_a_version_lacks_is_measured_once(version, tmp_path):
    pens(tmp_path)
    drawn(visitor("bob", held_out=True), 4)
    made = {(row.version_id, row.dataset) for row in measurements.start_missing()}
    assert made == {(version.pk, name) for name in ("mnist-test", "drawings", "pens")}
    assert measurements.start_missing() == []
    helping.until_over(Measurement.objects.values_list("pk", flat=True))
    assert measurements.start_missing() == []
    yardsticks.import_file("pens", write_lines(tmp_path / "new.jsonl", line(3)), replace=True)
    assert [row.dataset for row in measurements.start_missing()] == ["pens"]


def test_what_failed_is_not_tried_again_by_itself(version):
    measurements.cancel(measurements.start(version, "mnist-test").pk)
    assert measurements.start_missing() == []


def test_measuring_by_itself_can_be_switched_off(version, settings):
    settings.MEASURE_MISSING = False
    assert measurements.start_missing() == []


def test_the_tasks_lead_from_a_queued_row_to_its_figures(version, monkeypatch):
    def at_once(calls, **options):
        for call in calls.tasks:
            call.apply(throw=True)
        return True

    monkeypatch.setattr(tasks, "_rung", at_once)
    tasks.measure_missing()
    assert list(Measurement.objects.values_list("state", flat=True)) == ["succeeded"]
    assert version.evaluations.get(dataset="mnist-test").n == 100


def test_the_sweep_rings_for_all_that_waits(version, tmp_path, monkeypatch):
    heard = []
    monkeypatch.setattr(
        tasks, "_rung", lambda calls, **options: heard.extend(call.task for call in calls.tasks) or True
    )
    yardsticks.receive("pens", write_lines(tmp_path / "pens.jsonl", line(3)))
    begun(version)
    tasks.sweep_measurements()
    assert heard == ["training.tasks.build_yardstick"] + ["training.tasks.measure_chunk"] * 4
    assert not MeasurementChunk.objects.filter(Q(rung_at=None)).exists()


def test_a_received_file_is_built_and_measured_by_a_task(version, tmp_path):
    made = yardsticks.receive("pens", write_lines(tmp_path / "pens.jsonl", line(3)))
    tasks.build_yardstick(made.pk)
    assert Measurement.objects.filter(dataset="pens", version=version).exists()
