"""Confidence that means what it says: temperature scaling, worked into the weights of the last layer.

Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks (2017). The answers' order stays the same, so
that no image is read otherwise. Left out on purpose: which images to calibrate on, which a recipe decides.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recognizer.network import Network
from recognizer.network.network import INFERENCE_CHUNK
from training.data.dataset import Dataset

# Images that are answered between two looks at whether to go on: whole chunks of the network's, for the same answers.
IMAGES_A_LOOK = 4 * INFERENCE_CHUNK
BINS = 15
COLDEST, HOTTEST = 0.25, 4.0
GOLDEN = (5**0.5 - 1) / 2
ROUNDS = 40  # each leaves 0.618 of the interval


@dataclass(frozen=True)
class Calibration:
    """By which `temperature` the logits were divided, and what it did to `images` that were not learnt from."""

    temperature: float
    images: int
    nll_before: float
    nll_after: float
    ece_before: float
    ece_after: float


def calibrate(network: Network, images: Dataset, look: Callable[[], object] = lambda: None) -> Calibration:
    """Scale the last layer of `network`, in place, so that its probabilities are those at the best temperature.

    `look` may raise to stop it, and the network stays as it is."""
    before = log_probabilities(network, images, look)  # (n, classes)
    temperature = best_temperature(before, images.labels)
    after = tempered(before, temperature)
    for values in network.layer_parameters[-1].values():
        values /= temperature
    return Calibration(
        round(temperature, 4),
        len(images),
        *(round(nll(each, images.labels), 6) for each in (before, after)),
        *(round(expected_calibration_error(np.exp(each), images.labels), 6) for each in (before, after)),
    )


def log_probabilities(network: Network, images: Dataset, look: Callable[[], object] = lambda: None) -> np.ndarray:
    """Of every class for every image, float64 (n, classes). `look` is called every IMAGES_A_LOOK images."""
    answers = np.empty((len(images), *network.architecture.output_shape), np.float64)
    for start in range(0, len(images), IMAGES_A_LOOK):
        part = slice(start, start + IMAGES_A_LOOK)
        answers[part] = network.probabilities(images.images[part])
        look()
    return np.log(np.maximum(answers, 1e-30))


def best_temperature(logs: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of the least negative log-likelihood, for log-probabilities (n, classes); between 1/4 and 4.

    It has one minimum over the logarithm of the temperature, which golden-section search closes in on.
    """
    return float(np.exp(least(lambda log: nll(tempered(logs, np.exp(log)), labels), np.log(COLDEST), np.log(HOTTEST))))


def least(f: Callable[[float], float], low: float, high: float) -> float:
    """Where f, which falls and then rises, is least: Kiefer, Sequential Minimax Search for a Maximum (1953)."""
    for _ in range(ROUNDS):
        step = GOLDEN * (high - low)
        if f(high - step) < f(low + step):
            high = low + step
        else:
            low = high - step
    return (low + high) / 2


def tempered(logs: np.ndarray, temperature: float) -> np.ndarray:
    """Log-probabilities (n, classes) at a temperature: of softmax(z / T), from those of softmax(z)."""
    scaled = logs / temperature
    top = scaled.max(axis=1, keepdims=True)
    return scaled - top - np.log(np.exp(scaled - top).sum(axis=1, keepdims=True))


def nll(logs: np.ndarray, labels: np.ndarray) -> float:
    """The mean negative log-likelihood of labels (n,)."""
    return float(-logs[np.arange(len(labels)), labels].mean())


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """How far confidence is from accuracy, on average over images (n, classes), in 15 bins of equal width.

    Naeini, Cooper, Hauskrecht: Obtaining Well Calibrated Probabilities Using Bayesian Binning (2015).
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    return calibration_error(confidence, right)


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """The same from confidences (n,) and whether each answer was right, boolean (n,)."""
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    away = np.bincount(bins, right.astype(np.float64) - confidence, minlength=BINS)
    return float(np.abs(away).sum() / len(confidence))
