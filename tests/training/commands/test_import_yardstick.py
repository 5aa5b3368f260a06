"""`manage.py import_yardstick`, and measuring on what it imported."""

import pytest

from training.models import Yardstick

from .asking import ask, drawn, write_lines

KEYS = {"yardstick", "file", "n", "left_out", "writers", "sha256", "file_sha256", "preprocessing_version"}


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "kept")}}
    settings.STORAGES = settings.STORAGES | {"yardsticks": place}


def test_a_file_becomes_a_yardstick_that_evaluate_knows_by_its_name(collected):
    answer = ask("import_yardstick", "pens", collected, "--json").json
    assert set(answer) == KEYS
    assert (answer["yardstick"], answer["file"], answer["n"], answer["writers"]) == ("pens", "collected.jsonl", 5, 2)
    by_name, by_file = ask("evaluate", "pens", "--json").json, ask("evaluate", collected, "--json").json
    assert set(by_name) == set(by_file)
    assert by_name["dataset"] == "pens"
    assert by_name["confusion"] == by_file["confusion"]
    assert ask("evaluate", "pens", "--writers", "12", "--json").json["n"] == 2


def test_the_answer_is_said_in_words(collected):
    lines = ask("import_yardstick", "pens", collected).out.splitlines()
    assert lines[0] == "The yardstick pens has 5 drawings of 2 writers from collected.jsonl."


def test_a_second_one_of_that_name_has_to_be_asked_for(collected, tmp_path):
    ask("import_yardstick", "pens", collected)
    refused = ask("import_yardstick", "pens", collected)
    assert (refused.status, refused.out) == (1, "")
    assert "replace" in refused.error
    other = write_lines(tmp_path / "other.jsonl", drawn())
    assert ask("import_yardstick", "pens", other, "--replace", "--json").json["n"] == 1


def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path):
    answer = ask("import_yardstick", "pens", write_lines(tmp_path / "bad.jsonl", drawn(12)))
    assert (answer.status, answer.error) == (
        1,
        "bad.jsonl, line 1: label is 12: it must be a whole number from 0 to 9, or null.",
    )
    assert not Yardstick.objects.exists()


def test_a_name_that_is_no_yardstick_and_no_file_says_which_there_are(collected):
    ask("import_yardstick", "pens", collected)
    assert "yardsticks pens" in ask("evaluate", "pans").error
