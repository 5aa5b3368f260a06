"""Where a version comes from, as it stands in its weights' header: enough to train the same weights again.

Left out on purpose: what anybody thinks of it. Measured are facts, with the data that they were measured on."""

import hashlib
import subprocess
import time
import tomllib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone
from threadpoolctl import threadpool_info

from recognizer import figures
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.network import Network
from training.calibration import Calibration
from training.evaluation import Result
from training.fit import EpochResult
from training.generated import GENERATOR_VERSION
from training.models import Snapshot, TrainingJob
from training.recipes import Plan
from training.sentences import SELECTION

GIT_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Began:
    """When the work began, on the calendar and on the stopwatch."""

    at: datetime
    stopwatch: float

    @classmethod
    def now(cls) -> "Began":
        return cls(timezone.now(), time.perf_counter())


def of(
    job: TrainingJob,
    *,
    snapshot: Snapshot | None,
    plan: Plan,
    epochs: list[EpochResult],
    calibration: Calibration,
    results: list[Result],
    began: Began,
) -> dict[str, Any]:
    """Everything that made these weights, ready for JSON."""
    return {
        "kind": job.kind,
        "preset": job.preset or None,
        "job": job.pk,
        "seed": job.seed,
        "settings": asdict(plan.settings),
        "data": plan.counts,
        "generated_images": job.generated_images,
        "generator_version": GENERATOR_VERSION if job.generated_images else None,
        "calibration": asdict(calibration),
        "snapshot": snapshot and {"id": snapshot.pk, "count": snapshot.count, "sha256": snapshot.sha256},
        "base": job.base and {"number": job.base.number, "sha256": job.base.sha256},
        "selection": SELECTION,
        "epochs": [asdict(epoch) for epoch in epochs],
        figures.IN_PROVENANCE: [result.as_provenance() for result in results],
        "parameters_sha256": parameters_sha256(plan.network),
        "preprocessing_version": PREPROCESSING_VERSION,
        "code": code_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "started_at": began.at.isoformat(),
        "finished_at": timezone.now().isoformat(),
        "seconds": round(time.perf_counter() - began.stopwatch, 1),
    }


def parameters_sha256(network: Network) -> str:
    """The SHA-256 of the parameters alone: the same for two trainings that ended alike, whenever they ran."""
    return hashlib.sha256(network.parameters.tobytes()).hexdigest()


def code_version() -> str:
    """The project's version, with what git says of the working copy if it is one: "0.1.0+3f2c1ab-dirty"."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
    commit = _git_describe()
    return f"{project}+{commit}" if commit else project


def _git_describe() -> str:
    if not (settings.BASE_DIR / ".git").exists():
        return ""
    command = ["git", "-C", str(settings.BASE_DIR), "describe", "--always", "--tags", "--dirty"]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=GIT_TIMEOUT_SECONDS, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def blas() -> str:
    """The library that multiplies matrices, with the kernels that it chose: other ones round otherwise."""
    found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    return ", ".join(
        f"{info['internal_api']} {info['version']} {info.get('architecture', '')}".strip() for info in found
    )
