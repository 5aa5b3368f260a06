"""The story of a version, told from the provenance in its file, whatever that holds."""

import pytest

from recognizer import origin

FROM_SCRATCH = {
    "kind": "scratch",
    "settings": {"epochs": 12, "augmentation": {"shift_px": 1.5}},
    "data": {"mnist": {"images": 55_000, "sha256": "c0ffee"}, "validation": {"images": 5_000}},
    "finished_at": "2026-01-02T03:04:05+00:00",
}


def test_a_training_is_told_in_plain_words():
    assert origin.sentences(FROM_SCRATCH) == [
        "Trained from fresh random weights: 55,000 images of MNIST.",
        "It saw all of them 12 times, and was done on 2 January 2026.",
        "5,000 more images were kept apart, to watch how it went.",
    ]


def test_a_fine_tuning_names_its_base_and_the_drawings():
    data = {"mnist": {"images": 900}, "drawings": {"images": 30}}
    provenance = {"kind": "fine-tune", "base": {"number": 4, "sha256": "c0ffee"}, "data": data}

    assert origin.sentences(provenance) == [
        "Trained further from version 4, with what visitors drew: "
        "900 images of MNIST and 30 drawings from this site whose labels a person had accepted."
    ]


@pytest.mark.parametrize(
    "provenance",
    [
        {},
        {"data": "MNIST"},
        {"kind": ["scratch"], "data": {"mnist": {"images": "many"}}},
        {"settings": {"epochs": "all"}},
    ],
)
def test_what_the_file_does_not_tell_is_not_told(provenance):
    assert origin.sentences(provenance) == []


def test_a_date_that_is_none_is_left_out():
    assert origin.sentences({"settings": {"epochs": 1}, "finished_at": "yesterday"}) == ["It saw them once."]


def test_details_have_their_parents_names_in_front_and_no_check_sums_or_lists():
    facts = {**FROM_SCRATCH, "epochs": [1, 2], "base": None, "promoted": False}

    assert origin.details(facts) == [
        ("Kind", "scratch"),
        ("Settings, epochs", "12"),
        ("Settings, augmentation, shift px", "1.5"),
        ("Data, mnist, images", "55,000"),
        ("Data, validation, images", "5,000"),
        ("Finished at", "2026-01-02T03:04:05+00:00"),
        ("Promoted", "no"),
    ]
