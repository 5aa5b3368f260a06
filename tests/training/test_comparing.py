"""Both versions read the same images as the site answers, and the result agrees with measuring each alone."""

import itertools

import pytest

from recognizer import recognition
from recognizer.models import Drawing, Evaluation
from training import comparing, evaluation
from training.evaluation import EvaluationError

from .making import drawn, new_version, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_mnist", "fresh_process")]


@pytest.fixture
def pair(settings):
    settings.MIN_CONFIDENCE = 0.0
    return new_version(1), new_version(2)


def collect(count: int) -> None:
    held_out = visitor("held out", held_out=True)
    for seed in range(count):
        drawn(held_out, seed % 10, seed=seed)
    drawn(visitor("trains"), 3)


def test_it_counts_what_measuring_each_version_alone_counts(pair, settings):
    settings.MIN_CONFIDENCE = 0.12  # rejects some of a random network's answers
    collect(5)
    compared = comparing.compare(*pair)
    for paired in compared.pairs:
        for side, version in zip(("candidate", "champion"), pair, strict=True):
            alone = evaluation.evaluate(version, paired.dataset).score
            assert (paired.n, paired.correct(side), paired.rejected[side]) == (alone.n, alone.correct, alone.rejected)
    assert [paired.n for paired in compared.pairs] == [100, 5]


def test_it_tells_how_many_held_out_drawings_of_no_digit_each_takes_for_none(pair, settings):
    collect(2)
    by = visitor("scribbles", held_out=True)
    for seed in range(3):
        drawn(by, None, seed=20 + seed)
    drawn(by, None, seed=30, state="rejected")
    told = []
    compared = comparing.compare(*pair, progress=lambda done, total: told.append((done, total)))
    assert compared.no_digits == {"n": 3, "candidate": 0, "champion": 0}
    assert (compared.pairs[1].n, told[-1]) == (2, (105, 105))
    settings.MIN_CONFIDENCE = 1.0
    assert comparing.compare(*pair).no_digits == {"n": 3, "candidate": 3, "champion": 3}


def test_comparisons_of_earlier_releases_knew_nothing_of_what_is_no_digit(pair):
    kept = comparing.compare(*pair).as_json()
    del kept["no_digits"]
    assert comparing.Compared.from_json(kept).no_digits["n"] == 0


def test_without_held_out_drawings_that_data_set_is_empty(pair):
    mnist, drawings = comparing.compare(*pair).pairs
    assert (mnist.n, drawings.dataset, drawings.n, drawings.p) == (100, Evaluation.DRAWINGS, 0, 1.0)


def test_it_says_what_was_read_by_a_hash_and_the_highest_id(pair):
    collect(3)
    before = comparing.compare(*pair).pairs[1]
    assert before.highest_id == Drawing.objects.filter(visitor__held_out=True).latest("pk").pk
    assert comparing.compare(*pair).pairs[1].sha256 == before.sha256
    drawn(visitor("another", held_out=True), 5, seed=9)
    assert comparing.compare(*pair).pairs[1].sha256 != before.sha256


def test_drawings_are_read_page_by_page_and_each_step_is_told(pair, monkeypatch):
    monkeypatch.setattr(comparing, "PAGE", 30)
    collect(40)
    largest, told = [], []
    read = recognition.recognise_all
    monkeypatch.setattr(
        recognition, "recognise_all", lambda seen, model: largest.append(len(seen)) or read(seen, model)
    )
    comparing.compare(*pair, progress=lambda done, total: told.append((done, total)))
    assert max(largest) == 30
    assert told[0] == (0, 140)
    assert told[-1] == (140, 140)
    assert sorted(told) == told


def test_latency_is_the_median_for_one_image_and_both_are_asked_in_turns(pair):
    ticks = itertools.count()
    compared = comparing.compare(*pair, clock=lambda: next(ticks) / 1000)
    assert compared.latency_ms == {"candidate": 1.0, "champion": 1.0}


def test_flips_are_capped_by_a_setting_and_their_count_is_kept(pair, settings):
    settings.COMPARE_MOST_FLIPS = 1
    mnist = comparing.compare(*pair).pairs[0]
    kept = mnist.as_json()
    assert kept["gained"]["count"] == mnist.only_candidate > 1
    assert len(kept["gained"]["kept"]) == 1


def test_the_result_is_kept_as_json_and_read_again(pair):
    compared = comparing.compare(*pair)
    assert comparing.Compared.from_json(compared.as_json()).as_json() == compared.as_json()


def test_mnist_that_is_nowhere_is_said_in_words(pair, monkeypatch):
    from training import sources
    from training.data.mnist import MnistError

    def missing(step):
        raise MnistError("MNIST could not be downloaded: run `manage.py fetch_mnist --from DIR`")

    monkeypatch.setattr(sources, "require_mnist", missing)
    with pytest.raises(EvaluationError, match="fetch_mnist"):
        comparing.compare(*pair)
