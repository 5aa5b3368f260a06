"""A network as an ONNX file, which other programs run without this project: the graph of what the site computes.

Left out on purpose: training in ONNX, and the rules of when an answer counts; those stand in the metadata as numbers.
The package `onnx` is imported when a graph is made, since it takes a quarter of a second that no start should wait."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recognizer.network import Network
from recognizer.network.activations import ReLU
from recognizer.network.architectures import DIGITS
from recognizer.network.convolution import Convolution
from recognizer.network.dense import Dense, Flatten
from recognizer.network.dropout import Dropout
from recognizer.network.folding import fold
from recognizer.network.layer import Layer, Parameters, Shape
from recognizer.network.normalisation import BatchNorm
from recognizer.network.pooling import MaxPool

if TYPE_CHECKING:
    import onnx

OPSET = 17
IR_VERSION = 8
INPUT, PROBABILITIES, NO_DIGIT = "image", "probabilities", "no_digit"
BATCH = "n"
DESCRIPTION = """Reads handwritten digits.
image: float32 (n, 1, 28, 28), 0 to 1, light ink on a dark ground, the digit centred by its mass as in MNIST.
probabilities: float32 (n, 10), of the digits 0 to 9; they sum to 1."""
WITH_NO_DIGIT = """
no_digit: float32 (n, 1), the probability that the image shows no digit; a tenth of it is in each of the ten others."""


class OnnxError(ValueError):
    """A network cannot be written as an ONNX graph; the message says what ONNX lacks here."""


def dumps(network: Network, metadata: Mapping[str, str]) -> bytes:
    """Return the ONNX file of a network with `metadata`, checked by `onnx`; the same input gives the same bytes.

    Raises OnnxError for a layer that this module does not know."""
    import onnx

    model = build(fold(network), metadata)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def build(network: Network, metadata: Mapping[str, str]) -> "onnx.ModelProto":
    """Return the model of a network whose parameters stay as they are."""
    from onnx import TensorProto, helper

    steps = _Steps()
    logits = steps.follow(network)
    has_no_digit = network.architecture.output_shape[0] > DIGITS
    outputs = {PROBABILITIES: DIGITS} | ({NO_DIGIT: 1} if has_no_digit else {})
    steps.answer(logits, has_no_digit=has_no_digit)
    rows, channels, columns = network.architecture.input_shape
    graph = helper.make_graph(
        steps.nodes,
        network.architecture.name,
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [BATCH, channels, rows, columns])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH, size]) for name, size in outputs.items()],
        steps.constants,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="digits",
        doc_string=DESCRIPTION + (WITH_NO_DIGIT if has_no_digit else ""),
    )
    helper.set_model_props(model, dict(metadata))
    return model


class _Steps:
    """The nodes and constants of a graph, as one layer after the other adds them; values are (n, channels, h, w)."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def follow(self, network: Network) -> str:
        """Add all layers; return the name of what the last one gives."""
        value = INPUT
        layers = zip(network.architecture.with_shapes(), network.layer_parameters, strict=True)
        before: Shape | None = None  # the (rows, channels, columns) that were laid in a row, for the next dense layer
        for number, ((layer, shape), parameters) in enumerate(layers, start=1):
            for kind, constants, options in _nodes(layer, parameters, before):
                value = self.add(kind, [value], f"{number}.{kind.lower()}", constants, **options)
            if isinstance(layer, Flatten | Dense):
                before = shape if isinstance(layer, Flatten) else None
        return value

    def answer(self, logits: str, *, has_no_digit: bool) -> None:
        """Add what the site makes of the last layer: "no digit" speaks for all ten alike, so that they sum to 1."""
        if not has_no_digit:
            self.add("Softmax", [logits], PROBABILITIES, axis=1)
            return
        all_classes = self.add("Softmax", [logits], "classes", axis=1)
        sizes = {"sizes": np.array([DIGITS, 1], np.int64)}
        self.add("Split", [all_classes], "digits", sizes, outputs=["digits", NO_DIGIT], axis=1)
        share = self.add("Div", [NO_DIGIT], "share", {"ten": np.array(DIGITS, np.float32)})
        self.add("Add", ["digits", share], PROBABILITIES)

    def add(
        self,
        kind: str,
        inputs: list[str],
        name: str,
        constants: Mapping[str, np.ndarray] | None = None,
        *,
        outputs: list[str] | None = None,
        **options: Any,
    ) -> str:
        """Add a node with its constants behind its inputs; return the name of its first output."""
        from onnx import helper, numpy_helper

        for what, array in (constants or {}).items():
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), f"{name}.{what}"))
            inputs = [*inputs, f"{name}.{what}"]
        self.nodes.append(helper.make_node(kind, inputs, outputs or [name], name=name, **options))
        return (outputs or [name])[0]


def _nodes(
    layer: Layer, own: Parameters, before: Shape | None
) -> Iterator[tuple[str, dict[str, np.ndarray], dict[str, Any]]]:
    """Yield the ONNX operators of a layer: kind, constants, options. Dropout only acts in training: none."""
    match layer:
        case Convolution():  # both are cross-correlations with (filters, channels, rows, columns)
            yield "Conv", {"weight": own["weight"], "bias": own["bias"]}, {}
        case BatchNorm():
            constants = {name: own[name] for name in ("scale", "bias", "mean", "variance")}
            yield "BatchNormalization", constants, {"epsilon": layer.epsilon}
        case MaxPool():
            yield "MaxPool", {}, {"kernel_shape": [layer.side] * 2, "strides": [layer.side] * 2}
        case ReLU():
            yield "Relu", {}, {}
        case Flatten():
            yield "Flatten", {}, {"axis": 1}
        case Dense():
            yield "Gemm", {"weight": _channels_first(own["weight"], before), "bias": own["bias"]}, {"transB": 1}
        case Dropout():
            return
        case _:
            raise OnnxError(f"{type(layer).__name__} is no layer that can be written as ONNX: add it to onnx_graph.py")


def _channels_first(weight: np.ndarray, before: Shape | None) -> np.ndarray:
    """A dense layer's weight (outputs, features) for features that ONNX lays down as (channels, rows, columns).

    Ours are (rows, channels, columns). Turning the weight once spares the graph turning every image."""
    if before is None:
        return weight
    return weight.reshape(len(weight), *before).transpose(0, 2, 1, 3).reshape(weight.shape)
