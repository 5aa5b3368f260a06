"""Makes jobs, versions and drawings the way the site makes them."""

from typing import Any

import numpy as np

from recognizer import drawings, ink, versions
from recognizer.ink import PREPROCESSING_VERSION, Seen
from recognizer.models import Drawing, Label, ModelVersion, Visitor
from recognizer.network import Network, weights
from recognizer.recognition import LiveModel, recognise
from recognizer.submissions import Submission
from training import jobs
from training.models import TrainingJob

from .generated import seven_segment_digits

QUICK = {"kind": "scratch", "architecture": "lenet-5x5", "epochs": 1, "learning_rate": 4e-3, "batch_size": 100}


def queued(**changes: Any) -> TrainingJob:
    """A job in the queue: one epoch of small batches."""
    return jobs.start(**QUICK | changes)


def running(**changes: Any) -> tuple[TrainingJob, jobs.Claim]:
    """A job that a worker has claimed."""
    job = queued(**changes)
    claim = jobs.claim(job.pk)
    job.refresh_from_db()
    return job, claim


def in_state(state: str) -> TrainingJob:
    """A job that has come to `state` the way jobs do."""
    job = queued()
    if state == TrainingJob.State.QUEUED:
        return job
    claim = jobs.claim(job.pk)
    endings = {
        TrainingJob.State.RUNNING: lambda: None,
        TrainingJob.State.PAUSED: claim.paused,
        TrainingJob.State.SUCCEEDED: lambda: claim.succeed(weights_file(0), "good"),
        TrainingJob.State.FAILED: lambda: claim.fail("bad"),
        TrainingJob.State.CANCELLED: claim.cancelled,
    }
    endings[state]()
    job.refresh_from_db()
    return job


def weights_file(seed: int, **header: Any) -> bytes:
    """The file of a network with random weights."""
    return weights.dumps(
        Network.create("lenet-5x5", np.random.default_rng(seed)),
        {"seed": seed},
        **{"preprocessing_version": PREPROCESSING_VERSION, **header},
    )


def new_version(seed: int = 1, **header: Any) -> ModelVersion:
    return versions.register(weights_file(seed, **header), source=ModelVersion.Source.TRAINED)


def visitor(name: str, *, held_out: bool = False) -> Visitor:
    return Visitor.objects.create(imported_as=name, held_out=held_out)


def drawn(by: Visitor, digit: int | None, *, state: str = Label.State.ACCEPTED, seed: int = 0) -> Drawing:
    """A stored stroke drawing with a label in a state; its image is a seven-segment digit."""
    strokes = ink.parse_strokes([[[10, 10], [90, 10 + seed % 50], [40, 140]]], 100, 150)
    image = seven_segment_digits(1, seed=1000 + seed).images[0]
    model = LiveModel(0, (ModelVersion.objects.first() or new_version()).pk, Network.create("lenet-5x5", _rng()))
    submission = Submission(Drawing.Source.STROKES, Seen(image), strokes=strokes)
    drawing = drawings.store(by, submission, recognise(Seen(image), model))
    drawings.set_label(drawing, digit)
    if state != Label.State.UNREVIEWED:
        drawings.review([drawing.pk], state, by=None)
    return drawing


def showing(by: Visitor, digit: int, *, state: str = Label.State.ACCEPTED, seed: int = 0) -> Drawing:
    """The same whose image really is that digit's."""
    drawing = drawn(by, digit, state=state, seed=seed)
    pool = seven_segment_digits(60, seed=2000 + seed)
    image = pool.images[np.flatnonzero(pool.labels == digit)[0]]
    Drawing.objects.filter(pk=drawing.pk).update(seen=image.tobytes())
    drawing.refresh_from_db()
    return drawing


def _rng() -> np.random.Generator:
    return np.random.default_rng(1)
