"""The gate's rules, each at its limit, and the sentence that an admin reads."""

import pytest

from training.gate import Limits, Verdict, judge, p_words
from training.paired import Paired

from .pairs import drawings, paired

LIMITS = Limits(mnist_points=0.10, recall_points=2.0, least_per_digit=50, least_drawings=100)


def verdict(*pairs: Paired, limits: Limits = LIMITS) -> Verdict:
    return judge(pairs, candidate="version 5", champion="version 3", limits=limits)


def rule(name: str, found: Verdict):
    return next(each for each in found.rules if each.name.startswith(name))


def test_a_version_that_reads_more_right_passes_in_one_sentence():
    found = verdict(paired(gained={3: 12}), drawings(per_digit=100, gained={9: 8}))
    assert found.passed
    assert found.on_drawings
    assert found.sentence == (
        "Version 5 may replace version 3: it reads 12 more of 10,000 MNIST test images right and 8 more of 1,000 "
        "held-out drawings right (p = 0.008)."
    )


@pytest.mark.parametrize(("lost", "passed"), [(10, True), (11, False)])
def test_mnist_may_be_worse_by_a_tenth_of_a_point_and_no_more(lost, passed):
    found = verdict(paired(lost={3: lost}), drawings())
    assert found.passed is passed
    assert rule("MNIST", found).passed is passed


def test_a_refusal_says_by_how_much_and_what_was_allowed():
    found = verdict(paired(lost={3: 15}), drawings())
    assert found.sentence == (
        "Version 5 should not replace version 3: it reads MNIST 0.15 points worse where 0.1 are allowed."
    )


@pytest.mark.parametrize(("gained", "lost", "passed"), [(5, 5, True), (5, 6, False), (6, 5, True)])
def test_one_held_out_drawing_fewer_is_worse_whatever_chance_says(gained, lost, passed):
    found = verdict(paired(), drawings(gained={1: gained}, lost={2: lost}))
    assert rule("Held-out", found).passed is passed
    if not passed:
        assert "1 fewer of 10,000 held-out drawings right (p = 1.00)" in found.sentence


@pytest.mark.parametrize(("lost", "passed"), [(20, True), (21, False)])
def test_no_digit_may_lose_more_than_two_points_of_recall(lost, passed):
    found = verdict(paired(), drawings(lost={4: lost}, gained={5: 30}))
    assert found.passed is passed
    if not passed:
        assert "its recall of 4 is down 2.10 points on drawings" in found.sentence


def test_of_many_digits_whose_recall_is_down_the_sentence_names_the_worst():
    lost = {digit: 21 + digit for digit in range(6)}
    found = verdict(paired(), drawings(lost=lost, gained={9: 300}))
    assert found.sentence.endswith(
        "its recall of 5 is down 2.60 points on drawings, its recall of 4 is down 2.50 points on drawings, its recall "
        "of 3 is down 2.40 points on drawings and that of 3 more digits too."
    )


def test_a_digit_with_few_drawings_is_judged_together_with_mnist():
    found = verdict(paired(), drawings(per_digit=20, lost={4: 1}, gained={5: 1}))
    assert found.passed  # one of 20 would be five points; it is 0.10 of 1,020
    assert "on MNIST and drawings, n = 1,020" in rule("Recall", found).measured
    assert not verdict(paired(lost={4: 15}, gained={5: 15}), drawings(per_digit=20, lost={4: 6}, gained={5: 6})).passed


def test_with_hardly_an_image_of_a_digit_its_recall_is_not_judged_and_it_says_so():
    found = verdict(paired(per_digit=10), drawings(per_digit=1))
    assert (found.passed, rule("Recall", found).passed) == (True, None)
    assert "fewer than 50 images of each digit" in rule("Recall", found).measured


def test_without_held_out_drawings_mnist_alone_decides_and_it_says_so():
    found = verdict(paired())
    assert (found.passed, found.on_drawings) == (True, False)
    assert found.sentence.endswith("right; there are no held-out drawings yet.")
    assert (rule("Held-out", found).passed, rule("Enough", found).passed) == (None, None)


@pytest.mark.parametrize(("per_digit", "enough"), [(9, False), (10, True)])
def test_few_drawings_are_enough_for_a_person_but_not_for_the_site(per_digit, enough):
    found = verdict(paired(), drawings(per_digit=per_digit))
    assert (found.passed, found.on_drawings) == (True, enough)
    assert ("which are few" in found.sentence) is not enough


def test_a_site_that_asks_for_no_drawings_needs_none_to_promote_by_itself():
    assert verdict(paired(), limits=Limits(0.10, 2.0, 50, 0)).on_drawings


def test_without_mnist_nothing_passes():
    assert not verdict(drawings()).passed


def test_every_limit_is_a_setting(settings):
    settings.GATE_MNIST_POINTS, settings.GATE_RECALL_POINTS = 0.5, 5.0
    settings.GATE_MIN_PER_DIGIT, settings.GATE_MIN_DRAWINGS = 7, 3
    assert Limits.from_settings() == Limits(0.5, 5.0, 7, 3)
    assert verdict(paired(lost={3: 50}), drawings(), limits=Limits.from_settings()).passed


@pytest.mark.parametrize(("p", "words"), [(0.0001, "p < 0.001"), (0.0123, "p = 0.012"), (0.5, "p = 0.50")])
def test_a_p_is_said_as_finely_as_it_matters(p, words):
    assert p_words(p) == words
