"""A training in this process, as a job like any other: it stands in the admin's list, and can be cancelled there.

Left out on purpose: the broker. The job is claimed in the transaction that makes it, so that no worker ever sees it
wait; should this process be killed outright, its lease runs out and a worker does the job anew."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from recognizer.models import ModelVersion
from recognizer.network.weights import write_atomically
from recognizer.storing import opened
from training import jobs, worker
from training.curves import write_curves_png
from training.fit import BatchResult, EpochResult
from training.models import TrainingJob

Event = str | BatchResult | EpochResult


def train(*, observe: Callable[[Event], Any], **request: Any) -> TrainingJob:
    """Start a job as `jobs.start` would, and do it; return its row. Raises JobError, also if it did not succeed.

    `observe` is shown what is being done, each batch and each epoch. An interrupted training ends as cancelled."""
    with transaction.atomic():
        claim = jobs.claim(jobs.start(**request).pk)
    worker.run(claim, observe=observe)
    job = TrainingJob.objects.select_related("version").get(pk=claim.job_id)
    if job.state != TrainingJob.State.SUCCEEDED:
        raise jobs.JobError(f"Job {job.pk} {_ended(job)}: {job.message}")
    return job


def output_paths(output: Path, name: str) -> tuple[Path, Path]:
    """Where a version's weights and curves are written: `output` itself if it names a weights file, else in there."""
    weights = output if output.suffix == ".safetensors" else output / f"{name}.safetensors"
    return weights, weights.with_suffix(".png")


def write_outputs(job: TrainingJob, weights: Path, curves: Path) -> None:
    """Write the version's weights, and the curves of loss and accuracy; each file appears when it is whole."""
    write_atomically(weights, _content(job.version))
    draft = curves.with_name(f".{curves.name}")
    try:
        write_curves_png(list(job.epoch_results.order_by("epoch")), draft)
        os.replace(draft, curves)
    finally:
        draft.unlink(missing_ok=True)


def _content(version: ModelVersion) -> bytes:
    with opened(version.weights) as file:
        return file.read()


def _ended(job: TrainingJob) -> str:
    return "went on elsewhere" if job.finished_at is None else job.get_state_display()
