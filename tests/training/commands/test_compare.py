"""`manage.py compare`: two versions on the same images, in words and as JSON."""

import pytest

from recognizer import versions
from tests.training.making import drawn, new_version, visitor
from training.models import Comparison

from .asking import ask

pytestmark = pytest.mark.usefixtures("small_mnist")


@pytest.fixture(autouse=True)
def second():
    versions.ensure_shipped()
    drawn(visitor("held out", held_out=True), 7)
    return new_version(seed=2)


def test_it_says_the_verdict_the_rules_and_the_figures():
    answer = ask("compare", 2, 1)
    row = Comparison.objects.get()
    lines = answer.out.splitlines()
    assert (answer.status, lines[0]) == (0, row.verdict)
    for words in (
        "MNIST test images: ",
        "mnist-test, n = 100, p ",
        "drawings, n = 1, p ",
        "recall of 9",
        "one image: ",
    ):
        assert words in answer.out


def test_it_answers_as_json():
    answer = ask("compare", 2, 1, "--json").json
    assert (answer["candidate"], answer["champion"]) == (2, 1)
    assert answer["passed"] is Comparison.objects.get().passed
    mnist, drawings = answer["datasets"]
    assert (mnist["n"], drawings["n"]) == (100, 1)
    assert mnist["both"] + mnist["only_candidate"] + mnist["only_champion"] + mnist["neither"] == 100
    seven = mnist["per_digit"]["champion"][7]
    assert sum(digit["n"] for digit in mnist["per_digit"]["candidate"]) == 100
    assert seven["interval"][0] <= seven["right"] / seven["n"] <= seven["interval"][1]


def test_it_tells_how_much_of_what_is_no_digit_each_rejects(settings):
    settings.MIN_CONFIDENCE = 1.0
    drawn(visitor("scribbles", held_out=True), None)
    assert "of 1 held-out drawings that are no digit, taken for none: 1 and 1" in ask("compare", 2, 1).out
    assert ask("compare", 2, 1, "--json").json["no_digits"] == {"n": 1, "candidate": 1, "champion": 1}


def test_what_is_live_stays_so():
    ask("compare", 2, 1)
    assert versions.live_deployment().version.number == 1


@pytest.mark.parametrize(
    ("pair", "words"), [((2, 2), "cannot be compared with itself"), ((2, 9), "There is no version 9; there is 1, 2.")]
)
def test_what_cannot_be_compared_is_said(pair, words):
    answer = ask("compare", *pair, "--json")
    assert (answer.status, answer.out) == (1, "")
    assert words in answer.error


def test_a_version_whose_file_is_gone_is_said(second):
    second.weights.storage.delete(second.weights.name)
    answer = ask("compare", 2, 1)
    assert answer.status == 1
    assert "Version 2 cannot be loaded" in answer.error
