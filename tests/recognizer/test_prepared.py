"""Statements that are worded once do what the query set or the row would have done."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from recognizer import prepared
from recognizer.models import Drawing, Prediction
from recognizer.models import Visitor as VisitorRow

pytestmark = pytest.mark.django_db


def drawing_of(visitor: VisitorRow, **more) -> Drawing:
    strokes = {"source": Drawing.Source.STROKES, "strokes": [[[1.5, 2.0]]], "width": 100.0, "height": 50.0}
    return Drawing(visitor=visitor, seen=bytes(784), preprocessing_version=1, **strokes, **more)


def fields_of(row: Drawing) -> dict[str, object]:
    return {
        field.attname: getattr(row, field.attname) for field in Drawing._meta.concrete_fields if field.attname != "id"
    }


def test_an_inserted_row_reads_as_a_saved_one():
    visitor = VisitorRow.objects.create()
    fast, slow = drawing_of(visitor), drawing_of(visitor)
    fast.created_at = slow.created_at
    prepared.insert(fast)
    slow.save()
    assert fast.pk is not None
    assert fields_of(Drawing.objects.get(pk=fast.pk)) == fields_of(Drawing.objects.get(pk=slow.pk))


def test_an_inserted_row_can_be_saved_again_as_an_old_one():
    drawing = drawing_of(VisitorRow.objects.create())
    prepared.insert(drawing)
    drawing.fingerprint = 7
    drawing.save()
    assert Drawing.objects.get().fingerprint == 7


def test_what_the_database_refuses_is_refused():
    visitor = VisitorRow.objects.create()
    prepared.insert(drawing_of(visitor, submission_key="once"))
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.insert(drawing_of(visitor, submission_key="once"))


def test_a_row_whose_key_is_another_row_keeps_it():
    drawing = drawing_of(VisitorRow.objects.create())
    prepared.insert(drawing)
    from recognizer import versions

    answer = {"digit": 7, "confidence": 0.9, "probabilities": [0.1] * 10, "reason": ""}
    prepared.insert(Prediction(drawing=drawing, version=versions.ensure_shipped().version, **answer))
    assert Prediction.objects.get().pk == drawing.pk
    assert Prediction.objects.get().probabilities == [0.1] * 10


def by_name() -> prepared.Prepared:
    return prepared.Prepared(
        lambda name: VisitorRow.objects.filter(imported_as=name).order_by("pk").values_list("pk", "created_at"),
        prepared.TEXT,
    )


def test_a_prepared_query_gives_the_first_row_in_python_types():
    first, _ = VisitorRow.objects.create(imported_as="a"), VisitorRow.objects.create(imported_as="a")
    assert by_name().first("a") == (first.pk, first.created_at)


def test_a_prepared_query_gives_none_where_nothing_is():
    assert by_name().first("nobody") is None


def test_a_prepared_query_asks_for_each_value_anew():
    rows = [VisitorRow.objects.create(imported_as=name) for name in "ab"]
    query = by_name()
    assert [query.first(name)[0] for name in "abab"] == [rows[0].pk, rows[1].pk] * 2


def test_a_value_is_a_value_and_never_part_of_the_statement():
    VisitorRow.objects.create(imported_as="a")
    with CaptureQueriesContext(connection) as asked:
        assert by_name().first("x' OR '1'='1") is None
    assert len(asked) == 1


def test_a_query_that_does_not_hold_its_value_once_is_refused():
    query = prepared.Prepared(lambda name: VisitorRow.objects.values_list("pk"), prepared.TEXT)
    with pytest.raises(ValueError, match="0 times"):
        query.first("a")
