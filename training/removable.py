"""Which files may go, kind by kind: old versions' weights, checkpoints of ended jobs, packed snapshots, lost files.

Each kind finds what its rule no longer keeps, and removes one such thing after it asked again. Left out on purpose:
when that happens and who is told, which is `retention.py`'s."""

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from recognizer import versions
from recognizer.models import ModelVersion
from recognizer.words import counted, decimal
from training import comparisons, folders, jobs
from training.models import Comparison, Measurement, TrainingJob

VERSIONS_FOLDER = "versions/"
JOB_FOLDER = re.compile(r"job-(\d{1,18})")
SNAPSHOT_FILE = re.compile(r"snapshot-(\d{1,18})(?!\d)")
# A folder is renamed to this before it is removed: what a crash left of it can be told from a checkpoint.
REMOVING = ".removing-"


@dataclass(frozen=True)
class Item:
    """Something that may go. The key names it among all kinds, `why` is a sentence for people."""

    key: str
    name: str
    why: str
    size_bytes: int

    def as_json(self) -> dict[str, str | int]:
        return asdict(self)


@dataclass(frozen=True)
class Kind:
    """`find` tells what may go now; `remove` takes the key's part behind the colon, and is False for what must stay."""

    find: Callable[[datetime], Iterator[Item]]
    remove: Callable[[str, datetime], bool]


def old_weights(now: datetime) -> Iterator[Item]:
    days, newest = settings.KEEP_VERSIONS_DAYS, settings.KEEP_VERSIONS
    for version in _old_versions(now):
        was_live = "was live, but not lately" if version.was_live else "was never live"
        why = f"Older than {days:g} days, not among the newest {newest}, and {was_live}. Its row and figures stay."
        yield Item(f"weights:{version.pk}", f"weights of version {version.number}", why, version.size_bytes)


def remove_old_weights(version_id: str, now: datetime) -> bool:
    pk = int(version_id)
    return versions.remove_weights(pk, is_due=lambda: any(version.pk == pk for version in _old_versions(now)))


def _old_versions(now: datetime) -> list[ModelVersion]:
    newest = (
        ModelVersion.objects.of_the_site().order_by("-number").values_list("pk", flat=True)[: settings.KEEP_VERSIONS]
    )
    kept = {*newest, *_at_work(), *versions.spared()}
    old = ModelVersion.objects.filter(
        weights_removed_at=None, created_at__lt=_days_ago(now, settings.KEEP_VERSIONS_DAYS)
    )
    rows = old.exclude(pk__in=kept).order_by("number").defer("provenance").prefetch_related("deployments")
    for version in rows:
        version.was_live = bool(version.deployments.all())
    return list(rows)


def _at_work() -> Iterator[int]:
    """Versions that something unfinished reads: a fine-tuning its base, a comparison both of its, a measurement its."""
    jobs_bases = TrainingJob.objects.unfinished().filter(base__isnull=False).values_list("base_id", flat=True)
    compared = Comparison.objects.filter(state__in=comparisons.UNFINISHED).values_list("candidate_id", "champion_id")
    measured = Measurement.objects.unfinished().values_list("version_id", flat=True)
    return chain(jobs_bases, chain.from_iterable(compared), measured)


def lost_weights(now: datetime) -> Iterator[Item]:
    """Files that no version refers to: those of versions that never came to be, and what a crash left."""
    for name, size_bytes in _lost_weights(now).items():
        yield Item(f"lost-weights:{name}", name, "No version refers to this file.", size_bytes)


def remove_lost_weights(name: str, now: datetime) -> bool:
    if name not in _lost_weights(now):
        return False
    _weights().delete(name)
    return True


def _lost_weights(now: datetime) -> dict[str, int]:
    """Their names and sizes; none where they look like another database's."""
    # Files first: what is stored between the two questions is then named, or not listed.
    try:
        files = {VERSIONS_FOLDER + name for name in _weights().listdir(VERSIONS_FOLDER)[1]}
    except FileNotFoundError:
        return {}
    rows = list(ModelVersion.objects.filter(weights__in=files).values_list("weights", "weights_removed_at"))
    named = {name for name, _ in rows}
    if len(files - named) > len(named):
        return {}
    # The name of what was removed may be a later version's by now.
    needed = {name for name, removed_at in rows if removed_at is None}
    return {name: size for name in sorted(files - needed) if (size := _size_if_lost(name, now)) is not None}


def _size_if_lost(name: str, now: datetime) -> int | None:
    """The file's size, or None while it is so young that its row may still be coming."""
    try:
        is_young = _weights().get_modified_time(name) >= now - timedelta(seconds=settings.LOST_WEIGHTS_SECONDS)
        return None if is_young else _weights().size(name)
    except FileNotFoundError:  # it has just been removed
        return None


