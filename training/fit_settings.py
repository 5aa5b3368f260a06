"""How a network is to learn, checked at the door: a bad value is named before any work begins.

Left out on purpose: what it learns from, which a recipe decides."""

import os
from dataclasses import dataclass, field

import numpy as np

from recognizer.network.schedules import SCHEDULES

from .data.augmentation import Augmentation
from .data.redrawing import Redrawing


class SettingsError(ValueError):
    """A setting has a value that no training can use; `field` is its name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Settings:
    """How to learn. All but `threads` decide about the weights; the same settings and data give the same ones.

    `learning_rate` is the schedule's largest. `averaging_decay` is that of the moving average of the weights, which a
    training ends with; 0 means none. `redrawing` changes the images of which the data set has the lines. A batch is
    worked on in parts of at most `chunk_size` images, in parallel; `threads` None means as many as this process may
    use cores.
    """

    epochs: int = 12
    batch_size: int = 128
    learning_rate: float = 4e-3
    schedule: str = "one-cycle"
    weight_decay: float = 0.02
    beta1: float = 0.9
    beta2: float = 0.999
    label_smoothing: float = 0.0
    averaging_decay: float = 0.998
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    redrawing: Redrawing | None = None
    seed: int = 0
    chunk_size: int = 64
    threads: int | None = None

    def __post_init__(self) -> None:
        check_whole("epochs", self.epochs, 1, 1000)
        check_whole("batch_size", self.batch_size, 1, 4096)
        check_whole("seed", self.seed, 0, 2**32 - 1)
        check_whole("chunk_size", self.chunk_size, 1, 4096)
        if self.threads is not None:
            check_whole("threads", self.threads, 1, 256)
        check_number("learning_rate", self.learning_rate, 1e-7, 1.0)
        check_number("weight_decay", self.weight_decay, 0.0, 1.0)
        for name in ("beta1", "beta2", "label_smoothing", "averaging_decay"):
            check_number(name, getattr(self, name), 0.0, 0.99999)
        if not isinstance(self.augmentation, Augmentation | None):
            raise SettingsError(
                "augmentation", f"augmentation must be an Augmentation or None, not {self.augmentation!r}"
            )
        if not isinstance(self.redrawing, Redrawing | None):
            raise SettingsError("redrawing", f"redrawing must be a Redrawing or None, not {self.redrawing!r}")
        if self.schedule not in SCHEDULES:
            raise SettingsError("schedule", f"schedule must be one of {', '.join(SCHEDULES)}, not {self.schedule!r}")

    @property
    def thread_count(self) -> int:
        return self.threads or usable_cores()


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_whole(name: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not least <= value <= most:
        raise SettingsError(name, f"{name} must be a whole number from {least} to {most}, not {value!r}")


def check_number(name: str, value: object, least: float, most: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise SettingsError(name, f"{name} must be a number from {least} to {most}, not {value!r}")
