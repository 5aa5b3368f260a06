"""Jobs side by side: what each was asked for, with the differences marked, how it went, and what came of it.

Left out on purpose: which job is the best. Figures stand there with their n and interval; whether intervals overlap is
there to be seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.admin import scores
from recognizer.models import Evaluation
from recognizer.words import commas, counted, percent
from training import live
from training.models import Comparison, EpochResult, TrainingJob

FEWEST, MOST = 2, 4
DATASETS = (Evaluation.MNIST_TEST, Evaluation.DRAWINGS)
# What the chart shows, each a field of an epoch's result: its name, the axis, and whether it is a share.
MEASURES = [
    ("validation_accuracy", gettext_lazy("Accuracy, validation"), gettext_lazy("read right, %"), True),
    ("validation_loss", gettext_lazy("Loss, validation"), gettext_lazy("cross-entropy, nats"), False),
    ("train_accuracy", gettext_lazy("Accuracy, training"), gettext_lazy("read right, %"), True),
    ("train_loss", gettext_lazy("Loss, training"), gettext_lazy("cross-entropy, nats"), False),
]


class SelectionError(ValueError):
    """These jobs cannot be compared; the message names what is wrong, and what to do."""


@dataclass(frozen=True)
class Row:
    """A line of the table: its name, a text for each job, and whether these differ."""

    name: str
    cells: list[str]

    @property
    def differs(self) -> bool:
        return len(set(self.cells)) > 1


def chosen(ids: str) -> list[TrainingJob]:
    """The jobs of an address's "3,7,9", in that order. Raises SelectionError."""
    numbers = list(dict.fromkeys(filter(None, (part.strip() for part in ids.split(",")))))
    wrong = next((number for number in numbers if not _is_number(number)), None)
    if wrong is not None:
        raise SelectionError(
            _("%(wrong)s is the number of no job: %(remedy)s") % {"wrong": f"{wrong!r:.40}", "remedy": REMEDY}
        )
    if not FEWEST <= len(numbers) <= MOST:
        raise SelectionError(
            _("%(jobs)s chosen: %(remedy)s") % {"jobs": counted(len(numbers), "job"), "remedy": REMEDY}
        )
    found = TrainingJob.objects.select_related("base", "version", "snapshot", "started_by").in_bulk(map(int, numbers))
    missing = next((number for number in numbers if int(number) not in found), None)
    if missing is not None:
        raise SelectionError(_("There is no job %(missing)s: %(remedy)s") % {"missing": missing, "remedy": REMEDY})
    return [found[int(number)] for number in numbers]


REMEDY = format_lazy(
    gettext_lazy("choose {fewest} to {most} jobs in the list, then “Compare”."), fewest=FEWEST, most=MOST
)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


# What is asked of a job when it is started, by its name on the page
SETTINGS: list[tuple[str, Callable[[TrainingJob], Any]]] = [
    (gettext_lazy("Kind"), lambda job: job.kind),
    (gettext_lazy("Preset"), lambda job: job.preset or _("none")),
    (gettext_lazy("Architecture"), lambda job: job.architecture),
    (gettext_lazy("Starts from"), lambda job: str(job.base or _("fresh weights"))),
    (gettext_lazy("Epochs"), lambda job: job.epochs),
    (gettext_lazy("Images a batch"), lambda job: job.batch_size),
    (gettext_lazy("Learning rate, at most"), lambda job: f"{job.learning_rate:g}"),
    (gettext_lazy("Seed"), lambda job: job.seed),
    (gettext_lazy("MNIST images"), lambda job: commas(job.mnist_images) if job.mnist_images else _("all")),
    (gettext_lazy("Generated images"), lambda job: commas(job.generated_images)),
    (gettext_lazy("Accepted drawings"), lambda job: _drawings(job)),
    (gettext_lazy("Note"), lambda job: job.note),
]


def settings_of(jobs: Sequence[TrainingJob]) -> list[Row]:
    return [Row(name, [str(read(job)) for job in jobs]) for name, read in SETTINGS]


