import time

import pytest

from recognizer import drawings, erasing
from recognizer.models import Drawing, Evaluation, Visitor
from tests import admin_rows as rows
from training import readings, traces
from training.fading import Fading
from training.models import Comparison, Measurement
from training.readings import Reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> list[Drawing]:
    live = rows.version()
    return [rows.drawing(live, means=7) for _ in range(2)]


def measured(dataset: str, *places: int) -> Measurement:
    worst = [[place, 7, 1, 0.125] for place in places]
    return Measurement.objects.create(version=rows.version(len(places) + 5), dataset=dataset, mistakes=worst)


def test_the_mistakes_of_drawings_that_are_gone_go_too(two):
    row = measured(Evaluation.DRAWINGS, *(drawing.pk for drawing in two))
    drawings.delete(two[0])
    assert traces.forget_gone() == 1
    row.refresh_from_db()
    assert [place for place, *_ in row.mistakes] == [two[1].pk]
    assert traces.forget_gone() == 0


def test_places_in_other_data_sets_are_no_drawings(two):
    row = measured(Evaluation.MNIST_TEST, two[0].pk, 9_999)
    drawings.delete(two[0])
    traces.forget_gone()
    row.refresh_from_db()
    assert len(row.mistakes) == 2


def test_the_flips_of_drawings_that_are_gone_go_and_their_count_stays(two):
    kept = [{"id": drawing.pk, "label": 7, "sureness": 0.5} for drawing in two]
    ways = {"gained": {"most": 9, "count": 2, "kept": kept}, "lost": {"most": 9, "count": 0, "kept": []}}
    row = Comparison.objects.create(
        candidate=rows.version(8), champion=rows.version(9), state="done", passed=True,
        results={"pairs": [{"dataset": Evaluation.DRAWINGS} | ways]},
    )  # fmt: skip
    drawings.delete(two[0])
    traces.forget_gone()
    row.refresh_from_db()
    gained = row.results["pairs"][0]["gained"]
    assert ([flip["id"] for flip in gained["kept"]], gained["count"]) == ([two[1].pk], 2)


@pytest.mark.django_db(transaction=True)
def test_who_is_deleted_is_forgotten_by_this_process_at_once():
    me = Visitor.objects.create()
    readings._kept.put((1, 2, 3, 0.0, 0.0), Reading(7, 0.9))
    erasing.erase(me)
    assert not readings._kept._readings


def wait_for(condition) -> None:
    until = time.monotonic() + 30
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    assert condition()


def test_what_is_remembered_fades_once_and_again_until_it_is_gone(settings):
    settings.FORGET_SECONDS = 0.01
    answers, asked = [False, True], []
    fading = Fading(lambda: asked.append(1) or answers[len(asked) - 1])
    fading.used()
    fading.used()
    wait_for(lambda: len(asked) == 2)
    wait_for(lambda: fading._timer is None)
    assert len(asked) == 2
