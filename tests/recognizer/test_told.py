import pytest
from django.utils.translation import override

from recognizer import told
from recognizer.told import told as say
from training import sentences  # noqa: F401 (the whole site's sentences are known once its apps are ready)


def german(text: str) -> str:
    with override("de"):
        return say(text)


@pytest.mark.parametrize("text", ["It is no 3 at all.", "the network was unsure: 61 %", ""])
def test_in_english_every_text_stays_as_it_is(text):
    assert say(text) == text


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("the network read no digit", "das Netz las „keine Ziffer“"),
        ("the network read 7 with 61.5 %", "das Netz las 7 mit 61,5 %"),
        ("version 5 is live.", "Version 5 ist live."),
        ("Version 5 is live.", "Version 5 ist live."),
        ("Read 1,204 of 10,000 images.", "1.204 von 10.000 Bildern gelesen."),
        ("1,204 drawings exported.", "1.204 Zeichnungen exportiert."),
    ],
)
def test_a_sentence_that_is_known_is_said_in_german_with_its_numbers(stored, said):
    assert german(stored) == said


def test_what_stands_in_a_place_is_translated_too():
    stored = "Cancelled. Its worker vanished."
    assert german(stored) == "Abgebrochen. Sein Worker verschwand."


def test_a_list_in_a_place_is_joined_as_german_joins_it():
    assert german("visitors say: 3 (2 voices) and 7 (1 voice)") == "Besucher sagen: 3 (2 Stimmen) und 7 (1 Stimme)"


def test_what_a_person_typed_stays_as_it_is():
    assert german("Reads my sevens, at last") == "Reads my sevens, at last"


@pytest.mark.parametrize("pattern", sorted(told._patterns))
def test_every_sentence_is_found_again_by_its_own_pattern(pattern):
    """With numbers in its places, which are the same in both languages."""
    with override("de"):
        wanted = told._PLACE.sub("5", told._(pattern))
        assert say(told._PLACE.sub("5", pattern)) == wanted
