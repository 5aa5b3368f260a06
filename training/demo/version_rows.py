"""Writes the demo's versions, jobs, releases and figures as rows. Every figure was measured, on what is said beside it.

Left out on purpose: the demo's drawings as a yardstick of real versions; those are measured on what people drew."""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from recognizer import figures, recognition, versions
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import Deployment, Evaluation, ModelVersion
from recognizer.network import weights
from recognizer.recognition import LiveModel
from training import evaluate, frozen
from training.demo.made import Made, key_of, measuring
from training.demo.networks import Training
from training.demo.releases import RELEASES, VERSIONS, Version
from training.models import EpochResult, MeterReading, Snapshot, TrainingJob

NOTE = "Demo content: {}"
State, Kind = TrainingJob.State, TrainingJob.Kind


def make_versions(made: Made, now: datetime) -> list[ModelVersion]:
    """A version for each training that came to its end, numbered after those that are there."""
    rows: list[ModelVersion] = []
    for plan, training in zip(VERSIONS, made.trainings, strict=True):
        moment = now - timedelta(days=plan.days_ago)
        base = rows[-1] if plan.tunes else None
        provenance = _provenance(plan, training, moment, base)
        data = weights.dumps(training.network, provenance, preprocessing_version=PREPROCESSING_VERSION)
        row = versions.register(data, source=ModelVersion.Source.TRAINED, base=base)
        row.is_demo, row.created_at = True, moment
        row.save(update_fields=["is_demo", "created_at"])
        rows.append(row)
    return rows


def release(rows: list[ModelVersion], live: Deployment, by: User, now: datetime) -> None:
    """A history of releases after the deployment that is live now, whose version is live again in its end."""
    first = now - timedelta(days=RELEASES[0].days_ago)
    live.is_live, live.ended_at = False, max(live.started_at, first)
    live.save(update_fields=["is_live", "ended_at"])
    ends = [*(each.days_ago for each in RELEASES[1:]), None]
    previous = live
    for each, end in zip(RELEASES, ends, strict=True):
        version = live.version if each.version is None else rows[each.version]
        previous = Deployment.objects.create(
            version=version,
            kind=Deployment.Kind.ROLLBACK if each.is_rollback else Deployment.Kind.PROMOTE,
            # From the last one there is no way back to a version that is not real.
            previous=previous if end is not None else None,
            by=by,
            reason=each.reason,
            is_demo=True,
            is_live=end is None,
            started_at=now - timedelta(days=each.days_ago),
            ended_at=None if end is None else now - timedelta(days=end),
        )


def make_jobs(made: Made, rows: list[ModelVersion], snapshot: Snapshot, by: User, now: datetime) -> list[TrainingJob]:
    """The job of each version, one that was cancelled, and one that failed."""
    jobs = [
        _job(training, plan, now, by, state=State.SUCCEEDED, version=row, snapshot=snapshot if plan.tunes else None,
             base=rows[place - 1] if plan.tunes else None, message=f"Done: {row} is stored.")
        for place, (plan, training, row) in enumerate(zip(VERSIONS, made.trainings, rows, strict=True))
    ]  # fmt: skip
    stopped = Version("cancelled", made.stopped.images, made.stopped.settings.epochs, 20.0)
    failed = Version("failed", made.failed.images, made.failed.settings.epochs, 24.0)
    words = made.failed.problem or "demo content: stopped, to show what a job looks like that failed"
    jobs.append(_job(made.stopped, stopped, now, by, state=State.CANCELLED, message=f"Cancelled by {by}."))
    jobs.append(
        _job(made.failed, failed, now, by, state=State.FAILED, message=f"{words[:1].upper()}{words[1:]}."[:500])
    )
    tuned = next(job for job, plan in zip(jobs, VERSIONS, strict=False) if plan.tunes)
    MeterReading.objects.bulk_create(MeterReading(job=tuned, **asdict(reading)) for reading in made.meter)
    return jobs


def measure(made: Made, rows: list[ModelVersion], drawing_ids: list[int], now: datetime) -> int:
    """What each version reads right of the demo's held-out drawings, and of those that it answered itself."""
    measured = measuring(made.fates)
    held_out = [place for place in measured if made.people[made.drawn[place].person].held_out]
    done = 0
    for number, row in enumerate(rows):
        model = LiveModel(row.number, row.pk, made.trainings[number].network)
        seen = [made.drawn[place].submission.seen for place in held_out]
        answers = recognition.recognise_all(seen, model) if seen else []
        done += _evaluation(row, Evaluation.DRAWINGS, made, held_out, answers, drawing_ids, now)
        own = [place for place in measured if made.answers[place].version_id == key_of(number)]
        own_answers = [made.answers[place] for place in own]
        done += _evaluation(row, Evaluation.ANSWERED, made, own, own_answers, drawing_ids, now)
    return done


def _evaluation(
    row: ModelVersion, dataset: str, made: Made, places: list[int], answers: list, drawing_ids: list[int], now: datetime
) -> int:
    if not places:
        return 0
    digits = [made.fates[place].digit for place in places]
    listed = frozen.ListSum()
    for place, digit in zip(places, digits, strict=True):
        listed.add(drawing_ids[place], digit)
    score = evaluate.score([answer.digit for answer in answers], digits)
    last = max(drawing_ids[place] for place in places)
    Evaluation.objects.create(
        version=row,
        dataset=dataset,
        meant=frozen.of_drawings(listed.hex(), last_id=last, reviewed_until=now),
        seconds=0.0,
        created_at=row.created_at + timedelta(minutes=2),
        **asdict(score),
    )
    return 1


def _job(
    training: Training, plan: Version, now: datetime, by: User, *, base: ModelVersion | None = None, **fields: object
) -> TrainingJob:
    settings, last = training.settings, training.steps[-1]
    finished = now - timedelta(days=plan.days_ago)
    began = finished - timedelta(seconds=max(1.0, training.seconds))
    job = TrainingJob.objects.create(
        kind=Kind.FINE_TUNE if plan.tunes else Kind.SCRATCH,
        architecture=training.network.architecture.name,
        base=base,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        seed=settings.seed,
        generated_images=0 if plan.tunes else training.images,
        note=NOTE.format(
            f"{training.images:,} {'accepted drawings' if plan.tunes else 'generated digits'}, without MNIST"
        ),
        is_demo=True,
        started_by=by,
        created_at=began - timedelta(seconds=20),
        attempt=1,
        started_at=began,
        finished_at=finished,
        epoch=last.epoch,
        batch=last.batch,
        batches=last.batches,
        loss=last.loss,
        accuracy=last.accuracy,
        curve=training.curve,
        **fields,
    )
    EpochResult.objects.bulk_create(EpochResult(job=job, **asdict(epoch)) for epoch in training.epochs)
    return job


def _provenance(plan: Version, training: Training, moment: datetime, base: ModelVersion | None) -> dict[str, object]:
    return {
        "kind": "fine-tune" if plan.tunes else "scratch",
        "demo": "made by `manage.py seed_demo`; its drawings and their visitors are made up",
        "seed": training.settings.seed,
        "settings": asdict(training.settings),
        "data": {"drawings" if plan.tunes else "generated": {"images": training.images}},
        "generated_images": 0 if plan.tunes else training.images,
        "base": base and {"number": base.number, "sha256": base.sha256},
        "epochs": [asdict(epoch) for epoch in training.epochs],
        figures.IN_PROVENANCE: [],
        "preprocessing_version": PREPROCESSING_VERSION,
        "finished_at": moment.isoformat(),
        "seconds": round(training.seconds, 1),
    }
