"""`manage.py draw_generated`: a contact sheet, and errors that name what is wrong."""

import pytest
from PIL import Image

from .asking import ask


def test_it_writes_a_contact_sheet(tmp_path):
    answer = ask("draw_generated", tmp_path / "new" / "sheet.png", "--columns", "2", "--json")
    assert answer.status == 0
    assert (len(answer.json["rows"]), answer.json["columns"]) == (10, 2)
    assert Image.open(tmp_path / "new" / "sheet.png").format == "PNG"


def test_with_a_digit_it_shows_its_styles(tmp_path):
    answer = ask("draw_generated", tmp_path / "sheet.png", "--digit", "0", "--columns", "1", "--json")
    assert "slashed" in answer.json["rows"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sheet.jpg"], "must end in .png"),
        (["sheet.png", "--columns", "101"], "101 columns are more than the 100"),
        (["sheet.png", "--seed", "-1"], "seed is -1"),
        (["sheet.png", "--digit", "x"], "'x' is not a digit"),
        (["sheet.png", "--sort", "no_digit", "--digit", "3"], "has no digit 3"),
    ],
)
def test_what_cannot_be_drawn_is_named(tmp_path, arguments, words):
    answer = ask("draw_generated", tmp_path / arguments[0], *arguments[1:])
    assert answer.status != 0
    assert words in answer.error
    assert not (tmp_path / arguments[0]).exists()
