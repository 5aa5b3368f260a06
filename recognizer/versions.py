"""Versions of the network and which of them is live: numbered, checked, promoted and rolled back.

Left out on purpose: answering with a version, which is `recognition.py`'s, and measuring one, which is training's."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from recognizer import figures
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import Deployment, ModelVersion, Room
from recognizer.network import weights
from recognizer.storing import StorageAwayError, opened

logger = logging.getLogger(__name__)

# Each attempt that fails means that somebody else succeeded in the meantime.
MOST_ATTEMPTS = 20
# Whose weights are never removed, beside the live version's and those that a roll-back returns to.
LATEST_DEPLOYMENTS = 10

P = ParamSpec("P")
R = TypeVar("R")


class VersionError(Exception):
    """What was asked for cannot be done with this version; the message says why, in words for people."""


class UnreachableError(VersionError):
    """The storage of weights does not answer: whether the version's file is as it should be is not known."""


def retried(change: Callable[P, R]) -> Callable[P, R]:
    """Make a change atomic, and try it again when another process changed the same at the same moment.

    The database's unique constraints find that out, on PostgreSQL as on SQLite; a lock alone would not, since the
    first row that is inserted cannot be locked before."""

    @wraps(change)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        for left in reversed(range(MOST_ATTEMPTS)):
            try:
                with transaction.atomic():
                    return change(*args, **kwargs)
            except IntegrityError:
                if not left:
                    raise

    return attempt


def register(data: bytes, *, source: str, base: ModelVersion | None = None, room_id: int | None = None) -> ModelVersion:
    """Keep a weights file (its bytes) as the next version, for a room alone if that is given.

    Raises VersionError when it is no such file."""
    try:
        loaded = weights.loads(data)
    except weights.WeightsError as error:
        raise VersionError(f"These weights cannot become a version: {error}") from error
    version = ModelVersion(
        architecture=loaded.network.architecture.name,
        source=source,
        base=base,
        room_id=room_id,
        sha256=loaded.sha256,
        size_bytes=len(data),
        parameter_count=loaded.network.parameter_count,
        preprocessing_version=loaded.preprocessing_version,
        provenance=loaded.provenance,
    )
    name = f"{version.architecture}-{version.sha256[:12]}.safetensors"
    version.weights.save(name, ContentFile(data), save=False)
    kept = None
    try:
        kept = _insert(version)
    finally:
        if kept is not version:
            version.weights.storage.delete(version.weights.name)
    return kept


@retried
def _insert(version: ModelVersion) -> ModelVersion:
    """Return the version as a row; for shipped weights that another process has just registered, that row."""
    if version.source == ModelVersion.Source.SHIPPED and (known := _shipped().filter(sha256=version.sha256).first()):
        return known
    version.number = (ModelVersion.objects.aggregate(most=Max("number"))["most"] or 0) + 1
    version.save(force_insert=True)
    figures.adopt(version)
    return version


def load(version: ModelVersion) -> weights.LoadedWeights:
    """The version's network, read from its file. Raises VersionError when that is missing or not what was stored."""
    check_kept(version)
    try:
        return weights.loads(_content(version), expected_sha256=version.sha256)
    except StorageAwayError as error:
        raise _unreachable(version, error) from error
    except (OSError, ValueError) as error:
        raise _unloadable(version, error) from error


def stamp(version: ModelVersion) -> tuple[str, int, datetime]:
    """What changes when the version's file does, without reading it. Raises VersionError when it is missing."""
    check_kept(version)
    storage, name = version.weights.storage, version.weights.name
    try:
        return name, storage.size(name), storage.get_modified_time(name)
    except StorageAwayError as error:
        raise _unreachable(version, error) from error
    except OSError as error:
        raise _unloadable(version, error) from error


def problem(version: ModelVersion) -> str | None:
    """Why the version could not answer, in words; None if it could."""
    try:
        check_images(version)
        load(version)
    except VersionError as error:
        return str(error)
    return None


def _content(version: ModelVersion) -> bytes:
    """Its file; of what is shipped, the project's own folder has it too, while the storage is away."""
    try:
        with opened(version.weights) as file:
            return file.read(version.size_bytes + 1)
    except StorageAwayError:
        here = [data for data in map(Path.read_bytes, shipped_files()) if _sha256(data) == version.sha256]
        if version.source != ModelVersion.Source.SHIPPED or not here:
            raise
        return here[0]


