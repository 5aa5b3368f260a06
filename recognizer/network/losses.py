"""Softmax and the cross-entropy that trains it, derived together so that neither overflows.

Left out on purpose: averaging. Losses and derivatives are each image's own, so that parts of a batch can be
added up."""

import numpy as np


class LabelError(ValueError):
    """The labels do not say one class for each image."""


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return exp(z_k) / sum over j of exp(z_j) along the first axis of (classes, batch), shifted to avoid overflow."""
    e = np.exp(logits - logits.max(axis=0))
    e /= e.sum(axis=0)
    return e  # (classes, batch)


def softmax_cross_entropy(
    logits: np.ndarray, labels: np.ndarray, label_smoothing: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return each image's loss (batch,) and its derivative by the logits (classes, batch).

    `labels` are integers (batch,) or one-hot (batch, classes). With p = softmax(z) and target t:
    L = -sum over k of t_k log p_k, log p_k = z_k - log sum over j of exp(z_j), hence dL/dz = p - t.
    Bishop: Pattern Recognition and Machine Learning (2006), equations 4.104 to 4.109.
    With `label_smoothing` s the target is (1 - s) t + s / classes, which keeps logits from growing without end:
    Szegedy et al.: Rethinking the Inception Architecture (2016), section 7. Raises LabelError, ValueError.
    """
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"label_smoothing must be at least 0 and less than 1, not {label_smoothing!r}")
    targets = as_integers(labels, len(logits), logits.shape[1])
    images = np.arange(len(targets))
    shifted = logits - logits.max(axis=0)  # (classes, batch)
    e = np.exp(shifted)
    total = e.sum(axis=0)  # (batch,)
    losses = np.log(total) - shifted[targets, images]  # (batch,)
    e /= total
    if label_smoothing:
        losses = (1 - label_smoothing) * losses + label_smoothing * (np.log(total) - shifted.mean(axis=0))
        e -= label_smoothing / len(logits)
    e[targets, images] -= 1 - label_smoothing
    return losses, e


def as_integers(labels: np.ndarray, classes: int, batch: int) -> np.ndarray:
    """Return labels, integers (batch,) or one-hot (batch, classes), as integers (batch,); raise LabelError."""
    labels = np.asarray(labels)
    if labels.ndim == 2:
        labels = from_one_hot(labels, classes)
    if labels.shape != (batch,):
        raise LabelError(f"{batch} images need labels of shape ({batch},) or ({batch}, {classes}), not {labels.shape}")
    if not np.issubdtype(labels.dtype, np.integer):
        raise LabelError(f"labels must be integers or one-hot, not {labels.dtype}")
    if batch and not 0 <= labels.min() <= labels.max() < classes:
        raise LabelError(f"labels must be 0 to {classes - 1}, not {labels.min()} to {labels.max()}")
    return labels.astype(np.intp, copy=False)


def from_one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the place of the single 1 in each row of (batch, classes); raise LabelError where there is none."""
    if labels.shape[1] != classes:
        raise LabelError(f"one-hot labels need {classes} columns, not {labels.shape[1]}")
    if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
        raise LabelError("each row of one-hot labels must hold a single 1 and zeros")
    return labels.argmax(axis=1)
