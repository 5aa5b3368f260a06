"""`manage.py clean_up`: what it would remove, what it removed, and that a dry run touches nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.models import ModelVersion
from tests.training.making import new_version
from training import retention
from training.models import CleanUp
from training.removable import Kind

from .asking import ask


@pytest.fixture
def old() -> ModelVersion:
    """The only version that the rule does not keep."""
    for seed in range(11):
        new_version(seed)
    ModelVersion.objects.update(created_at=timezone.now() - timedelta(days=100))
    return ModelVersion.objects.get(number=1)


def test_with_nothing_to_remove_it_says_so():
    answer = ask("clean_up")
    assert (answer.status, answer.out) == (0, "There is nothing to remove.\n")


def test_a_dry_run_says_what_would_go_and_touches_nothing(old):
    answer = ask("clean_up", "--dry-run")
    assert answer.status == 0
    assert answer.out.startswith("would remove: weights of version 1, 0.4 MB. Older than 90 days")
    assert answer.out.endswith("0.4 MB would be freed. Nothing was touched.\n")
    assert old.weights.storage.exists(old.weights.name)
    assert not CleanUp.objects.exists()


def test_it_removes_and_says_what(old):
    answer = ask("clean_up")
    assert answer.out.startswith("removed: weights of version 1, 0.4 MB.")
    assert answer.out.endswith("\n0.4 MB freed.\n")
    assert not old.weights.storage.exists(old.weights.name)


def test_it_answers_as_json(old):
    planned = ask("clean_up", "--dry-run", "--json").json
    assert planned["dry_run"] is True
    assert [sorted(item) for item in planned["items"]] == [["key", "name", "size_bytes", "why"]]
    done = ask("clean_up", "--json").json
    assert done["freed_bytes"] == planned["freed_bytes"] == old.size_bytes
    assert [item["outcome"] for item in done["items"]] == ["removed"]


def test_what_could_not_be_removed_is_a_failure(old, monkeypatch):
    def fail(key, now):
        raise OSError("disk on fire")

    monkeypatch.setitem(retention.KINDS, "weights", Kind(retention.KINDS["weights"].find, fail))
    answer = ask("clean_up")
    assert answer.status == 1
    assert "failed: disk on fire" in answer.out


@pytest.mark.usefixtures("old")
def test_promoting_a_version_whose_weights_were_removed_is_an_error():
    ask("clean_up")
    answer = ask("promote", 1)
    assert answer.status == 1
    assert "were removed on" in answer.error
