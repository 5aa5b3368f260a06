"""`manage.py predict`: every readable picture gets its answer, whatever the others are."""

import pytest

from recognizer import versions
from recognizer.ink import seen_png
from tests.training.generated import seven_segment_digits
from tests.training.making import new_version

from .asking import ask


@pytest.fixture
def pictures(tmp_path):
    paths = []
    for number, image in enumerate(seven_segment_digits(2, seed=3).images):
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(seen_png(image))
    return paths


def test_each_picture_is_answered_with_digit_and_confidence(pictures):
    answer = ask("predict", *pictures, "--json")
    assert answer.status == 0
    assert answer.json["model_version"] == 1
    assert [one["file"] for one in answer.json["predictions"]] == list(map(str, pictures))
    for one in answer.json["predictions"]:
        assert set(one) == {"file", "digit", "confidence", "reason", "probabilities"}
        assert one["probabilities"][one["digit"]] == one["confidence"] == max(one["probabilities"])


def test_the_answers_are_lines_for_people(pictures):
    lines = ask("predict", *pictures).out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{pictures[0]}: ")
    assert lines[0].endswith(" %)")


def test_a_picture_without_ink_is_no_digit_and_says_why(tmp_path):
    path = tmp_path / "white.png"
    path.write_bytes(seen_png(seven_segment_digits(1, seed=3).images[0] * 0 + 255))
    assert ask("predict", path).out == f"{path}: no digit (empty)\n"
    assert ask("predict", path, "--json").json["predictions"][0]["reason"] == "empty"


def test_a_file_that_is_no_picture_fails_and_the_others_are_answered(pictures, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("seven")
    answer = ask("predict", pictures[0], text, tmp_path / "missing.png", pictures[1])
    assert answer.status == 1
    assert len(answer.out.splitlines()) == 2
    assert f"{text}: The file starts with b'seven', which is no picture" in answer.err
    assert f"{tmp_path / 'missing.png'}: It cannot be opened: No such file or directory." in answer.err


def test_with_json_a_bad_file_has_its_error_in_the_object_too(pictures, tmp_path):
    answer = ask("predict", tmp_path / "missing.png", pictures[0], "--json")
    assert answer.status == 1
    assert answer.json["predictions"][0] == {
        "file": str(tmp_path / "missing.png"),
        "error": "It cannot be opened: No such file or directory.",
    }
    assert answer.json["predictions"][1]["digit"] in range(10)


def test_another_version_can_be_asked(pictures):
    versions.ensure_shipped()
    other = new_version(seed=2)
    assert ask("predict", pictures[0], "--model-version", other.number, "--json").json["model_version"] == other.number


def test_a_version_that_does_not_exist_is_an_error_that_lists_those_that_do(pictures):
    answer = ask("predict", pictures[0], "--model-version", 5)
    assert (answer.status, answer.error) == (1, "There is no version 5; there is 1.")
