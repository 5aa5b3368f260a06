"""The benchmarks of recognition: what they draw is what they say, and their records make tables."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks import confidence, flywheel, photographs, printed_digits, reading, ways_of_drawing
from recognizer import ink
from recognizer.network import Network, weights
from tests.training.conftest import write_mnist

pytestmark = pytest.mark.slow

LINES = [np.array([[0, 0], [0, 100], [50, 100]], float), np.array([[20, 40], [80, 40]], float)]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Weights of a network that learnt nothing."""
    path = tmp_path_factory.mktemp("weights") / "3-deep.safetensors"
    weights.save(Network.create("deep", np.random.default_rng(0)), {}, path)
    return path


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    path = tmp_path_factory.mktemp("drawings") / "some.jsonl"
    strokes = [line.tolist() for line in LINES]
    lines = [{"label": d, "writer": d % 3, "strokes": strokes, "width": 100, "height": 100} for d in range(6)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_answers_are_those_of_the_site(file):
    images = np.random.default_rng(1).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    answers = reading.read(file, map(ink.Seen, images))
    network = weights.load(file).network
    expected = network.probabilities(images)
    shares = expected[:, :10] + expected[:, 10:] / 10
    np.testing.assert_allclose(answers.confidence, shares.max(axis=1), atol=1e-5)
    kept = ~answers.rejected
    np.testing.assert_array_equal(answers.digits[kept], shares.argmax(axis=1)[kept])


def test_a_rejected_digit_is_not_right():
    answers = reading.Answers(np.array([3, -1]), np.array([0.9, 0.2]))
    assert answers.right([3, 4]).tolist() == [True, False]
    assert answers.rejected.tolist() == [False, True]


def test_a_drawing_is_placed_at_its_share_of_the_canvas():
    lines, side = ways_of_drawing.placed(LINES, side=400, share=0.25, rng=np.random.default_rng(0))
    points = np.concatenate(lines)
    assert np.ptp(points, axis=0).max() == pytest.approx(100)
    assert points.min() >= 0
    assert points.max() <= side


def test_points_become_sparse_and_the_ends_stay():
    sparse = list(ways_of_drawing.every(LINES, 0.5))
    assert [len(line) for line in sparse] == [4, 2]
    np.testing.assert_array_equal(sparse[0][[0, -1]], LINES[0][[0, -1]])


@pytest.mark.parametrize("name", ways_of_drawing.WAYS)
def test_every_way_of_drawing_gives_ink(name):
    seen = ways_of_drawing.WAYS[name](LINES, np.random.default_rng(0))
    assert seen.reason is None
    assert seen.image.max() == 255


@pytest.mark.parametrize("kind", photographs.KINDS)
def test_every_kind_of_photograph_is_a_jpeg_of_its_own(kind, tmp_path):
    one, again, other = (photographs.photograph(kind, 4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == again != other
    (tmp_path / "one.jpg").write_bytes(one)
    image = Image.open(tmp_path / "one.jpg")
    assert (image.format, image.size in [(w, h) for h, w in photographs.SIZES]) == ("JPEG", True)


def test_photographs_are_counted_by_kind(file, tmp_path, capsys):
    photographs.main(["--weights", str(file), "--count", "2", "--output", str(tmp_path)])
    record = json.loads((tmp_path / "photographs-3-deep.json").read_text())
    assert set(record["kinds"]) == set(photographs.KINDS)
    assert "squared" in capsys.readouterr().out


def test_confidence_is_measured_on_mnist_and_drawings(file, drawings, tmp_path):
    mnist = write_mnist(tmp_path)
    arguments = ["--weights", str(file), "--mnist", str(mnist), "--drawings", str(drawings), "--no-digits", "3"]
    confidence.main([*arguments, "--output", str(tmp_path)])
    record = json.loads((tmp_path / "confidence-3-deep.json").read_text())
    assert [one["n"] for one in record["sets"].values()][1] == 6
    assert set(record["rejected"]) >= {"letter", "word", "number", "scribble", "dots", "blot"}


def test_ways_of_drawing_are_compared_with_the_best(file, drawings, tmp_path):
    ways_of_drawing.main([str(drawings), "--weights", str(file), "--output", str(tmp_path)])
    record = json.loads((tmp_path / "ways_of_drawing-3-deep.json").read_text())
    assert record["n"] == 6
    (table,) = ways_of_drawing.tables(record)
    assert min(float(row[2]) for row in table.rows) == 0


def test_a_folder_without_fonts_is_named(tmp_path, file):
    with pytest.raises(SystemExit, match="has no fonts"):
        printed_digits.main(["--weights", str(file), "--fonts", str(tmp_path)])


class TestFlywheel:
    RECORD = {
        "splits": [
            {"accuracy": {"before": figures, "fine-tuned": better}}
            for figures, better in (
                ({"others": {"accuracy": 0.9}, "mnist-test": {"accuracy": 0.99}},
                 {"others": {"accuracy": 0.94}, "mnist-test": {"accuracy": 0.98}}),
                ({"others": {"accuracy": 0.8}, "mnist-test": {"accuracy": 0.99}},
                 {"others": {"accuracy": 0.9}, "mnist-test": {"accuracy": 0.99}}),
            )
        ],
        "settings": {"retrain": "people, 18 epochs"},
    }  # fmt: skip

    def test_the_table_has_means_each_split_and_mnists_change(self):
        (table,) = flywheel.tables(self.RECORD)
        assert table.rows == [
            ["before", "85.00 %", "90.00, 80.00", "99.00 %", "+0.00"],
            ["fine-tuned", "92.00 %", "94.00, 90.00", "98.50 %", "-0.50"],
        ]

    def test_a_file_of_too_few_writers_is_named(self, tmp_path):
        path = tmp_path / "few.jsonl"
        path.write_text('{"label": 1, "writer": "a", "strokes": [[[1, 1], [1, 9]]], "width": 9, "height": 9}\n')
        with pytest.raises(SystemExit, match="names 1 writers: at least 3"):
            flywheel.main([str(path)])
