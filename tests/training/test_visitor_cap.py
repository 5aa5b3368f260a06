import numpy as np
import pytest

from training import visitor_cap
from training.visitor_cap import chosen, most_of_each


def most(*counts: int, share: float = 0.05, least: int = 20) -> int | None:
    return most_of_each(np.array(counts, np.int64), share=share, least=least)


def test_many_visitors_of_equal_size_are_not_bounded():
    assert most(*[100] * 50) is None


def test_a_flood_among_many_is_cut_to_its_share_of_what_is_left():
    bound = most(*[100] * 99, 50_000)
    assert bound == 521  # 5 % of 9,900 + 521
    assert bound <= 0.05 * (99 * 100 + bound) < bound + 1


def test_few_visitors_get_at_most_twice_an_even_share():
    assert most(250, 250, 250) is None
    assert most(*[250] * 15) is None
    bound = most(*[100] * 9, 10_000)
    assert bound == 225  # a fifth of 900 + 225


def test_one_or_two_visitors_are_not_bounded_since_nobody_else_is_there_to_be_drowned_out():
    assert most(1000) is None
    assert most(1000, 1) is None


def test_a_small_site_learns_at_least_so_many_of_each():
    assert most(15, 20, 3, 1, 1, 1) is None
    assert most(*[2] * 40, 1000) == 20
    assert most(*[2] * 40, 1000, least=3) == 4


def test_no_drawings_are_not_bounded():
    assert most() is None


def test_a_share_of_one_is_no_bound():
    assert most(1, 1, 1, 1, 1_000_000, share=1.0) is None


@pytest.mark.parametrize("seed", range(30))
def test_the_bound_is_the_largest_that_keeps_to_the_share(seed):
    rng = np.random.default_rng(seed)
    counts = np.ceil(rng.pareto(0.7, rng.integers(1, 60)) * 10 + 1).clip(1, 5000).astype(np.int64)
    share, least = rng.uniform(0.01, 0.3), int(rng.integers(1, 30))
    allowed = max(share, visitor_cap.EVEN_SHARES / len(counts))
    fitting = [c for c in range(1, counts.max() + 1) if c <= allowed * np.minimum(counts, c).sum()]
    expected = max(fitting[-1], least)
    assert most_of_each(counts, share=share, least=least) == (None if expected >= counts.max() else expected)


def test_so_many_of_each_visitor_are_chosen_and_all_of_who_has_fewer():
    visitors = np.random.default_rng(0).permutation(np.repeat([1, 2, 3], [50, 5, 10]))
    taken = chosen(np.arange(65), visitors, 10)
    assert [taken[visitors == who].sum() for who in (1, 2, 3)] == [10, 5, 10]


def test_the_same_are_chosen_again_and_a_wider_bound_only_adds():
    ids, visitors = np.arange(1000, 2000), np.ones(1000, np.int64)
    few, many = chosen(ids, visitors, 50), chosen(ids, visitors, 80)
    np.testing.assert_array_equal(few, chosen(ids, visitors, 50))
    assert not (few & ~many).any()


def test_those_chosen_are_spread_over_all_that_a_visitor_drew():
    places = np.flatnonzero(chosen(np.arange(10_000), np.ones(10_000, np.int64), 1000))
    assert np.abs(np.histogram(places, 10, (0, 10_000))[0] - 100).max() < 40


def test_drawings_that_came_later_take_few_places_from_those_before():
    ids, visitors = np.arange(2000), np.ones(2000, np.int64)
    before, after = chosen(ids[:1000], visitors[:1000], 100), chosen(ids, visitors, 100)
    assert 30 < (before & after[:1000]).sum() < 70
