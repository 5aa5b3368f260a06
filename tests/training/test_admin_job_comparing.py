"""Comparing jobs from the list: the action, the page, and what is wrong with an address."""

import json

import pytest

from tests import admin_rows as rows
from training.models import EpochResult, TrainingJob

LIST = "/admin/training/trainingjob/"
COMPARE = f"{LIST}compare/"
VIEW = "training.view_trainingjob"


@pytest.fixture
def viewer(client, db):
    client.force_login(rows.staff(VIEW))
    return client


def with_epochs(**fields) -> TrainingJob:
    job = rows.job(**fields)
    for epoch in (1, 2):
        EpochResult.objects.create(
            job=job, epoch=epoch, train_loss=0.5, train_accuracy=0.8, validation_loss=0.4, validation_accuracy=0.85,
            learning_rate=0.003, seconds=14.2,
        )  # fmt: skip
    return job


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def select(client, *jobs: TrainingJob, follow: bool = False):
    return client.post(LIST, {"action": "compare", "_selected_action": [job.pk for job in jobs]}, follow=follow)


def test_jobs_that_are_chosen_in_the_list_lead_to_their_page(viewer):
    first, second, _ = rows.job(), rows.job(), rows.job()
    assert select(viewer, second, first).url == f"{COMPARE}?ids={first.pk},{second.pk}"


@pytest.mark.parametrize("count", [1, 5])
def test_too_few_or_too_many_are_refused_above_the_list(viewer, count):
    response = select(viewer, *(rows.job() for _ in range(count)), follow=True)
    assert said(response).startswith(f"Nothing was compared. {count} job")
    assert "choose 2 to 4 jobs in the list" in said(response)


@pytest.mark.parametrize("ids", ["", "?ids=", "?ids=x,y", "?ids=4711,4712", "?ids=1"])
def test_an_address_that_names_no_jobs_leads_to_the_list_and_says_why(viewer, ids):
    response = viewer.get(f"{COMPARE}{ids}", follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert said(response).startswith("Nothing was compared.")


def test_the_page_marks_what_differs_and_carries_the_curves(viewer):
    jobs = [with_epochs(seed=1), with_epochs(seed=2)]
    text = viewer.get(f"{COMPARE}?ids={jobs[0].pk},{jobs[1].pk}").content.decode()
    assert text.count('<span class="d-badge">differs</span>') == 1
    measures = json.loads(text.split('<script id="measures" type="application/json">')[1].split("</script>")[0])
    assert [line["label"] for line in measures[0]["lines"]] == [str(job) for job in jobs]
    assert f'<a class="d-link" href="{LIST}{jobs[0].pk}/change/">' in text


def test_the_version_of_each_is_linked(viewer):
    version = rows.version(5)
    jobs = [rows.job(state="succeeded", version=version), rows.job()]
    text = viewer.get(f"{COMPARE}?ids={jobs[0].pk},{jobs[1].pk}").content.decode()
    assert f'href="/admin/recognizer/modelversion/{version.pk}/change/">version {version.number}</a>' in text
    assert f"Job {jobs[1].pk} has not ended" in text


def test_jobs_without_an_epoch_say_where_curves_will_be(viewer):
    jobs = [rows.job(), rows.job()]
    text = viewer.get(f"{COMPARE}?ids={jobs[0].pk},{jobs[1].pk}").content.decode()
    assert "their curves will be here" in text
    assert 'id="compare-chart"' not in text


def test_the_page_takes_the_same_number_of_queries_for_two_jobs_and_for_four(viewer, django_assert_num_queries):
    jobs = [with_epochs(state="succeeded", version=rows.version(seed), seed=seed) for seed in (5, 6, 7, 8)]
    # session, user, two for permissions, the jobs, their epochs, their evaluations, what the gate said
    for count in (2, 4):
        with django_assert_num_queries(8):
            assert viewer.get(f"{COMPARE}?ids={','.join(str(job.pk) for job in jobs[:count])}").status_code == 200