def epochs_of(jobs: Sequence[TrainingJob]) -> dict[int, list[EpochResult]]:
    """The results of each job's epochs, by its id. One query."""
    results: dict[int, list[EpochResult]] = {job.pk: [] for job in jobs}
    for row in EpochResult.objects.filter(job__in=jobs).order_by("job", "epoch"):
        results[row.job_id].append(row)
    return results


def curves(jobs: Sequence[TrainingJob], results: dict[int, list[EpochResult]]) -> list[dict[str, Any]]:
    """For each measure its lines, one a job that has any point; `line` is the job's place among all. Ready for JSON."""
    return [
        {
            "key": field,
            "title": title,
            "axis": axis,
            "share": is_share,
            "lines": [
                {
                    "label": str(job),
                    "line": line,
                    "points": [[row.epoch, getattr(row, field)] for row in results[job.pk]],
                }
                for line, job in enumerate(jobs)
                if results[job.pk]
            ],
        }
        for field, title, axis, is_share in MEASURES
    ]


def outcomes(jobs: Sequence[TrainingJob], results: dict[int, list[EpochResult]]) -> list[Row]:
    """How each ended, with its last epoch's figures, what its version scored, and the gate's verdict. Two queries."""
    measured, judged = _evaluations(jobs), _verdicts(jobs)
    rows = [
        Row(_("State"), [live.state_words(job) for job in jobs]),
        Row(_("Epochs done"), [_of(len(results[job.pk]), job.epochs) for job in jobs]),
        *(Row(_("%(title)s, last epoch") % {"title": title}, [_last(results[job.pk], field, share) for job in jobs])
          for field, title, _unit, share in MEASURES),
    ]  # fmt: skip
    for dataset in DATASETS:
        found = [measured.get((job.version_id, dataset)) for job in jobs]
        name = _("On %(name)s") % {"name": scores.name(dataset)}
        rows.append(Row(name, [scores.figure(row) for row in found]))
        rows.append(Row(_("95 %% sure") % {}, [scores.interval(row.correct, row.n) if row else "" for row in found]))
    rows.append(Row(_("The gate"), [judged.get(job.version_id, _("not compared")) for job in jobs]))
    rows.append(Row(_("Took"), [live.took(job) or _("not ended") for job in jobs]))
    rows.append(Row(_("Attempts"), [f"{job.attempt}" for job in jobs]))
    return rows


def _evaluations(jobs: Sequence[TrainingJob]) -> dict[tuple[int | None, str], Evaluation]:
    """The newest evaluation of each job's version on each data set."""
    versions = [job.version_id for job in jobs if job.version_id]
    rows = Evaluation.objects.filter(version__in=versions, dataset__in=DATASETS).defer("confusion", "per_digit")
    return {(row.version_id, row.dataset): row for row in rows.order_by("pk")}


def _verdicts(jobs: Sequence[TrainingJob]) -> dict[int | None, str]:
    """What the newest comparison of each job's version with another one came to."""
    versions = [job.version_id for job in jobs if job.version_id]
    made = Comparison.objects.filter(candidate__in=versions, state=Comparison.State.DONE).select_related("champion")
    made = made.only("candidate", "passed", "champion").order_by("pk")
    return {
        row.candidate_id: (_("passed against %(champion)s") if row.passed else _("failed against %(champion)s"))
        % {"champion": row.champion}
        for row in made
    }


def _last(results: list[EpochResult], field: str, is_share: bool) -> str:
    if not results:
        return _("no epoch done")
    value = getattr(results[-1], field)
    return percent(value, 2) if is_share else f"{value:.4f}"


def _drawings(job: TrainingJob) -> str:
    if job.kind == TrainingJob.Kind.SCRATCH:
        return "none"
    if job.snapshot is None:
        return _("not chosen yet")
    return _("%(count)s of %(visitors)s (snapshot %(snapshot_id)s)") % {
        "count": commas(job.snapshot.count),
        "visitors": counted(job.snapshot.visitors, "visitor"),
        "snapshot_id": job.snapshot_id,
    }


def _of(done: int, epochs: int) -> str:
    return _("%(done)s of %(total)s") % {"done": done, "total": epochs}
