"""A network is an architecture and one flat vector of parameters, of which every layer has views.

Left out on purpose: training, and any state of a call. Threads may share a network as long as nobody trains it."""

from dataclasses import asdict, dataclass
from math import ceil, prod
from typing import Any

import numpy as np

from . import architectures
from .architectures import Architecture
from .layer import INFERENCE, Call, Shape
from .losses import softmax, softmax_cross_entropy
from .parallel import Parallel
from .workspace import Workspace, Workspaces

# Larger batches gain nothing and their intermediate results leave the cache.
INFERENCE_CHUNK = 32


class ImageError(ValueError):
    """The images are not what the network reads."""


@dataclass(frozen=True)
class LayerSummary:
    """A row of the table that describes a network. Shapes are (rows, channels, columns) or (features,)."""

    name: str
    kind: str
    input_shape: Shape
    output_shape: Shape
    parameter_count: int
    settings: dict[str, Any]


@dataclass(frozen=True)
class LossAndGradients:
    """What a pass over some images gave: sums over the images, so that those of several passes can be added."""

    images: int
    loss: float
    correct: int
    gradients: np.ndarray  # (parameters,)


class Network:
    """Answers for images, and derives its loss. `parameters` is float32, or float64 to check gradients."""

    def __init__(self, architecture: str | Architecture, parameters: np.ndarray) -> None:
        if isinstance(architecture, str):
            architecture = architectures.find(architecture)
        self.architecture = architecture
        self.parameters = parameters
        if parameters.shape != (self.parameter_count,) or parameters.dtype not in (np.float32, np.float64):
            raise ValueError(
                f"{architecture.name} needs {self.parameter_count} parameters as a vector of float32 or float64, "
                f"not {parameters.dtype} of shape {parameters.shape}"
            )
        self._steps = architecture.steps
        self._places = architecture.places()
        self.layer_parameters = self._views_of(parameters)

    @classmethod
    def create(cls, architecture: str | Architecture, rng: np.random.Generator, dtype: type = np.float32) -> "Network":
        """Return a network with fresh random weights."""
        if isinstance(architecture, str):
            architecture = architectures.find(architecture)
        network = cls(architecture, np.zeros(architecture.parameter_count, dtype))
        for layer, views in zip(architecture.layers, network.layer_parameters, strict=True):
            layer.initialise(views, rng)
        return network

    @property
    def parameter_count(self) -> int:
        return self.architecture.parameter_count

    def named_parameters(self) -> dict[str, np.ndarray]:
        """Return views like {"1.weight": (8, 1, 5, 5), "1.bias": (8,), "3.weight": ...}; layers count from 1."""
        return {
            f"{number}.{name}": view
            for number, views in enumerate(self.layer_parameters, start=1)
            for name, view in views.items()
        }

    def summary(self) -> list[LayerSummary]:
        """Return a row per layer, in order."""
        return [
            LayerSummary(
                name=str(number),
                kind=type(layer).__name__,
                input_shape=shape,
                output_shape=layer.output_shape(shape),
                parameter_count=sum(map(prod, layer.parameter_shapes(shape).values())),
                settings=asdict(layer),
            )
            for number, (layer, shape) in enumerate(self.architecture.with_shapes(), start=1)
        ]

    def averages(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where in `parameters` the running averages stand, int64 (count,), and the momentum of each.

        Their entries of a gradient say how far they are off from this batch; no optimiser is to touch them.
        """
        places, momenta = [np.empty(0, np.int64)], [np.empty(0, self.parameters.dtype)]
        numbers = Network(self.architecture, np.arange(self.parameter_count, dtype=np.float64))
        for layer, views in zip(self.architecture.layers, numbers.layer_parameters, strict=True):
            for name in layer.averages:
                places.append(views[name].ravel().astype(np.int64))
                momenta.append(np.full(views[name].size, layer.momentum, self.parameters.dtype))
        return np.concatenate(places), np.concatenate(momenta)

    def probabilities(self, images: np.ndarray, *, threads: int = 1) -> np.ndarray:
        """Return softmax answers (n, classes), float32, for images (n, rows, columns), uint8 or floats from 0 to 1.

        Raises ImageError. Keeps no state; the images are taken in chunks, so that n may be large, by as many threads
        as are given: more than one pay where BLAS itself is held to one.
        """
        self._check(images)
        answers = np.empty((len(images), *self.architecture.output_shape), np.float32)  # (n, classes)
        if not len(images):
            return answers
        if len(images) <= INFERENCE_CHUNK:
            answers[...] = softmax(self.logits(self._arrange(images))).T
            return answers
        workspaces = Workspaces()

        def answer(number: int) -> None:
            part = slice(number * INFERENCE_CHUNK, (number + 1) * INFERENCE_CHUNK)
            with workspaces.lend() as workspace:
                answers[part] = softmax(self.logits(self._arrange(images[part]), workspace)).T

        with Parallel(threads, "probabilities") as parallel:
            parallel.map(answer, ceil(len(images) / INFERENCE_CHUNK))
        return answers

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return what the last layer is given, (n, features), for images (n, rows, columns) as `probabilities` takes.

        It is what the network makes of an image before it decides: images that look alike to it lie close together.
        Raises ImageError."""
        self._check(images)
        steps = list(zip(self._steps[:-1], self.layer_parameters[:-1], strict=True))
        parts = []
        for start in range(0, len(images), INFERENCE_CHUNK):
            x = self._arrange(images[start : start + INFERENCE_CHUNK])
            for layer, views in steps:
                x, _ = layer.forward(views, x, INFERENCE)
            parts.append(np.array(x.T))  # (chunk, features)
        width = self.layer_parameters[-1]["weight"].size // self.architecture.output_shape[0]
        return np.concatenate(parts) if parts else np.empty((0, width), self.parameters.dtype)

    def logits(self, x: np.ndarray, workspace: Workspace | None = None) -> np.ndarray:
        """Return what the last layer gives, (classes, batch), for x (rows, channels, columns, batch).

        With a workspace the result is valid until its next use.
        """
        for layer, views, call in zip(self._steps, self.layer_parameters, self._calls(workspace), strict=True):
            x, _ = layer.forward(views, x, call)
        return x

    def loss_and_gradients(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        *,
        gradients: np.ndarray | None = None,
        workspace: Workspace | None = None,
        rng: np.random.Generator | None = None,
        label_smoothing: float = 0.0,
    ) -> LossAndGradients:
        """Return the cross-entropy of images (n, rows, columns) and its derivative by the parameters, summed over n.

        `labels` are integers (n,) or one-hot (n, classes). `gradients` is overwritten and returned if it is given, so
        that a caller can keep the memory, as it can that of a thread's `workspace`. `rng` is for layers that draw
        random numbers. Raises ImageError and LabelError.
        """
        self._check(images)
        if gradients is None:
            gradients = np.empty_like(self.parameters)
        calls = (workspace or Workspace()).calls(len(self._steps), training=True, rng=rng)
        logits, saved = self._forward(self._arrange(images), calls)
        losses, dlogits = softmax_cross_entropy(logits, labels, label_smoothing)
        correct = count_correct(logits, labels)
        self._backward(saved, dlogits, gradients, calls)
        return LossAndGradients(len(images), float(losses.sum(dtype=np.float64)), correct, gradients)

    def loss(self, images: np.ndarray, labels: np.ndarray, *, workspace: Workspace | None = None) -> tuple[float, int]:
        """Return the summed cross-entropy of images (n, rows, columns), and how many the network reads right."""
        self._check(images)
        logits = self.logits(self._arrange(images), workspace)
        losses, _ = softmax_cross_entropy(logits, labels)
        return float(losses.sum(dtype=np.float64)), count_correct(logits, labels)

    def _calls(self, workspace: Workspace | None) -> list[Call]:
        layers = len(self._steps)
        return workspace.calls(layers, training=False) if workspace else [INFERENCE] * layers

    def _forward(self, x: np.ndarray, calls: list[Call]) -> tuple[np.ndarray, list[Any]]:
        saved = []
        for layer, views, call in zip(self._steps, self.layer_parameters, calls, strict=True):
            x, kept = layer.forward(views, x, call)
            saved.append(kept)
        return x, saved

    def _backward(self, saved: list[Any], dy: np.ndarray, gradients: np.ndarray, calls: list[Call]) -> None:
        steps = list(zip(self._steps, self.layer_parameters, saved, self._views_of(gradients), calls, strict=True))
        for number, (layer, views, kept, into, call) in reversed(list(enumerate(steps))):
            dy = layer.backward(views, kept, dy, into, call, input_gradient=number > 0)

    def _views_of(self, flat: np.ndarray) -> list[dict[str, np.ndarray]]:
        """Return each layer's parameters as views of a flat vector (parameters,)."""
        return [{name: flat[part].reshape(shape) for name, (part, shape) in own.items()} for own in self._places]

    def _check(self, images: np.ndarray) -> None:
        rows, _, columns = self.architecture.input_shape
        if images.ndim != 3 or images.shape[1:] != (rows, columns):
            raise ImageError(f"images must have the shape (n, {rows}, {columns}), not {images.shape}")
        if images.dtype != np.uint8 and not np.issubdtype(images.dtype, np.floating):
            raise ImageError(f"images must be uint8 or floats from 0 to 1, not {images.dtype}")
        if images.dtype != np.uint8 and images.size and not 0 <= images.min() <= images.max() <= 1:
            raise ImageError(f"float images must lie between 0 and 1, not {images.min()} and {images.max()}")

    def _arrange(self, images: np.ndarray) -> np.ndarray:
        """Return images (n, rows, columns) as (rows, 1, columns, n), 0 to 1, in the parameters' dtype."""
        x = np.ascontiguousarray(images.transpose(1, 2, 0)[:, None], dtype=self.parameters.dtype)
        return x / 255 if images.dtype == np.uint8 else x


def count_correct(logits: np.ndarray, labels: np.ndarray) -> int:
    """Return how many images have their largest logit (classes, batch) at their label, integer or one-hot."""
    targets = labels if np.ndim(labels) == 1 else np.argmax(labels, axis=1)
    return int((logits.argmax(axis=0) == targets).sum())
