"""While a release is brought out its tables serve two codes: the new one, and that of the release before."""

import threading

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from recognizer import visitors
from recognizer.at_once import insert
from recognizer.models import Drawing, Label, Prediction, Visitor
from tests import admin_rows as rows
from tests.recognizer.test_versions import at_once
from tests.site.migration_rules import problems

# The last migrations of the release before. Whoever brings out a release puts its own here afterwards.
RELEASED = {"recognizer": "0011_skips_and_what_is_asked_about", "training": "0014_figures"}


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


@pytest.fixture(scope="module")
def released(loader) -> ProjectState:
    return loader.project_state(list(RELEASED.items()))


def test_every_migration_since_the_last_release_is_one_that_its_code_lives_with(loader, released):
    done = {key for leaf in RELEASED.items() for key in loader.graph.forwards_plan(leaf)}
    new = [migration for key, migration in loader.disk_migrations.items() if key[0] in RELEASED and key not in done]
    assert [problem for migration in new for problem in problems(migration, released)] == []


@pytest.fixture
def a_site(db):
    """A row or more of what the site writes all day."""
    version = rows.version()
    rows.evaluation(version)
    rows.drawing(version, means=7, state=Label.State.ACCEPTED)
    rows.drawing(version, means=3, upload=True)
    rows.job()
    rows.staff("recognizer.view_drawing")


WRITTEN = ("visitor", "drawing", "prediction", "label", "modelversion", "evaluation", "trainingjob")


@pytest.mark.usefixtures("a_site")
def test_the_code_of_the_last_release_reads_and_writes_the_tables_of_today(released):
    old = {model._meta.model_name: model for model in released.apps.get_models() if model._meta.app_label in RELEASED}
    for name in WRITTEN:
        columns = [field.attname for field in old[name]._meta.concrete_fields]
        today = apps.get_model(old[name]._meta.label)
        before = list(today.objects.order_by("pk").values(*columns))
        for row in list(old[name].objects.all()):
            write_again(row)
        assert len(before) > 0
        # What the old code has written is what the new code reads.
        assert list(today.objects.order_by("pk").values(*columns)) == before


def write_again(row: models.Model) -> None:
    """Take the row away and put it back as its code does: with the columns alone that this code knows."""
    with transaction.atomic():
        type(row).objects.filter(pk=row.pk)._raw_delete("default")
        row.save_base(raw=True, force_insert=True)
    row.save_base(raw=True, force_update=True)


@pytest.mark.django_db(transaction=True)
def test_a_column_that_old_code_does_not_fill_is_found():
    before = rows.job()
    added = models.IntegerField()
    added.set_attributes_from_name("needed")
    added.default = 3  # for the rows that are there
    added.model = type(before)
    with connection.schema_editor() as editor:
        editor.add_field(type(before), added)
    try:
        with pytest.raises(IntegrityError):
            write_again(before)
    finally:
        with connection.schema_editor() as editor:
            editor.remove_field(type(before), added)


@pytest.mark.django_db(transaction=True)
def test_drawings_are_stored_while_indexes_go_and_come_back(loader):
    version, visitor = rows.version(), Visitor.objects.create(key_hash="k" * 64)
    migration = loader.get_migration("recognizer", "0014_fewer_indexes")
    before = [("recognizer", "0013_rooms"), ("training", "0014_figures")]
    over = threading.Event()

    def store() -> int:
        drawing = {"source": "strokes", "strokes": [[[1.0, 2.0]]], "width": 9.0, "height": 9.0, "seen": bytes(784)}
        answer = {"version_id": version.pk, "digit": 1, "confidence": 0.5, "probabilities": [0.1] * 10}
        known, count = visitors.Known(visitor.pk, visitor.key_hash), 0
        while not over.is_set():
            assert insert(drawing | {"preprocessing_version": 1}, answer, known, shapes_stamp=None)
            count += 1
        return count

    def migrate() -> int:
        try:
            for _ in range(3):
                with connection.schema_editor(atomic=migration.atomic) as editor:
                    migration.unapply(loader.project_state(before), editor)
                with connection.schema_editor(atomic=migration.atomic) as editor:
                    migration.apply(loader.project_state(before), editor)
        finally:
            over.set()
        return 0

    counts = at_once(store, store, migrate)
    assert [type(count) for count in counts] == [int] * 3, counts
    assert Drawing.objects.count() == Prediction.objects.count() == sum(counts) > 0


def state_with(**fields: models.Field) -> ProjectState:
    state = ProjectState()
    state.add_model(ModelState("shop", "Book", [("id", models.BigAutoField(primary_key=True)), *fields.items()]))
    return state


def said(*operations, **attributes) -> list[str]:
    migration = type("Migration", (migrations.Migration,), {"operations": list(operations), **attributes})
    old = state_with(title=models.CharField(max_length=50), price=models.IntegerField(null=True))
    return problems(migration("0002_next", "shop"), old)


BREAKING = {
    "a column that goes": migrations.RemoveField("book", "title"),
    "a column with another name": migrations.RenameField("book", "title", "name"),
    "a table that goes": migrations.DeleteModel("Book"),
    "a table with another name": migrations.RenameModel("Book", "Volume"),
    "a column that has to be given": migrations.AddField("book", "pages", models.IntegerField(default=3)),
    "null that is not allowed any more": migrations.AlterField("book", "price", models.IntegerField()),
    "another type": migrations.AlterField("book", "price", models.FloatField(null=True)),
    "less room": migrations.AlterField("book", "title", models.CharField(max_length=20)),
    "no two alike": migrations.AlterField("book", "title", models.CharField(max_length=50, unique=True)),
    "a constraint on old columns": migrations.AddConstraint(
        "book", models.CheckConstraint(condition=models.Q(price__gt=0), name="priced")
    ),
    "SQL that drops": migrations.RunSQL("ALTER TABLE shop_book DROP COLUMN title"),
    "one inside another": migrations.SeparateDatabaseAndState([migrations.RemoveField("book", "title")]),
}
FINE = {
    "a column that may be null": migrations.AddField("book", "pages", models.IntegerField(null=True)),
    "a column that the database fills": migrations.AddField("book", "pages", models.IntegerField(db_default=0)),
    "a new table": migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
    "more room": migrations.AlterField("book", "title", models.CharField(max_length=80)),
    "a constraint on a new column": migrations.AddConstraint(
        "book", models.CheckConstraint(condition=models.Q(pages__gt=0), name="paged")
    ),
    "another table's column": migrations.RemoveField("shelf", "width"),
    "an index": migrations.AddIndex("book", models.Index(fields=["title"], name="by_title")),
    "rows": migrations.RunPython(migrations.RunPython.noop),
}


@pytest.mark.parametrize("what", BREAKING)
def test_the_rule_finds(what):
    [problem] = said(BREAKING[what])
    assert problem.startswith("shop.0002_next: ")


@pytest.mark.parametrize("what", FINE)
def test_the_rule_allows(what):
    assert said(FINE[what]) == []


def test_what_nothing_uses_any_more_may_go_if_the_migration_says_since_when():
    assert said(BREAKING["a column that goes"], unused_since="0.2: nothing reads it") == []
