import gzip
import json

import numpy as np
import pytest

from recognizer import ink, recognition
from recognizer.models import Evaluation, Prediction
from recognizer.network import Network, weights
from training import evaluation
from training.evaluation import EvaluationError, evaluate, record

from .generated import seven_segment_digits
from .making import drawn, new_version, visitor, weights_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_mnist", "fresh_process")]

STROKES = [[[10, 10], [90, 20], [40, 140]]]
KEYS = {"dataset", "n", "correct", "accuracy", "rejected", "per_digit", "confusion", "model_version", "architecture",
        "seconds"}  # fmt: skip


@pytest.fixture
def network() -> Network:
    return Network.create("lenet-5x5", np.random.default_rng(0))


@pytest.fixture(autouse=True)
def nothing_is_rejected(settings):
    settings.MIN_CONFIDENCE = 0.0


def write_lines(path, lines) -> str:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return str(path)


def line(label, **changes) -> dict:
    return {"label": label, "writer": 1, "strokes": STROKES, "width": 100, "height": 150} | changes


def test_a_result_has_the_fields_of_the_contract(network):
    told = evaluate(network, "mnist-test").as_json()
    assert told.keys() == KEYS
    assert (told["dataset"], told["n"], told["architecture"], told["model_version"]) == ("mnist-test", 100, "lenet-5x5", None)  # noqa: E501  # fmt: skip
    assert told["accuracy"] == told["correct"] / told["n"]
    assert json.loads(json.dumps(told)) == told


def test_the_test_images_are_answered_as_the_recogniser_answers(network, settings):
    digits = seven_segment_digits(100, seed=100)
    settings.MIN_CONFIDENCE = float(np.median(network.probabilities(digits.images).max(axis=1)))
    model = recognition.LiveModel(0, 0, network)
    answers = [recognition.recognise(ink.Seen(image), model).digit for image in digits.images]
    result = evaluate(network, "mnist-test").score
    assert 0 < result.rejected == answers.count(None) < 100
    assert result.correct == sum(a == b for a, b in zip(answers, digits.labels.tolist(), strict=True))


def test_drawings_are_those_of_held_out_visitors_with_an_accepted_digit(network):
    drawn(visitor("learnt"), 1)
    drawn(visitor("held out", held_out=True), 2, seed=1)
    drawn(visitor("held out, unreviewed", held_out=True), 2, seed=2, state="unreviewed")
    drawn(visitor("held out, no digit", held_out=True), None, seed=3)
    assert evaluate(network, "drawings").score.n == 1


def test_a_drawing_with_too_little_ink_counts_as_rejected(network):
    drawing = drawn(visitor("held out", held_out=True), 2)
    Prediction.objects.filter(drawing=drawing).update(digit=None, reason=ink.TOO_LITTLE_INK)
    result = evaluate(network, "drawings").score
    assert (result.n, result.rejected, result.correct) == (1, 1, 0)


def test_without_held_out_drawings_the_error_says_how_to_get_some(network):
    with pytest.raises(EvaluationError, match="accept labels"):
        evaluate(network, "drawings")


@pytest.mark.parametrize("packed", [False, True])
def test_lines_of_strokes_go_through_the_ink(network, tmp_path, packed):
    path = tmp_path / "some.jsonl"
    name = write_lines(path, [line(3), line(4), line(5, strokes=[])])
    if packed:
        name = str(tmp_path / "some.jsonl.gz")
        with gzip.open(name, "wb") as file:
            file.write(path.read_bytes())
    result = evaluate(network, name)
    answer = recognition.recognise(
        ink.render(ink.parse_strokes(STROKES, 100, 150)), recognition.LiveModel(0, 0, network)
    ).digit
    assert (result.score.n, result.score.rejected) == (3, 1)
    assert result.score.confusion[3][answer] == result.score.confusion[4][answer] == 1
    assert result.dataset == name.rpartition("/")[2]


def test_writers_are_picked_from_a_file(network, tmp_path):
    name = write_lines(tmp_path / "some.jsonl", [line(3, writer="a"), line(4, writer="b"), line(5, writer="c")])
    assert evaluate(network, name, writers=["a", "c"]).score.n == 2


def test_images_of_an_npz_are_read_as_uploads_are(network, tmp_path):
    dark_on_light = np.full((2, 60, 60), 230, np.uint8)
    dark_on_light[:, 10:50, 28:34] = 20
    np.savez(tmp_path / "some.npz", images=dark_on_light, labels=np.array([1, 1], np.uint8))
    answer = recognition.recognise(ink.read_ink(dark_on_light[0]), recognition.LiveModel(0, 0, network)).digit
    assert evaluate(network, str(tmp_path / "some.npz")).score.confusion[1][answer] == 2


def test_drawings_without_a_digit_are_not_measured(network, tmp_path):
    name = write_lines(tmp_path / "some.jsonl", [line(3), line(None), line(None, not_a_digit=True)])
    assert evaluate(network, name).score.n == 1


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("{", "line 2"),
        (line(11), "line 2: label is 11"),
        (line(3, strokes=[[["x", 1]]]), "line 2: strokes"),
        (line(3, width=0), "line 2: width"),
    ],
)
def test_a_bad_line_is_named(network, tmp_path, bad, words):
    name = write_lines(tmp_path / "some.jsonl", [line(3), bad])
    with pytest.raises(EvaluationError, match=words):
        evaluate(network, name)


@pytest.mark.parametrize(
    ("dataset", "words"), [("nowhere.jsonl", "no file"), ("drawing.txt", "must end in"), ("nonsense", "must end in")]
)
def test_a_data_set_that_is_none_is_refused(network, dataset, words):
    with pytest.raises(EvaluationError, match=words):
        evaluate(network, dataset)


def test_writers_of_mnist_cannot_be_picked(network):
    with pytest.raises(EvaluationError, match="leave them out"):
        evaluate(network, "mnist-test", writers=["1"])


def test_progress_tells_how_many_images_are_done_and_may_stop_it(network, monkeypatch):
    monkeypatch.setattr(evaluation, "PAGE", 40)
    told = []
    evaluate(network, "mnist-test", progress=lambda done, total: told.append((done, total)))
    assert told == [(40, 100), (80, 100)]
    with pytest.raises(ZeroDivisionError):
        evaluate(network, "mnist-test", progress=lambda done, total: 1 / 0)


def test_a_version_is_measured_with_its_number_and_the_figures_kept():
    version = new_version()
    kept = record(version, "mnist-test")
    assert Evaluation.objects.get() == kept
    told = evaluate(version, "mnist-test")
    assert told.model_version == version.number
    assert (kept.n, kept.correct, kept.confusion) == (100, told.score.correct, told.score.confusion)


def test_weights_of_a_file_are_measured_as_they_are():
    loaded = weights.loads(weights_file(0))
    network = Network.create("lenet-5x5", np.random.default_rng(0))
    assert evaluate(loaded, "mnist-test").score == evaluate(network, "mnist-test").score
