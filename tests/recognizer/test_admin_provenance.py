"""The rows in which a version tells where it comes from."""

from recognizer.admin.provenance import facts


def test_what_is_nested_has_its_parents_names_in_front():
    assert facts({"settings": {"batch_size": 1280}}) == [("Settings: batch size", "1,280")]


def test_of_many_results_the_last_one_is_shown_and_how_many_there_are():
    epochs = [{"epoch": 1, "validation_accuracy": 0.971}, {"epoch": 2, "validation_accuracy": 0.99400000001}]
    assert facts({"epochs": epochs}) == [
        ("Epochs, the last of 2: epoch", "2"),
        ("Epochs, the last of 2: validation accuracy", "0.994"),
    ]


def test_plain_lists_truths_and_nothing_are_written_in_words():
    rows = facts({"digits": [1, 2], "promoted": True, "base": None, "none of them": []})
    assert [value for _, value in rows] == ["1, 2", "yes", "none", "none"]


def test_evaluations_are_left_to_their_own_cards():
    assert facts({"evaluations": [{"dataset": "mnist-test"}], "seed": 0}) == [("Seed", "0")]
