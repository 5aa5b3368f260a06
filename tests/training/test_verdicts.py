"""How long a verdict counts: while much the same would be compared, within the same limits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer import advice, drawings, versions
from recognizer.models import Drawing, Label
from training import comparing, comparisons, snapshots, verdicts
from training.models import Comparison

from .making import drawn, new_version, visitor
from .pairs import better

pytestmark = pytest.mark.django_db

COMPARE = comparing.compare


@pytest.fixture(autouse=True)
def always_better(monkeypatch):
    monkeypatch.setattr(comparing, "compare", lambda *pair, **options: better())


@pytest.fixture
def candidate():
    versions.promote(new_version(1))
    return new_version(2)


def held_out(count: int) -> list[Drawing]:
    by = visitor(f"held out {Drawing.objects.count()}", held_out=True)
    return [drawn(by, 7, seed=seed) for seed in range(count)]


def compared(candidate) -> Comparison:
    return comparisons.made(candidate, versions.live_deployment().version)


def why(candidate) -> str:
    """Why it has to be compared anew; nothing if its verdict counts."""
    said = advice.of(candidate)
    begin = "Version 2 has to be compared with version 1 anew: "
    assert said.passed or said.words.startswith(begin)
    return "" if said.passed else said.words.removeprefix(begin)


def test_a_verdict_counts_while_nothing_changes(candidate):
    held_out(3)
    compared(candidate)
    assert (why(candidate), advice.of(candidate).words) == ("", Comparison.objects.get().verdict)


def test_a_verdict_counts_until_the_held_out_drawings_grew_by_more_than_a_tenth(candidate):
    held_out(10)
    compared(candidate)
    held_out(1)
    assert why(candidate) == ""
    held_out(1)
    assert why(candidate) == "there were 10 held-out drawings and are 12 by now."
    compared(candidate)
    assert why(candidate) == ""


def test_a_site_may_want_another_share(candidate, settings):
    settings.GATE_VERDICT_GROWTH = 1.0
    held_out(2)
    compared(candidate)
    held_out(2)
    assert why(candidate) == ""


def test_a_verdict_without_held_out_drawings_counts_until_the_first_one(candidate):
    compared(candidate)
    assert why(candidate) == ""
    held_out(1)
    assert why(candidate) == "there were 0 held-out drawings and are 1 by now."


@pytest.mark.parametrize("change", ["deleted", "rejected", "hidden", "relabelled"])
def test_a_verdict_does_not_count_once_a_drawing_was_taken_out_though_another_came(candidate, change):
    first, *_ = held_out(3)
    compared(candidate)
    match change:
        case "deleted":
            drawings.delete(first)
        case "rejected":
            drawings.review([first.pk], Label.State.REJECTED, by=None)
        case "hidden":
            Drawing.objects.filter(pk=first.pk).update(hidden_as="hidden", hidden_at=timezone.now())
        case "relabelled":
            drawings.review([first.pk], Label.State.ACCEPTED, by=None, digit=1)
    if change != "relabelled":
        held_out(1)
    assert snapshots.held_out().count() == 3
    assert why(candidate) == "1 of its 3 held-out drawings were taken out or reviewed anew since."


def test_of_very_many_drawings_one_may_be_taken_out():
    assert verdicts._changed(2000, 1998, 1998) == ""
    assert "3 of its 2,000" in verdicts._changed(2000, 1997, 1997)


@pytest.mark.parametrize(
    "name", ["GATE_MNIST_POINTS", "GATE_RECALL_POINTS", "GATE_MIN_PER_DIGIT", "GATE_MIN_DRAWINGS", "NO_DIGIT_FROM"]
)
def test_a_verdict_does_not_count_within_other_limits(candidate, settings, name):
    compared(candidate)
    setattr(settings, name, getattr(settings, name) + 1)
    assert why(candidate) == "the limits of the gate were changed since."


def test_a_verdict_does_not_count_for_ever(candidate, settings):
    compared(candidate)
    Comparison.objects.update(finished_at=timezone.now() - timedelta(days=31))
    assert why(candidate) == "the last comparison was made more than 30 days ago."
    settings.GATE_VERDICT_DAYS = 60.0
    assert why(candidate) == ""


def test_a_verdict_of_earlier_days_of_which_nobody_knows_what_it_was_made_of_does_not_count(candidate):
    compared(candidate)
    Comparison.objects.update(made_of=None)
    assert why(candidate) == "what the last comparison was made of was not kept."


def test_a_verdict_does_not_count_for_another_mnist(candidate, small_mnist, monkeypatch, settings, tmp_path):
    monkeypatch.setattr(comparing, "compare", COMPARE)
    settings.MNIST_DIR = small_mnist
    row = compared(candidate)
    assert row.made_of["mnist"] == verdicts.mnist_sha256() != ""
    assert "MNIST" not in verdicts.outdated([row]).get(row.pk, "")
    for path in small_mnist.iterdir():
        data = bytearray(path.read_bytes())
        if path.name == "t10k-images-idx3-ubyte":
            data[-1] ^= 1
        (tmp_path / path.name).write_bytes(data)
    settings.MNIST_DIR = tmp_path
    assert verdicts.outdated([row]) == {row.pk: "MNIST's test images are others by now"}
    settings.MNIST_DIR = settings.MNIST_DOWNLOAD_DIR = tmp_path / "nothing"
    assert verdicts.outdated([row]) == {}


def test_one_that_is_being_made_anew_says_so(candidate, settings):
    compared(candidate)
    settings.GATE_MNIST_POINTS = 0.05
    row = comparisons.request(candidate, versions.live_deployment().version)
    assert advice.of(candidate).words == "It is being compared with version 1, which is live."
    comparisons.claim(row.pk).fail("MNIST is nowhere.")
    said = advice.of(candidate)
    assert (said.passed, said.words) == (None, "The comparison with version 1 failed: MNIST is nowhere.")


def test_many_verdicts_take_as_many_queries_as_one(candidate, django_assert_num_queries):
    held_out(2)
    versions_asked = [candidate, *map(new_version, (3, 4, 5))]
    for version in versions_asked:
        compared(version)
    for asked in (versions_asked[:1], versions_asked):
        with django_assert_num_queries(3):  # what is live, the comparisons with it, the drawings that there are
            assert all(said.passed for said in advice.of_all(asked).values())