def _unreachable(version: ModelVersion, error: StorageAwayError) -> UnreachableError:
    return UnreachableError(
        _("Version %(number)s cannot be looked at, since %(error)s.") % {"number": version.number, "error": error}
    )


def _unloadable(version: ModelVersion, error: Exception) -> VersionError:
    return VersionError(
        _(
            "Version %(version)s cannot be loaded: %(error)s. Restore the file %(name)s in the "
            "storage of weights, or promote another version."
        )
        % {"version": version.number, "error": error, "name": f"{version.weights.name!r}"}
    )


def check_kept(version: ModelVersion) -> None:
    """Raise VersionError if the version's weights were removed to make room."""
    if version.weights_removed_at:
        raise VersionError(
            _(
                "The weights of version %(version)s were removed on %(day)s to make room: "
                "only its history is left. Choose another version, or train one from the same data again."
            )
            % {"version": version.number, "day": f"{version.weights_removed_at:%Y-%m-%d}"}
        )


def spared() -> set[int]:
    """The ids of the versions whose weights are needed whatever their age: shipped, live, live among the latest
    deployments, what a roll-back returns to, or what answers in a room."""
    latest = Deployment.objects.order_by("-pk").values_list("version_id", flat=True)[:LATEST_DEPLOYMENTS]
    live = Deployment.objects.filter(is_live=True).values_list("version_id", "previous__version_id")
    answering = Room.objects.filter(version__isnull=False).values_list("version_id", flat=True)
    return {*latest, *(pk for pair in live for pk in pair if pk), *_shipped().values_list("pk", flat=True), *answering}


def remove_weights(version_id: int, *, is_due: Callable[[], bool] = lambda: True) -> bool:
    """Remove a version's file and note it in its row; False if the version is needed after all, or `is_due` says so.

    Both are asked while no release can happen. The file goes after the row said so: a crash in between leaves a file
    that nobody needs, never a version that looks whole and is not."""
    with transaction.atomic(durable=True):
        _locked_live()
        version = ModelVersion.objects.select_for_update().get(pk=version_id)
        if version.weights_removed_at or version.pk in spared() or not is_due():
            return False
        version.weights_removed_at = timezone.now()
        version.save(update_fields=["weights_removed_at"])
    version.weights.storage.delete(version.weights.name)
    return True


def live_deployment() -> Deployment:
    """The deployment that is live, with its version. Raises VersionError if there is none and nothing is shipped."""
    return _live().first() or ensure_shipped()


def ensure_shipped() -> Deployment:
    """Register weights that are shipped and not known yet, and return what is live.

    The newest shipped version goes live as long as nobody ever promoted or rolled back: then an upgrade of the
    project brings its better weights along. Otherwise it stands in the list for a person to promote."""
    live = _live().first()
    added = [_register_once(path, needed=live is None) for path in shipped_files()]
    if live is None or (any(added) and not _people_decided()):
        live = _deploy_shipped()
    return live


def shipped_files() -> list[Path]:
    """The weights in the project's own folder, by name."""
    return sorted(Path(settings.SHIPPED_WEIGHTS_DIR).glob("*.safetensors"))


def promote(
    version: ModelVersion,
    *,
    by: AbstractBaseUser | None = None,
    reason: str = "",
    override: str = "",
    verdict: str = "",
    instead_of: int | None = None,
) -> Deployment:
    """Make a version live, whatever the gate says of it: people go through `releases.release`.

    `override` and `verdict` are kept with it. `instead_of` is the key of the deployment that has to be live still.
    Raises VersionError if its file does not load, it is live already, or another one is by now."""
    check(version)
    words = {"reason": reason, "override": override, "verdict": verdict}
    return _promote(version, by=by, instead_of=instead_of, **words)


def check(version: ModelVersion) -> None:
    """Raise VersionError if the version could not answer: its file does not load, or it needs other images."""
    check_real(version)
    check_images(version)
    load(version)


def check_images(version: ModelVersion) -> None:
    """Raise VersionError if the version needs other images than this site makes."""
    if version.preprocessing_version != PREPROCESSING_VERSION:
        raise VersionError(
            _(
                "%(version)s was trained on images of preprocessing %(preprocessing_version)s, and this "
                "site makes those of preprocessing %(needed)s: retrain it."
            )
            % {
                "version": capfirst(str(version)),
                "preprocessing_version": version.preprocessing_version,
                "needed": PREPROCESSING_VERSION,
            }
        )


