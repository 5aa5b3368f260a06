"""How long it takes on the drawing page from the last point of a stroke to bars that have moved.

    make run                                          in one terminal
    .venv/bin/python -m benchmarks.page_latency       in another, with Chromium and requirements-dev.txt installed

A mouse draws digits of several strokes at the pace of a hand. The clock starts with the browser's own event for the
last point and stops when the page has painted bars that the answer to that very drawing moved."""

import argparse
import shutil
import statistics
import time
from pathlib import Path

import numpy as np

from . import common
from .common import Record, Shown
from .tables import Table

NAME = "page_latency"
PACE_SECONDS = 0.016  # a mouse reports about 60 times a second
PAUSE_SECONDS = 0.6
WATCH = """() => {
    const bars = [...document.querySelectorAll("[data-bar]")];
    window.lastPoint = 0;
    window.took = [];
    for (const name of ["pointermove", "pointerup"]) {
        document.querySelector("canvas").addEventListener(name, (event) => {
            if (event.buttons || name === "pointerup") window.lastPoint = performance.now();
        }, { capture: true });
    }
    new MutationObserver(() => {
        const point = window.lastPoint;
        requestAnimationFrame(() => setTimeout(() => window.took.push([point, performance.now()]), 0));
    }).observe(document.querySelector("[data-answer-view]"), { attributes: true, childList: true, subtree: true });
}"""


def main(arguments: list[str] | None = None) -> None:
    parser = common.plain_parser(__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--strokes", type=common.positive, default=60, help="how many strokes are drawn (60)")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium", help="the browser's program")
    options = parser.parse_args(arguments)
    begun = common.begin(NAME, "drawing-page", {"strokes": options.strokes})
    common.finish(begun | {"milliseconds": measure(options)}, SHOWN, options.output)


def measure(options: argparse.Namespace) -> list[float]:
    """Of each stroke the milliseconds from its last point to the last time that the bars moved after it."""
    from playwright.sync_api import sync_playwright

    rng, taken = np.random.default_rng(0), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(options.url)
        page.evaluate(WATCH)
        box = page.locator("canvas").bounding_box()
        for number in range(options.strokes):
            if number % 3 == 0:
                page.keyboard.press("Escape")
                time.sleep(PAUSE_SECONDS / 3)
            page.evaluate("window.took = []")
            stroke(page, box, rng)
            time.sleep(PAUSE_SECONDS)
            last, took = page.evaluate("[window.lastPoint, window.took]")
            after = [painted - last for point, painted in took if point == last]
            if after:
                taken.append(max(after))
        browser.close()
    if not taken:
        raise SystemExit(f"{options.url} moved no bars: is the site running?")
    return taken


def stroke(page, box: dict[str, float], rng: np.random.Generator) -> None:
    """A bent line across a part of the paper."""
    start, end, bend = rng.uniform(0.2, 0.8, 2), rng.uniform(0.2, 0.8, 2), rng.uniform(-0.15, 0.15, 2)
    for step, share in enumerate(np.linspace(0, 1, 20)):
        x, y = start + share * (end - start) + 4 * share * (1 - share) * bend
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if step == 0:
            page.mouse.down()
        time.sleep(PACE_SECONDS)
    page.mouse.up()


def tables(record: Record) -> list[Table]:
    taken = record["milliseconds"]
    row = [f"{figure:.1f}" for figure in (statistics.median(taken), np.percentile(taken, 90), max(taken))]
    return [Table(["strokes", "median, ms", "90 % within, ms", "most, ms"], [[str(len(taken)), *row]])]


def draw(record: Record, path: Path) -> None:
    from . import charts

    figure, axes = charts.canvas(2.8)
    axes.hist(record["milliseconds"], bins=24, color=charts.BLUE)
    axes.set_xlim(left=0)
    axes.set_ylabel("strokes")
    charts.finish(figure, axes, path, title="From the last point to bars that moved", axis="milliseconds")


SHOWN = Shown(
    title=lambda record: f"From the last point to new bars: {statistics.median(record['milliseconds']):.0f} ms",
    tables=tables,
    sentences=lambda record: [],
    draw=draw,
)

if __name__ == "__main__":
    main()
