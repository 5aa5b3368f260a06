"""Pictures of what happens inside of a network while it reads one drawing, for docs/how-the-network-works.md.

Left out on purpose: pyplot, whose global state threads would share, and any drawing that was not made by a hand: what
is shown are the activations of a real one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from recognizer import ink
from recognizer.network import Network
from recognizer.network.layer import Call
from recognizer.network.losses import softmax, softmax_cross_entropy
from recognizer.network.schedules import SCHEDULES

from .data.augmentation import IMAGES_PER_WARP, Augmentation

# A five as a hand draws it: its neck and belly, then the bar on top. Canvas of 280 x 280.
FIVE = [
    [[104, 62], [101, 84], [97, 108], [94, 124], [112, 117], [136, 115], [160, 124], [174, 143], [176, 168],
     [163, 193], [140, 208], [112, 213], [86, 205], [76, 194]],
    [[104, 62], [128, 60], [154, 58], [178, 53]],
]  # fmt: skip
CANVAS_PX = 280
INK, PAPER = "gray_r", "white"
DIVERGING = "PuOr"  # orange below zero, violet above, told apart by colour-blind readers too
VIOLET, GREY = "#5e3c99", "#999999"
MAPS_PER_LAYER = 8
AUGMENTED = 12
SETTINGS = {"dpi": 100, "layout": "constrained"}


def drawing(strokes: list = FIVE, width: float = CANVAS_PX, height: float = CANVAS_PX) -> np.ndarray:
    """Return strokes as the image (28, 28), uint8, that the network reads. Raises InkError."""
    return ink.render(ink.parse_strokes(strokes, width, height)).image


def write_all(network: Network, image: np.ndarray, folder: Path) -> Iterator[Path]:
    """Write every picture as a PNG file into the folder, which is there; yield its path when it is written.

    `image` is (28, 28), uint8. The network begins with a convolution.
    """
    for name, draw in PICTURES.items():
        path = folder / f"{name}.png"
        figure = draw(network, image)
        save(figure, path)
        yield path


def save(figure, path: Path) -> None:
    """The same picture is the same bytes: matplotlib would put its version into the file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).print_png(str(path), metadata={"Software": None})


def figure_of(width: float, height: float):
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), facecolor=PAPER, **SETTINGS)


def bare(axes, title: str = "", *, size: float = 9) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    if title:
        axes.set_title(title, fontsize=size)


def numbers_on(axes, values: np.ndarray, form: str, *, size: float, light: Callable[[float], bool]) -> None:
    """Write each value (rows, columns) into its square, white where the ground is dark."""
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if light(value) else "black"
        axes.text(column, row, form.format(value), ha="center", va="center", fontsize=size, color=colour)


def draw_input(network: Network, image: np.ndarray):
    """The image, and a part of it as the numbers that it is."""
    figure = figure_of(8, 4)
    whole, part = figure.subplots(1, 2)
    top, left, side = 4, 8, 11
    whole.imshow(image, cmap=INK, vmin=0, vmax=255)
    whole.add_patch(rectangle(left - 0.5, top - 0.5, side, side))
    bare(whole, "28 x 28 pixels, 0 (no ink) to 255")
    cut = image[top : top + side, left : left + side]
    part.imshow(cut, cmap=INK, vmin=0, vmax=255)
    numbers_on(part, cut, "{:.0f}", size=8, light=lambda value: value > 140)
    bare(part, "the marked part as the network gets it")
    return figure


def rectangle(left: float, top: float, width: float, height: float | None = None, colour: str = VIOLET):
    from matplotlib.patches import Rectangle

    return Rectangle((left, top), width, height or width, fill=False, edgecolor=colour, linewidth=2)


