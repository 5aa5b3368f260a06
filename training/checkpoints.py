"""Where a training stood, on disk: the parameters and the Position, so that it goes on as if it had never stopped.

Left out on purpose: when to keep one, which is the worker's to say, and the row. A file's name holds the hash of its
content: what is damaged, or half written, gives way to the one before it."""

import hashlib
import json
import logging
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from recognizer.network import Network, safetensors
from recognizer.network.averaging import MovingAverage
from recognizer.network.optimisers import Adam
from recognizer.network.weights import write_atomically
from training.fit import Position
from training.recipes import Plan

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
# The newest, and one to fall back on should its file not be what was written.
KEPT = 2
NAME = re.compile(r"step-(?P<step>\d{10})-(?P<sha256>[0-9a-f]{64})\.safetensors")
# A file that is being written; one that a killed process left is removed when its job is taken up again.
DRAFTS = ".step-*"
# What the system does not let be read now (too many open files, a disk that stutters) is read again after so long.
PAUSES_SECONDS = (0.1, 0.4, 1.0)


class CheckpointError(Exception):
    """A checkpoint cannot be written or read; the message says why and what to do, in words for an admin."""


class Checkpoints:
    """The checkpoints of one job, in a folder that all workers share which may take up the job.

    `identity` says what is trained from what: a checkpoint of another training is none of this one."""

    def __init__(self, job_id: int, identity: str) -> None:
        self.folder = folder_of(job_id)
        self.identity = identity
        self.discarded: list[str] = []  # the files that `restore` found to be none of this training's

    def save(self, network: Network, position: Position) -> Path:
        """Write where the training stands, whole or not at all, and forget the older ones. Raises CheckpointError."""
        data = safetensors.dumps(_tensors(network, position), {"identity": self.identity, **_metadata(position)})
        name = f"step-{position.optimiser.t:010d}-{hashlib.sha256(data).hexdigest()}.safetensors"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.folder / name, data)
            for path in self._newest_first()[KEPT:]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"The checkpoint after step {position.optimiser.t} could not be written to {self.folder} "
                f"({error.strerror or error}). Make room there or mend the folder, then retry the job: it goes on from "
                "its last checkpoint."
            ) from error
        return self.folder / name

    def restore(self, network: Network, fresh: Position) -> Position | None:
        """Set `network` to where the training stood, and return that; None where it has to begin anew.

        `fresh` is a Position at the start of this training, whose optimiser's settings hold on. Raises CheckpointError,
        and removes nothing, where one cannot be read: it may be whole."""
        self._remove_drafts()
        for path in self._newest_first():
            try:
                data = _bytes(path)
            except FileNotFoundError:
                continue
            contents = self._contents(path, data)
            if contents and (position := _position(contents, network, fresh)):
                network.parameters[...] = contents.tensors["parameters"]
                return position
            # Left there, it would count among the newest ones, and those of this training would go in its place.
            logger.warning("The checkpoint %s is damaged or of another training; it is removed.", path)
            path.unlink(missing_ok=True)
            self.discarded.append(path.name)
        return None

    def _contents(self, path: Path, data: bytes) -> safetensors.Contents | None:
        """What is in a file; None if it is damaged or of another training."""
        if hashlib.sha256(data).hexdigest() != NAME.fullmatch(path.name)["sha256"]:
            return None
        try:
            contents = safetensors.loads(data)
        except safetensors.FormatError:
            return None
        return contents if contents.metadata.get("identity") == self.identity else None

    def _newest_first(self) -> list[Path]:
        return sorted((path for path in _entries(self.folder) if NAME.fullmatch(path.name)), reverse=True)

    def _remove_drafts(self) -> None:
        for path in self.folder.glob(DRAFTS):
            path.unlink(missing_ok=True)


def folder_of(job_id: int) -> Path:
    """Where a job's checkpoints lie."""
    return Path(settings.CHECKPOINTS_DIR) / f"job-{job_id}"


def discard(job_id: int) -> None:
    """Remove the checkpoints of a job that needs them no more, as far as the disk lets it."""
    shutil.rmtree(folder_of(job_id), ignore_errors=True)


def identity_of(plan: Plan) -> str:
    """What makes two trainings the same: the SHA-256 of first weights, data, order and settings.

    Without the number of threads, which has no influence on the weights."""
    decides = {name: value for name, value in asdict(plan.settings).items() if name != "threads"}
    facts = {
        "format": FORMAT_VERSION,
        "architecture": plan.network.architecture.name,
        "first_parameters": hashlib.sha256(plan.network.parameters.tobytes()).hexdigest(),
        "settings": decides,
        "batches": repr(plan.batches),
        "data": plan.counts,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _tensors(network: Network, position: Position) -> dict[str, np.ndarray]:
    tensors = {"parameters": network.parameters, "adam.m": position.optimiser.m, "adam.v": position.optimiser.v}
    if position.average:
        tensors["average"] = position.average.values
    return tensors


def _metadata(position: Position) -> dict[str, str]:
    """The Position's numbers; those with a fraction in hexadecimal, in which they come back as they were."""
    average_steps = position.average.steps if position.average else 0
    whole = {"epoch": position.epoch, "batch": position.batch, "images": position.images,
             "correct": position.correct, "adam.t": position.optimiser.t, "average.steps": average_steps}  # fmt: skip
    fractions = {"loss": position.loss, "seconds": position.seconds}
    return {
        **{name: str(int(value)) for name, value in whole.items()},
        **{name: float(value).hex() for name, value in fractions.items()},
    }


def _position(contents: safetensors.Contents, network: Network, fresh: Position) -> Position | None:
    """The Position that a file holds; None if it does not fit the network."""
    shape, tensors = network.parameters.shape, contents.tensors
    names = {"parameters", "adam.m", "adam.v"} | ({"average"} if fresh.average else set())
    if tensors.keys() != names or any(tensor.shape != shape for tensor in tensors.values()):
        return None
    try:
        return _filled(contents.metadata, tensors, fresh)
    except (KeyError, ValueError):
        return None


def _filled(told: dict[str, str], tensors: dict[str, np.ndarray], fresh: Position) -> Position:
    known = fresh.optimiser
    optimiser = Adam(tensors["adam.m"].copy(), tensors["adam.v"].copy(), int(told["adam.t"]), known.beta1, known.beta2,
                     known.epsilon, known.weight_decay)  # fmt: skip
    average = None
    if fresh.average:
        average = MovingAverage(tensors["average"].copy(), fresh.average.decay, int(told["average.steps"]))
    numbers: dict[str, Any] = {name: int(told[name]) for name in ("epoch", "batch", "images", "correct")}
    fractions = {name: float.fromhex(told[name]) for name in ("loss", "seconds")}
    return Position(optimiser, average, **numbers, **fractions)


def _bytes(path: Path, pauses_seconds: tuple[float, ...] = PAUSES_SECONDS) -> bytes:
    """The file's content. Raises FileNotFoundError, CheckpointError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        if not pauses_seconds:
            raise CheckpointError(
                f"The checkpoint {path} could not be read ({error.strerror or error}). It was left as it is: put that "
                "right, then retry the job, which goes on from there."
            ) from error
        logger.warning("The checkpoint %s could not be read (%s); trying again.", path, error)
    time.sleep(pauses_seconds[0])
    return _bytes(path, pauses_seconds[1:])


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
