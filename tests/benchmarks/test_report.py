"""The page of results: filled from records, twice the same, and nothing else of it touched."""

import json

import pytest

from benchmarks import machine, report

MACHINE = machine.description()
RECORD = {
    "benchmark": "latency",
    "subject": "lenet-5x5",
    "machine": MACHINE,
    "settings": {"rounds": 2, "requests": 5},
    "microseconds": {
        "ours, 1 thread": [{"p50": 90.0, "p95": 110.0, "p99": 130.0}, {"p50": 100.0, "p95": 120.0, "p99": 140.0}],
        "PyTorch eager, 1 thread": [{"p50": 180.0, "p95": 200.0, "p99": 1234.0}] * 2,
    },
}
THROUGHPUT = {
    "benchmark": "training_throughput",
    "subject": "lenet-5x5",
    "machine": MACHINE,
    "settings": {"rounds": 2, "images": 128, "batch": 128, "threads": 2},
    "macs_per_image": 1_000_000,
    "peak_flops": [100e9, 100e9],
    "images_per_second": {"ours": [20_000.0, 22_000.0], "PyTorch eager, batch 128": [10_000.0, 10_000.0]},
}
PAGE = f"# Performance\n\nBefore.\n\n{report.BEGIN}\n\nOld.\n\n{report.END}\n\nAfter.\n"


@pytest.fixture
def folders(tmp_path):
    results, page = tmp_path / "results", tmp_path / "performance.md"
    results.mkdir()
    page.write_text(PAGE)
    for record in (RECORD, THROUGHPUT):
        path = results / f"{record['benchmark']}-lenet-5x5.json"
        path.write_text(json.dumps(record))
        path.with_suffix(".png").write_bytes(b"a chart")
    return results, page


def filled(folders) -> str:
    results, page = folders
    report.main(["--results", str(results), "--page", str(page)])
    return page.read_text()


def test_the_records_tables_stand_between_the_marks_in_order(folders):
    text = filled(folders)
    assert text.startswith("# Performance\n\nBefore.\n\n")
    assert text.endswith("\n\nAfter.\n")
    assert "Old." not in text
    assert text.index("### Training lenet-5x5") < text.index("### One image with lenet-5x5")
    assert "| ours, 1 thread | 95.0 | 90.0 to 100 | 115 | 135 |" in text
    assert "| PyTorch eager, batch 128 | 10,000 | 10,000 to 10,000 | 2.10 | 2.00 to 2.20 | 20.0 % |" in text
    assert "Ours reaches 42.0 % of this machine's SGEMM peak" in text


def test_charts_are_copied_beside_the_page_and_shown(folders):
    text = filled(folders)
    assert "](images/latency-lenet-5x5.png)" in text
    assert (folders[1].parent / "images" / "latency-lenet-5x5.png").read_bytes() == b"a chart"


def test_filling_again_changes_nothing(folders):
    assert filled(folders) == filled(folders)


def test_a_page_without_its_marks_is_refused(folders):
    folders[1].write_text(PAGE.replace(report.END, ""))
    with pytest.raises(SystemExit, match="must hold"):
        filled(folders)


def test_without_records_the_page_stays(folders):
    results, page = folders
    for path in results.iterdir():
        path.unlink()
    with pytest.raises(SystemExit, match="no records"):
        filled(folders)
    assert page.read_text() == PAGE


def test_the_projects_own_page_can_be_filled():
    assert "results here" in report.filled(report.PAGE.read_text(), "results here")
