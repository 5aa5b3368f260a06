"""How long a process that died waits for its next start."""

from digits_site.supervise.backoff import Backoff


def test_the_wait_doubles_up_to_half_a_minute():
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


def test_a_minute_of_health_is_rewarded_with_a_quick_start():
    backoff = Backoff()
    for _ in range(4):
        backoff.after(0.1)
    assert backoff.after(60.0) == 1.0


def test_the_fifth_death_in_a_row_is_often():
    backoff = Backoff()
    often = []
    for _ in range(5):
        backoff.after(0.1)
        often.append(backoff.is_often)
    assert often == [False, False, False, False, True]


def test_a_process_that_dies_for_a_year_still_waits_half_a_minute():
    backoff = Backoff()
    backoff.failures = 1_000_000
    assert backoff.after(0.1) == 10.0
