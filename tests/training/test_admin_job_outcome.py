"""What a job's page says when it has ended: its log, and how its version reads digit by digit."""

import pytest

from recognizer.models import Evaluation
from tests import admin_rows as rows
from training.models import JobEvent, Measurement, TrainingJob

from .making import running, weights_file

LIST = "/admin/training/trainingjob/"
VIEW, EVALUATIONS = "training.view_trainingjob", "recognizer.view_evaluation"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended() -> TrainingJob:
    job, claim = running()
    claim.succeed(weights_file(3), "good")
    job.refresh_from_db()
    return job


def signed_in(client, *permissions: str):
    client.force_login(rows.staff(*permissions))
    return client


def page(client, job: TrainingJob) -> str:
    return client.get(f"{LIST}{job.pk}/change/").content.decode()


def test_the_log_stands_on_the_page_line_by_line(client, ended):
    text = page(signed_in(client, VIEW), ended)
    lines = text.split('id="log"')[1].split("</ol>")[0]
    assert lines.count("<li ") == 3
    assert "<span>Queued by a schedule or a command.</span>" in lines
    assert "<b>succeeded</b> Version 1: good" in lines


def test_progress_carries_the_lines_that_the_page_does_not_have_yet(client, ended):
    signed_in(client, VIEW)
    fresh = client.get(f"{LIST}{ended.pk}/progress/?after=2").json()["log"]
    assert [(line["number"], line["kind"], line["who"]) for line in fresh] == [(3, "succeeded", "attempt 1")]
    assert client.get(f"{LIST}{ended.pk}/progress/?after=3").json()["log"] == []


@pytest.mark.parametrize("after", ["x", "-1", "²", "9" * 40])
def test_a_number_without_sense_brings_the_whole_log(client, ended, after):
    assert len(signed_in(client, VIEW).get(f"{LIST}{ended.pk}/progress/?after={after}").json()["log"]) == 3


def test_a_job_from_before_there_were_logs_says_so(client):
    assert "Nothing is noted of this job" in page(signed_in(client, VIEW), rows.job())


def test_lines_that_are_not_on_the_page_are_counted(client):
    job, claim = running()
    for number in range(250):
        claim.log(JobEvent.Kind.CHECKPOINT, f"trouble {number}")
    assert "52 earlier lines are not shown here" in page(signed_in(client, VIEW), job)


def test_the_log_is_a_text_file_for_the_desk_of_an_engineer(client, ended):
    response = signed_in(client, VIEW).get(f"{LIST}{ended.pk}/log/")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="job-{ended.pk}.log.txt"'
    lines = response.content.decode().splitlines()
    assert lines[0] == f"# job {ended.pk}: from scratch on MNIST, lenet-5x5. Times are in UTC."
    assert lines[1].endswith("attempt 0  queued: Queued by a schedule or a command.")
    assert len(lines) == 4


@pytest.mark.parametrize("part", ["log", "confusion"])
def test_a_part_of_a_job_that_is_gone_is_not_found(client, part):
    assert signed_in(client, VIEW, EVALUATIONS).get(f"{LIST}4711/{part}/").status_code == 404


def test_the_newest_matrix_of_each_data_set_is_shown_with_its_links(client, ended):
    rows.evaluation(ended.version, wrong=50)
    newest = rows.evaluation(ended.version, wrong=10)
    drawings = rows.evaluation(ended.version, dataset=Evaluation.DRAWINGS, n=200, wrong=4)
    text = page(signed_in(client, VIEW, EVALUATIONS), ended)
    assert text.count('class="d-matrix"') == 2
    assert "99.00 %" in text
    assert "95.00 %" not in text
    for row in (newest, drawings):
        assert f'href="/admin/recognizer/evaluation/{row.pk}/change/">This evaluation' in text


def test_mistakes_are_linked_where_they_were_kept_and_else_can_be_measured(client, ended):
    kept = rows.evaluation(ended.version)
    measurement = Measurement.objects.create(version=ended.version, dataset="mnist-test", state="succeeded")
    Measurement.objects.filter(pk=measurement.pk).update(evaluation=kept)
    rows.evaluation(ended.version, dataset=Evaluation.DRAWINGS, n=200, wrong=4)
    rights = ("training.view_measurement", "training.start_measurement")
    text = page(signed_in(client, VIEW, EVALUATIONS, *rights), ended)
    assert f'href="/admin/training/measurement/{measurement.pk}/change/">Its worst mistakes, as pictures' in text
    assert text.count("Measure again, to see the mistakes") == 1
    assert '<input type="hidden" name="dataset" value="drawings">' in text


def test_what_was_not_measured_is_named(client, ended):
    rows.evaluation(ended.version)
    text = page(signed_in(client, VIEW, EVALUATIONS), ended)
    assert "Not measured on reviewed drawings of held-out visitors yet." in text


def test_who_may_not_see_evaluations_sees_no_matrix(client, ended):
    rows.evaluation(ended.version)
    text = page(signed_in(client, VIEW), ended)
    assert 'class="d-matrix"' not in text
    assert f"{LIST}{ended.pk}/confusion/" not in text


def test_the_page_gets_the_matrix_when_the_job_ends(client, ended):
    rows.evaluation(ended.version)
    text = signed_in(client, EVALUATIONS).get(f"{LIST}{ended.pk}/confusion/").content.decode()
    assert text.count('class="d-matrix"') == 1
    assert "<html" not in text


def test_a_job_without_a_version_has_no_matrix(client):
    assert 'class="d-matrix"' not in page(signed_in(client, VIEW, EVALUATIONS), rows.job())
