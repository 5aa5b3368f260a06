"""Yardsticks: kept whole or not at all, made anew when the ink changes, and never part of what trains."""

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from recognizer.models import Drawing, Evaluation
from training import evaluation, yardsticks
from training.data.collections import CollectionError
from training.models import Yardstick
from training.yardsticks import YardstickError

from .commands.asking import drawn, write_lines
from .making import new_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_process")]


@pytest.fixture
def file(tmp_path):
    lines = drawn(7, "ann"), drawn(1, "bob", at=20), drawn(None, "bob"), drawn(7, 3)
    return write_lines(tmp_path / "pens.jsonl", *lines)


def files() -> int:
    """How many files the storage of yardsticks has."""
    storage = yardsticks.storage()

    def count(folder: str) -> int:
        folders, names = storage.listdir(folder) if storage.exists(folder) else ([], [])
        return len(names) + sum(count(f"{folder}/{name}") for name in folders)

    return count("pens")


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "kept")}}
    settings.STORAGES = settings.STORAGES | {"yardsticks": place}
    settings.DATA_DIR = tmp_path / "data"


def test_an_imported_file_measures_as_the_file_itself_does(file):
    made = yardsticks.import_file("pens", file)
    assert (made.count, made.left_out, made.writers, made.state) == (3, 1, ["ann", "bob", "3"], "ready")
    version = new_version()
    by_name, by_file = evaluation.evaluate(version, "pens"), evaluation.evaluate(version, str(file))
    assert by_name.score == by_file.score
    assert (by_name.dataset, by_name.meant) == ("pens", {"images": made.sha256})


def test_a_yardstick_stores_no_drawing(file):
    yardsticks.import_file("pens", file)
    assert Drawing.objects.count() == 0


def test_the_images_can_be_read_from_anywhere_to_anywhere(file):
    made = yardsticks.import_file("pens", file)
    whole = np.concatenate(list(yardsticks.read(made)))
    assert whole["label"].tolist() == [7, 1, 7]
    assert whole["writer"].tolist() == [0, 1, 2]
    [part] = yardsticks.read(made, 1, 3)
    assert (part == whole[1:3]).all()


def test_only_some_writers_may_be_imported_or_measured(file):
    assert yardsticks.import_file("pens", file, writers=["ann", "3"]).count == 2
    assert evaluation.evaluate(new_version(), "pens", writers=["3"]).score.n == 1
    with pytest.raises(evaluation.EvaluationError, match="no drawing of 'bob'"):
        evaluation.evaluate(new_version(2), "pens", writers=["bob"])


@pytest.mark.parametrize("name", ["mnist-test", "drawings", "answered", "Pens", "a/b", "", "pens.jsonl", "x" * 61])
def test_a_name_that_cannot_be_is_refused(file, name):
    with pytest.raises(YardstickError):
        yardsticks.import_file(name, file)
    assert not Yardstick.objects.exists()


def test_a_name_is_taken_once_unless_it_is_replaced(file, tmp_path, django_capture_on_commit_callbacks):
    first = yardsticks.import_file("pens", file)
    with pytest.raises(YardstickError, match="already"):
        yardsticks.import_file("pens", file)
    other = write_lines(tmp_path / "other.jsonl", drawn(4))
    with django_capture_on_commit_callbacks(execute=True):
        second = yardsticks.import_file("pens", other, replace=True)
    assert (second.pk, second.count, second.file_name) == (first.pk, 1, "other.jsonl")
    assert files() == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (drawn(12), "line 2: label is 12"),
        (drawn(strokes=[[[1, "x"]]]), "line 2: strokes"),
        ("{", "line 2: it is not JSON"),
    ],
)
def test_a_fault_names_its_line_and_value_and_leaves_nothing_behind(tmp_path, line, words):
    file = write_lines(tmp_path / "pens.jsonl", drawn(1), line)
    with pytest.raises(CollectionError) as caught:
        yardsticks.import_file("pens", file)
    assert words in str(caught.value)
    assert not Yardstick.objects.exists()
    assert files() == 0


def test_a_faulty_replacement_leaves_what_was_there(file, tmp_path):
    before = yardsticks.import_file("pens", file)
    with pytest.raises(CollectionError):
        yardsticks.import_file("pens", write_lines(tmp_path / "bad.jsonl", drawn(12)), replace=True)
    assert evaluation.evaluate(new_version(), "pens").score.n == before.count


def test_a_file_without_any_digit_is_no_yardstick(tmp_path):
    with pytest.raises(YardstickError, match="no drawing with a digit"):
        yardsticks.import_file("pens", write_lines(tmp_path / "pens.jsonl", drawn(None)))


def test_when_the_ink_changes_the_images_are_made_anew_from_the_file(file, django_capture_on_commit_callbacks):
    made = yardsticks.import_file("pens", file)
    Yardstick.objects.update(preprocessing_version=made.preprocessing_version - 1, sha256="0" * 64)
    with django_capture_on_commit_callbacks(execute=True):
        again = yardsticks.ready("pens")
    assert (again.preprocessing_version, again.sha256) == (made.preprocessing_version, made.sha256)
    assert again.records != made.records
    assert files() == 2


def test_damaged_images_are_made_anew(file):
    made = yardsticks.import_file("pens", file)
    storage = yardsticks.storage()
    storage.delete(made.records)
    storage.save(made.records, ContentFile(b"x" * 3 * yardsticks.RECORD.itemsize))
    assert evaluation.evaluate(new_version(), "pens").score.n == 3
    assert Yardstick.objects.get().sha256 == made.sha256


def test_without_its_file_a_damaged_yardstick_says_what_to_do(file):
    made = yardsticks.import_file("pens", file)
    for name in (made.records, made.original):
        yardsticks.storage().delete(name)
    with pytest.raises(evaluation.EvaluationError, match="import it again"):
        evaluation.evaluate(new_version(), "pens")


def test_a_received_file_waits_until_its_images_are_made(file):
    waiting = yardsticks.receive("pens", file)
    assert (waiting.state, yardsticks.names()) == ("waiting", [])
    assert yardsticks.build(waiting.pk)
    assert yardsticks.names() == ["pens"]
    assert not yardsticks.build(waiting.pk)


def test_a_received_file_is_looked_through_at_once(tmp_path):
    bad = write_lines(tmp_path / "pens.jsonl", drawn(1), drawn(strokes=[[[1, "x"]]]))
    with pytest.raises(CollectionError, match="line 2: strokes"):
        yardsticks.receive("pens", bad)
    assert not Yardstick.objects.exists()


def test_two_workers_do_not_build_the_same(file):
    waiting = yardsticks.receive("pens", file)
    yardsticks.Yardstick.objects.update(lease_expires_at=yardsticks._lease_end())
    assert not yardsticks.build(waiting.pk)


def test_a_file_that_cannot_be_drawn_later_is_noted_in_words(file):
    waiting = yardsticks.receive("pens", file)
    yardsticks.storage().delete(waiting.original)
    assert not yardsticks.build(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.lease_expires_at) == ("failed", None)
    assert waiting.message


def test_what_is_removed_is_gone_with_its_files_and_figures(file, django_capture_on_commit_callbacks):
    made = yardsticks.import_file("pens", file)
    evaluation.record(new_version(), "pens")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        yardsticks.remove(made)
    assert (Yardstick.objects.count(), Evaluation.objects.filter(dataset="pens").count(), files()) == (0, 0, 0)
