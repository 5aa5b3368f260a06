"""Images with their labels, checked once so that nothing behind has to.

Left out on purpose: where they come from, and their order in training, which is a batch source's."""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from .lazy import Images, Joined, Lazy, Picked
from .lines import Lines

DIGITS = 10
# The label of an image that shows no digit.
NO_DIGIT = 10


class DatasetError(ValueError):
    """Images and labels do not make a data set; the message names the value."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """images (n, 28, 28) uint8, light on dark as in MNIST; labels (n,) integers, 0 to 9 or NO_DIGIT.

    Images may be Lazy: a million are never all in memory. `lines` are those that the images were drawn from, if
    they are known for any of them."""

    images: Images
    labels: np.ndarray
    lines: Lines | None = None

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
            raise DatasetError(f"images must be uint8 of shape (n, 28, 28), not {images.dtype} of {images.shape}")
        if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
            raise DatasetError(f"{len(images)} images need as many integer labels, not {labels.dtype} {labels.shape}")
        if len(labels) and not 0 <= labels.min() <= labels.max() <= NO_DIGIT:
            raise DatasetError(
                f"labels must be 0 to 9, or {NO_DIGIT} for no digit, not {labels.min()} to {labels.max()}"
            )
        if self.lines is not None and len(self.lines) != len(labels):
            raise DatasetError(f"{len(labels)} images need as many drawings' lines or none, not {len(self.lines)}")

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | np.ndarray) -> "Dataset":
        """Return the part that a slice or an array of indices selects; nothing is read of images that are Lazy."""
        lazy = isinstance(self.images, Lazy)
        images = Picked(self.images, np.arange(len(self))[index]) if lazy else self.images[index]
        return Dataset(images, self.labels[index], None if self.lines is None else self.lines[index])

    def split_last(self, count: int) -> tuple["Dataset", "Dataset"]:
        """Return all but the last `count` images, and those, as MNIST is split into training and validation."""
        if not 0 <= count <= len(self):
            raise DatasetError(f"of {len(self)} images the last {count} cannot be split off")
        return self[: len(self) - count], self[len(self) - count :]

    @classmethod
    def joined(cls, *parts: "Dataset") -> "Dataset":
        """Return the parts one behind the other, without a copy of their images. Only one may have lines."""
        if len(parts) == 1:
            return parts[0]
        labels = np.concatenate([part.labels for part in parts])
        starts = [0, *accumulate(map(len, parts))]
        with_lines = [(start, part) for start, part in zip(starts, parts, strict=False) if part.lines is not None]
        if len(with_lines) > 1:
            raise DatasetError(f"{len(with_lines)} of the parts have lines, and only one may")
        lines = None
        if with_lines:
            start, part = with_lines[0]
            lines = part.lines.beside(start, len(labels) - start - len(part))
        return cls(Joined([part.images for part in parts]), labels, lines)
