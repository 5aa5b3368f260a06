"""The commands as they are called, with tiny counts: their tables say what their records hold."""

import json
import re
import statistics

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks import bulk_inference, common, latency, products, rates, training_throughput
from benchmarks.operations import count
from benchmarks.peak import Sgemm
from recognizer.network import ARCHITECTURES

pytestmark = pytest.mark.slow

QUICKLY = ["--rounds", "3", "--architecture", "lenet-5x5"]
RATES = {
    training_throughput: [*QUICKLY, "--images", "128", "--peak-size", "32", "--profile"],
    bulk_inference: [*QUICKLY, "--images", "130", "--peak-size", "32"],
}


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No PyTorch, even where it is installed: what is compared with it has tests of its own."""
    monkeypatch.setattr(common.importlib.util, "find_spec", without_torch(common.importlib.util.find_spec))


def without_torch(find_spec):
    return lambda name, *rest: None if name == "torch" else find_spec(name, *rest)


def run(module, arguments, folder):
    module.main([*arguments, "--output", str(folder)])
    return json.loads((folder / f"{module.NAME}-lenet-5x5.json").read_text())


def cells(output: str, name: str) -> list[str]:
    (line,) = [line for line in output.splitlines() if line.startswith(f"{name}  ")]
    return re.split(r"\s{2,}", line.strip())


def as_number(text: str) -> float:
    return float(text.replace(",", "").removesuffix(" %"))


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.mark.parametrize("module", RATES)
def test_blas_works_on_one_thread_for_all_that_is_measured_and_is_given_back(module, tmp_path, monkeypatch):
    seen = []
    run_peak, profile = Sgemm.run, products.profile
    monkeypatch.setattr(Sgemm, "run", lambda peak: (seen.append(blas_threads()), run_peak(peak))[1])
    monkeypatch.setattr(products, "profile", lambda *a, **b: (seen.append(blas_threads()), profile(*a, **b))[1])
    with threadpool_limits(2, user_api="blas"):
        run(module, RATES[module], tmp_path)
        assert blas_threads() == {2}
    assert len(seen) >= 4
    assert set().union(*seen) == {1}


@pytest.mark.parametrize("module", RATES)
def test_the_table_says_the_median_and_the_range_of_the_record(module, tmp_path, capsys):
    record = run(module, RATES[module], tmp_path)
    figures = record["images_per_second"][rates.OURS]
    assert len(figures) == len(record["peak_flops"]) == 3
    _, median, span, share = cells(capsys.readouterr().out, rates.OURS)
    assert as_number(median) == pytest.approx(statistics.median(figures), rel=0.01)
    assert [as_number(end) for end in span.split(" to ")] == pytest.approx([min(figures), max(figures)], rel=0.01)
    peaks = zip(figures, record["peak_flops"], strict=True)
    shares = [100 * 2 * record["macs_per_image"] * one / peak for one, peak in peaks]
    assert as_number(share) == pytest.approx(statistics.median(shares), rel=0.01, abs=0.06)


def test_each_benchmark_counts_the_operations_of_its_own_work(tmp_path):
    macs = count(ARCHITECTURES["lenet-5x5"])
    assert run(training_throughput, RATES[training_throughput], tmp_path)["macs_per_image"] == macs.training
    assert run(bulk_inference, RATES[bulk_inference], tmp_path)["macs_per_image"] == macs.forward


def test_the_profile_finds_the_products_of_a_step(tmp_path, capsys):
    record = run(training_throughput, RATES[training_throughput], tmp_path)
    multiplied = sum(row["calls"] * np.prod(row["shape"]) for row in record["profile"]["shapes"])
    # All of them, and not much that a kernel multiplies beyond need.
    assert 1 <= multiplied / record["profile"]["images"] / record["macs_per_image"] < 2
    assert "of the processor time is inside of numpy.matmul" in capsys.readouterr().out


def test_the_table_of_latencies_says_the_medians_of_the_rounds(tmp_path, capsys):
    record = run(latency, [*QUICKLY, "--requests", "5"], tmp_path)
    rounds = record["microseconds"][latency.OURS]
    _, p50, span, p95, p99 = cells(capsys.readouterr().out, latency.OURS)
    for text, name in ((p50, "p50"), (p95, "p95"), (p99, "p99")):
        assert as_number(text) == pytest.approx(statistics.median(one[name] for one in rounds), rel=0.01)
    ends = [min(one["p50"] for one in rounds), max(one["p50"] for one in rounds)]
    assert [as_number(end) for end in span.split(" to ")] == pytest.approx(ends, rel=0.01)


def test_a_record_says_what_was_measured_on_and_names_no_folder(tmp_path):
    machine = run(latency, [*QUICKLY, "--requests", "2"], tmp_path)["machine"]
    assert machine["numpy"] == np.__version__
    assert machine["cores"] >= 1
    assert machine["blas"]
    assert not any("/" in str(value) for name, value in machine.items() if name != "processor")


def test_a_chart_is_drawn_beside_the_record(tmp_path):
    run(latency, [*QUICKLY, "--requests", "2"], tmp_path)
    assert (tmp_path / "latency-lenet-5x5.png").read_bytes().startswith(b"\x89PNG")


def test_without_pytorch_it_says_how_to_get_it(tmp_path, capsys):
    record = run(latency, [*QUICKLY, "--requests", "2"], tmp_path)
    assert list(record["microseconds"]) == [latency.OURS]
    assert "pip install -r requirements-benchmarks.txt" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--architecture", "none-such"], ["--images", "-1"]])
def test_an_option_that_makes_no_sense_is_refused(arguments, tmp_path):
    with pytest.raises(SystemExit) as caught:
        bulk_inference.main([*arguments, "--output", str(tmp_path)])
    assert caught.value.code == 2
