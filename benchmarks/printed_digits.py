"""Digits set in type: every face that is found, at three sizes, with and without noise.

    sudo apt-get install fonts-dejavu fonts-liberation fonts-freefont-ttf ...
    .venv/bin/python -m benchmarks.printed_digits --fonts /usr/share/fonts

The training sees no font at all; its type is drawn by `training/generated`. Symbols and faces without digits, and
those of other scripts that say what they are in their name, are left out; the record lists the faces."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from recognizer import ink

from . import common, reading
from .common import Record, Shown
from .tables import Table

NAME = "printed_digits"
SIZES_PX = (16, 32, 96)
NOISE = 14.0  # grey levels
DIGITS = "0123456789"
# Parts of names: symbols and other scripts; then faces whose digits are none: pieces of brackets, relations, keys.
NO_FACES = ("symbol", "math", "emoji", "dingbat", "icon", "braille", "dseg", "music", "d050000l", "musix")
NO_DIGITS = ("cmex", "msam", "msbm", "biolinum_k")
LETTERS = "ACEFHKMNPRTUVWXYacdehkmnpruvwx?#%&@"


def main(arguments: list[str] | None = None) -> None:
    parser = reading.parser(__doc__)
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"), help="folder of .ttf and .otf files")
    parser.add_argument("--per-family", type=common.positive, default=2, help="faces of one folder (2)")
    options = parser.parse_args(arguments)
    begun = common.begin(NAME, options.weights.stem, {"sizes_px": SIZES_PX, "noise": NOISE})
    common.finish(begun | measure(options), SHOWN, options.output)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    chosen = faces(options.fonts, options.per_family)
    if not chosen:
        raise SystemExit(f"{options.fonts} has no fonts: install some, or name another folder with --fonts")
    places = [
        (path, size, noisy, digit)
        for path in chosen
        for size in SIZES_PX
        for noisy in (False, True)
        for digit in range(10)
    ]
    seen = [ink.read_ink(picture(path, str(digit), size, NOISE * noisy, rng)) for path, size, noisy, digit in places]
    answers = reading.read(options.weights, seen)
    right = answers.right([digit for *_, digit in places])
    letters = [ink.read_ink(picture(path, letter, 32, 0.0, rng)) for path in chosen for letter in LETTERS]
    return {
        "faces": [path.stem for path in chosen],
        "n": len(places),
        "accuracy": float(right.mean()),
        "rejected": float(answers.rejected.mean()),
        "by_size": {
            f"{size} px{', noise' if noisy else ''}": part(right, [p[1] == size and p[2] == noisy for p in places])
            for size in SIZES_PX for noisy in (False, True)
        },
        "by_digit": {str(digit): part(right, [p[3] == digit for p in places]) for digit in range(10)},
        "worst_faces": sorted(
            [part(right, [p[0] == path for p in places]), path.stem] for path in chosen
        )[:10],
        "letters_rejected": float(reading.read(options.weights, letters).rejected.mean()),
        "letters": len(letters),
    }  # fmt: skip


def part(right: np.ndarray, chosen: list[bool]) -> float:
    return float(right[np.array(chosen)].mean())


def faces(folder: Path, per_family: int) -> list[Path]:
    """At most `per_family` faces of each folder, the first and the last by name: mostly a plain one and a bold one."""
    found: dict[Path, list[Path]] = {}
    for path in sorted([*folder.rglob("*.ttf"), *folder.rglob("*.otf")]):
        if not any(name in path.stem.lower() for name in NO_FACES + NO_DIGITS) and has_digits(path):
            found.setdefault(path.parent, []).append(path)
    result = []
    for paths in found.values():
        step = max(1, len(paths) // per_family)
        result += paths[::step][:per_family]
    return result


def has_digits(path: Path) -> bool:
    """Whether the ten digits are ten different pictures, as they are not where a font lacks them."""
    try:
        font = ImageFont.truetype(str(path), 24)
        return len({bytes(font.getmask(digit)) for digit in DIGITS}) == 10
    except (OSError, ValueError):
        return False


def picture(path: Path, text: str, size: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """A character, dark on light with some margin; uint8 (h, w)."""
    font = ImageFont.truetype(str(path), size)
    left, top, right, bottom = font.getbbox(text)
    margin = max(4, size // 2)
    image = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin), 255)
    ImageDraw.Draw(image).text((margin - left, margin - top), text, font=font, fill=0)
    gray = np.asarray(image, np.float64)
    if noise:
        gray = 30 + gray * (205 / 255) + rng.normal(0, noise, gray.shape)
    return np.clip(gray, 0, 255).astype(np.uint8)


def tables(record: Record) -> list[Table]:
    sizes = [[name, f"{100 * value:.2f} %"] for name, value in record["by_size"].items()]
    digits = [[name, f"{100 * value:.2f} %"] for name, value in record["by_digit"].items()]
    worst = [[name, f"{100 * value:.1f} %"] for value, name in record["worst_faces"]]
    return [
        Table(["size", "right"], sizes), Table(["digit", "right"], digits), Table(["worst faces", "right"], worst)
    ]  # fmt: skip


def draw(record: Record, path: Path) -> None:
    from . import charts

    figure, axes = charts.canvas(3.2)
    axes.barh(list(record["by_size"]), [100 * value for value in record["by_size"].values()], color=charts.BLUE)
    axes.set_xlim(80, 100)
    axes.invert_yaxis()
    charts.finish(figure, axes, path, title=f"{len(record['faces'])} faces", axis="digits read right, %")


SHOWN = Shown(
    title=lambda record: (
        f"{100 * record['accuracy']:.2f} % of {record['n']:,} printed digits of {len(record['faces'])} faces"
    ),
    tables=tables,
    sentences=lambda record: [
        f"{100 * record['rejected']:.2f} % were rejected.",
        f"Of {record['letters']:,} printed letters {100 * record['letters_rejected']:.1f} % were rejected.",
    ],
    draw=draw,
)

if __name__ == "__main__":
    main()
