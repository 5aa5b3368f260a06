"""`manage.py reevaluate`: which versions, on what, and what came of it."""

import pytest

from tests.training.making import new_version
from training import tasks
from training.models import Measurement

from .asking import ask

KEYS = {
    "id", "model_version", "dataset", "state", "message", "done", "total", "chunks_done", "chunks", "n", "correct",
    "accuracy",
}  # fmt: skip


@pytest.fixture(autouse=True)
def rung(small_mnist, settings, tmp_path, monkeypatch) -> list[str]:
    settings.MEASUREMENT_CHUNK = 40
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "kept")}}
    settings.STORAGES = settings.STORAGES | {"yardsticks": place}
    heard: list[str] = []
    monkeypatch.setattr(
        tasks, "_rung", lambda calls, **options: heard.extend(call.task for call in calls.tasks) or True
    )
    return heard


def test_waiting_ends_without_any_worker(collected):
    ask("import_yardstick", "pens", collected)
    rows = ask("reevaluate", "--wait", "--json").json["measurements"]
    assert all(set(row) == KEYS for row in rows)
    assert [(row["dataset"], row["state"], row["n"]) for row in rows] == [
        ("mnist-test", "succeeded", 100),
        ("pens", "succeeded", 5),
    ]
    evaluated = ask("evaluate", "mnist-test", "--json").json
    assert (rows[0]["correct"], rows[0]["accuracy"]) == (evaluated["correct"], evaluated["accuracy"])


def test_without_waiting_the_workers_are_told(rung):
    [row] = ask("reevaluate", "--dataset", "mnist-test", "--json").json["measurements"]
    assert (row["state"], rung) == ("queued", ["training.tasks.begin_measurement"])


def test_versions_are_named_or_all_of_them():
    ask("evaluate", "mnist-test")  # ships version 1
    new_version(2)
    assert len(ask("reevaluate", "--all", "--json").json["measurements"]) == 2
    [row] = ask("reevaluate", "2", "--json").json["measurements"]
    assert row["model_version"] == 2
    assert Measurement.objects.count() == 2


def test_the_answer_is_said_in_words():
    [line] = ask("reevaluate", "--wait").out.splitlines()
    assert line.startswith("version 1 on mnist-test: ")
    assert line.endswith("of 100")


def test_a_data_set_that_is_none_is_refused():
    answer = ask("reevaluate", "--dataset", "pans")
    assert (answer.status, "'pans'" in answer.error) == (1, True)


def test_a_measurement_that_fails_ends_the_command_with_a_failure():
    answer = ask("reevaluate", "--dataset", "drawings", "--wait")
    assert answer.status == 1
    assert "failed. There are no reviewed drawings" in answer.out
