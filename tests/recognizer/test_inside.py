"""What the page shows of the inside: steps, maps of the right shape, and answers without each stroke."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from recognizer import ink, inside, recognition, schemas, submissions, versions
from recognizer.models import ModelVersion
from recognizer.network import Network, weights
from recognizer.network.losses import softmax
from tests.recognizer.pictures import encoded
from tests.training.making import new_version

pytestmark = pytest.mark.django_db

IMAGE = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
CROSSED_SEVEN = [[[60, 40], [220, 40], [120, 240]], [[90, 140], [200, 140]]]
BODY = {"strokes": CROSSED_SEVEN, "width": 280, "height": 280}


def picture(text: str) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(base64.b64decode(text))))


def test_the_stages_of_lenet_are_those_of_the_textbook():
    found = inside.stages(Network.create("lenet-5x5", np.random.default_rng(0)), IMAGE)
    assert [(stage.kind, stage.values.shape) for stage in found] == [
        ("input", (28, 1, 28)),
        ("convolution", (24, 8, 24)),
        ("convolution", (20, 8, 20)),
        ("maxpool", (10, 8, 10)),
        ("dense", (128,)),
        ("dense", (10,)),
    ]


@pytest.mark.parametrize("name", ["lenet-5x5", "deep"])
def test_the_last_stage_is_the_answer_and_what_follows_a_layer_is_worked_in(name):
    network = Network.create(name, np.random.default_rng(0))
    found = inside.stages(network, IMAGE)
    np.testing.assert_allclose(found[-1].values, network.probabilities(IMAGE[None])[0], atol=1e-5)
    assert found[1].values.min() >= 0  # behind its ReLU
    assert found[-2].values.min() >= 0


def test_maps_lie_beside_each_other_with_gaps():
    values = np.arange(2 * 3 * 2, dtype=float).reshape(2, 3, 2)  # three maps of 2 x 2
    board = inside.sheet(values)
    assert board.shape == (2, 8)
    np.testing.assert_array_equal(board[:, :2], values[:, 0])
    assert np.isnan(board[:, 2]).all()
    np.testing.assert_array_equal(board[:, 6:], values[:, 2])


def test_positive_negative_and_nothing_have_their_own_colours():
    rgb = inside.coloured(np.array([[2.0, 0.0, -2.0, np.nan]]))[0]
    np.testing.assert_array_equal(rgb, [inside.POSITIVE, inside.PAPER, inside.NEGATIVE, inside.BETWEEN])


def test_an_only_stroke_is_cut_into_parts_that_share_their_ends():
    line = np.stack([np.linspace(0, 100, 41), np.zeros(41)], axis=1)
    parts = inside.pieces([line])
    assert len(parts) == inside.PARTS_OF_ONE
    assert [part[0, 0] for part in parts[1:]] == [part[-1, 0] for part in parts[:-1]] == [25, 50, 75]


@pytest.mark.parametrize("lines", [[np.zeros((2, 2))], [np.zeros((20, 2)), np.ones((20, 2))]])
def test_short_strokes_and_several_stay_as_they_are(lines):
    assert inside.pieces(lines) is lines


def test_each_stroke_is_taken_away_once(client, shipped):
    found = inside.explain(submissions.of_strokes(**BODY))
    assert [stroke["line"] for stroke in found["strokes"]] == [0, 1]
    alone = submissions.of_strokes([CROSSED_SEVEN[1]], 280, 280)
    np.testing.assert_array_equal(found["strokes"][0]["without"].image, alone.seen.image)


def test_of_many_strokes_the_longest_are_taken_away(shipped):
    strokes = [[[10, 10 + n], [20 + 10 * n, 10 + n]] for n in range(12)]
    found = inside.explain(submissions.of_strokes(strokes, 280, 280))
    assert [stroke["line"] for stroke in found["strokes"]] == list(range(4, 12))


def test_each_layer_says_what_it_looks_at_and_how_its_sheet_is_laid_out(shipped):
    layers = inside.explain(submissions.of_strokes(**BODY), number=1)["layers"]
    assert [layer["window"] for layer in layers] == [None, (5, 5), (5, 5), (2, 2), None, None]
    assert [layer["across"] for layer in layers] == [1, 8, 8, 8, 32, 10]
    assert picture(layers[1]["image"]).shape == (24, 8 * 25 - 1, 3)


class TestWhichVersion:
    @pytest.fixture
    def shipped(self, shipped):
        deep = Network.create("deep", np.random.default_rng(0))
        weights.save(deep, {}, shipped / "newer.safetensors", preprocessing_version=ink.PREPROCESSING_VERSION)
        return shipped

    def test_the_live_one_and_the_newest_of_each_other_architecture_are_offered(self, shipped):
        offered = inside.offered()
        assert [one.network.architecture.name for one in offered] == ["deep", "lenet-5x5"]
        assert offered[0].number == recognition.live().number

    def test_one_whose_file_is_lost_is_not_offered(self, shipped):
        recognition.live()
        lost = ModelVersion.objects.get(architecture="lenet-5x5")
        lost.weights.storage.delete(lost.weights.name)
        assert [one.network.architecture.name for one in inside.offered()] == ["deep"]

    def test_where_the_newest_is_lost_the_one_before_is_offered(self, shipped):
        recognition.live()
        older = ModelVersion.objects.get(architecture="lenet-5x5")
        newest = new_version(9)
        versions.promote(newest)
        versions.rollback()
        assert [one.number for one in inside.offered()] == [2, newest.number]
        newest.weights.storage.delete(newest.weights.name)
        recognition.forget()
        assert [one.number for one in inside.offered()] == [2, older.number]

    @pytest.mark.parametrize("changes", [{}, {"preprocessing_version": ink.PREPROCESSING_VERSION - 1}])
    def test_what_was_never_live_or_reads_other_images_is_not(self, shipped, changes):
        recognition.live()
        newest = new_version(9)
        if changes:
            versions.promote(newest)
            versions.rollback()
            ModelVersion.objects.filter(pk=newest.pk).update(**changes)
        assert [one.number for one in inside.offered()] == [2, 1]

    def test_another_one_explains_when_it_is_asked_for(self, visitor, shipped):
        answer = visitor.send("explanations?model_version=1", BODY).json()
        assert answer["answer"]["model_version"] == 1
        assert [one["number"] for one in answer["versions"]] == [2, 1]
        assert len(answer["layers"]) == 6

    @pytest.mark.parametrize(
        ("number", "code", "words"),
        [
            ("7", "unknown_version", "Version 7 cannot be looked into: 2 and 1 can."),
            ("x", "invalid_parameter", "model_version is 'x': send a whole number from 1"),
            ("0", "invalid_parameter", "model_version is '0'"),
        ],
    )
    def test_what_is_not_offered_is_named(self, visitor, shipped, number, code, words):
        answer = visitor.send(f"explanations?model_version={number}", BODY)
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert (error["code"], error["field"]) == (code, "model_version")
        assert error["message"].startswith(words)


class TestApi:
    def test_the_answer_is_as_described(self, visitor, shipped):
        answer = visitor.send("explanations", BODY)
        assert answer.status_code == 200
        body = schemas.Explanation.model_validate(answer.json())
        assert [step.name for step in body.steps] == ["ink", "crop", "box", "centred"]
        assert picture(body.steps[-1].image).shape == (28, 28)
        assert body.layers[-1].shape in ([10], [11])
        assert len(body.strokes) == 2

    def test_it_answers_as_recognising_does_and_stores_nothing(self, visitor, shipped):
        explained, recognised = (visitor.send(path, BODY).json() for path in ("explanations", "recognitions"))
        assert explained["answer"] == recognised

    def test_a_picture_has_steps_and_layers_and_no_strokes(self, visitor, shipped):
        body = {"image": base64.b64encode(encoded("PNG")).decode()}
        answer = visitor.send("explanations", body).json()
        assert (len(answer["steps"]), answer["strokes"], answer["lines"]) == (4, [], [])
        assert answer["layers"]

    def test_an_empty_canvas_has_no_strokes_either(self, visitor, shipped):
        answer = visitor.send("explanations", {"strokes": [], "width": 9, "height": 9}).json()
        assert (answer["answer"]["reason"], answer["steps"], answer["strokes"]) == ("empty", [], [])


def test_softmax_is_what_the_last_stage_shows():
    network = Network.create("deep", np.random.default_rng(1))
    x = (IMAGE / 255).astype(np.float32)[:, None, :, None]
    np.testing.assert_allclose(inside.stages(network, IMAGE)[-1].values, softmax(network.logits(x))[:, 0], atol=1e-6)


def test_a_drawing_of_very_many_points_is_explained_by_fewer():
    lines = [np.cumsum(np.random.default_rng(seed).normal(0, 1, (9_000, 3)), axis=0) for seed in (0, 1)]
    thin = inside.thinned(lines)
    assert inside.MOST_EXPLAINED_POINTS <= sum(map(len, thin)) <= inside.MOST_EXPLAINED_POINTS + 2
    for line, points in zip(lines, thin, strict=True):
        np.testing.assert_array_equal(points[[0, -1]], line[[0, -1]])


def test_a_usual_drawing_is_explained_by_all_of_its_points():
    lines = [np.zeros((300, 3)), np.ones((1, 3))]
    for line, points in zip(lines, inside.thinned(lines), strict=True):
        np.testing.assert_array_equal(points, line)
