"""The rows in which a version tells where it comes from."""

from django.utils.translation import override

from recognizer.admin.provenance import facts


def test_provenance_is_written_in_rows_with_the_names_of_what_is_around_them():
    given = {"seed": 3, "data": {"mnist_images": 55000, "drawings": None}, "evaluations": [{}], "exact": True}
    assert facts(given) == [
        ("Seed", "3"),
        ("Data: mnist images", "55,000"),
        ("Data: drawings", "none"),
        ("Exact", "yes"),
    ]


def test_of_many_results_the_last_one_is_shown_and_how_many_there_are():
    epochs = [{"epoch": 1, "validation_accuracy": 0.971}, {"epoch": 2, "validation_accuracy": 0.99400000001}]
    assert facts({"epochs": epochs}) == [
        ("Epochs, the last of 2: epoch", "2"),
        ("Epochs, the last of 2: validation accuracy", "0.994"),
    ]


def test_plain_lists_truths_and_nothing_are_written_in_words():
    rows = facts({"digits": [1, 2], "promoted": True, "base": None, "none of them": []})
    assert [value for _, value in rows] == ["1, 2", "yes", "none", "none"]


def test_names_and_numbers_are_in_the_readers_language_and_unknown_names_as_they_are():
    with override("de"):
        rows = facts({"settings": {"learning_rate": 0.004}, "epochs": [{"seconds": 1.5}], "new fact": 1})
    assert rows == [
        ("Einstellungen: Lernrate", "0,004"),
        ("Epochen, das letzte von 1: Sekunden", "1,5"),
        ("New fact", "1"),
    ]
