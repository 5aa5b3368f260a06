"""The desk for versions: what each is, and the two pages that change which one is live."""

import numpy as np
import onnx
import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import storages
from django.urls import reverse

from recognizer import versions
from recognizer.admin.scores import matrix
from recognizer.models import Deployment, Evaluation, ModelVersion
from recognizer.network import weights
from recognizer.storing import StorageAwayError
from tests import admin_rows as rows
from tests.recognizer.test_versions import spoil

LIST = "/admin/recognizer/modelversion/"
ROLLBACK = f"{LIST}rollback/"
DEPLOYMENTS = "/admin/recognizer/deployment/"
VIEW, RELEASE, DELETE = (f"recognizer.{action}_modelversion" for action in ("view", "release", "delete"))


@pytest.fixture
def live(db) -> ModelVersion:
    """The shipped version, live since the site began."""
    return versions.ensure_shipped().version


def page(version: ModelVersion, name: str = "change") -> str:
    return reverse(f"admin:recognizer_modelversion_{name}", args=[version.pk])


def signed_in(client, *permissions: str):
    client.force_login(rows.staff(*permissions))
    return client


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def live_number() -> int:
    return Deployment.objects.get(is_live=True).version.number


def test_the_list_shows_accuracy_with_its_n_and_which_version_is_live(client, live):
    rows.evaluation(live, n=1000, wrong=50)
    rows.evaluation(live, n=1000, wrong=10)
    rows.version(5)
    text = signed_in(client, VIEW).get(LIST).content.decode()
    assert "99.00 % of 1,000" in text  # the latest evaluation
    assert "95.00 %" not in text
    assert text.count("not measured") == 3
    assert text.count("bg-green-100") == 1  # the badge "live"


def test_the_list_takes_the_same_number_of_queries_for_any_number_of_versions(client, live, django_assert_num_queries):
    signed_in(client, VIEW)
    # session, user, two for permissions, count, versions, their evaluations and live deployments, architectures,
    # what is live and the comparisons with that
    with django_assert_num_queries(11):
        assert client.get(LIST).status_code == 200
    for seed in range(5, 9):
        rows.evaluation(rows.version(seed))
    with django_assert_num_queries(11):
        assert client.get(LIST).status_code == 200


def test_the_page_shows_provenance_layers_confusion_and_when_it_was_live(client, live):
    version = rows.version(5)
    rows.evaluation(version, wrong=10)
    versions.promote(version, reason="Reads ones better.")
    text = signed_in(client, VIEW).get(page(version)).content.decode()
    for shown in (
        "<dt>Data: images</dt><dd>55,000</dd>",
        "Convolution 5 × 5",
        "<td>20 × 20 × 8</td><td>10 × 10 × 8</td>",
        "10 drawings of a 7 read as 1",
        "Reads ones better.",
        version.sha256,
    ):
        assert shown in text


def test_an_architecture_that_the_code_does_not_know_still_has_a_page(client, live):
    version = rows.version(5, architecture="perceptron-1958")
    text = signed_in(client, VIEW).get(page(version)).content.decode()
    assert "does not know the architecture perceptron-1958" in text


def test_a_candidate_stands_beside_what_is_live_before_it_is_promoted(client, live):
    candidate = rows.version(5)
    rows.evaluation(live, wrong=20)
    rows.evaluation(candidate, wrong=10)
    rows.evaluation(candidate, dataset=Evaluation.DRAWINGS, n=100, wrong=5)
    text = signed_in(client, VIEW, RELEASE).get(page(candidate, "promote")).content.decode()
    assert "<td>99.00 % of 1,000</td><td>98.00 % of 1,000</td>" in text
    assert "<td>95.00 % of 100</td><td>not measured</td>" in text
    assert live_number() == live.number


def test_promoting_makes_a_version_live_and_keeps_who_and_why(client, live):
    candidate = rows.version(5)
    signed_in(client, VIEW, RELEASE).post(page(candidate, "promote"), {"reason": " Better on nines. "})
    deployment = Deployment.objects.get(is_live=True)
    assert (deployment.version, deployment.reason, deployment.by.username) == (
        candidate,
        "Better on nines.",
        "somebody",
    )
    assert "Better on nines." in LogEntry.objects.get().change_message


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_promoting_needs_a_reason_of_a_readable_length(client, live, reason):
    candidate = rows.version(5)
    response = signed_in(client, VIEW, RELEASE).post(page(candidate, "promote"), {"reason": reason}, follow=True)
    assert "Give a reason of 1 to 500 characters" in said(response)
    assert live_number() == live.number


