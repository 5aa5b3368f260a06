"""Writes what was measured into docs/performance.md and docs/recognition.md: the tables and charts of every record,
between two marks of the page that it belongs to.

    .venv/bin/python -m benchmarks.report

Left out on purpose: measuring. Whoever changes a kernel runs the benchmarks, then this."""

import argparse
import json
import shutil
from pathlib import Path

from . import (
    bulk_inference,
    common,
    confidence,
    flywheel,
    latency,
    machine,
    page_latency,
    photographs,
    printed_digits,
    time_to_accuracy,
    training_throughput,
    ways_of_drawing,
)
from .common import Record, Shown

DOCS = machine.PROJECT_DIR / "docs"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
# Which benchmarks a page shows, in the order of the page.
PAGES = {
    "performance.md": (training_throughput, bulk_inference, latency, time_to_accuracy),
    "recognition.md": (ways_of_drawing, confidence, printed_digits, photographs, flywheel, page_latency),
}
SHOWN: dict[str, Shown] = {module.NAME: module.SHOWN for modules in PAGES.values() for module in modules}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--results", type=Path, default=common.RESULTS_DIR, help="folder of the records")
    parser.add_argument(
        "--docs", type=Path, default=DOCS, help=f"folder of {' and '.join(PAGES)}; charts go to images/ in it"
    )
    options = parser.parse_args(arguments)
    pages = {name: read(options.results, [module.NAME for module in modules]) for name, modules in PAGES.items()}
    if not any(pages.values()):
        raise SystemExit(f"{options.results} holds no records: run the benchmarks first, as {' and '.join(PAGES)} say")
    shown = sum(map(len, pages.values()))
    if shown < (found := len(list(options.results.glob("*.json")))):
        print(f"{found - shown} of {found} records belong to no page")
    for name, records in pages.items():
        if records:  # what was measured before stays on the other page
            write(options.docs / name, records, options.results)


def write(page: Path, records: list[Record], results: Path) -> None:
    """Fill a page, and copy the charts that it shows beside it."""
    images = page.parent / "images"
    images.mkdir(exist_ok=True)
    text = filled(page.read_text(), "\n\n".join(section(record) for record in records), page.name)
    for record in records:
        shutil.copyfile(results / f"{common.name_of(record)}.png", images / f"{common.name_of(record)}.png")
    page.write_text(text)
    print(f"{page}: {len(records)} results")


def read(folder: Path, order: list[str]) -> list[Record]:
    """Return the records of the benchmarks that `order` names, in its order."""
    records = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return sorted((one for one in records if one["benchmark"] in order), key=lambda one: order.index(one["benchmark"]))


def section(record: Record) -> str:
    """Return a record as Markdown."""
    shown, name = SHOWN[record["benchmark"]], common.name_of(record)
    title = shown.title(record)
    parts = [
        f"### {title}",
        *(table.markdown() for table in shown.tables(record)),
        *shown.sentences(record),
        f"![{title}](images/{name}.png)",
        f"Measured on: {machine.in_words(record['machine'])}.",
    ]
    return "\n\n".join(parts)


def filled(page: str, results: str, name: str) -> str:
    """Return the page with `results` between its marks; exit if it does not have each of them once, in order."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise SystemExit(f"{name} must hold {BEGIN} and {END} once, in this order")
    return f"{before}{BEGIN}\n\n{results}\n\n{END}{after}"


if __name__ == "__main__":
    main()
