"""Numbers and moments as the admin writes them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.words import ago, counted, join_words, percent


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 drawings"), (1, "1 drawing"), (2, "2 drawings"), (1204, "1,204 drawings")]
)
def test_a_number_agrees_with_its_noun(n, said):
    assert counted(n, "drawing") == said


@pytest.mark.parametrize(
    ("words", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_joined_as_in_a_sentence(words, said):
    assert join_words(words) == said


def test_a_share_that_is_not_known_is_not_written():
    assert (percent(None), percent(0.9405), percent(0.9405, 2)) == ("", "94.0 %", "94.05 %")


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=5), ">just now</time>"),
        (timedelta(minutes=5), ">5\xa0minutes\xa0ago</time>"),
        (timedelta(days=3, hours=5), ">3\xa0days\xa0ago</time>"),
    ],
)
def test_a_moment_is_written_as_how_long_ago_it_was(passed, said):
    assert ago(timezone.now() - passed).endswith(said)


def test_no_moment_is_nothing():
    assert ago(None) == ""
