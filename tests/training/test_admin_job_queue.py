"""The queue above the list of jobs: what it shows, and its buttons."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from tests import admin_rows as rows
from training import jobs
from training.admin.job_queue import place_words
from training.models import TrainingJob

LIST = "/admin/training/trainingjob/"
QUEUE = f"{LIST}queue/"
VIEW, START = "training.view_trainingjob", "training.start_trainingjob"


@pytest.fixture
def three(db) -> list[TrainingJob]:
    return [rows.job(place=place) for place in (1, 2, 3)]


def signed_in(client, *permissions: str, name: str = "somebody"):
    client.force_login(rows.staff(*permissions, name=name))
    return client


def order() -> list[int]:
    return list(TrainingJob.objects.waiting().values_list("pk", flat=True))


def shown(client) -> list[int]:
    return [int(number) for number in re.findall(r'id="queued-(\d+)"', client.get(QUEUE).content.decode())]


def press(client, job: TrainingJob, move: str) -> dict:
    return client.post(f"{LIST}{job.pk}/move/", {"move": move}, headers={"Accept": "application/json"}).json()


def test_what_waits_is_shown_in_the_order_in_which_workers_take_it(client, three):
    TrainingJob.objects.filter(pk=three[2].pk).update(place=-5)
    assert shown(signed_in(client, VIEW)) == [three[2].pk, three[0].pk, three[1].pk]


def test_what_runs_stands_above_with_how_far_it_is(client, three):
    now = timezone.now()
    rows.job(state="running", epoch=2, remaining_seconds=75.0, lease_expires_at=now, started_at=now)
    text = signed_in(client, VIEW).get(QUEUE).content.decode()
    assert "Running, epoch 2 of 3, about 1 min 15 s left" in text
    assert "Start: in about 1 min 15 s" in text


def test_an_empty_queue_says_what_a_new_job_would_do(client, db):
    assert "a job that is started now begins at once" in signed_in(client, VIEW).get(QUEUE).content.decode()


def test_a_job_is_moved_and_it_says_where_it_is(client, three):
    answer = press(signed_in(client, VIEW, START), three[2], "front")
    assert answer == {"done": True, "message": f"Job {three[2].pk} is number 1 of 3 in the queue now."}
    assert order() == [three[2].pk, three[0].pk, three[1].pk]
    assert LogEntry.objects.get().object_id == str(three[2].pk)


def test_without_a_script_the_list_says_so_after_the_move(client, three):
    signed_in(client, VIEW, START)
    response = client.post(f"{LIST}{three[0].pk}/move/", {"move": f"after:{three[1].pk}"}, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        f"Job {three[0].pk} is number 2 of 3 in the queue now."
    ]
    assert order() == [three[1].pk, three[0].pk, three[2].pk]


def test_the_second_of_two_admins_with_the_same_wish_is_told_that_it_is_so(client, three):
    signed_in(client, VIEW, START)
    for done in ("is number 2 of 3", "stands there already: number 2 of 3"):
        assert done in press(client, three[2], f"before:{three[1].pk}")["message"]
    assert order() == [three[0].pk, three[2].pk, three[1].pk]


def test_a_job_that_a_worker_took_meanwhile_is_not_moved(client, three):
    TrainingJob.objects.filter(pk=three[2].pk).update(state="paused")
    answer = press(signed_in(client, VIEW, START), three[2], "front")
    words = f"Job {three[2].pk} is not in the queue any more, it is paused: nothing was moved."
    assert answer == {"done": False, "message": words}


@pytest.mark.parametrize("move", ["", "sideways", "before:", "before:x", "before:²", "after:" + "9" * 40])
def test_a_move_without_sense_is_refused_in_words(client, three, move):
    answer = press(signed_in(client, VIEW, START), three[2], move)
    assert not answer["done"]
    assert "nothing was moved" in answer["message"]


def test_a_neighbour_that_does_not_exist_is_named(client, three):
    assert press(signed_in(client, VIEW, START), three[2], "before:4711") == {
        "done": False, "message": "There is no job 4711: nothing was moved.",
    }  # fmt: skip


def test_a_job_that_does_not_exist_is_not_found(client, three):
    assert signed_in(client, VIEW, START).post(f"{LIST}4711/move/", {"move": "front"}).status_code == 404


def test_a_queue_is_not_moved_by_following_a_link(client, three):
    assert signed_in(client, VIEW, START).get(f"{LIST}{three[0].pk}/move/").status_code == 405


def test_the_first_cannot_go_up_and_the_last_not_down(client, three):
    text = signed_in(client, VIEW, START).get(QUEUE).content.decode()
    disabled = set(re.findall(r'id="((?:front|up|down)-\d+)"[^>]*? disabled', text))
    assert disabled == {f"front-{three[0].pk}", f"up-{three[0].pk}", f"down-{three[2].pk}"}


def test_who_may_not_start_jobs_sees_the_queue_without_buttons(client, three):
    text = signed_in(client, VIEW).get(QUEUE).content.decode()
    assert "queued-" in text
    assert "<button" not in text


def test_it_takes_the_same_number_of_queries_for_any_number_of_jobs(client, three, django_assert_num_queries):
    rows.job(state="running", lease_expires_at=timezone.now(), remaining_seconds=3.0)
    signed_in(client, VIEW)
    # session, user, two for permissions, what runs, what waits, what such jobs took
    for _ in range(2):
        with django_assert_num_queries(7):
            assert client.get(QUEUE).status_code == 200
        for _ in range(40):
            rows.job()


def test_a_job_that_was_taken_while_its_page_is_made_has_no_place(three):
    seen = TrainingJob.objects.get(pk=three[1].pk)
    jobs.claim(seen.pk)
    assert place_words(seen) == ""
    assert place_words(three[2]) == f"Number 2 of 2 in the queue. Start: not to be said yet: {seen} has no pace so far."
