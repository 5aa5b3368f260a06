"""`manage.py evaluate`: the object that other programs read, on each kind of data set."""

import gzip

import numpy as np
import pytest
from PIL import Image

from recognizer import versions
from recognizer.models import ModelVersion
from tests.training.making import drawn as stored
from tests.training.making import new_version, visitor, weights_file

from .asking import ask, drawn, write_lines

KEYS = {
    "dataset",
    "n",
    "correct",
    "accuracy",
    "rejected",
    "per_digit",
    "confusion",
    "model_version",
    "architecture",
    "seconds",
}


def test_an_empty_database_answers_with_the_shipped_weights(collected):
    answer = ask("evaluate", collected, "--json").json
    assert set(answer) == KEYS
    assert (answer["dataset"], answer["n"], answer["model_version"]) == ("collected.jsonl", 5, 1)
    assert (answer["architecture"], answer["rejected"]) == ("lenet-5x5", 0)
    assert answer["accuracy"] == answer["correct"] / 5
    assert sum(map(sum, answer["confusion"])) == 5
    assert len(answer["per_digit"]) == 10


def test_the_answer_is_a_table_for_people(collected):
    lines = ask("evaluate", collected).out.splitlines()
    assert lines[0] == "version 1 (lenet-5x5) on collected.jsonl:"
    assert len(lines) == 15


def test_mnist_test_is_the_test_set(small_mnist):
    answer = ask("evaluate", "mnist-test", "--json").json
    assert (answer["dataset"], answer["n"]) == ("mnist-test", 100)


def test_the_worst_mistakes_are_drawn(collected, tmp_path):
    answer = ask("evaluate", collected, "--mistakes", tmp_path / "new" / "sheet.png", "--json").json
    assert set(answer) == KEYS | {"mistakes"}
    with Image.open(answer["mistakes"]) as sheet:
        assert (sheet.format, sheet.size) == ("PNG", (1040, 112))


def test_a_sheet_that_cannot_be_is_refused_before_anything_is_read(tmp_path):
    answer = ask("evaluate", tmp_path / "missing.npz", "--mistakes", tmp_path / "sheet.jpg")
    assert (answer.status, answer.out) == (1, "")
    assert "must end in .png" in answer.error


def test_drawings_are_those_of_visitors_who_are_held_out():
    stored(visitor("trains"), 7)
    stored(visitor("measures", held_out=True), 7)
    assert ask("evaluate", "drawings", "--json").json["n"] == 1


def test_no_drawings_are_an_error_that_says_how_to_get_some():
    answer = ask("evaluate", "drawings", "--json")
    assert (answer.status, answer.out) == (1, "")
    assert "`manage.py import_drawings`" in answer.error


def test_a_packed_file_reads_as_the_plain_one(collected, tmp_path):
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(collected.read_bytes()))
    plain, again = ask("evaluate", collected, "--json").json, ask("evaluate", packed, "--json").json
    assert plain["confusion"] == again["confusion"]


@pytest.mark.parametrize("size", [28, 64])
@pytest.mark.parametrize("dark_on_light", [False, True])
def test_images_may_be_of_any_size_and_dark_or_light(tmp_path, size, dark_on_light):
    images = np.zeros((4, size, size), np.uint8)
    images[:, size // 4 : 3 * size // 4, size // 2 : size // 2 + size // 14] = 255
    path = tmp_path / "ones.npz"
    np.savez(path, images=255 - images if dark_on_light else images, labels=np.ones(4, np.uint8))
    answer = ask("evaluate", path, "--json").json
    assert (answer["n"], answer["rejected"]) == (4, 0)


def test_only_the_drawings_of_the_writers_that_are_named_count(collected):
    assert ask("evaluate", collected, "--writers", "12", "--json").json["n"] == 2
    assert ask("evaluate", collected, "--writers", "ann, 12", "--json").json["n"] == 5


def test_a_writer_whom_the_file_does_not_have_is_an_error(collected):
    answer = ask("evaluate", collected, "--writers", "ann,zoe")
    assert answer.status == 1
    assert "collected.jsonl has no drawing of 'zoe'" in answer.error


def test_another_version_can_be_measured(collected):
    versions.ensure_shipped()
    assert ask("evaluate", collected, "--model-version", new_version(2).number, "--json").json["model_version"] == 2


def test_a_weights_file_can_be_measured_without_becoming_a_version(collected, tmp_path):
    path = tmp_path / "other.safetensors"
    path.write_bytes(weights_file(5))
    assert ask("evaluate", collected, "--weights", path, "--json").json["model_version"] is None
    assert not ModelVersion.objects.exists()


def test_a_file_that_is_no_weights_is_an_error(collected):
    answer = ask("evaluate", collected, "--weights", collected)
    assert answer.status == 1
    assert "no safetensors file" in answer.error


def test_a_version_and_a_file_at_once_are_refused(collected):
    answer = ask("evaluate", collected, "--weights", "a.safetensors", "--model-version", 1)
    assert answer.status == 1
    assert "not allowed with" in answer.error


def test_a_drawing_that_cannot_be_read_is_an_error_that_names_its_line(tmp_path):
    path = write_lines(tmp_path / "bad.jsonl", drawn(), drawn(width=0))
    answer = ask("evaluate", path, "--json")
    assert (answer.status, answer.out) == (1, "")
    assert "ine 2: width is 0" in answer.error
