import pytest
from django.apps import apps
from django.core.management import call_command
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
