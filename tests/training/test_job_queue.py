"""The order of the queue: what people change about it, and that workers take the jobs in it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from training import claims, job_queue, jobs, tasks, worker
from training.job_queue import QueueError, arranged
from training.models import JobEvent, TrainingJob

from .making import in_state, queued, running

pytestmark = pytest.mark.django_db


def three() -> list[int]:
    return [queued().pk for _ in range(3)]


def order() -> list[int]:
    return list(TrainingJob.objects.waiting().values_list("pk", flat=True))


def taken() -> list[int]:
    """The jobs in the order in which a worker takes them, until there is none."""
    return [claim.job_id for claim in iter(jobs.claim_next, None)]


class TestMoving:
    def test_a_job_goes_to_the_front_and_is_taken_first(self):
        first, second, third = three()
        assert job_queue.move(third, "front") == f"Job {third} is number 1 of 3 in the queue now."
        assert taken() == [third, first, second]

    def test_a_job_goes_up_past_the_one_before_it(self):
        first, second, third = three()
        job_queue.move(third, "before", second)
        assert taken() == [first, third, second]

    def test_a_job_goes_down_past_the_one_behind_it(self):
        first, second, third = three()
        job_queue.move(first, "after", second)
        assert taken() == [second, first, third]

    def test_the_same_wish_of_two_people_is_done_once(self):
        first, second, third = three()
        job_queue.move(third, "before", second)
        said = job_queue.move(third, "before", second)
        assert said == f"Job {third} stands there already: number 2 of 3 in the queue."
        assert order() == [first, third, second]

    def test_who_was_put_to_the_front_meanwhile_does_not_go_down_by_going_up(self):
        first, second, third = three()
        job_queue.move(third, "front")
        job_queue.move(third, "before", second)
        assert order() == [third, first, second]

    def test_a_job_that_was_claimed_meanwhile_is_not_moved_and_it_says_so(self):
        first, second, _ = three()
        jobs.claim_next()
        with pytest.raises(QueueError, match=f"Job {first} is not in the queue any more, it is running"):
            job_queue.move(first, "front")
        with pytest.raises(QueueError, match=f"Job {first} is not in the queue any more"):
            job_queue.move(second, "before", first)

    def test_a_job_that_does_not_exist_is_named(self):
        three()
        with pytest.raises(QueueError, match="There is no job 4711"):
            job_queue.move(4711, "front")

    @pytest.mark.parametrize(("to", "beside"), [("sideways", None), ("before", None), ("after", None)])
    def test_a_wish_without_sense_changes_nothing(self, to, beside):
        ids = three()
        with pytest.raises(QueueError, match="nothing was moved"):
            job_queue.move(ids[2], to, beside)
        assert order() == ids

    def test_jobs_of_one_place_are_told_apart_when_one_is_moved(self):
        ids = three()
        TrainingJob.objects.update(place=0)  # as those are that waited before there were places
        job_queue.move(ids[1], "front")
        assert taken() == [ids[1], ids[0], ids[2]]

    def test_each_move_is_in_the_log_with_who_did_it(self, django_user_model):
        first, second, third = three()
        job_queue.move(third, "before", second, by=django_user_model(username="ada"))
        line = TrainingJob.objects.get(pk=third).events.last()
        assert (line.kind, line.message) == (
            "moved",
            f"Moved by ada: number 2 of 3 in the queue now, behind job {first}.",
        )

    def test_moving_takes_the_same_number_of_queries_for_any_length(self, django_assert_num_queries):
        ids = [queued().pk for _ in range(30)]
        # begin and end of the savepoint, the queue, its places, three for the log
        with django_assert_num_queries(7):
            job_queue.move(ids[-1], "front")


@pytest.mark.parametrize(
    ("job", "to", "beside", "wanted"),
    [
        (3, "front", None, [3, 1, 2, 4]),
        (1, "front", None, [1, 2, 3, 4]),
        (3, "before", 2, [1, 3, 2, 4]),
        (4, "before", 1, [4, 1, 2, 3]),
        (1, "before", 3, [1, 2, 3, 4]),
        (2, "before", 2, [1, 2, 3, 4]),
        (1, "after", 2, [2, 1, 3, 4]),
        (1, "after", 4, [2, 3, 4, 1]),
        (4, "after", 2, [1, 2, 3, 4]),
    ],
)
def test_nobody_but_the_job_changes_sides(job, to, beside, wanted):
    assert arranged([1, 2, 3, 4], job, to, beside) == wanted


class TestJoining:
    def test_a_new_job_comes_last_whatever_was_moved(self):
        ids = three()
        for pk in ids:
            job_queue.move(pk, "front")
        new = queued().pk
        assert order() == [*reversed(ids), new]

    def test_a_job_that_was_given_back_comes_first(self):
        job, claim = running()
        ids = three()
        job_queue.move(ids[2], "front")
        claim.release()
        assert order() == [job.pk, ids[2], ids[0], ids[1]]

    @pytest.mark.parametrize(("state", "again"), [("paused", jobs.resume), ("failed", jobs.retry)])
    def test_a_job_that_people_queue_again_comes_last(self, state, again):
        job = in_state(state)
        ids = three()
        again(job.pk)
        assert order() == [*ids, job.pk]

    def test_what_the_broker_must_be_told_of_comes_in_the_order_of_the_queue(self):
        first, second, third = three()
        job_queue.move(third, "front")
        assert jobs.sweep() == [third, first, second]


class TestClaimingInOrder:
    def test_a_message_for_one_job_takes_the_first_of_the_queue(self, monkeypatch):
        done = []
        monkeypatch.setattr(worker, "run", lambda claim: done.append(claim.job_id))
        first, second, third = three()
        job_queue.move(third, "front")
        for message in (first, first, third, second, first):
            tasks.run_job(message)
        assert done == [third, first, second]

    def test_a_job_that_was_overtaken_while_a_worker_looked_is_not_taken(self, monkeypatch):
        first, second, third = three()
        original, moved = claims._take, []

        def overtaken(*args):
            if not moved:
                moved.append(job_queue.move(third, "front"))
            return original(*args)

        monkeypatch.setattr(claims, "_take", overtaken)
        assert jobs.claim_next().job_id == third
        assert order() == [first, second]

    def test_a_job_that_another_worker_took_meanwhile_is_passed_over(self, monkeypatch):
        first, second, _ = three()
        original, taken = claims._take, []

        def late(*args):
            if not taken:
                taken.append(True)
                jobs.claim(first)
            return original(*args)

        monkeypatch.setattr(claims, "_take", late)
        assert jobs.claim_next().job_id == second


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_claim_while_the_queue_is_moved_take_each_job_once_and_none_out_of_turn():
    ids = [queued().pk for _ in range(12)]
    together = threading.Barrier(3)

    def work(_) -> list[int]:
        try:
            together.wait(30)
            return taken()
        finally:
            connection.close()

    def reorder() -> list[str]:
        try:
            together.wait(30)
            return [_moved(pk) for pk in reversed(ids)]
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as people:
        admin = people.submit(reorder)
        workers = list(people.map(work, range(2)))
    assert sorted(workers[0] + workers[1]) == ids
    assert len(admin.result()) == len(ids)
    assert _out_of_turn(ids) == []


def _moved(pk: int) -> str:
    try:
        return job_queue.move(pk, "front")
    except QueueError as refused:
        return str(refused)


def _out_of_turn(ids: list[int]) -> list[int]:
    """The jobs that were not the first ones when they were taken, by the logs' lines in the order of their writing."""
    queue, wrong = list(ids), []
    for event in JobEvent.objects.filter(kind__in=["moved", "claimed"]).order_by("pk"):
        if event.kind == "claimed" and queue[0] != event.job_id:
            wrong.append(event.job_id)
        queue.remove(event.job_id)
        if event.kind == "moved":
            queue.insert(0, event.job_id)
    return wrong


@pytest.mark.django_db(transaction=True)
def test_two_people_who_move_jobs_at_once_both_get_their_way_or_are_told_that_it_is_so():
    first, second, third = three()
    together = threading.Barrier(2)

    def move(_) -> str:
        try:
            together.wait(30)
            return job_queue.move(third, "before", second)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        said = sorted(people.map(move, range(2)))
    assert [words.split(" number")[0] for words in said] == [f"Job {third} is", f"Job {third} stands there already:"]
    assert order() == [first, third, second]
