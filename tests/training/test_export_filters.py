"""Which drawings each condition leaves, and how it is put into words and into a row."""

from datetime import UTC, date, datetime

import pytest

from recognizer.models import Drawing
from tests.training.making import drawn, new_version, visitor
from training import exporting
from training.data.exports import ExportError
from training.export_filters import STATES, Filters

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored() -> dict[str, Drawing]:
    ann, bob = visitor("ann"), visitor("bob", held_out=True)
    return {
        "seven": drawn(ann, 7),
        "held out": drawn(bob, 1, seed=1),
        "none": drawn(ann, None, seed=2),
        "rejected": drawn(ann, 7, state="rejected", seed=3),
        "claimed": drawn(bob, 3, state="unreviewed", seed=4),
    }


def names(stored: dict[str, Drawing], **conditions) -> list[str]:
    chosen = exporting.ids(Filters(**conditions)).tolist()
    return [name for name, drawing in stored.items() if drawing.pk in chosen]


@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        ({}, ["seven", "held out"]),
        ({"state": "reviewed"}, ["seven", "held out", "none", "rejected"]),
        ({"state": "rejected"}, ["rejected"]),
        ({"state": "unreviewed"}, ["claimed"]),
        ({"state": "labelled"}, ["seven", "held out", "none", "claimed"]),
        ({"state": "all"}, ["seven", "held out", "none", "rejected", "claimed"]),
        ({"state": "all", "held_out": True}, ["held out", "claimed"]),
        ({"state": "all", "held_out": False}, ["seven", "none", "rejected"]),
        ({"state": "all", "digits": (1, 3)}, ["held out", "claimed"]),
        ({"version": 1}, ["seven", "held out"]),
        ({"version": 2}, []),
    ],
)
def test_each_condition_narrows_down(stored, conditions, left):
    new_version(9)
    assert names(stored, **conditions) == left


def test_days_count_from_midnight_to_midnight_and_both_are_meant(stored):
    for name, hour in (("seven", 0), ("none", 23)):
        Drawing.objects.filter(pk=stored[name].pk).update(created_at=datetime(2026, 1, 31, hour, 59, 59, tzinfo=UTC))
    day = date(2026, 1, 31)
    assert names(stored, state="all", since=day, until=day) == ["seven", "none"]
    assert names(stored, state="all", until=date(2026, 1, 30)) == []
    assert len(names(stored, state="all", since=date(2026, 2, 1))) == 3


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"state": "some"}, "'some' is no state of drawings; there are: accepted, "),
        ({"digits": (10,)}, "10 is no digit"),
        ({"since": date(2026, 2, 1), "until": date(2026, 1, 1)}, "no day lies between 2026-02-01 and 2026-01-01"),
    ],
)
def test_what_cannot_be_is_an_error(conditions, words):
    with pytest.raises(ExportError, match=words):
        Filters(**conditions)


def test_a_version_that_is_not_there_is_an_error_when_asked_for_and_none_afterwards():
    with pytest.raises(ExportError, match="there is no version 5"):
        Filters(version=5).check()
    assert Filters.from_json({"version": 5}).words().endswith("answered by version 5")


EVERY = Filters("all", True, (1, 7), date(2026, 1, 1), date(2026, 1, 31), 3)


@pytest.mark.parametrize("filters", [Filters(), EVERY, *(Filters(state) for state in STATES)])
def test_they_come_out_of_a_row_as_they_went_in(filters):
    assert Filters.from_json(filters.as_json()) == filters


def test_they_are_put_into_words():
    assert Filters().words() == "drawings with a digit that a reviewer accepted"
    assert EVERY.words() == (
        "drawings with and without a label, of held-out visitors, who never train, labelled 1 and 7, "
        "from 1 January 2026 to 31 January 2026, answered by version 3"
    )
