"""The order of the review queue: wrong claims come first, by what digits of other people and the live network say."""

import numpy as np
import pytest
from django.utils import timezone

from recognizer import drawings, recognition, versions
from recognizer.ink import Seen
from recognizer.models import Drawing, Label, LabelVote
from recognizer.priority import at_first
from tests.training.making import drawn, showing, visitor
from training import references, valuing
from training.data.dataset import NO_DIGIT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(small_mnist):
    recognition.forget()
    references.forget()
    versions.ensure_shipped()
    yield
    recognition.forget()
    references.forget()


def claimed(digit: int, *, says: int | None, name: str, seed: int = 0) -> Drawing:
    """A drawing of `digit` whose visitor says that it is something else, or the same."""
    drawing = showing(visitor(name), digit, state=Label.State.UNREVIEWED, seed=seed)
    Label.objects.filter(drawing=drawing).update(digit=says, priority=0.0)
    return drawing


def priority(drawing: Drawing) -> float:
    return Label.objects.get(drawing=drawing).priority


def doubts(drawing: Drawing) -> str:
    return "; ".join(Label.objects.get(drawing=drawing).doubts)


def test_mislabelled_ones_come_before_right_ones():
    right = [claimed(n % 10, says=n % 10, name=f"right {n}", seed=n) for n in range(20)]
    wrong = [claimed(n % 10, says=(n + 3) % 10, name=f"wrong {n}", seed=n) for n in range(5)]
    assert valuing.value_some() == 25
    assert min(map(priority, wrong)) > max(map(priority, right))


def test_it_says_why_in_words():
    wrong = claimed(4, says=1, name="ada")
    valuing.value_some()
    assert "of the most similar known drawings are 4" in doubts(wrong)


def test_what_was_valued_is_left_until_another_version_is_live():
    drawing = claimed(4, says=1, name="ada")
    assert [valuing.value_some(), valuing.value_some()] == [1, 0]
    live = versions.live_deployment()
    live.started_at = timezone.now()
    live.save()
    assert valuing.value_some() == 1
    assert priority(drawing) > 0


def test_so_many_at_a_time_and_those_without_a_value_first(settings):
    settings.VALUE_AT_ONCE = 2
    for number in range(5):
        claimed(4, says=4, name=f"v{number}", seed=number)
    assert [valuing.value_some() for _ in range(4)] == [2, 2, 1, 0]


def test_reviewed_and_hidden_ones_are_not_valued():
    showing(visitor("ada"), 3)
    Drawing.objects.filter(pk=claimed(4, says=1, name="bob").pk).update(hidden_as="hidden", hidden_at=timezone.now())
    assert valuing.value_some() == 0


def test_a_label_that_changes_meanwhile_keeps_what_it_has(monkeypatch):
    drawing = claimed(4, says=1, name="ada")
    values = valuing.values

    def changed_meanwhile(judge, labels):
        drawings.set_label(drawing, 2)
        return values(judge, labels)

    monkeypatch.setattr(valuing, "values", changed_meanwhile)
    assert valuing.value_some() == 0
    assert Label.objects.get(drawing=drawing).valued_at is None


def test_with_too_little_known_the_first_value_stays(settings):
    settings.MNIST_DIR = settings.MNIST_DOWNLOAD_DIR = None
    drawing = claimed(4, says=1, name="ada")
    Label.objects.update(priority=0.5)
    assert (valuing.value_some(), priority(drawing)) == (0, 0.5)


def test_a_claim_of_which_too_few_are_known_is_left_to_the_network():
    """MNIST has nothing that is no digit: whoever says so rightly must not come to the front for it."""
    drawing = drawn(visitor("ada"), None, state=Label.State.UNREVIEWED, seed=3)
    answer = recognition.recognise(Seen(drawings.seen_array(drawing), None))
    assert valuing.value_some() == 1
    assert priority(drawing) == pytest.approx(at_first(None, answer).priority, abs=1e-4)
    assert "similar known drawings" not in doubts(drawing)
    assert "unlike" not in doubts(drawing)
    assert "too few of others are known as not a digit to compare with" in doubts(drawing)


def test_what_was_valued_before_much_was_learnt_is_valued_anew(settings):
    settings.VALUE_GROWTH = 0.01
    claimed(4, says=1, name="ada")
    assert [valuing.value_some(), valuing.value_some()] == [1, 0]
    few = max(1, round(0.01 * len(references.known())))
    for number in range(few):
        showing(visitor(f"v{number}"), number % 10, seed=number)
    references.forget()
    assert [valuing.value_some(), valuing.value_some()] == [1, 0]


def test_a_little_more_that_is_known_values_nothing_anew(settings):
    settings.VALUE_GROWTH = 0.5
    claimed(4, says=1, name="ada")
    valuing.value_some()
    showing(visitor("bob"), 5)
    references.forget()
    assert valuing.value_some() == 0


def test_a_run_whose_time_is_over_ends_with_its_page_and_the_next_goes_on(settings, monkeypatch):
    settings.VALUE_BUDGET_SECONDS = 0.0
    monkeypatch.setattr(valuing, "PAGE", 2)
    for number in range(3):
        claimed(4, says=4, name=f"v{number}", seed=number)
    assert [valuing.value_some() for _ in range(3)] == [2, 1, 0]


def test_voices_of_trusted_visitors_stay_in_front(settings):
    settings.AGREEMENT_RECORD_ANSWERS = 1
    plain, doubted = (claimed(4, says=4, name=name, seed=1) for name in ("ada", "bob"))
    judge, known = visitor("cyd"), showing(visitor("dan"), 5)
    LabelVote.objects.create(drawing=known, visitor=judge, digit=5)
    LabelVote.objects.create(drawing=doubted, visitor=judge, digit=9)
    valuing.value_some()
    assert priority(doubted) == pytest.approx(priority(plain) + 2)
    assert doubts(doubted).startswith("visitors say: 9 (1 voice)")


def test_a_visitors_own_accepted_drawings_do_not_speak_for_the_claim(settings):
    """Somebody whose wrong labels were believed gets no further with it."""
    settings.MNIST_DIR = settings.MNIST_DOWNLOAD_DIR = None
    for number in range(120):
        showing(visitor(f"v{number}"), number % 10, seed=number)
    ada = visitor("ada")
    for number in range(20):
        Label.objects.filter(drawing=showing(ada, 4, seed=number)).update(digit=1)
    own = showing(ada, 4, state=Label.State.UNREVIEWED, seed=99)
    Label.objects.filter(drawing=own).update(digit=1)
    references.forget()
    valuing.value_some()
    assert "similar known drawings are 4" in doubts(own)


class TestLikeMinded:
    def test_the_nearest_count_by_how_near_they_are(self):
        nearness = np.array([0.9] * 10 + [0.2] * 40)
        labels = np.array([3] * 10 + [5] * 40)
        believed, most, share = valuing.like_minded(nearness, labels, 3)
        assert (believed > 0.9, most, share > 0.9) == (True, 3, True)

    def test_nobody_else_says_nothing(self):
        assert valuing.like_minded(np.empty(0), np.empty(0, int), 3) == (0.5, 3, 0.0)

    def test_no_share_is_nought_or_one(self):
        believed, *_ = valuing.like_minded(np.linspace(0, 1, 50), np.full(50, NO_DIGIT), 3)
        assert 0 < believed < 0.1


def test_where_no_label_waits_what_is_known_is_not_worked_out(monkeypatch):
    asked = []
    monkeypatch.setattr(references, "known", lambda *model: asked.append(model))
    assert valuing.value_some() == 0
    assert asked == []