def old_checkpoints(now: datetime) -> Iterator[Item]:
    found = folders.entries(Path(settings.CHECKPOINTS_DIR))
    ids = {folder: int(match[1]) for folder in found if (match := JOB_FOLDER.fullmatch(folder.name))}
    due = set(_ended(now).filter(pk__in=ids.values()).values_list("pk", flat=True))
    known = set(TrainingJob.objects.filter(pk__in=ids.values()).values_list("pk", flat=True))
    for folder, job_id in ids.items():
        if job_id in due:
            why = f"The job ended more than {counted_days(settings.KEEP_CHECKPOINTS_DAYS)} ago."
        elif job_id not in known and folders.last_used(folder) < _days_ago(now, settings.KEEP_CHECKPOINTS_DAYS):
            why = "There is no such job any more."
        else:
            continue
        yield Item(f"checkpoints:{folder.name}", f"checkpoints of job {job_id}", why, folders.size_of(folder))
    for folder in found:
        if folder.name.startswith(REMOVING):
            yield Item(f"checkpoints:{folder.name}", folder.name, "Left over from a clean-up.", folders.size_of(folder))


def remove_old_checkpoints(name: str, now: datetime) -> bool:
    folder = Path(settings.CHECKPOINTS_DIR) / name
    if not name.startswith(REMOVING):
        with transaction.atomic():
            # Whoever queues the job again waits for this lock, or has been here before.
            list(TrainingJob.objects.select_for_update().filter(pk=int(JOB_FOLDER.fullmatch(name)[1])))
            if not any(item.key == f"checkpoints:{name}" for item in old_checkpoints(now)):
                return False
            folder = folder.rename(folder.with_name(f"{REMOVING}{name}-{secrets.token_hex(4)}"))
    shutil.rmtree(folder)
    return True


def _ended(now: datetime) -> QuerySet[TrainingJob]:
    return TrainingJob.objects.filter(
        state__in=jobs.ENDED, finished_at__lt=_days_ago(now, settings.KEEP_CHECKPOINTS_DAYS)
    )


def old_snapshots(now: datetime) -> Iterator[Item]:
    """Packed snapshots that nobody has written or read for long; a job that needs one makes it again."""
    needed = TrainingJob.objects.unfinished().filter(snapshot__isnull=False)
    needed_ids = set(needed.values_list("snapshot_id", flat=True))
    why = f"Unused for more than {counted_days(settings.KEEP_SNAPSHOTS_DAYS)}; a job that needs it makes it again."
    for path in folders.entries(Path(settings.SNAPSHOT_DIR)):
        named = SNAPSHOT_FILE.match(path.name)
        if not named or int(named[1]) in needed_ids:
            continue
        if folders.last_used(path) < _days_ago(now, settings.KEEP_SNAPSHOTS_DAYS):
            yield Item(f"snapshots:{path.name}", f"packed {path.name}", why, folders.size_of(path))


def remove_old_snapshot(name: str, now: datetime) -> bool:
    if not any(item.key == f"snapshots:{name}" for item in old_snapshots(now)):
        return False
    path = Path(settings.SNAPSHOT_DIR) / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    return True


KINDS: dict[str, Kind] = {
    "weights": Kind(old_weights, remove_old_weights),
    "lost-weights": Kind(lost_weights, remove_lost_weights),
    "checkpoints": Kind(old_checkpoints, remove_old_checkpoints),
    "snapshots": Kind(old_snapshots, remove_old_snapshot),
}


def rules() -> list[str]:
    """What is kept, in sentences with the settings' names."""
    return [
        _(
            "Weights stay for %(days)s (KEEP_VERSIONS_DAYS). The newest %(newest)s "
            "versions (KEEP_VERSIONS) keep them for good, and so does what is shipped, is live, was "
            "live among the last %(deployments)s deployments, is what a roll back returns to, answers "
            "in a room, or is read by an unfinished job, comparison or measurement. A version without weights stays "
            "in the list with its figures."
        )
        % {
            "days": _days(settings.KEEP_VERSIONS_DAYS),
            "newest": settings.KEEP_VERSIONS,
            "deployments": versions.LATEST_DEPLOYMENTS,
        },
        _("Checkpoints stay for %(days)s after their job ended (KEEP_CHECKPOINTS_DAYS).")
        % {"days": _days(settings.KEEP_CHECKPOINTS_DAYS)},
        _(
            "Packed snapshots stay while they were used in the last %(days)s "
            "(KEEP_SNAPSHOTS_DAYS); which drawings they hold is kept for good."
        )
        % {"days": _days(settings.KEEP_SNAPSHOTS_DAYS)},
        _("Files of weights that no version refers to go."),
    ]


def counted_days(days: float) -> str:
    """In English, for what rows keep."""
    return "1 day" if days == 1 else f"{days:,g} days"


def _days(days: float) -> str:
    return counted(int(days), "day") if days == int(days) else _("%(days)s days") % {"days": decimal(f"{days:g}")}


def _days_ago(now: datetime, days: float) -> datetime:
    return now - timedelta(days=days)


def _weights() -> Storage:
    return ModelVersion._meta.get_field("weights").storage
