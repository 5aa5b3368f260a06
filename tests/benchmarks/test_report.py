"""The pages of results: filled from records, twice the same, and nothing else of it touched."""

import json

import pytest

from benchmarks import machine, report

pytestmark = pytest.mark.slow

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
PHOTOGRAPHS = {
    "benchmark": "photographs",
    "subject": "2-deep",
    "machine": MACHINE,
    "settings": {"count": 8},
    "kinds": {"plain": {"accuracy": 0.875, "rejected": 0.125}},
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
    results, docs = tmp_path / "results", tmp_path / "docs"
    results.mkdir()
    docs.mkdir()
    for name in report.PAGES:
        (docs / name).write_text(PAGE)
    for record in (RECORD, THROUGHPUT, PHOTOGRAPHS):
        path = results / f"{report.common.name_of(record)}.json"
        path.write_text(json.dumps(record))
        path.with_suffix(".png").write_bytes(b"a chart")
    return results, docs


def filled(folders, name="performance.md") -> str:
    results, docs = folders
    report.main(["--results", str(results), "--docs", str(docs)])
    return (docs / name).read_text()


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
    assert (folders[1] / "images" / "latency-lenet-5x5.png").read_bytes() == b"a chart"


def test_each_record_stands_on_its_page(folders):
    assert "| plain | 87.5 % | 12.5 % |" in filled(folders, "recognition.md")
    assert "photographs" not in filled(folders)


def test_a_page_of_which_nothing_was_measured_keeps_what_it_says(folders):
    (folders[0] / "photographs-2-deep.json").unlink()
    assert filled(folders, "recognition.md") == PAGE


def test_filling_again_changes_nothing(folders):
    assert filled(folders) == filled(folders)


def test_a_page_without_its_marks_is_refused(folders):
    (folders[1] / "performance.md").write_text(PAGE.replace(report.END, ""))
    with pytest.raises(SystemExit, match=r"performance\.md must hold"):
        filled(folders)


def test_without_records_the_pages_stay(folders):
    results, docs = folders
    for path in results.iterdir():
        path.unlink()
    with pytest.raises(SystemExit, match="no records"):
        filled(folders)
    assert [(docs / name).read_text() for name in report.PAGES] == [PAGE, PAGE]


@pytest.mark.parametrize("name", report.PAGES)
def test_the_projects_own_pages_can_be_filled(name):
    assert "results here" in report.filled((report.DOCS / name).read_text(), "results here", name)
