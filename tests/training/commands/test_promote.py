"""`manage.py promote` and `manage.py rollback`: what is live afterwards, and what they refuse."""

import pytest

from recognizer import versions
from tests.training.making import new_version

from .asking import ask


@pytest.fixture(autouse=True)
def second():
    versions.ensure_shipped()
    return new_version(seed=2)


def live() -> int:
    return versions.live_deployment().version.number


def test_a_promoted_version_is_live_and_the_reason_is_kept():
    answer = ask("promote", 2, "--override", "better sevens")
    assert answer.out == "Version 2 is live instead of version 1.\n"
    assert (live(), versions.live_deployment().reason) == (2, "better sevens")


def test_promote_answers_as_json():
    answer = ask("promote", 2, "--json").json
    assert set(answer) == {"model_version", "architecture", "kind", "previous", "reason", "started_at"}
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


def test_rollback_returns_to_the_version_before():
    ask("promote", 2)
    answer = ask("rollback", "--reason", "worse ones")
    assert answer.out == "Rolled back from version 2: version 1 is live.\n"
    assert (live(), versions.live_deployment().reason) == (1, "worse ones")


def test_rollback_answers_as_json():
    ask("promote", 2)
    answer = ask("rollback", "--json").json
    assert (answer["model_version"], answer["previous"], answer["kind"]) == (1, 2, "rollback")


def test_rollback_without_anything_before_is_an_error():
    answer = ask("rollback", "--json")
    assert (answer.status, answer.out) == (1, "")
    assert "nothing to roll back to" in answer.error
