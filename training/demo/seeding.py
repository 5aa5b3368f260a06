"""Makes the demo content: everything in memory first, then all rows in one short transaction, or none.

Left out on purpose: what is made (`made.py`) and what the rows say (`rows.py`, `version_rows.py`)."""

import hashlib
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recognizer import recognition, versions
from recognizer.models import Deployment, Drawing, Evaluation, ModelVersion
from recognizer.recognition import LiveModel
from training import comparing, gate, snapshots
from training.demo import made as making
from training.demo import room, rows, version_rows
from training.demo.made import Made, Progress
from training.demo.releases import VERSIONS
from training.demo.standing import DemoError, check_empty
from training.models import Comparison, Snapshot
from training.paired import SIDES, Paired

USUAL, FEWEST, MOST = 600, 100, 5000


def seed(
    *, drawings: int = USUAL, seed: int = 0, progress: Progress = lambda doing, done, total: None
) -> dict[str, int]:
    """Fill an empty site; return how much of what there is now. Raises DemoError if the site holds anything real."""
    if not FEWEST <= drawings <= MOST:
        raise DemoError(f"drawings is {drawings:,}: choose {FEWEST:,} to {MOST:,}.")
    check_empty()
    versions.live_deployment()
    made = making.make(recognition.live(), count=drawings, seed=seed, progress=progress)
    files: list[ModelVersion] = []
    try:
        with transaction.atomic():
            return _write(made, files)
    except BaseException:
        for row in files:
            row.weights.storage.delete(row.weights.name)
        raise


def _write(made: Made, files: list[ModelVersion]) -> dict[str, int]:
    # Releases queue up at the oldest deployment, and so do two seedings: the second finds the first one's content.
    Deployment.objects.order_by("pk").select_for_update().first()
    check_empty()
    live, now, by = versions.live_deployment(), timezone.now(), rows.reviewers()
    those = rows.visitors(made, now)
    demo = version_rows.make_versions(made, now)
    files += demo
    version_rows.release(demo, live, by[0], now)
    answering = {making.key_of(place): row for place, row in enumerate(demo)} | {live.version_id: live.version}
    drawings, trail = rows.drawings(made, those, answering, by, now)
    labels = rows.decide(made, drawings, trail, by, now)
    rooms = [room.make(those, drawings, by[0], now)]
    snapshot = _snapshot(made, drawings, now)
    jobs = version_rows.make_jobs(made, demo, snapshot, by[0], now)
    version_rows.measure(made, demo, [row.pk for row in drawings], now)
    _compare(made, demo, drawings, now)
    counts = {"visitors": those, "drawings": drawings, "labels": labels, "versions": demo, "jobs": jobs, "rooms": rooms}
    return {name: len(found) for name, found in counts.items()}


def _snapshot(made: Made, drawings: list[Drawing], now: datetime) -> Snapshot:
    """The list of what the tuned version learned from."""
    listed = snapshots.Listed(
        ids=np.array([drawings[place].pk for place in made.learnt], np.int64),
        labels=np.array([made.fates[place].digit for place in made.learnt], np.uint8),
        visitors=np.array([drawings[place].visitor_id for place in made.learnt], np.int64),
    )
    snapshot = snapshots.keep(snapshots.Selection(listed, None, 0))
    snapshot.created_at = now - timedelta(days=VERSIONS[-1].days_ago, minutes=5)
    snapshot.save(update_fields=["created_at"])
    return snapshot


def _compare(made: Made, demo: list[ModelVersion], drawings: list[Drawing], now: datetime) -> None:
    """The third version with the second, on the demo's held-out drawings; MNIST was not read, which the gate says."""
    champion, candidate = demo[1:3]
    places = [place for place in making.measuring(made.fates) if made.people[made.drawn[place].person].held_out]
    paired = Paired.empty(Evaluation.DRAWINGS, most_flips=settings.COMPARE_MOST_FLIPS)
    models = [LiveModel(row.number, row.pk, made.trainings[at].network) for at, row in ((2, candidate), (1, champion))]
    digest = hashlib.sha256()
    for place in places:
        seen, key, digit = made.drawn[place].submission.seen, drawings[place].pk, made.fates[place].digit
        paired.see(key, digit, *(recognition.recognise(seen, model) for model in models))
        paired.highest_id = key
        digest.update(f"{key}:{digit}:".encode() + seen.image.tobytes())
    paired.sha256 = digest.hexdigest()
    pairs = [Paired.empty(Evaluation.MNIST_TEST), paired]
    verdict = gate.judge(pairs, candidate=str(candidate), champion=str(champion), limits=gate.Limits.from_settings())
    latencies = comparing.latencies_ms(tuple(models), np.array([one.submission.seen.image for one in made.drawn[:20]]))
    compared = comparing.Compared(pairs, dict(zip(SIDES, latencies, strict=True)))
    moment = candidate.created_at + timedelta(minutes=3)
    Comparison.objects.create(
        candidate=candidate, champion=champion, state=Comparison.State.DONE, done=paired.n, total=paired.n,
        results=compared.as_json(), rules=verdict.rules_as_json(), passed=verdict.passed,
        on_drawings=verdict.on_drawings, verdict=verdict.sentence[:500], created_at=moment, finished_at=moment,
        settled=True, outcome="Demo content: compared on the demo's own drawings alone.",
    )  # fmt: skip
