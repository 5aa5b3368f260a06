"""Who may open which page of the admin and press which button: nobody without signing in, and each with its right."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from recognizer import versions
from recognizer.models import BannedShape, Deployment
from tests import admin_rows as rows
from training import comparisons, snapshots
from training.models import Export, Measurement, Yardstick

pytestmark = pytest.mark.slow

RECOGNIZER, TRAINING = "/admin/recognizer", "/admin/training"

# method, address, the permission that it needs
PAGES = [
    ("get", f"{RECOGNIZER}/drawing/", "recognizer.view_drawing"),
    ("get", f"{RECOGNIZER}/drawing/{{drawing}}/change/", "recognizer.view_drawing"),
    ("get", f"{RECOGNIZER}/drawing/{{drawing}}/upload/", "recognizer.view_drawing"),
    ("post", f"{RECOGNIZER}/drawing/{{drawing}}/label/", "recognizer.review_label"),
    ("post", f"{RECOGNIZER}/drawing/{{drawing}}/moderate/", "recognizer.moderate_drawing"),
    ("get", f"{RECOGNIZER}/drawing/{{drawing}}/ban/", "recognizer.moderate_drawing"),
    ("post", f"{RECOGNIZER}/drawing/{{drawing}}/ban/", "recognizer.moderate_drawing"),
    ("post", f"{RECOGNIZER}/visitor/{{visitor}}/block/", "recognizer.moderate_drawing"),
    ("get", f"{RECOGNIZER}/bannedshape/", "recognizer.view_drawing"),
    ("get", f"{RECOGNIZER}/bannedshape/{{shape}}/change/", "recognizer.view_drawing"),
    ("post", f"{RECOGNIZER}/bannedshape/{{shape}}/lift/", "recognizer.moderate_drawing"),
    ("get", f"{RECOGNIZER}/drawing/{{drawing}}/delete/", "recognizer.delete_drawing"),
    ("get", f"{RECOGNIZER}/drawing/review/", "recognizer.review_label"),
    ("get", f"{RECOGNIZER}/drawing/{{drawing}}/neighbours/", "recognizer.view_drawing"),
    ("get", f"{RECOGNIZER}/visitor/", "recognizer.view_visitor"),
    ("get", f"{RECOGNIZER}/visitor/{{visitor}}/change/", "recognizer.view_visitor"),
    ("get", f"{RECOGNIZER}/modelversion/", "recognizer.view_modelversion"),
    ("get", f"{RECOGNIZER}/modelversion/{{version}}/change/", "recognizer.view_modelversion"),
    ("get", f"{RECOGNIZER}/modelversion/{{version}}/weights/", "recognizer.view_modelversion"),
    ("get", f"{RECOGNIZER}/modelversion/{{version}}/onnx/", "recognizer.view_modelversion"),
    ("get", f"{RECOGNIZER}/modelversion/{{version}}/promote/", "recognizer.release_modelversion"),
    ("post", f"{RECOGNIZER}/modelversion/{{version}}/promote/", "recognizer.release_modelversion"),
    ("get", f"{RECOGNIZER}/modelversion/rollback/", "recognizer.release_modelversion"),
    ("post", f"{RECOGNIZER}/modelversion/rollback/", "recognizer.release_modelversion"),
    ("get", f"{RECOGNIZER}/modelversion/{{version}}/delete/", "recognizer.delete_modelversion"),
    ("get", f"{RECOGNIZER}/deployment/", "recognizer.view_deployment"),
    ("get", f"{RECOGNIZER}/deployment/{{deployment}}/change/", "recognizer.view_deployment"),
    ("get", f"{TRAINING}/snapshot/", "training.view_snapshot"),
    ("get", f"{TRAINING}/snapshot/{{snapshot}}/change/", "training.view_snapshot"),
    ("get", f"{TRAINING}/comparison/", "recognizer.view_modelversion"),
    ("get", f"{TRAINING}/comparison/{{comparison}}/change/", "recognizer.view_modelversion"),
    ("get", f"{TRAINING}/comparison/{{comparison}}/progress/", "recognizer.view_modelversion"),
    ("get", f"{TRAINING}/comparison/compare/", "recognizer.view_modelversion"),
    ("post", f"{TRAINING}/comparison/compare/", "recognizer.view_modelversion"),
    ("get", f"{TRAINING}/trainingjob/", "training.view_trainingjob"),
    ("get", f"{TRAINING}/trainingjob/{{job}}/change/", "training.view_trainingjob"),
    ("get", f"{TRAINING}/trainingjob/{{job}}/progress/", "training.view_trainingjob"),
    ("get", f"{TRAINING}/trainingjob/{{job}}/log/", "training.view_trainingjob"),
    ("get", f"{TRAINING}/trainingjob/{{job}}/confusion/", "recognizer.view_evaluation"),
    ("get", f"{TRAINING}/trainingjob/queue/", "training.view_trainingjob"),
    ("get", f"{TRAINING}/trainingjob/compare/", "training.view_trainingjob"),
    ("post", f"{TRAINING}/trainingjob/{{job}}/move/", "training.start_trainingjob"),
    ("get", f"{TRAINING}/trainingjob/add/", "training.start_trainingjob"),
    ("post", f"{TRAINING}/trainingjob/add/", "training.start_trainingjob"),
    ("post", f"{TRAINING}/trainingjob/{{job}}/cancel/", "training.cancel_trainingjob"),
    ("post", f"{TRAINING}/trainingjob/{{job}}/pause/", "training.cancel_trainingjob"),
    ("post", f"{TRAINING}/trainingjob/{{job}}/resume/", "training.cancel_trainingjob"),
    ("post", f"{TRAINING}/trainingjob/{{job}}/retry/", "training.start_trainingjob"),
    ("get", f"{RECOGNIZER}/evaluation/", "recognizer.view_evaluation"),
    ("get", f"{RECOGNIZER}/evaluation/{{evaluation}}/change/", "recognizer.view_evaluation"),
    ("get", f"{TRAINING}/yardstick/", "training.view_yardstick"),
    ("get", f"{TRAINING}/yardstick/{{yardstick}}/change/", "training.view_yardstick"),
    ("get", f"{TRAINING}/yardstick/add/", "training.import_yardstick"),
    ("post", f"{TRAINING}/yardstick/add/", "training.import_yardstick"),
    ("get", f"{TRAINING}/yardstick/{{yardstick}}/delete/", "training.import_yardstick"),
    ("get", f"{TRAINING}/measurement/", "training.view_measurement"),
    ("get", f"{TRAINING}/measurement/{{measurement}}/change/", "training.view_measurement"),
    ("get", f"{TRAINING}/measurement/{{measurement}}/progress/", "training.view_measurement"),
    ("post", f"{TRAINING}/measurement/start/", "training.start_measurement"),
    ("post", f"{TRAINING}/measurement/{{measurement}}/cancel/", "training.start_measurement"),
    ("get", f"{TRAINING}/export/", "training.view_export"),
    ("get", f"{TRAINING}/export/{{export}}/change/", "training.view_export"),
    ("get", f"{TRAINING}/export/{{export}}/progress/", "training.view_export"),
    ("get", f"{TRAINING}/export/add/", "training.start_export"),
    ("post", f"{TRAINING}/export/add/", "training.start_export"),
    ("post", f"{TRAINING}/export/{{export}}/cancel/", "training.cancel_export"),
    ("get", f"{TRAINING}/export/{{export}}/download/", "training.download_export"),
]
EVERY = sorted({permission for _, _, permission in PAGES})
names = pytest.mark.parametrize(("method", "address", "permission"), PAGES)


@pytest.fixture
def site(db) -> dict[str, int]:
    """The keys of one row of each kind."""
    live = versions.ensure_shipped()
    drawing = rows.drawing(live.version, upload=True, means=7)
    version = rows.version(5)
    return {
        "drawing": drawing.pk,
        "visitor": drawing.visitor_id,
        "shape": BannedShape.objects.create(seen=drawing.seen, fingerprint=0, nearness="same", reason="rude").pk,
        "version": version.pk,
        "snapshot": snapshots.freeze().pk,
        "comparison": comparisons.request(version, live.version).pk,
        "deployment": Deployment.objects.get().pk,
        "job": rows.job().pk,
        "evaluation": rows.evaluation(live.version).pk,
        "yardstick": Yardstick.objects.create(name="pens", original_bytes=1).pk,
        "measurement": Measurement.objects.create(version=live.version, dataset="mnist-test").pk,
        "export": Export.objects.create(format="npz").pk,
    }


@names
def test_who_is_not_signed_in_is_sent_to_the_login(client, site, method, address, permission):
    response = getattr(client, method)(address.format(**site))
    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


@names
def test_who_has_every_other_right_is_refused(client, site, method, address, permission):
    client.force_login(rows.staff(*(right for right in EVERY if right != permission)))
    assert getattr(client, method)(address.format(**site)).status_code == 403


@names
def test_who_has_the_right_is_let_in(client, site, method, address, permission):
    client.force_login(rows.staff(permission))
    assert getattr(client, method)(address.format(**site)).status_code in (200, 302)


@pytest.mark.parametrize("right", ["training.view_snapshot", "recognizer.view_drawing"])
@pytest.mark.parametrize("page", ["drawings", "corrections"])
def test_the_drawings_of_a_snapshot_need_the_right_to_see_both(client, site, page, right):
    client.force_login(rows.staff(right))
    assert client.get(f"{TRAINING}/snapshot/{site['snapshot']}/{page}/").status_code == 403


@pytest.mark.parametrize("address", ["drawing/{drawing}/label/", "modelversion/{version}/promote/"])
def test_nothing_is_changed_without_the_token_against_forgery(site, address):
    client = Client(enforce_csrf_checks=True)
    client.force_login(rows.staff(*EVERY))
    assert client.post(f"{RECOGNIZER}/{address.format(**site)}", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("address", ["drawing/{drawing}/label/"])
def test_an_address_that_changes_something_does_not_answer_to_get(client, site, address):
    client.force_login(rows.staff(*EVERY))
    assert client.get(f"{RECOGNIZER}/{address.format(**site)}").status_code == 405


@pytest.mark.parametrize("model", ["drawing", "visitor", "modelversion", "deployment"])
def test_nothing_that_the_site_made_is_added_by_hand(client, site, admin_client, model):
    assert admin_client.get(f"{RECOGNIZER}/{model}/add/").status_code == 403


@pytest.mark.parametrize(
    ("group", "rights"),
    [
        ("viewer", set()),
        ("reviewer", {"recognizer.review_label", "recognizer.moderate_drawing"}),
        (
            "trainer",
            {
                f"training.{work}"
                for work in ("start_trainingjob", "cancel_trainingjob", "start_measurement", "import_yardstick")
            },
        ),
        ("exporter", {"training.start_export", "training.cancel_export", "training.download_export"}),
        ("releaser", {"recognizer.release_modelversion"}),
    ],
)
def test_ready_made_groups_may_view_everything_and_do_their_own_work(db, group, rights):
    user = rows.staff()
    user.groups.add(Group.objects.get(name=group))
    views = {right for right in EVERY if ".view_" in right}
    assert {right for right in EVERY if user.has_perm(right)} == views | rights
