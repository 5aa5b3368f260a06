"""Jobs side by side: what differs, what came of them, and which ones may be compared."""

import pytest

from tests import admin_rows as rows
from training import side_by_side
from training.models import Comparison, EpochResult, Snapshot, TrainingJob
from training.side_by_side import SelectionError, chosen

pytestmark = pytest.mark.django_db


def epoch(job: TrainingJob, number: int, **changes: float) -> None:
    figures = {"train_loss": 0.5, "train_accuracy": 0.8, "validation_loss": 0.4, "validation_accuracy": 0.85}
    EpochResult.objects.create(job=job, epoch=number, learning_rate=0.001, seconds=2, **figures | changes)


def table(found: list[side_by_side.Row]) -> dict[str, list[str]]:
    return {row.name: row.cells for row in found}


def test_jobs_come_in_the_order_of_the_address_and_once():
    first, second = rows.job(), rows.job()
    assert chosen(f"{second.pk},{first.pk}, {second.pk}") == [second, first]


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ("", "0 jobs chosen: choose 2 to 4 jobs in the list"),
        ("{0}", "1 job chosen"),
        ("{0},{1},{2},{3},{4}", "5 jobs chosen"),
        ("{0},x", "'x' is the number of no job"),
        ("{0},²", "'²' is the number of no job"),
        ("{0},-1", "'-1' is the number of no job"),
        ("{0}," + "9" * 40, "is the number of no job"),
        ("{0},4711", "There is no job 4711"),
    ],
)
def test_what_cannot_be_compared_is_named_with_the_remedy(ids, words):
    jobs = [rows.job() for _ in range(5)]
    with pytest.raises(SelectionError, match=words) as refused:
        chosen(ids.format(*(job.pk for job in jobs)))
    assert "choose 2 to 4 jobs in the list" in str(refused.value)


def test_settings_that_differ_are_marked():
    base = rows.version(5)
    jobs = [rows.job(seed=1), rows.job(seed=2, kind="fine-tune", base=base, note="new drawings")]
    found = side_by_side.settings_of(jobs)
    assert {row.name for row in found if row.differs} == {"Kind", "Starts from", "Seed", "Accepted drawings", "Note"}
    assert table(found)["Starts from"] == ["fresh weights", f"version {base.number}"]
    assert table(found)["Accepted drawings"] == ["none", "not chosen yet"]


def test_the_drawings_that_a_job_learnt_from_are_named():
    snapshot = Snapshot.objects.create(count=1204, visitors=37)
    job = rows.job(kind="retrain", snapshot=snapshot)
    assert table(side_by_side.settings_of([job]))["Accepted drawings"] == [
        f"1,204 of 37 visitors (snapshot {snapshot.pk})"
    ]


def test_each_measure_has_a_line_for_each_job_that_finished_an_epoch():
    jobs = [rows.job(), rows.job(), rows.job()]
    epoch(jobs[0], 1, validation_accuracy=0.9)
    epoch(jobs[2], 1, validation_accuracy=0.8)
    epoch(jobs[2], 2, validation_accuracy=0.95)
    found = side_by_side.curves(jobs, side_by_side.epochs_of(jobs))
    assert [measure["key"] for measure in found][:2] == ["validation_accuracy", "validation_loss"]
    assert found[0]["lines"] == [
        {"label": f"job {jobs[0].pk}", "line": 0, "points": [[1, 0.9]]},
        {"label": f"job {jobs[2].pk}", "line": 2, "points": [[1, 0.8], [2, 0.95]]},
    ]


def test_what_came_of_them_has_n_and_interval_and_says_what_is_missing():
    version = rows.version(5)
    rows.evaluation(version, n=1000, wrong=50)
    rows.evaluation(version, n=1000, wrong=10)
    jobs = [rows.job(state="succeeded", version=version), rows.job()]
    epoch(jobs[0], 1)
    found = table(side_by_side.outcomes(jobs, side_by_side.epochs_of(jobs)))
    assert found["On MNIST test images"] == ["99.00 % of 1,000", "not measured"]
    assert found["Accuracy, validation, last epoch"] == ["85.00 %", "no epoch done"]
    assert found["Epochs done"] == ["1 of 3", "0 of 3"]


def test_the_interval_stands_under_its_figure():
    version = rows.version(5)
    rows.evaluation(version, n=1000, wrong=10)
    jobs = [rows.job(state="succeeded", version=version), rows.job()]
    found = side_by_side.outcomes(jobs, side_by_side.epochs_of(jobs))
    place = [row.name for row in found].index("On MNIST test images")
    assert (found[place + 1].name, found[place + 1].cells) == ("95 % sure", ["98.2 to 99.5 %", ""])


def test_the_newest_verdict_of_the_gate_stands_there_with_what_it_was_compared_with():
    live, version = rows.version(4), rows.version(5)
    for passed in (True, False):
        Comparison.objects.create(candidate=version, champion=live, state="done", passed=passed)
    jobs = [rows.job(state="succeeded", version=version), rows.job()]
    found = table(side_by_side.outcomes(jobs, side_by_side.epochs_of(jobs)))
    assert found["The gate"] == [f"failed against {live}", "not compared"]
