"""`manage.py promote` and `manage.py rollback`: what is live afterwards, and what they refuse."""

import pytest

from recognizer import versions
from recognizer.models import Deployment
from tests.training.making import drawn, new_version, visitor, weights_file
from tests.training.pairs import better, drawings, paired, worse
from training import comparing
from training.models import Comparison

from .asking import ask


@pytest.fixture(autouse=True)
def second():
    versions.ensure_shipped()
    return new_version(seed=2)


@pytest.fixture(autouse=True)
def compared(monkeypatch):
    """Says what comparisons come to; at first, that the second version is better."""
    answers = [better()]
    monkeypatch.setattr(comparing, "compare", lambda *versions, **options: answers[-1])
    return answers.append


def worse_on_mnist() -> comparing.Compared:
    return comparing.Compared([paired(lost={3: 15}), drawings()], {"candidate": 1.0, "champion": 1.0})


def live() -> int:
    return versions.live_deployment().version.number


def test_a_version_that_passes_the_gate_goes_live_with_its_verdict():
    answer = ask("promote", 2)
    assert answer.out == "Version 2 is live instead of version 1.\n"
    deployment = versions.live_deployment()
    assert (live(), deployment.override) == (2, "")
    assert deployment.verdict == Comparison.objects.get().verdict
    assert deployment.verdict.startswith("Version 2 may replace version 1")


def test_a_promoted_version_is_live_and_the_reason_is_kept():
    answer = ask("promote", 2, "--override", "better sevens")
    assert answer.out == "Version 2 is live instead of version 1.\n"
    deployment = versions.live_deployment()
    assert (live(), deployment.reason, deployment.override) == (2, "better sevens", "")


def test_a_version_that_fails_is_refused_with_the_verdict(compared):
    compared(worse())
    answer = ask("promote", 2)
    assert (answer.status, live()) == (1, 1)
    assert "it reads MNIST 0.15 points worse where 0.1 are allowed" in answer.error
    assert "To promote it all the same, give a reason." in answer.error


def test_an_override_is_kept_with_the_verdict_that_it_overrode(compared):
    compared(worse())
    answer = ask("promote", 2, "--override", "we need its sevens")
    assert answer.out.startswith("Version 2 is live instead of version 1.\nThe gate was overridden. It had said: ")
    deployment = versions.live_deployment()
    assert (live(), deployment.override) == (2, "we need its sevens")
    assert "should not replace version 1" in deployment.verdict


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_override_is_none(compared, blank):
    compared(worse())
    assert ask("promote", 2, "--override", blank).status == 1
    assert live() == 1


def test_a_version_that_was_compared_is_not_compared_again():
    ask("compare", 2, 1)
    ask("promote", 2)
    assert Comparison.objects.count() == 1


def test_a_version_that_passed_on_fewer_drawings_and_wider_limits_is_compared_again(compared, settings):
    settings.GATE_MNIST_POINTS = 1.0
    compared(worse_on_mnist())
    ask("compare", 2, 1)
    assert Comparison.objects.get().passed
    settings.GATE_MNIST_POINTS = 0.1
    assert (ask("promote", 2).status, live()) == (1, 1)
    assert [row.passed for row in Comparison.objects.all()] == [False, True]


def test_a_pass_without_held_out_drawings_does_not_count_once_there_are_some(compared):
    ask("compare", 2, 1)
    drawn(visitor("held out", held_out=True), 7)
    compared(worse())
    assert (ask("promote", 2).status, live()) == (1, 1)
    assert Comparison.objects.count() == 2


def test_a_verdict_beside_another_version_than_the_live_one_counts_for_nothing(compared):
    ask("promote", 2)
    third = new_version(seed=3)
    compared(worse())
    assert ask("promote", third.number).status == 1
    assert Comparison.objects.get(candidate=third).champion.number == 2


def test_where_nothing_can_be_compared_only_an_override_helps(monkeypatch):
    def missing(*versions, **options):
        raise comparing.EvaluationError("MNIST is nowhere: run `manage.py fetch_mnist`")

    monkeypatch.setattr(comparing, "compare", missing)
    assert "MNIST is nowhere" in ask("promote", 2).error
    assert ask("promote", 2, "--override", "no MNIST here").status == 0
    assert "The comparison with version 1 failed: MNIST is nowhere" in versions.live_deployment().verdict


def test_a_shipped_version_is_compared_like_any_other(settings, compared):
    ask("promote", 2)
    shipped = settings.SHIPPED_WEIGHTS_DIR / "lenet-6.safetensors"
    shipped.write_bytes(weights_file(6))
    versions.ensure_shipped()
    compared(worse())
    assert (ask("promote", 3).status, live()) == (1, 2)
    assert Comparison.objects.get(candidate__number=3).champion.number == 2
    assert (ask("promote", 3, "--override", "we trust it").status, live()) == (0, 3)


def test_a_reason_that_is_too_long_is_refused():
    answer = ask("promote", 2, "--override", "x" * 501)
    assert (answer.status, live()) == (1, 1)
    assert "1 to 500 characters, not of 501" in answer.error


def test_promote_answers_as_json():
    answer = ask("promote", 2, "--json").json
    assert set(answer) == {
        "model_version",
        "architecture",
        "kind",
        "previous",
        "reason",
        "override",
        "verdict",
        "started_at",
    }
    assert (answer["model_version"], answer["previous"], answer["kind"]) == (2, 1, "promote")


def test_a_version_that_does_not_exist_lists_those_that_do():
    answer = ask("promote", 9)
    assert (answer.status, answer.error) == (1, "There is no version 9; there is 1, 2.")
    assert live() == 1


def test_the_live_version_is_not_promoted_again():
    answer = ask("promote", 1)
    assert answer.status == 1
    assert "Version 1 is live already" in answer.error


def test_a_version_whose_file_is_gone_is_refused(second):
    second.weights.storage.delete(second.weights.name)
    answer = ask("promote", 2)
    assert answer.status == 1
    assert "Version 2 cannot be loaded" in answer.error
    assert live() == 1


@pytest.mark.parametrize("number", ["0", "-1", "two", "1.5", "99999999999"])
def test_what_is_no_version_number_is_refused(number):
    answer = ask("promote", "--", number)
    assert answer.status == 1
    assert f"{number!r} is not a whole number from 1 up" in answer.error


def test_rollback_returns_to_the_version_before_without_asking_the_gate(compared):
    ask("promote", 2)
    compared(worse())
    answer = ask("rollback", "--reason", "worse ones")
    assert answer.out == "Rolled back from version 2: version 1 is live.\n"
    assert (live(), versions.live_deployment().reason) == (1, "worse ones")
    assert Deployment.objects.count() == 3


def test_a_rollback_that_another_one_came_before_goes_no_step_further(monkeypatch):
    ask("promote", 2)
    ask("promote", new_version(seed=3).number)
    rollback = versions.rollback

    def after_somebody_else(**options):
        rollback()
        return rollback(**options)

    monkeypatch.setattr(versions, "rollback", after_somebody_else)
    answer = ask("rollback")
    assert (answer.status, live()) == (1, 2)
    assert "Meanwhile version 2 is live: nothing is undone." in answer.error


def test_rollback_answers_as_json():
    ask("promote", 2)
    answer = ask("rollback", "--json").json
    assert (answer["model_version"], answer["previous"], answer["kind"]) == (1, 2, "rollback")


def test_rollback_without_anything_before_is_an_error():
    answer = ask("rollback", "--json")
    assert (answer.status, answer.out) == (1, "")
    assert "nothing to roll back to" in answer.error
