"""Writes what was measured into docs/performance.md: the tables and charts of every record, between two marks.

    .venv/bin/python -m benchmarks.report

Left out on purpose: measuring. Whoever changes a kernel runs the benchmarks, then this."""

import argparse
import json
import shutil
from pathlib import Path

from . import bulk_inference, common, latency, machine, time_to_accuracy, training_throughput
from .common import Record, Shown

PAGE = machine.PROJECT_DIR / "docs" / "performance.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
# In the order of the page.
MODULES = (training_throughput, bulk_inference, latency, time_to_accuracy)
SHOWN: dict[str, Shown] = {module.NAME: module.SHOWN for module in MODULES}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--results", type=Path, default=common.RESULTS_DIR, help="folder of the records")
    parser.add_argument(
        "--page", type=Path, default=PAGE, help="Markdown file with the marks; charts go to images/ beside"
    )
    options = parser.parse_args(arguments)
    records = read(options.results)
    if not records:
        raise SystemExit(f"{options.results} holds no records: run the benchmarks first, as {PAGE.name} says")
    images = options.page.parent / "images"
    images.mkdir(exist_ok=True)
    for record in records:
        shutil.copyfile(options.results / f"{common.name_of(record)}.png", images / f"{common.name_of(record)}.png")
    text = options.page.read_text()
    options.page.write_text(filled(text, "\n\n".join(section(record) for record in records)))
    print(f"{options.page}: {len(records)} results")


def read(folder: Path) -> list[Record]:
    """Return the records of the benchmarks that are known here, in the order of the page."""
    records = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    order = list(SHOWN)
    return sorted((one for one in records if one["benchmark"] in SHOWN), key=lambda one: order.index(one["benchmark"]))


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


def filled(page: str, results: str) -> str:
    """Return the page with `results` between its marks; exit if it does not have each of them once, in order."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise SystemExit(f"the page must hold {BEGIN} and {END} once, in this order")
    return f"{before}{BEGIN}\n\n{results}\n\n{END}{after}"


if __name__ == "__main__":
    main()
