"""What happens by itself to a version that a job made, also when a worker dies in between; and what is left alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer import releases, versions
from recognizer.models import Deployment
from tests.recognizer.test_versions import at_once
from training import automatic, comparing, comparisons, tasks
from training.models import Comparison, TrainingJob

from .making import drawn, in_state, new_version, running, visitor, weights_file
from .pairs import better, drawings, paired, worse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings, monkeypatch):
    """A site that promotes by itself, with a version live, where every candidate is better."""
    settings.AUTO_PROMOTE = True
    monkeypatch.setattr(comparing, "compare", lambda *pair, **options: better())
    versions.promote(new_version(1))


@pytest.fixture
def rung(monkeypatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr(tasks, "ring_comparison", lambda comparison_id: ids.append(comparison_id) or True)
    return ids


def trained(seed: int = 2):
    """The version of a job that succeeded."""
    _, claim = running()
    return claim.succeed(weights_file(seed), "good")


def live() -> int:
    return versions.live_deployment().version.number


def finish_all() -> None:
    """Sweep and work, until nothing is left to do."""
    while waiting := automatic.go_on():
        for comparison_id in waiting:
            comparisons.run(comparison_id)


def test_a_version_that_a_job_made_is_compared_and_goes_live_with_its_verdict():
    version = trained()
    finish_all()
    deployment = versions.live_deployment()
    row = Comparison.objects.get()
    assert (deployment.version, deployment.by, deployment.reason) == (version, None, automatic.REASON)
    assert (deployment.verdict, row.released, row.outcome) == (row.verdict, deployment, "Promoted by itself.")


def test_it_is_off_unless_the_site_wants_it(settings):
    settings.AUTO_PROMOTE = False
    version = trained()
    finish_all()
    row = Comparison.objects.get()
    assert (row.candidate, row.passed, row.automatic, row.promotes, live()) == (version, True, True, False, 1)


def test_a_version_that_fails_stays_where_it_is(monkeypatch):
    monkeypatch.setattr(comparing, "compare", lambda *pair, **options: worse())
    trained()
    finish_all()
    assert (live(), Comparison.objects.get().outcome) == (1, "Not promoted: it did not pass the gate.")


def test_too_few_drawings_let_nothing_go_live_unattended(monkeypatch):
    few = comparing.Compared([paired(), drawings(per_digit=9)], {"candidate": 1.0, "champion": 1.0})
    monkeypatch.setattr(comparing, "compare", lambda *pair, **options: few)
    trained()
    finish_all()
    row = Comparison.objects.get()
    assert (row.passed, live()) == (True, 1)
    assert row.outcome == "Not promoted by itself: that takes 100 held-out drawings."


def test_the_task_of_a_job_that_succeeded_asks_for_the_comparison(rung, monkeypatch):
    job = in_state("queued")

    def succeed(claim, **options):
        claim.succeed(weights_file(2), "good")
        return TrainingJob.State.SUCCEEDED

    monkeypatch.setattr(tasks.worker, "run", succeed)
    tasks.run_job(job.pk)
    assert rung == [Comparison.objects.get().pk]


def test_the_sweep_goes_on_where_a_worker_died_after_success(rung):
    trained()  # and its worker died here
    tasks.sweep_comparisons()
    tasks.sweep_comparisons()
    assert set(rung) == {Comparison.objects.get().pk}


def test_the_sweep_goes_on_where_a_worker_died_between_verdict_and_promotion():
    version = trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)  # and its worker died here
    assert live() == 1
    automatic.go_on()
    assert live() == version.number


def test_it_is_promoted_once_however_often_it_is_swept():
    trained()
    finish_all()
    versions.rollback()
    for comparison in Comparison.objects.all():
        automatic.settle(comparison.pk)
    finish_all()
    assert live() == 1
    assert Deployment.objects.filter(kind="promote").count() == 2


def test_a_promotion_that_fails_half_way_leaves_nothing_behind(monkeypatch):
    trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)
    monkeypatch.setattr(Comparison, "save", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        automatic.settle(comparison_id)
    assert (live(), Comparison.objects.get().settled) == (1, False)


@pytest.mark.parametrize("decision", ["another goes live", "another, and back"])
def test_what_somebody_decides_meanwhile_is_not_undone(decision):
    trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)
    releases.release(new_version(9), override="somebody wants it")
    if decision == "another, and back":
        versions.rollback()
    now = live()
    finish_all()
    assert live() == now
    assert Comparison.objects.get().outcome == f"Not promoted by itself: version {now} is live by now."


def test_a_version_that_somebody_made_live_and_took_back_is_left_alone():
    version = trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)
    versions.promote(version)
    versions.rollback()
    finish_all()
    assert live() == 1
    assert "was live before" in Comparison.objects.get().outcome


def test_of_two_new_versions_the_second_is_compared_with_the_first_when_that_went_live():
    first, second = trained(2), trained(3)
    finish_all()
    assert live() == second.number
    pairs = [(row.candidate, row.champion.number) for row in Comparison.objects.order_by("pk")]
    assert pairs == [(first, 1), (second, 1), (second, first.number)]


def test_a_switch_that_is_turned_off_meanwhile_is_obeyed(settings):
    trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)
    settings.AUTO_PROMOTE = False
    automatic.go_on()
    assert (live(), Comparison.objects.get().outcome) == (1, "Automatic promotion was switched off meanwhile.")


def test_a_file_that_is_broken_by_then_keeps_the_version_from_going_live():
    version = trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)
    version.weights.storage.delete(version.weights.name)
    automatic.go_on()
    assert live() == 1
    assert "cannot be loaded" in Comparison.objects.get().outcome


def test_versions_of_long_ago_and_those_that_were_live_are_not_compared(settings):
    settings.AUTO_PROMOTE = False
    TrainingJob.objects.filter(version=trained(2)).update(finished_at=timezone.now() - timedelta(days=8))
    versions.promote(trained(3))
    assert automatic.go_on() == []


def test_a_pass_that_does_not_count_any_more_is_asked_for_anew_once():
    version = trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)
    Comparison.objects.update(settled=True)
    drawn(visitor("held out", held_out=True), 7)
    assert automatic.go_on() == automatic.go_on() != []
    assert [row.automatic for row in Comparison.objects.filter(candidate=version)] == [False, True]
    finish_all()
    assert (live(), Comparison.objects.count()) == (version.number, 2)


def test_a_repeated_comparison_promotes_nothing_once_somebody_decided():
    trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)
    releases.release(new_version(9), override="somebody wants it")
    versions.rollback()
    finish_all()
    drawn(visitor("held out", held_out=True), 7)
    finish_all()
    assert (live(), [row.promotes for row in Comparison.objects.order_by("pk")]) == (1, [True, False])


def test_a_version_that_failed_is_not_given_another_chance_by_itself(monkeypatch):
    monkeypatch.setattr(comparing, "compare", lambda *pair, **options: worse())
    trained()
    finish_all()
    drawn(visitor("held out", held_out=True), 7)
    assert (automatic.go_on(), Comparison.objects.count()) == ([], 1)


def test_a_verdict_that_counts_no_more_when_it_is_settled_is_made_anew_and_then_promotes(settings):
    version = trained()
    (comparison_id,) = automatic.go_on()
    comparisons.run(comparison_id)
    settings.GATE_MNIST_POINTS = 0.05
    automatic.settle(comparison_id)
    assert live() == 1
    row = Comparison.objects.get(pk=comparison_id)
    assert row.outcome == "Not promoted yet: it is compared anew, since the limits of the gate were changed since."
    finish_all()
    assert (live(), Comparison.objects.count()) == (version.number, 2)


def test_a_comparison_that_failed_is_not_asked_for_again_and_again():
    version = trained()
    (comparison_id,) = automatic.go_on()
    comparisons.claim(comparison_id).fail("MNIST is nowhere.")
    assert automatic.go_on() == []
    assert Comparison.objects.get().candidate == version


def test_the_task_makes_the_comparison_and_what_follows(rung):
    version = trained()
    tasks.sweep_comparisons()
    tasks.compare(rung[0])
    assert live() == version.number


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_moment_ask_once_and_promote_once():
    version = trained()
    waiting = at_once(*[automatic.go_on] * 4)
    (comparison_id,) = {comparison_id for found in waiting for comparison_id in found}
    at_once(*[lambda: comparisons.run(comparison_id)] * 4)
    assert [type(result) for result in at_once(*[automatic.go_on] * 4)] == [list] * 4
    assert Comparison.objects.get().attempt == 1
    assert Deployment.objects.filter(version=version).count() == 1