def draw_convolution(network: Network, image: np.ndarray):
    """One value of the first layer's output: a patch of the image times a kernel, added up."""
    weight = network.layer_parameters[0]["weight"]  # (filters, 1, A, B)
    filters, _, a, b = weight.shape
    y = activations(network, image)[0][1][..., 0]  # (rows, filters, columns)
    row, number, column = np.unravel_index(y.argmax(), y.shape)
    patch = image[row : row + a, column : column + b] / 255
    kernel, products = weight[number, 0], patch * weight[number, 0]
    bias = network.layer_parameters[0]["bias"][number]
    figure = figure_of(8, 2.6)
    limit = np.abs(kernel).max()
    titles = ("image x[i + a, j + b]", f"kernel {number + 1} of {filters}", "their products")
    for axes, values, title in zip(figure.subplots(1, 3), (patch, kernel, products), titles, strict=True):
        colours = {"cmap": INK, "vmin": 0, "vmax": 1} if values is patch else diverging(limit)
        axes.imshow(values, **colours)
        dark = (lambda value: value > 0.55) if values is patch else (lambda value: abs(value) > 0.6 * limit)
        numbers_on(axes, values, "{:.2f}", size=7 if a > 3 else 9, light=dark)
        bare(axes, title)
    total = f"sum {products.sum():.2f} + bias {bias:.2f} = y[{row}, {number}, {column}] = {y[row, number, column]:.2f}"
    figure.suptitle(total, fontsize=10)
    return figure


def diverging(limit: float) -> dict:
    return {"cmap": DIVERGING, "vmin": -limit, "vmax": limit}


