"""The contact sheet of mistakes: the worst ones, in order, each with its words; never a right answer."""

import numpy as np

from recognizer.recognition import Recognition
from training.mistakes import CELL, COLUMNS, Worst


def answer(digit: int | None, share_of_seven: float) -> Recognition:
    probabilities = [(1 - share_of_seven) / 9] * 10
    probabilities[7] = share_of_seven
    image = np.full((28, 28), round(255 * share_of_seven), np.uint8)
    return Recognition(
        digit, max(probabilities), probabilities, None if digit is not None else "not_a_digit", 1, 1, image
    )


def seen(most: int, *answers: Recognition) -> Worst:
    worst = Worst(most)
    for each in answers:
        worst.see(each, 7)
    return worst


def test_right_answers_are_forgotten():
    assert seen(5, answer(7, 0.9), answer(7, 0.4)).mistakes == []


def test_the_worst_are_kept_and_come_first():
    shares = np.random.default_rng(0).permutation(40) / 100
    kept = seen(6, *(answer(1, share) for share in shares)).mistakes
    assert [mistake.share for mistake in kept] == [0.0, 0.01, 0.02, 0.03, 0.04, 0.05]


def test_words_name_the_digit_its_answer_and_its_share():
    first, second = seen(2, answer(None, 0.1), answer(1, 0.25)).mistakes
    assert (first.words, second.words) == ("7 as none  10 %", "7 as 1  25 %")


def test_the_sheet_shows_each_mistake_in_its_cell():
    sheet = np.asarray(seen(12, *(answer(1, share / 100) for share in range(12))).sheet())
    assert sheet.shape == (2 * CELL[1], COLUMNS * CELL[0])
    middle = [sheet[row * CELL[1] + 46, column * CELL[0] + CELL[0] // 2] for row in (0, 1) for column in range(COLUMNS)]
    assert middle == [255 - round(2.55 * share) for share in range(12)] + [255] * 8


def test_a_sheet_without_mistakes_says_so():
    sheet = np.asarray(seen(5).sheet())
    assert sheet.shape == (CELL[1], COLUMNS * CELL[0])
    assert sheet.min() < 128