def test_a_version_whose_file_is_broken_is_not_promoted_and_it_says_why(client, live):
    candidate = rows.version(5)
    with storages["weights"].open(candidate.weights.name, "wb") as file:
        file.write(b"not weights")
    response = signed_in(client, VIEW, RELEASE).post(page(candidate, "promote"), {"reason": "Try."}, follow=True)
    assert f"Version {candidate.number} cannot be loaded" in said(response)
    assert live_number() == live.number


def test_the_live_version_cannot_be_promoted_again(client, live):
    response = signed_in(client, VIEW, RELEASE).get(page(live, "promote"), follow=True)
    assert said(response) == f"Version {live.number} is live already."
    assert "Promote</a>" not in response.content.decode()


def test_rolling_back_returns_to_what_was_live_before(client, live):
    candidate = rows.version(5)
    versions.promote(candidate)
    signed_in(client, VIEW, RELEASE)
    assert f"Roll back to version {live.number}" in client.get(ROLLBACK).content.decode()
    client.post(ROLLBACK, {"reason": "Reads sevens as ones.", "leaving": Deployment.objects.get(is_live=True).pk})
    deployment = Deployment.objects.get(is_live=True)
    assert (deployment.version, deployment.kind) == (live, "rollback")


@pytest.mark.parametrize("address", [LIST, DEPLOYMENTS, "version", "deployment"])
def test_every_button_to_roll_back_names_what_it_leaves(client, live, address):
    deployment = versions.promote(rows.version(5))
    addresses = {"version": page(deployment.version), "deployment": f"{DEPLOYMENTS}{deployment.pk}/change/"}
    signed_in(client, VIEW, RELEASE, "recognizer.view_deployment")
    text = client.get(addresses.get(address, address)).content.decode()
    assert f'<input type="hidden" name="leaving" value="{deployment.pk}">' in text


def test_of_two_who_roll_back_at_once_the_second_is_refused(client, live):
    between = rows.version(5)
    versions.promote(between)
    leaving = versions.promote(rows.version(6)).pk
    signed_in(client, VIEW, RELEASE)
    client.post(ROLLBACK, {"leaving": leaving})
    response = client.post(ROLLBACK, {"leaving": leaving}, follow=True)
    assert f"Meanwhile version {between.number} is live: nothing is undone." in said(response)
    assert live_number() == between.number


def test_rolling_back_without_naming_what_is_left_shows_what_that_would_be(client, live):
    candidate = rows.version(5)
    versions.promote(candidate)
    response = signed_in(client, VIEW, RELEASE).post(ROLLBACK, {"reason": "Try."})
    assert f"Roll back to version {live.number}" in response.content.decode()
    assert live_number() == candidate.number


def test_rolling_back_to_a_version_for_other_images_is_refused(client, live):
    candidate = rows.version(5)
    leaving = versions.promote(candidate).pk
    ModelVersion.objects.filter(pk=live.pk).update(preprocessing_version=99)
    response = signed_in(client, VIEW, RELEASE).post(ROLLBACK, {"leaving": leaving}, follow=True)
    assert "preprocessing 99" in said(response)
    assert live_number() == candidate.number


def test_there_is_nothing_to_roll_back_to_at_first(client, live):
    signed_in(client, VIEW, RELEASE)
    assert "nothing to roll back to" in said(client.get(ROLLBACK, follow=True))
    client.post(ROLLBACK, {"reason": "Try."})
    assert live_number() == live.number


def test_weights_are_downloaded_as_they_were_stored(client, live):
    response = signed_in(client, VIEW).get(page(live, "weights"))
    data = b"".join(response.streaming_content)
    assert weights.loads(data, expected_sha256=live.sha256).network.architecture.name == "lenet-5x5"
    assert "attachment" in response["Content-Disposition"]


def test_weights_are_downloaded_as_onnx(client, live):
    response = signed_in(client, VIEW).get(page(live, "onnx"))
    model = onnx.load_from_string(b"".join(response.streaming_content))
    assert {each.key: each.value for each in model.metadata_props}["weights_sha256"] == live.sha256
    assert (
        response["Content-Disposition"]
        == f'attachment; filename="digits-version-{live.number}-{live.architecture}.onnx"'
    )


def test_onnx_of_weights_that_are_missing_is_not_found(client, live):
    storages["weights"].delete(live.weights.name)
    assert signed_in(client, VIEW).get(page(live, "onnx")).status_code == 404


