"""How long it takes on the drawing page from lifting the pen to bars that have moved.

    make run                                          in one terminal
    .venv/bin/python -m benchmarks.page_latency       in another, with Chromium and requirements-dev.txt installed

A mouse draws digits of several strokes at the pace of a hand. The clock starts with the browser's own event for the
end of a stroke, its last point, and stops when the page has painted what the answer to the request said that was
begun after it, which is the first to know of that point. Bars move before, for the points that came earlier."""

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
PAUSE_SECONDS = 0.3
STROKES_EACH = 3
ANSWER_WITHIN_MS = 10_000
# Notes of each request when it began and when the page had painted its answer; of each stroke when it ended.
WATCH = """() => {
    window.ended = 0;
    window.asked = [];
    window.moved = 0;
    const { fetch } = window;
    window.fetch = async (url, ...rest) => {
        const request = { began: performance.now(), painted: null };
        if (String(url).includes("recognitions")) window.asked.push(request);
        const response = await fetch(url, ...rest);
        const { json } = response;
        response.json = async () => {
            const answer = await json.call(response);
            requestAnimationFrame(() => setTimeout(() => (request.painted = performance.now()), 0));
            return answer;
        };
        return response;
    };
    document.querySelector("canvas").addEventListener("pointerup", () => (window.ended = performance.now()),
                                                      { capture: true });
    new MutationObserver(() => (window.moved += 1)).observe(document.querySelector("[data-answer-view]"),
        { attributes: true, childList: true, subtree: true });
}"""
TOOK = """() => {
    const answered = window.asked.find(({ began, painted }) => began >= window.ended && painted);
    return answered ? answered.painted - window.ended : null;
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
    """Of each stroke the milliseconds from its end to the painted answer; exits if one has none."""
    from playwright.sync_api import sync_playwright

    rng, taken = np.random.default_rng(0), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(options.url)
        page.evaluate(WATCH)
        box = page.locator("canvas").bounding_box()
        for number in range(options.strokes):
            if number % STROKES_EACH == 0:
                page.keyboard.press("Escape")
                time.sleep(PAUSE_SECONDS)
            page.evaluate("window.asked = []; window.moved = 0")
            stroke(page, box, rng)
            taken.append(page.wait_for_function(TOOK, timeout=ANSWER_WITHIN_MS).json_value())
            if not page.evaluate("window.moved"):
                raise SystemExit(f"{options.url} moved no bars: is the site running?")
            time.sleep(PAUSE_SECONDS)
        browser.close()
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
    charts.finish(figure, axes, path, title="From lifting the pen to bars that moved", axis="milliseconds")


SHOWN = Shown(
    title=lambda record: f"From lifting the pen to new bars: {statistics.median(record['milliseconds']):.0f} ms",
    tables=tables,
    sentences=lambda record: [],
    draw=draw,
)

if __name__ == "__main__":
    main()
