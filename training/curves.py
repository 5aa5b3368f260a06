"""A training's loss and accuracy, epoch by epoch, as a picture.

Left out on purpose: pyplot, whose global state threads would share; and matplotlib itself until a picture is wanted."""

from collections.abc import Sequence
from pathlib import Path

from .fit import EpochResult

TRAINING_COLOUR = "#8a8f98"
VALIDATION_COLOUR = "#1f6feb"


def write_curves_png(epoch_results: Sequence[EpochResult], path: str | Path) -> None:
    """Draw loss and accuracy of training and validation over the epochs into the PNG file `path`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), dpi=144, layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    epochs = [result.epoch for result in epoch_results]
    draw(loss, epochs, [r.train_loss for r in epoch_results], [r.validation_loss for r in epoch_results], "loss")
    draw(
        accuracy,
        epochs,
        [100 * r.train_accuracy for r in epoch_results],
        [100 * r.validation_accuracy for r in epoch_results],
        "accuracy, %",
    )
    FigureCanvasAgg(figure).print_png(str(path))


def draw(axes, epochs: list[int], training: list[float], validation: list[float], title: str) -> None:
    """Draw one figure of both kinds of images, with the last validation value in the title."""
    from matplotlib.ticker import MaxNLocator

    axes.plot(epochs, training, color=TRAINING_COLOUR, marker="o", markersize=3, label="training")
    axes.plot(epochs, validation, color=VALIDATION_COLOUR, marker="o", markersize=3, label="validation")
    axes.set_title(f"{title}: {validation[-1]:.4g} on validation" if validation else title, fontsize=10)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
