"""A drawing's life is told step by step, true at the moment, kindly, and without a reviewer's name."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from recognizer import drawings, recognition, versions
from recognizer.models import Drawing, Label, ModelVersion
from tests import admin_rows as rows
from training import life, life_lines, readings, snapshots

from .making import drawn, new_version, visitor
from .test_learnt import learning

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def live(settings, tmp_path, fresh_process) -> ModelVersion:
    """A live version with random weights, to which everything is a digit."""
    settings.MIN_CONFIDENCE, settings.SHIPPED_WEIGHTS_DIR = 0.0, tmp_path / "none"
    readings.forget()
    version = new_version(1)
    versions.promote(version)
    return version


def told(drawing: Drawing) -> dict[str, life.Step]:
    row = Drawing.objects.with_answers().select_related("visitor").get(pk=drawing.pk)
    return {step.name: step for step in life.steps(row)}


def line(drawing: Drawing) -> str | None:
    row = Drawing.objects.with_answers().select_related("visitor").get(pk=drawing.pk)
    return life_lines.tell([row]).get(drawing.pk)


def names(drawing: Drawing) -> list[str]:
    return list(told(drawing))


def unlabelled() -> Drawing:
    drawing = drawn(visitor("a"), 7, state="unreviewed")
    Label.objects.all().delete()
    return drawing


def test_what_has_no_label_is_stored_and_read():
    drawing = unlabelled()
    assert names(drawing) == ["stored", "labelled", "reading"]
    assert told(drawing)["labelled"].state == life.State.NOW


def test_a_claim_waits_for_review():
    step = told(drawn(visitor("a"), 7, state="unreviewed"))["reviewed"]
    assert (step.title, step.state) == ("In review", life.State.NOW)
    assert "other visitors" not in step.words


def test_where_visitors_are_asked_their_voices_are_waited_for_too(settings):
    settings.LABEL_AGREEMENT = 2
    assert "other visitors" in told(drawn(visitor("a"), 7, state="unreviewed"))["reviewed"].words


def test_an_accepted_one_waits_for_the_next_training():
    drawing = drawn(visitor("a"), 7)
    assert told(drawing)["reviewed"].title == "Accepted as 7"
    assert told(drawing)["learnt"].state == life.State.AHEAD
    assert line(drawing) == "Not learnt yet."


def test_agreement_of_visitors_is_said():
    drawing = drawn(visitor("a"), 7, state="unreviewed")
    drawings.agree(drawing.pk, 7)
    assert "Other visitors" in told(drawing)["reviewed"].words


def test_a_rejection_is_said_without_a_name_and_ends_it():
    drawing = drawn(visitor("a"), 7, state="unreviewed")
    reviewer = User.objects.create_user("Rosalind")
    drawings.review([drawing.pk], "rejected", by=reviewer)
    steps = told(drawing)
    assert steps["reviewed"].state == life.State.ENDED
    assert "could not be sure that it shows a 7" in steps["reviewed"].words
    assert "learnt" not in steps
    assert "Rosalind" not in str(steps)


def test_what_a_person_read_instead_is_said_beside_what_the_visitor_said():
    drawing = drawn(visitor("a"), 1, state="unreviewed")
    drawings.review([drawing.pk], "accepted", by=None, digit=4)
    steps = told(drawing)
    assert steps["labelled"].title == "You said 1"
    assert "read 4" in steps["reviewed"].words


def test_a_label_that_only_a_person_gave_is_not_called_the_visitors():
    drawing = unlabelled()
    drawings.review([drawing.pk], "accepted", by=None, digit=4)
    assert "did not say" in told(drawing)["labelled"].words


def test_drawings_of_held_out_visitors_measure():
    drawing = drawn(visitor("a", held_out=True), 7)
    assert told(drawing)["learnt"].title == "Measures the network"
    assert line(drawing) == "It measures the network."


def test_a_training_that_reads_it_now_is_said():
    drawing = drawn(visitor("a"), 7)
    rows.job(kind="retrain", snapshot=snapshots.freeze())
    assert told(drawing)["learnt"].title == "Being learnt"


def test_the_version_that_learnt_it_is_named_and_asked(live):
    drawing = drawn(visitor("a"), 7)
    version = learning(snapshots.freeze())
    steps = told(drawing)
    assert steps["learnt"].title == f"Learnt by version {version.number}"
    assert steps["live"].title == "Not live yet"
    expected = recognition.recognise(snapshots.seen_now(drawing), recognition.for_version(version))
    assert f"Version {version.number} reads it as {expected.digit}" in steps["lesson"].title
    assert steps["reading"].title.startswith(f"Version {live.number} reads it as")
    assert line(drawing) == f"Learnt by version {version.number}, which reads it as {expected.digit}."


def test_once_that_version_is_live_it_is_asked_once():
    drawing = drawn(visitor("a"), 7)
    version = learning(snapshots.freeze())
    versions.promote(version)
    recognition.forget()
    steps = told(drawing)
    assert steps["live"].title == "Live"
    assert "lesson" not in steps
    assert "and learnt it" in steps["reading"].words
    versions.promote(new_version(99))
    assert told(drawing)["live"].title == "Was live"


def test_whether_it_is_read_as_labelled_is_said(live):
    drawing = drawn(visitor("a"), 7)
    digit = recognition.recognise(snapshots.seen_now(drawing), recognition.live()).digit
    drawings.review([drawing.pk], "accepted", by=None, digit=digit)
    assert "As labelled." in told(drawing)["reading"].words
    drawings.review([drawing.pk], "accepted", by=None, digit=(digit + 1) % 10)
    assert f"It is labelled {(digit + 1) % 10}." in told(drawing)["reading"].words


def test_a_version_whose_weights_are_removed_says_so():
    drawing = drawn(visitor("a"), 7)
    version = learning(snapshots.freeze())
    ModelVersion.objects.filter(pk=version.pk).update(weights_removed_at=timezone.now())
    recognition.forget()
    step = told(drawing)["lesson"]
    assert step.title == f"Version {version.number} cannot be asked any more"
    assert "were removed" in step.words
    assert line(drawing) == f"Learnt by version {version.number}."


def test_that_somebody_hid_it_is_not_told():
    drawing = drawn(visitor("a"), 7, state="unreviewed")
    before = told(drawing)
    Drawing.objects.filter(pk=drawing.pk).update(hidden_as="hidden", hidden_at=timezone.now())
    assert told(drawing) == before


def test_a_reading_is_made_once(monkeypatch):
    drawing = drawn(visitor("a"), 7)
    told(drawing)
    monkeypatch.setattr(recognition, "recognise_all", None)
    told(drawing)


def test_lines_take_as_many_queries_for_many_drawings_as_for_one(django_assert_num_queries):
    for number in range(4):
        drawn(visitor(f"v{number}"), number, seed=number)
    learning(snapshots.freeze())
    page = list(Drawing.objects.with_answers().select_related("visitor"))
    for some in (page[:1], page):
        with django_assert_num_queries(2):
            assert len(life_lines.tell(some)) == len(some)
