"""A job's progress in words."""

import pytest

from training.live import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (-1, "0 s"), (0.4, "0 s"), (59.6, "1 min 0 s"), (75, "1 min 15 s"), (7500, "2 h 5 min")],
)
def test_a_length_of_time_is_written_as_people_say_it(seconds, said):
    assert duration(seconds) == said
