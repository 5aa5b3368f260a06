"""Two versions' answers for the same images, counted."""

import json

import numpy as np
import pytest

from recognizer.recognition import Recognition
from training.paired import Calibration, Paired


def answer(digit: int | None, confidence: float = 0.9) -> Recognition:
    return Recognition(
        digit, confidence, [0.0] * 10, None if digit is not None else "not_a_digit", 1, 1, np.zeros((28, 28))
    )


def counted(*seen: tuple, most_flips: int = 10) -> Paired:
    paired = Paired.empty("drawings", most_flips=most_flips)
    for key, (label, candidate, champion) in enumerate(seen):
        paired.see(key, label, candidate, champion)
    return paired


def test_every_image_falls_into_one_of_four_boxes():
    paired = counted(
        (7, answer(7), answer(7)),
        (7, answer(7), answer(1)),
        (7, answer(1), answer(7)),
        (7, answer(None), answer(7)),
        (4, answer(9), answer(None)),
    )
    assert (paired.both, paired.only_candidate, paired.only_champion, paired.neither) == (1, 1, 2, 1)
    assert (paired.n, paired.correct("candidate"), paired.correct("champion")) == (5, 2, 3)
    assert (paired.images[7], paired.right["champion"][7], paired.rejected) == (4, 3, {"candidate": 1, "champion": 1})


def test_flips_say_what_both_answered():
    (flip,) = counted((3, answer(3, 0.8), answer(5, 0.6))).gained.kept
    assert (flip["id"], flip["label"], flip["candidate"], flip["champion"]) == (0, 3, 3, 5)
    assert (flip["candidate_confidence"], flip["champion_confidence"]) == (0.8, 0.6)


def test_of_many_flips_the_surest_mistakes_are_kept_and_all_are_counted():
    paired = counted(*((1, answer(2, i / 1000), answer(1)) for i in range(500)), most_flips=3)
    kept = paired.as_json()["lost"]
    assert kept["count"] == 500
    assert [flip["sureness"] for flip in kept["kept"]] == [0.499, 0.498, 0.497]
    assert len(paired.lost.kept) <= 6


def test_calibration_is_how_far_confidence_is_from_being_right():
    calibration = Calibration()
    for digit in (1, 1, 1, 2):
        calibration.see(answer(digit, 0.95), 1)
    calibration.see(answer(None, 0.2), 1)
    assert calibration.error == pytest.approx(0.2)
    assert sum(calibration.n) == 4
    assert Calibration().error is None


def test_it_is_kept_as_json_and_read_again():
    paired = counted((7, answer(7), answer(1)), (2, answer(3), answer(2)))
    kept = json.loads(json.dumps(paired.as_json()))
    assert Paired.from_json(kept).as_json() == paired.as_json()
    assert (kept["n"], kept["p"]) == (2, 1.0)
