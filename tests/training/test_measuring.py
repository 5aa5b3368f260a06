"""The live version's figures follow the labels that reviewers accept."""

import pytest

from recognizer import drawings, figures, versions
from recognizer.models import Evaluation
from training import helping, measurements, measuring, tasks
from training.models import Measurement

from .making import drawn, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_process")]


@pytest.fixture
def live():
    return versions.ensure_shipped().version


def made() -> list[tuple[str, int]]:
    return [(row.dataset, row.n) for row in measuring.measure_live()]


def test_nothing_is_measured_without_reviewed_drawings(live):
    drawn(visitor("ann"), 1, state="unreviewed")
    assert made() == []


def test_drawings_of_held_out_visitors_are_read_again_and_all_answers_are_counted(live):
    drawn(visitor("ann"), 1)
    drawn(visitor("bob", held_out=True), 2)
    assert made() == [(Evaluation.DRAWINGS, 1), (Evaluation.ANSWERED, 2)]


def test_an_answer_counts_as_right_when_it_is_the_accepted_label(live, settings):
    settings.MIN_CONFIDENCE = 0.0
    ann = visitor("ann")
    right, wrong = drawn(ann, 0), drawn(ann, 0, seed=1)
    drawings.review([right.pk], "accepted", by=None, digit=right.prediction.digit)
    drawings.review([wrong.pk], "accepted", by=None, digit=(wrong.prediction.digit + 1) % 10)
    measuring.measure_live()
    answered = figures.latest(live.pk)[Evaluation.ANSWERED]
    assert (answered.n, answered.correct, answered.rejected) == (2, 1, 0)
    assert answered.confusion[right.prediction.digit][right.prediction.digit] == 1
    assert figures.accuracy(live.pk)["answered"]["accuracy"] == 0.5


def test_nothing_is_measured_twice(live):
    drawn(visitor("bob", held_out=True), 2)
    measuring.measure_live()
    assert made() == []


@pytest.mark.parametrize("change", ["accept another", "change a label", "delete"])
def test_what_changed_is_measured_anew(live, change):
    bob = visitor("bob", held_out=True)
    kept, other = drawn(bob, 2), drawn(bob, 3, seed=1)
    measuring.measure_live()
    if change == "accept another":
        drawn(bob, 4, seed=2)
    elif change == "change a label":
        drawings.review([kept.pk], "accepted", by=None, digit=5)
    else:
        drawings.delete(other)
    n = {"accept another": 3, "change a label": 2, "delete": 1}[change]
    assert made() == [(Evaluation.DRAWINGS, n), (Evaluation.ANSWERED, n)]


def test_answers_of_another_version_are_not_this_ones(live):
    drawn(visitor("ann"), 1)
    other = live.pk + 1
    assert measuring.answered(live).count() == 1
    assert measuring.answered(type(live)(pk=other)).count() == 0


class TestManyDrawings:
    """More than one worker measures at a stretch."""

    @pytest.fixture(autouse=True)
    def bob(self, live, settings, monkeypatch):
        settings.MEASUREMENT_CHUNK = 2
        monkeypatch.setattr(tasks, "_rung", lambda calls, **options: True)
        self.bob = visitor("bob", held_out=True)
        for seed in range(5):
            drawn(self.bob, seed, seed=seed)

    def test_they_are_shared_by_all_workers_and_measured_once(self, live):
        assert made() == [(Evaluation.ANSWERED, 5)]
        [measurement] = helping.until_over([Measurement.objects.get().pk])
        assert (measurement.state, measurement.chunks, measurement.evaluation.n) == ("succeeded", 3, 5)
        assert made() == []
        assert Measurement.objects.count() == 1

    def test_what_is_accepted_while_they_are_measured_is_measured_next(self, live):
        made()
        measurement = Measurement.objects.get()
        measurements.begin(measurement.pk)
        drawn(self.bob, 7, seed=7)
        [measurement] = helping.until_over([measurement.pk])
        assert measurement.evaluation.n == 5
        made()
        assert Measurement.objects.unfinished().count() == 1

    def test_what_was_cancelled_waits_for_news(self, live):
        made()
        measurements.cancel(Measurement.objects.get().pk)
        made()
        assert not Measurement.objects.unfinished().exists()
        drawn(self.bob, 7, seed=7)
        made()
        assert Measurement.objects.unfinished().exists()
