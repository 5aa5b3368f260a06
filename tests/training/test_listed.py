"""A snapshot's list is turned over a page at a time, and a few are taken from all over it."""

import pytest

from recognizer import drawings
from training import listed, packing, snapshots

from .making import drawn, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(packing, "PART", 3)


@pytest.fixture
def snapshot(db):
    for number in range(10):
        drawn(visitor(f"v{number}"), number % 2, seed=number)
    return snapshots.freeze()


def test_the_pages_together_are_the_list(snapshot):
    pages = [listed.page(snapshot, start=start, count=4) for start in range(0, 12, 4)]
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [list(record) for page in pages for record in page] == packing.pairs(snapshot)


def test_the_pages_of_a_label_are_those_with_it(snapshot):
    pages = [listed.page(snapshot, start=start, count=2, label=1) for start in range(0, 6, 2)]
    expected = [(pk, label) for pk, label in packing.pairs(snapshot) if label == 1]
    assert [record for page in pages for record in page] == expected


def test_behind_the_end_there_is_nothing(snapshot):
    assert listed.page(snapshot, start=10, count=4) == []
    assert listed.page(snapshot, start=0, count=4, label=9) == []


def test_a_late_page_reads_its_own_parts_only(snapshot, monkeypatch):
    read, unpacked = [], packing.unpacked
    monkeypatch.setattr(packing, "unpacked", lambda part: read.append(part.number) or unpacked(part))
    listed.page(snapshot, start=7, count=1)
    assert read == [2]


@pytest.mark.parametrize(("most", "places"), [(20, range(10)), (10, range(10)), (4, [0, 3, 6, 9]), (1, [0])])
def test_some_are_taken_from_all_over_the_list(snapshot, most, places):
    pairs = packing.pairs(snapshot)
    assert [list(record) for record in listed.spread(snapshot, most)] == [pairs[place] for place in places]


def test_what_was_deleted_stays_on_the_list(snapshot):
    first = packing.pairs(snapshot)[0][0]
    drawings.delete_many([first], by="admin")
    assert listed.page(snapshot, start=0, count=1)[0][0] == first
