"""What of a drawing leaves the site, page by page, and what the file says of itself."""

from datetime import date

import pytest

from recognizer.models import Drawing
from tests.training.making import drawn, visitor
from training import exporting
from training.data.exports import FORMATS
from training.export_filters import Filters

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(monkeypatch) -> list[Drawing]:
    monkeypatch.setattr(exporting, "PAGE", 2)
    people = [visitor(name) for name in ("ann", "bob")]
    return [drawn(people[n % 2], n, seed=n) for n in range(5)]


def found(kind: str, read=list) -> list:
    chosen = exporting.ids(Filters())
    return list(
        exporting.exported(exporting.pages(chosen, FORMATS[kind], read), FORMATS[kind], lambda done, lost: None)
    )


def test_all_pages_come_in_the_order_of_the_drawings(five):
    assert [one.label for one in found("npz")] == [0, 1, 2, 3, 4]
    assert [one.writer for one in found("npz")] == [1, 2, 1, 2, 1]


def test_a_page_takes_one_query(five, django_assert_num_queries):
    with django_assert_num_queries(1 + 3):
        found("jsonl")
    with django_assert_num_queries(1 + 3):
        found("csv")


def test_ink_is_read_only_where_the_format_has_it(five):
    assert found("npz")[0].strokes is None
    assert found("jsonl")[0].strokes == five[0].strokes


def test_a_drawing_that_was_deleted_meanwhile_is_left_out(five):
    def read(rows):
        Drawing.objects.filter(pk=five[3].pk).delete()
        return list(rows)

    assert [one.label for one in found("npz", read)] == [0, 1, 2, 4]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_file_says_which_drawings_how_many_and_when(kind):
    text = exporting.about(Filters(digits=(1, 7)), FORMATS[kind], day=date(2026, 11, 26))(1204)
    assert "Drawings: 1,204\n" in text
    assert "Which:    drawings with a digit that a reviewer accepted, labelled 1 and 7\n" in text
    assert "Exported: 26 November 2026\n" in text
    assert "no digit" in text or "to show none" in text
    assert max(map(len, text.splitlines())) <= 120
