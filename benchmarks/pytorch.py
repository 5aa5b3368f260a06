"""The same networks in PyTorch, made from the project's own lists of layers, with the same weights.

PyTorch is given what favours it: batches that lie ready as float32 in the layout it is to use, its fused AdamW, and
`inference_mode` for answers. Left out on purpose: `torch.compile`, which needs a C++ compiler where it runs."""

from collections.abc import Callable
from itertools import cycle

import numpy as np
import torch
from torch import nn

from recognizer.network import Network
from recognizer.network.layer import Layer, Shape
from training.fit_settings import Settings

from .measuring import rate
from .ours import random_images, random_labels

LAYOUTS = {"eager": torch.contiguous_format, "channels-last": torch.channels_last}
RENAMED = {"scale": "weight", "mean": "running_mean", "variance": "running_var"}
BATCHES_AT_HAND = 8
MOST_DIFFERENCE = 1e-4


class DifferentAnswers(AssertionError):  # noqa: N818 (it is what they are)
    """The two networks do not answer alike, so that comparing their times would say nothing."""


def module_of(network: Network, layout: str = "eager") -> nn.Sequential:
    """Return the network in PyTorch, its weights copied, for images (batch, channels, rows, columns)."""
    module = nn.Sequential(*[twin_of(layer, shape) for layer, shape in network.architecture.with_shapes()])
    state = module.state_dict()
    for name, values in torch_parameters(network).items():
        state[name].copy_(torch.from_numpy(np.ascontiguousarray(values)))
    return module.to(memory_format=LAYOUTS[layout])


def twin_of(layer: Layer, input_shape: Shape) -> nn.Module:
    """Return PyTorch's layer for the project's; input_shape is (rows, channels, columns) or (features,)."""
    match type(layer).__name__:
        case "Convolution":
            return nn.Conv2d(input_shape[1], layer.filters, layer.kernel)
        case "BatchNorm":
            return nn.BatchNorm2d(input_shape[1], eps=layer.epsilon, momentum=layer.momentum)
        case "ReLU":
            return nn.ReLU()
        case "MaxPool":
            return nn.MaxPool2d(layer.side)
        case "Flatten":
            return nn.Flatten()
        case "Dropout":
            return nn.Dropout(layer.rate)
        case "Dense":
            return nn.Linear(*input_shape, layer.outputs)
        case other:
            raise TypeError(f"no layer of PyTorch is known here for {other}: add it to benchmarks/pytorch.py")


def torch_parameters(network: Network) -> dict[str, np.ndarray]:
    """Return the parameters by PyTorch's names and in its order: layers from 0, channels before rows in `Flatten`."""
    flattened: Shape | None = None
    named = network.named_parameters()
    result = {}
    for number, (layer, shape) in enumerate(network.architecture.with_shapes()):
        flattened = shape if type(layer).__name__ == "Flatten" else flattened
        for name in layer.parameter_shapes(shape):
            values = named[f"{number + 1}.{name}"]
            if flattened and values.ndim == 2:
                rows_first = values.reshape(-1, *flattened)  # (outputs, rows, channels, columns)
                values, flattened = rows_first.swapaxes(1, 2).reshape(values.shape), None
            result[f"{number}.{RENAMED.get(name, name)}"] = values
    return result


def tensor_of(images: np.ndarray, layout: str = "eager") -> torch.Tensor:
    """Return images (n, rows, columns), uint8, as (n, 1, rows, columns), float32 from 0 to 1."""
    pixels = torch.from_numpy(images[:, None].astype(np.float32) / 255)
    return pixels.to(memory_format=LAYOUTS[layout])


def check_same(network: Network, module: nn.Module, images: np.ndarray, layout: str = "eager") -> None:
    """Raise DifferentAnswers unless the module's probabilities are the network's up to rounding."""
    with torch.inference_mode():
        theirs = torch.softmax(module(tensor_of(images, layout)), dim=1).numpy()
    difference = float(np.abs(network.probabilities(images) - theirs).max())
    if not difference <= MOST_DIFFERENCE:
        raise DifferentAnswers(f"{network.architecture.name} and its twin in PyTorch differ by {difference:.2g}")


class Training:
    """A training in PyTorch that goes on from round to round: forward, cross-entropy, backward, AdamW."""

    def __init__(self, network: Network, *, batch: int, layout: str, steps: int, threads: int) -> None:
        """`steps` of `batch` images are a round."""
        self.module = module_of(network, layout)
        self.module.eval()
        check_same(network, self.module, random_images(network.architecture.name, 8), layout)
        self.module.train()
        self.optimiser = torch.optim.AdamW(
            self.module.parameters(), lr=Settings.learning_rate, weight_decay=Settings.weight_decay, fused=True
        )
        images = random_images(network.architecture.name, BATCHES_AT_HAND * batch)
        labels = torch.from_numpy(random_labels(len(images)))
        parts = [slice(start, start + batch) for start in range(0, len(images), batch)]
        self.batches = cycle([(tensor_of(images[part], layout), labels[part]) for part in parts])
        self.batch, self.steps, self.threads = batch, steps, threads

    def run(self) -> float:
        """Return images per second of one round; a step before it does not count."""
        use_threads(self.threads)
        self.take(1)
        return rate(lambda: self.take(self.steps), self.steps * self.batch)

    def take(self, steps: int) -> None:
        for _ in range(steps):
            images, labels = next(self.batches)
            self.optimiser.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(self.module(images), labels).backward()
            self.optimiser.step()


def use_threads(threads: int) -> None:
    torch.set_num_threads(threads)


def answers(
    network: Network, images: np.ndarray, *, layout: str, batch: int, traced: bool = False
) -> Callable[[], torch.Tensor]:
    """Return what answers the images (n, rows, columns), batch by batch, with probabilities (n, classes).

    `traced` compiles the network with TorchScript, freezes it and lets it optimise itself for inference.
    """
    module = module_of(network, layout).eval()
    parts = [part.contiguous(memory_format=LAYOUTS[layout]) for part in tensor_of(images).split(batch)]
    if traced:
        with torch.inference_mode():
            module = torch.jit.optimize_for_inference(torch.jit.trace(module, parts[0]))
    check_same(network, module, images[:batch], layout)

    def answer() -> torch.Tensor:
        with torch.inference_mode():
            return torch.cat([torch.softmax(module(part), dim=1) for part in parts])

    return answer
