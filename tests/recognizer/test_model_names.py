import ast
import inspect
import textwrap
from collections.abc import Callable

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils.functional import Promise
from django.utils.translation import override

from recognizer import model_names
from training import model_names as training_names


@pytest.mark.parametrize(("app", "names"), [("recognizer", model_names.NAMES), ("training", training_names.NAMES)])
def test_models_and_their_fields_have_a_german_name(app, names):
    with override("de"):
        for name, (one, many, fields) in names.items():
            meta = apps.get_model(app, name)._meta
            assert (meta.verbose_name, meta.verbose_name_plural) == (str(one), str(many))
            assert all(str(meta.get_field(field).verbose_name) == str(words) for field, words in fields.items())


def test_a_drawing_is_a_zeichnung():
    with override("de"):
        assert apps.get_model("recognizer", "drawing")._meta.verbose_name == "Zeichnung"


@pytest.mark.django_db
def test_a_name_is_no_migration(capsys):
    call_command("makemigrations", "--check", "--dry-run")
    assert "No changes detected" in capsys.readouterr().out


@pytest.mark.parametrize("app", ["recognizer", "training"])
def test_no_model_is_left_out(app):
    """The page of a group lists permissions of all of them."""
    unnamed = [
        model.__name__
        for model in apps.get_app_config(app).get_models()
        if not isinstance(model._meta.verbose_name, Promise) or not isinstance(model._meta.verbose_name_plural, Promise)
    ]
    assert unnamed == []


def test_rooms_are_raeume():
    meta = apps.get_model("recognizer", "room")._meta
    with override("de"):
        assert (meta.verbose_name, meta.verbose_name_plural) == ("Raum", "Räume")


def test_choices_are_in_the_readers_language_but_for_names_and_the_log():
    in_english = [
        f"{model.__name__}.{field.name}"
        for app in ("recognizer", "training")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.fields
        if any(not isinstance(words, Promise) for _, words in field.choices or ())
    ]
    # A list that is made for each reader, names that programs use, and a log, which stays English
    assert in_english == ["Export.format", "TrainingJob.preset", "TrainingJob.architecture", "JobEvent.kind"]


@pytest.mark.parametrize("app", ["recognizer", "training"])
def test_rows_call_themselves_in_the_readers_language(app):
    """By a text of the catalogs, unless a name is all that they say."""
    with_sentences = [
        model.__name__
        for model in apps.get_app_config(app).get_models()
        if any(" " in text for text in _literals_of(model.__str__))
    ]
    assert with_sentences == []


def _literals_of(method: Callable) -> list[str]:
    """The parts of its f-strings, which no tool collects for the catalogs."""
    nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(method)))))
    formats = [node.format_spec for node in nodes if isinstance(node, ast.FormattedValue)]
    strings = [node for node in nodes if isinstance(node, ast.JoinedStr) and node not in formats]
    return [part.value for string in strings for part in string.values if isinstance(part, ast.Constant)]
