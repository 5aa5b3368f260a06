"""Codes are typed by people from a wall."""

import pytest

from recognizer.rooms import codes


def test_a_code_has_six_letters_and_digits_that_cannot_be_mistaken_for_each_other():
    made = {codes.new() for _ in range(200)}
    assert all(len(code) == 6 for code in made)
    assert not set("".join(made)) & set("01OIAEUaeiou")
    assert len(made) > 190


@pytest.mark.parametrize("typed", ["BCD234", "bcd234", " bcd 234 ", "BCD-234", "b.c.d.2.3.4"])
def test_a_code_is_read_however_it_is_typed(typed):
    assert codes.read(typed) == "BCD234"


@pytest.mark.parametrize("typed", ["", "BCD23", "BCD2345", "BCD230", "BCDE34", "<script>", "B" * 5000])
def test_what_cannot_be_a_code_is_none(typed):
    assert codes.read(typed) is None


def test_a_code_is_shown_in_two_groups():
    assert codes.spaced("BCD234") == "BCD 234"
