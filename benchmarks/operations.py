"""How many multiplications with addition a network cannot do without, counted from the list of its layers.

Left out on purpose: biases, activations, pools and normalisation, which are passes over memory and no products; and
whatever a kernel multiplies beyond need, for which it shall get no credit."""

from dataclasses import dataclass
from math import prod

from recognizer.network import Architecture
from recognizer.network.convolution import Convolution
from recognizer.network.dense import Dense
from recognizer.network.layer import Layer, Shape

FLOPS_PER_MAC = 2


@dataclass(frozen=True)
class Macs:
    """Multiply-accumulates for one image: to answer, and for the derivatives by the weights and by the inputs."""

    forward: int
    weight_gradients: int
    input_gradients: int

    @property
    def training(self) -> int:
        """Those of a step of training."""
        return self.forward + self.weight_gradients + self.input_gradients


def count(architecture: Architecture) -> Macs:
    """Count each layer's products once forward and once for each derivative; nobody asks for that by the images."""
    by_layer = [layer_macs(layer, shape) for layer, shape in architecture.with_shapes()]
    return Macs(forward=sum(by_layer), weight_gradients=sum(by_layer), input_gradients=sum(by_layer[1:]))


def layer_macs(layer: Layer, input_shape: Shape) -> int:
    """Return what the layer multiplies for one image: as often as it has outputs, as many products as each takes."""
    outputs = prod(layer.output_shape(input_shape))
    if isinstance(layer, Convolution):
        return outputs * input_shape[1] * prod(layer.kernel)
    return outputs * prod(input_shape) if isinstance(layer, Dense) else 0
