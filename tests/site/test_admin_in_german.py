"""The admin in the language that a browser asks for: each desk answers, and says what it is in German."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from recognizer import versions
from training.models import TrainingJob

pytestmark = pytest.mark.django_db
GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de"}
DESKS = {
    "admin:index": "Übersicht",
    "admin:recognizer_drawing_review": "Verbergen, sperren",
    "admin:recognizer_drawing_changelist": "Noch keine Zeichnungen.",
    "admin:recognizer_visitor_changelist": "Noch hat niemand gezeichnet.",
    "admin:recognizer_decision_changelist": "Noch hat niemand über etwas entschieden.",
    "admin:recognizer_bulkreview_changelist": "Nichts wurde gesammelt angenommen.",
    "admin:recognizer_bannedshape_changelist": "Keine Form ist gesperrt.",
    "admin:recognizer_modelversion_changelist": "Noch keine Versionen.",
    "admin:recognizer_deployment_changelist": "Noch war nichts live.",
    "admin:recognizer_evaluation_changelist": "Noch wurde keine Version gemessen.",
    "admin:training_trainingjob_changelist": "Noch ist kein Auftrag gelaufen.",
    "admin:training_trainingjob_add": "Auftrag starten",
    "admin:training_comparison_changelist": "Noch wurden keine Versionen verglichen.",
    "admin:training_comparison_compare": "Zwei Versionen vergleichen",
    "admin:training_snapshot_changelist": "Noch keine Momentaufnahmen.",
    "admin:training_deleteddrawing_changelist": "wurde gelöscht.",
    "admin:training_yardstick_changelist": "Noch keine Messlatte.",
    "admin:training_yardstick_add": "Messlatte importieren",
    "admin:training_measurement_changelist": "Noch wurde nichts in Teilen gemessen.",
    "admin:training_cleanup_changelist": "Noch wurde nichts entfernt.",
    "admin:training_export_changelist": "Noch kein Export.",
    "admin:training_export_add": "Zeichnungen exportieren",
}


@pytest.mark.parametrize(("name", "said"), DESKS.items())
def test_each_desk_is_german_for_whoever_asks_for_german(admin_client, name, said):
    page = admin_client.get(reverse(name), **GERMAN).content.decode()
    assert '<html lang="de"' in page
    assert said in page


def test_a_desk_is_english_without_being_asked(admin_client):
    page = admin_client.get(reverse("admin:training_trainingjob_changelist")).content.decode()
    assert '<html lang="en"' in page
    assert "No job has run yet." in page


def test_a_row_keeps_its_sentence_in_english_and_says_it_in_german(admin_client, admin_user):
    job = TrainingJob.objects.create(
        kind="scratch", architecture="lenet-5x5", epochs=1, batch_size=32, learning_rate=0.01, seed=1,
        state=TrainingJob.State.CANCELLED, message="Cancelled by anna.", finished_at=timezone.now(),
    )  # fmt: skip
    page = admin_client.get(reverse("admin:training_trainingjob_change", args=[job.pk]), **GERMAN).content.decode()
    assert "Abgebrochen von anna." in page
    job.refresh_from_db()
    assert job.message == "Cancelled by anna."


def test_cancelling_in_german_writes_english(admin_client):
    job = TrainingJob.objects.create(
        kind="scratch", architecture="lenet-5x5", epochs=1, batch_size=32, learning_rate=0.01, seed=1
    )
    admin_client.post(reverse("admin:training_trainingjob_cancel", args=[job.pk]), **GERMAN)
    job.refresh_from_db()
    assert job.message == "Cancelled by admin."
    assert job.events.order_by("-number").first().message == "Cancelled by admin."


def test_shares_of_bars_stay_readable_for_style_sheets(admin_client):
    TrainingJob.objects.create(
        kind="scratch", architecture="lenet-5x5", epochs=4, epoch=1, batch_size=32, learning_rate=0.01, seed=1
    )
    page = admin_client.get(reverse("admin:training_trainingjob_changelist"), **GERMAN).content.decode()
    assert "--share: 0." in page
    assert "--share: 0," not in page


def test_an_account_is_made_in_german(admin_client):
    page = admin_client.get(reverse("admin:auth_user_add"), **GERMAN).content.decode()
    assert "Anmeldung mit Passwort" in page
    assert "Password-based" not in page
    assert "authenticate" not in page


def test_what_other_packages_keep_has_german_names(admin_client, admin_user):
    page = admin_client.get(reverse("admin:auth_user_change", args=[admin_user.pk]), **GERMAN).content.decode()
    assert "Wiederherstellungscodes | Satz Wiederherstellungscodes | " in page
    assert "Einmalcodes | App für Einmalcodes | " in page
    assert "Otp_" not in page


def test_the_layers_of_a_version_have_german_names(admin_client):
    version = versions.ensure_shipped().version
    page = admin_client.get(reverse("admin:recognizer_modelversion_change", args=[version.pk]), **GERMAN)
    assert "<td>Voll verbunden</td>" in page.content.decode()
    assert "<td>Dense" not in page.content.decode()


def test_a_form_names_its_fields_in_german(admin_client):
    page = admin_client.get(reverse("admin:training_yardstick_add"), **GERMAN).content.decode()
    assert re.search(r"<label[^>]*>\s*Datei\b", page)


@pytest.mark.parametrize(
    ("model", "titles"),
    [
        ("decision", ["Entscheidung", "Person"]),
        ("drawing", ["Antwort", "Quelle", "Datum", "Besucher"]),
        ("visitor", ["Verwendung", "gesperrt"]),
    ],
)
def test_filters_are_named_in_german(model, titles):
    model_admin = admin.site._registry[apps.get_model("recognizer", model)]
    own = [each for each in model_admin.list_filter if hasattr(each, "title")]
    with override("de"):
        assert set(titles) <= {str(each.title) for each in own}