@pytest.mark.parametrize("name", ["weights", "onnx"])
def test_weights_that_are_not_what_was_stored_are_not_handed_out(client, live, name):
    spoil(live)
    assert signed_in(client, VIEW).get(page(live, name)).status_code == 404


@pytest.mark.parametrize("name", ["weights", "onnx"])
def test_weights_whose_storage_is_away_are_asked_for_again_later(client, live, name, monkeypatch):
    def away(*args, **options):
        raise StorageAwayError("the object storage does not answer")

    monkeypatch.setattr(type(live.weights.storage), "open", away)
    assert signed_in(client, VIEW).get(page(live, name)).status_code == 503


def test_weights_that_are_missing_are_not_found(client, live):
    storages["weights"].delete(live.weights.name)
    assert signed_in(client, VIEW).get(page(live, "weights")).status_code == 404


def test_who_may_only_view_sees_no_buttons_that_change_anything(client, live):
    candidate = rows.version(5)
    signed_in(client, VIEW)
    for address in (LIST, page(live), page(candidate)):
        text = client.get(address).content.decode()
        assert not [button for button in ("/promote/", "/rollback/", "/delete/", "/add/") if button in text]


def test_a_version_in_use_cannot_be_deleted_and_it_says_by_what(client, live):
    rows.drawing(live)
    rows.drawing(live)
    response = signed_in(client, VIEW, DELETE).post(page(live, "delete"), {"post": "yes"}, follow=True)
    assert said(response) == (f"Version {live.number} cannot be deleted: 1 deployment and 2 predictions refer to it.")
    assert "/delete/" not in response.content.decode()
    assert ModelVersion.objects.filter(pk=live.pk).exists()


def test_deleting_an_unused_version_deletes_its_file(client, live, django_capture_on_commit_callbacks):
    version = rows.version(5)
    signed_in(client, VIEW, DELETE)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page(version, "delete"), {"post": "yes"})
    assert list(ModelVersion.objects.all()) == [live]
    assert not storages["weights"].exists(version.weights.name)


def test_the_history_of_deployments_is_only_to_be_read(client, live):
    client.force_login(
        rows.staff(*(f"recognizer.{action}_deployment" for action in ("view", "add", "change", "delete")))
    )
    address = f"/admin/recognizer/deployment/{Deployment.objects.get().pk}"
    assert "shipped with the project" in client.get("/admin/recognizer/deployment/").content.decode()
    assert "the site itself" in client.get(f"{address}/change/").content.decode()
    assert client.post("/admin/recognizer/deployment/add/").status_code == 403
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"{address}/change/", {"reason": "Rewritten."})
    assert Deployment.objects.get().reason == ""


def test_a_confusion_matrix_shades_each_cell_by_its_share_of_the_row(live):
    confusion = np.zeros((10, 10), int)
    confusion[7] = [0, 25, 0, 0, 0, 0, 0, 75, 0, 0]
    scored = Evaluation(confusion=confusion.tolist(), per_digit=[None] * 7 + [0.7] + [None] * 2)
    seven = matrix(scored)[7]
    assert [cell["share"] for cell in seven["cells"]][1:8:6] == ["0.250", "0.750"]
    assert (seven["recall"], matrix(scored)[0]["recall"]) == ("70.0 %", "")


def test_the_page_of_a_live_version_whose_file_is_gone_says_which_one_answers(client, live):
    bad = rows.version(5)
    versions.promote(bad)
    bad.weights.storage.delete(bad.weights.name)
    text = " ".join(signed_in(client, VIEW, RELEASE).get(page(bad)).content.decode().split())
    assert f"Version {bad.number} cannot be loaded" in text
    assert f"Until the file is back, version {live.number} answers" in text


def test_a_version_whose_weights_were_removed_says_so_and_offers_neither_them_nor_a_promotion(client, live):
    old = rows.version(5)
    assert versions.remove_weights(old.pk)
    signed_in(client, VIEW, RELEASE)
    text = client.get(page(old)).content.decode()
    assert f"The weights of version {old.number} were removed on" in text
    assert page(old, "promote") not in text
    assert page(old, "weights") not in text
    assert client.get(page(old, "weights")).status_code == 404


def test_deleting_a_version_whose_weights_were_removed_leaves_the_file_that_took_their_name(client, live):
    old = rows.version(5)
    versions.remove_weights(old.pk)
    again = rows.version(5)
    signed_in(client, VIEW, DELETE).post(page(old, "delete"), {"post": "yes"})
    assert not ModelVersion.objects.filter(pk=old.pk).exists()
    assert versions.problem(again) is None
