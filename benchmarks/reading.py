"""What the benchmarks of recognition share: answers as the site gives them, from a weights file, without a database."""

import argparse
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import django
import numpy as np

from recognizer import ink
from recognizer.network import weights

from . import common, machine

SHIPPED = machine.PROJECT_DIR / "recognizer" / "weights"
PAGE = 512


@dataclass(frozen=True)
class Answers:
    """`digits` (n,) with -1 for "no digit", and the `confidence` (n,) of each."""

    digits: np.ndarray
    confidence: np.ndarray

    def right(self, labels: Sequence[int]) -> np.ndarray:
        """Boolean (n,); a rejected digit is not right."""
        return self.digits == np.asarray(labels)

    @property
    def rejected(self) -> np.ndarray:
        return self.digits < 0


def parser(doc: str) -> argparse.ArgumentParser:
    result = common.plain_parser(doc)
    result.add_argument("--weights", type=Path, default=newest(), help="a weights file (the newest that is shipped)")
    return result


def newest() -> Path:
    return max(SHIPPED.glob("*.safetensors"), key=lambda path: int(path.name.partition("-")[0]))


def read(path: Path, seen: Iterable[ink.Seen]) -> Answers:
    """Answer as the site does, thresholds included."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")
    django.setup()
    from recognizer import recognition

    model = recognition.LiveModel(number=0, version_id=0, network=weights.load(path).network)
    seen, answers = list(seen), []
    for start in range(0, len(seen), PAGE):
        answers += recognition.recognise_all(seen[start : start + PAGE], model)
    digits = np.array([-1 if answer.digit is None else answer.digit for answer in answers])
    return Answers(digits, np.array([answer.confidence for answer in answers]))


def share(part: np.ndarray) -> str:
    """Of a boolean (n,): "98.53 % of 7,494"."""
    return f"{100 * np.mean(part):.2f} % of {len(part):,}"
