"""The story of a version, told from the provenance in its file, whatever that holds."""

import pytest
from django.utils.translation import override

from recognizer import origin
from recognizer.network import weights
from tests.conftest import PROJECT_DIR
from training.sentences import SELECTION

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
        ("Settings: epochs", "12"),
        ("Settings: augmentation: shift, px", "1.5"),
        ("Data: MNIST: images", "55,000"),
        ("Data: validation: images", "5,000"),
        ("Finished at", "2026-01-02T03:04:05+00:00"),
        ("Promoted", "no"),
    ]


def test_details_are_in_the_readers_language_and_unknown_names_as_they_are():
    facts = {**FROM_SCRATCH, "learning_rate": 0.004, "generator_version": 2, "new_fact": "numpy 2.4"}

    with override("de"):
        assert origin.details(facts) == [
            ("Art", "scratch"),
            ("Einstellungen: Epochen", "12"),
            ("Einstellungen: Verfremdung: Verschiebung, px", "1,5"),
            ("Daten: MNIST: Bilder", "55.000"),
            ("Daten: Validierung: Bilder", "5.000"),
            ("Beendet", "2026-01-02T03:04:05+00:00"),
            ("Lernrate", "0,004"),
            ("Version des Generators", "2"),
            ("New fact", "numpy 2.4"),
        ]


@pytest.mark.parametrize("version", ["1-lenet-5x5", "2-deep"])
def test_of_the_shipped_versions_every_fact_has_a_german_name(version):
    provenance = weights.load(PROJECT_DIR / f"recognizer/weights/{version}.safetensors").provenance
    english = dict(origin.details(provenance))
    with override("de"):
        german = dict(origin.details(provenance))
    same = {name.split(": ")[-1] for name in english.keys() & german.keys()}
    assert same <= {"Seed", "Temperatur", "BLAS", "Numpy", "Code", "seed"}
    assert german["Auswahl"].startswith("die Gewichte nach der letzten Epoche; Validierungsbilder ")


def test_what_a_training_chose_is_said_in_german():
    with override("de"):
        (row,) = origin.details({"selection": SELECTION})
    assert row[1].startswith("die Gewichte nach der letzten Epoche; Validierungsbilder und der Vergessensmesser ")