def draw_kernels(network: Network, image: np.ndarray):
    """The kernels of the first layer."""
    weight = network.layer_parameters[0]["weight"][:, 0]
    columns = min(len(weight), 10)
    rows = -(-len(weight) // columns)
    figure = figure_of(8, 0.3 + 0.95 * rows)
    limit = np.abs(weight).max()
    for number, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_axis_off()
        if number < len(weight):
            axes.imshow(weight[number], **diverging(limit))
            axes.set_title(str(number + 1), fontsize=8)
    return figure


def arranged(network: Network, image: np.ndarray) -> np.ndarray:
    """Return the image as the first layer takes it, (28, 1, 28, 1), 0 to 1."""
    return (image / 255).astype(network.parameters.dtype)[:, None, :, None]


def activations(network: Network, image: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return each layer's name and output for one image, with a batch of one at the end."""
    x = arranged(network, image)
    found = []
    for layer, own in zip(network.architecture.layers, network.layer_parameters, strict=True):
        x, _ = layer.forward(own, x)
        found.append((type(layer).__name__, x))
    return found


def draw_activations(network: Network, image: np.ndarray):
    """Maps of the layers that have rows and columns: what each filter answers to, and where."""
    shown = [(name, x[..., 0]) for name, x in activations(network, image) if x.ndim == 4]
    figure = figure_of(8, 0.98 * len(shown))
    for axes_row, (name, x) in zip(figure.subplots(len(shown), MAPS_PER_LAYER, squeeze=False), shown, strict=True):
        limit = np.abs(x).max()
        for channel, axes in enumerate(axes_row):
            bare(axes)
            if channel < x.shape[1]:
                axes.imshow(x[:, channel], **diverging(limit))
            else:
                axes.set_axis_off()
        rows, channels, columns = x.shape
        axes_row[0].set_ylabel(
            f"{name}\n{channels} of\n{rows} x {columns}", fontsize=7, rotation=0, ha="right", va="center"
        )
    return figure


def draw_answer(network: Network, image: np.ndarray):
    """Logits, and the probabilities that softmax makes of them."""
    logits = activations(network, image)[-1][1]
    probabilities = softmax(logits)[:, 0]
    figure = figure_of(8, 2.6)
    left, right = figure.subplots(1, 2)
    for axes, values, title in (
        (left, logits[:, 0], "logits z"),
        (right, probabilities, "probabilities p = softmax(z)"),
    ):
        colours = [VIOLET if digit == values.argmax() else GREY for digit in range(len(values))]
        axes.bar(range(len(values)), values, color=colours)
        axes.set_xticks(range(len(values)))
        axes.spines[["top", "right"]].set_visible(False)
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set_title(title, fontsize=9)
    return figure


def input_derivative(network: Network, image: np.ndarray, label: int) -> np.ndarray:
    """Return the derivative of the loss by each pixel, (rows, columns), for one image whose digit is `label`."""
    x = arranged(network, image)
    steps = []
    for layer, own in zip(network.architecture.layers, network.layer_parameters, strict=True):
        x, saved = layer.forward(own, x, Call(training=True, rng=np.random.default_rng(0)))
        steps.append((layer, own, saved))
    _, dy = softmax_cross_entropy(x, np.array([label]))
    for layer, own, saved in reversed(steps):
        gradients = {name: np.empty_like(value) for name, value in own.items()}
        dy = layer.backward(own, saved, dy, gradients, Call(training=True))
    return dy[:, 0, :, 0]


def draw_derivative(network: Network, image: np.ndarray):
    """Where more ink would lower the loss, and where less would, for three answers."""
    probabilities = softmax(activations(network, image)[-1][1])[:, 0]
    figure = figure_of(8, 3)
    for axes, label in zip(figure.subplots(1, 3), probabilities.argsort()[::-1][:3], strict=True):
        derivative = input_derivative(network, image, int(label))
        axes.imshow(-derivative, **diverging(np.abs(derivative).max()))
        axes.contour(image, levels=[128], colors="black", linewidths=0.8)
        bare(axes, f"if it is to be a {label} (p = {probabilities[label]:.2g})")
    return figure


def draw_augmentation(network: Network, image: np.ndarray):
    """The same drawing, changed as training images are."""
    many = np.repeat(image[None], AUGMENTED * IMAGES_PER_WARP, axis=0)
    changed = Augmentation()(many, np.random.default_rng(1))[::IMAGES_PER_WARP]
    figure = figure_of(8, 2.7)
    for axes, one in zip(figure.subplots(2, AUGMENTED // 2).flat, changed, strict=True):
        axes.imshow(one, cmap=INK, vmin=0, vmax=1)
        bare(axes)
    return figure


def draw_schedule(network: Network, image: np.ndarray):
    """The step size over a training, for each schedule."""
    done = np.linspace(0, 1, 201)
    figure = figure_of(8, 2.6)
    axes = figure.subplots()
    for (name, schedule), style in zip(SCHEDULES.items(), (":", "--", "-"), strict=True):
        line = {"color": VIOLET, "linewidth": 2} if name == "one-cycle" else {"color": GREY}
        axes.plot(100 * done, [schedule(share) for share in done], style, label=name, **line)
    axes.set_xlabel("% of the training done")
    axes.set_ylabel("share of the learning rate")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    return figure


def draw_layout(network: Network, image: np.ndarray):
    """How an array of 5 rows, 2 channels and 4 columns lies in memory, with the windows of a kernel of 3 rows."""
    rows, channels, columns, a = 5, 2, 4, 3
    figure = figure_of(8, 2.5)
    axes = figure.subplots()
    for place in range(rows * channels * columns):
        row, rest = divmod(place, channels * columns)
        channel, column = divmod(rest, columns)
        axes.add_patch(rectangle(place, 0, 0.94, 1, colour=GREY))
        axes.text(place + 0.47, 0.5, f"{row}\n{channel}\n{column}", ha="center", va="center", fontsize=7)
    for start in range(rows - a + 1):
        left, width = start * channels * columns, a * channels * columns
        axes.plot([left, left + width], [1.4 + 0.45 * start] * 2, color=VIOLET, linewidth=5, solid_capstyle="butt")
        axes.text(
            left + 0.2,
            1.52 + 0.45 * start,
            f"rows {start} to {start + a - 1}: one matrix of {a * channels} lines",
            fontsize=8,
        )
    axes.text(
        0, -0.45, "each square: row, channel, column, and behind them all images of the batch side by side", fontsize=8
    )
    axes.set_xlim(-0.5, rows * channels * columns + 0.5)
    axes.set_ylim(-0.7, 3)
    axes.set_axis_off()
    return figure


PICTURES = {
    "input": draw_input,
    "convolution": draw_convolution,
    "kernels": draw_kernels,
    "activations": draw_activations,
    "answer": draw_answer,
    "derivative": draw_derivative,
    "augmentation": draw_augmentation,
    "schedule": draw_schedule,
    "layout": draw_layout,
}