def check_real(version: ModelVersion) -> None:
    """Raise VersionError for a version that the demo content brought, which answers nobody and goes with the rest, and
    for a room's, which answers that room alone."""
    if version.room_id:
        raise VersionError(
            _(
                "%(version)s was trained for a room, on its drawings alone: it answers that room, never goes live for "
                "everybody and is not trained further. Choose another version."
            )
            % {"version": capfirst(str(version))}
        )
    if version.is_demo:
        raise VersionError(
            _(
                "%(version)s is demo content and never goes live nor is trained further: train one of "
                "your own, and remove the demo content with `manage.py seed_demo --remove`."
            )
            % {"version": capfirst(str(version))}
        )


@retried
def _promote(version: ModelVersion, *, instead_of: int | None, **fields: Any) -> Deployment:
    live = _locked_live()
    check_kept(ModelVersion.objects.get(pk=version.pk))  # the file may have gone since it was loaded
    if live and live.version_id == version.pk:
        raise VersionError(
            _("Version %(version)s is live already, since %(started_at)s UTC.")
            % {"version": version.number, "started_at": f"{live.started_at:%Y-%m-%d %H:%M}"}
        )
    if instead_of is not None and (live is None or live.pk != instead_of):
        raise VersionError(
            _("Meanwhile %(version)s is live: look at that, then decide again.")
            % {"version": live.version if live else _("nothing")}
        )
    return _deploy(version, Deployment.Kind.PROMOTE, replaced=live, previous=live, **fields)


@retried
def rollback(*, by: AbstractBaseUser | None = None, reason: str = "", leaving: int | None = None) -> Deployment:
    """Return to what was live before. `leaving` is the key of the deployment that has to be live still.

    Raises VersionError if nothing was, it could not answer, or another one is live by now."""
    live = _locked_live()
    if leaving is not None and (live is None or live.pk != leaving):
        raise VersionError(
            _("Meanwhile %(version)s is live: nothing is undone.") % {"version": live.version if live else _("nothing")}
        )
    if live is None or live.previous is None:
        raise VersionError(_("There is nothing to roll back to: no other version was live before this one."))
    back = live.previous
    check(back.version)
    return _deploy(back.version, Deployment.Kind.ROLLBACK, replaced=live, previous=back.previous, by=by, reason=reason)


def _live():
    return Deployment.objects.filter(is_live=True).select_related("version")


def _locked_live() -> Deployment | None:
    # The live row changes hands: whoever waited for its lock finds it live no more, however often they look again.
    # The oldest row stays, so releases queue up there, and then see what the one before them left.
    Deployment.objects.order_by("pk").select_for_update().first()
    return _live().first()


def _deploy(version: ModelVersion, kind: str, *, replaced: Deployment | None, **fields) -> Deployment:
    now = timezone.now()
    if replaced:
        replaced.is_live, replaced.ended_at = False, now
        replaced.save(update_fields=["is_live", "ended_at"])
    return Deployment.objects.create(version=version, kind=kind, started_at=now, **fields)


def _shipped():
    return ModelVersion.objects.filter(source=ModelVersion.Source.SHIPPED)


def _register_once(path: Path, *, needed: bool) -> ModelVersion | None:
    """None if these weights are known already, or broken while others are live."""
    data = path.read_bytes()
    if _shipped().filter(sha256=_sha256(data)).exists():
        return None
    try:
        return register(data, source=ModelVersion.Source.SHIPPED)
    except VersionError as error:
        if needed:
            raise
        logger.error("%s: %s", path, error)
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _people_decided() -> bool:
    return Deployment.objects.filter(is_demo=False).exclude(kind=Deployment.Kind.FIRST).exists()


@retried
def _deploy_shipped() -> Deployment:
    live = _locked_live()
    newest = _shipped().order_by("-number").first()
    if newest is None and live is None:
        raise VersionError(
            _(
                "No version is live, and there are no weights in %(folder)s: run `manage.py train --promote`, or "
                "restore the file that the project ships."
            )
            % {"folder": settings.SHIPPED_WEIGHTS_DIR}
        )
    if live and (newest is None or live.version_id == newest.pk or _people_decided()):
        return live
    return _deploy(newest, Deployment.Kind.FIRST, replaced=live, previous=live)
