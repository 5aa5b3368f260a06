"""The life of a comparison: one of a pair at a time, fenced by attempt, swept when its worker is gone."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from recognizer import advice, versions
from training import comparing, comparisons, gate, reporting
from training.models import Comparison

from .making import new_version
from .pairs import drawings, paired

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_mnist", "fresh_process")]

GOOD = comparing.Compared([paired(), drawings()], {"candidate": 1.0, "champion": 1.0})
PASSED = gate.judge(GOOD.pairs, candidate="version 2", champion="version 1", limits=gate.Limits(0.1, 2, 50, 100))


@pytest.fixture
def pair():
    champion, candidate = new_version(1), new_version(2)
    versions.promote(champion)
    return candidate, champion


@pytest.fixture
def queued(pair) -> Comparison:
    return comparisons.request(*pair)


def lose_worker(row: Comparison) -> None:
    Comparison.objects.filter(pk=row.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def again(row: Comparison) -> Comparison:
    row.refresh_from_db()
    return row


def test_a_pair_has_one_unfinished_comparison_however_often_it_is_asked_for(pair, queued):
    assert comparisons.request(*pair) == queued
    assert comparisons.request(*reversed(pair)) != queued
    comparisons.claim(queued.pk).fail("bad")
    assert comparisons.request(*pair) != queued


def test_a_version_is_not_compared_with_itself(pair):
    with pytest.raises(comparisons.ComparisonError, match="itself: choose two"):
        comparisons.request(pair[0], pair[0])


def test_it_is_made_and_judged(queued):
    assert comparisons.run(queued.pk)
    assert again(queued).state == "done"
    assert queued.passed in (True, False)
    assert queued.verdict.startswith(f"{queued.candidate} ".capitalize())
    assert (queued.done, queued.total, queued.message) == (100, 100, "")
    assert queued.rules[0]["name"] == "MNIST test images"
    assert comparing.Compared.from_json(queued.results).pairs[0].n == 100


def test_the_same_message_five_times_makes_one_comparison(queued):
    assert [comparisons.run(queued.pk) for _ in range(5)] == [True, False, False, False, False]
    assert again(queued).attempt == 1


def test_a_worker_that_lost_its_comparison_can_write_nothing_more(queued):
    first = comparisons.claim(queued.pk)
    lose_worker(queued)
    assert comparisons.sweep() == [queued.pk]
    second = comparisons.claim(queued.pk)
    for write in (lambda: first.report(done=1), lambda: first.finish(GOOD, PASSED), lambda: first.fail("bad")):
        with pytest.raises(comparisons.LostComparison):
            write()
    second.finish(GOOD, PASSED)
    assert (again(queued).state, queued.attempt, queued.times_lost) == ("done", 2, 1)


def test_three_workers_that_vanish_end_it_in_words(queued):
    for _ in range(3):
        comparisons.claim(queued.pk)
        lose_worker(queued)
        comparisons.sweep()
    assert (again(queued).state, comparisons.claim(queued.pk)) == ("failed", None)
    assert "vanished 3 times" in queued.message


def test_the_broker_is_told_again_only_after_a_while(queued):
    assert comparisons.sweep() == [queued.pk]
    comparisons.rung(queued.pk)
    assert comparisons.sweep() == []
    Comparison.objects.update(rung_at=timezone.now() - timedelta(minutes=5))
    assert comparisons.sweep() == [queued.pk]


def test_what_goes_wrong_is_in_the_row_in_words(queued, pair, caplog):
    candidate = pair[0]
    candidate.weights.storage.delete(candidate.weights.name)
    comparisons.run(queued.pk)
    assert again(queued).state == "failed"
    assert f"Version {candidate.number} cannot be loaded" in queued.message
    assert "Traceback" in queued.traceback


def test_a_worker_that_is_stopped_gives_it_back(queued):
    reporting.stop()
    comparisons.run(queued.pk)
    assert (again(queued).state, queued.rung_at) == ("queued", None)
    reporting.allow()
    assert comparisons.run(queued.pk)


def test_a_database_that_does_not_answer_leaves_it_to_the_sweep(queued, monkeypatch):
    def broken(*versions, **options):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(comparing, "compare", broken)
    with pytest.raises(OperationalError):
        comparisons.run(queued.pk)
    assert again(queued).state == "running"


def test_who_needs_it_at_once_follows_the_worker_that_is_at_it(pair, queued):
    claim = comparisons.claim(queued.pk)
    row = comparisons.made(*pair, wait=lambda seconds: claim.finish(GOOD, PASSED))
    assert (row.pk, row.state, row.attempt) == (queued.pk, "done", 1)


def test_who_needs_it_at_once_takes_over_from_a_worker_that_vanished(pair, queued):
    comparisons.claim(queued.pk)
    row = comparisons.made(*pair, wait=lambda seconds: lose_worker(queued))
    assert (row.pk, row.state, row.attempt) == (queued.pk, "done", 2)


def test_a_comparison_that_fails_raises_its_message_where_it_is_needed_at_once(pair):
    pair[0].weights.storage.delete(pair[0].weights.name)
    with pytest.raises(comparisons.ComparisonError, match="cannot be loaded"):
        comparisons.made(*pair)


def test_the_latest_verdict_beside_the_live_version_is_what_the_gate_says(pair, queued):
    candidate, champion = pair
    assert advice.of(candidate).passed is None
    assert "is being compared" in advice.of(candidate).words
    comparisons.claim(queued.pk).finish(GOOD, PASSED)
    assert advice.of(candidate).passed is True
    assert advice.of(candidate).words == PASSED.sentence
    comparisons.request(candidate, champion)
    assert advice.of(candidate).passed is True  # until the new one is done
    versions.promote(new_version(3))
    assert advice.of(candidate).passed is None
    assert "has not been compared with version 3" in advice.of(candidate).words
