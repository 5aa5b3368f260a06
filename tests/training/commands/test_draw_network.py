"""`manage.py draw_network`: pictures of a version or of a weights file, and errors that name what is wrong."""

import json

import pytest

from tests.training.making import weights_file
from training import network_pictures

from .asking import ask

pytestmark = pytest.mark.slow


def test_it_writes_pictures_of_the_live_version(tmp_path):
    answer = ask("draw_network", "--output", tmp_path / "new" / "folder", "--json")
    assert answer.status == 0
    assert answer.json["architecture"] == "lenet-5x5"
    assert answer.json["files"] == [
        str(tmp_path / "new" / "folder" / f"{name}.png") for name in network_pictures.PICTURES
    ]
    assert all((tmp_path / "new" / "folder" / f"{name}.png").stat().st_size for name in network_pictures.PICTURES)


def test_ones_own_drawing_and_weights_can_be_shown(tmp_path):
    (tmp_path / "own.safetensors").write_bytes(weights_file(2))
    (tmp_path / "one.json").write_text(json.dumps({"strokes": [[[140, 40], [140, 240]]], "width": 280, "height": 280}))
    asked = ["draw_network", "--output", tmp_path, "--weights", tmp_path / "own.safetensors"]
    mine, five = ask(*asked, "--strokes", tmp_path / "one.json"), (tmp_path / "input.png").read_bytes()
    assert mine.status == 0
    assert mine.out.splitlines()[-1].startswith("lenet-5x5 reads the drawing as ")
    ask(*asked)
    assert (tmp_path / "input.png").read_bytes() != five


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be opened: No such file"),
        ("{", "is no JSON"),
        ("[]", 'must hold a JSON object with "strokes", "width" and "height"'),
        ('{"strokes": [], "width": 0, "height": 280}', "idth is 0"),
        ('{"strokes": [[[1, "x"]]], "width": 280, "height": 280}', "strokes[0]"),
    ],
)
def test_a_drawing_that_cannot_be_read_is_named(tmp_path, content, words):
    path = tmp_path / "drawing.json"
    if content is not None:
        path.write_text(content)
    answer = ask("draw_network", "--output", tmp_path / "out", "--strokes", path)
    assert answer.status == 1
    assert words in answer.error
    assert not (tmp_path / "out").exists()


def test_weights_that_are_not_there_and_a_folder_that_cannot_be_written_are_named(tmp_path):
    answer = ask("draw_network", "--output", tmp_path / "out", "--weights", tmp_path / "none.safetensors")
    assert answer.status == 1
    assert "none.safetensors" in answer.error
    (tmp_path / "file").write_text("")
    answer = ask("draw_network", "--output", tmp_path / "file" / "out")
    assert answer.status == 1
    assert f"{tmp_path / 'file' / 'out'} cannot be written" in answer.error
