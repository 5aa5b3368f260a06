"""Parts of a work, shared by threads: their order, their errors, and who does them."""

import threading

import pytest

from recognizer.network.parallel import Parallel


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_results_stand_in_the_order_of_their_numbers(threads, count):
    with Parallel(threads, "test") as parallel:
        assert parallel.map(lambda number: number * number, count) == [number * number for number in range(count)]


def test_as_many_parts_are_at_work_at_once_as_there_are_threads():
    together = threading.Barrier(3, timeout=10)
    with Parallel(3, "test") as parallel:
        names = parallel.map(lambda number: (together.wait(), threading.current_thread().name)[1], 3)
    assert len(set(names)) == 3
    assert threading.current_thread().name in names


def test_one_thread_is_the_callers():
    with Parallel(1, "test") as parallel:
        names = parallel.map(lambda number: threading.current_thread().name, 3)
    assert set(names) == {threading.current_thread().name}


@pytest.mark.parametrize("bad", [0, 1, 7])
def test_an_error_is_raised_when_nobody_is_at_work_any_more(bad):
    at_work = []

    def work(number):
        at_work.append(number)
        try:
            if number == bad:
                raise ValueError(f"part {number}")
        finally:
            at_work.remove(number)

    with Parallel(2, "test") as parallel:
        with pytest.raises(ValueError, match=f"part {bad}"):
            parallel.map(work, 8)
        assert at_work == []


def test_no_thread_is_left_behind():
    before = threading.active_count()
    with Parallel(4, "test") as parallel:
        parallel.map(lambda number: number, 8)
    assert threading.active_count() == before
