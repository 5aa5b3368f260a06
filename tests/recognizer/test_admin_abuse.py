"""The admin's pages against abuse: hide, block and ban by button, with the words that come back, and the records."""

import pytest
from django.urls import reverse

from recognizer import bans, moderation
from recognizer.models import BannedShape, Decision, Drawing, Visitor
from tests import admin_rows as rows
from training import snapshots

pytestmark = pytest.mark.django_db
SEEN = b"\0" * 300 + b"\xff" * 184 + b"\0" * 300
RIGHTS = ("recognizer.view_drawing", "recognizer.view_visitor", "recognizer.moderate_drawing")


@pytest.fixture
def client(client):
    client.force_login(rows.staff(*RIGHTS))
    return client


@pytest.fixture
def version():
    return rows.version()


@pytest.fixture
def drawing(version):
    return made(version)


def made(version, **what) -> Drawing:
    """A drawing that bans find: one with a fingerprint."""
    drawing = rows.drawing(version, **what)
    Drawing.objects.filter(pk=drawing.pk).update(seen=SEEN, fingerprint=bans.shapes.fingerprint(SEEN))
    drawing.refresh_from_db()
    return drawing


def moderate(client, drawing: Drawing, decision: str, **body) -> str:
    address = reverse("admin:recognizer_drawing_moderate", args=[drawing.pk])
    return client.post(address, {"decision": decision} | body, follow=True).content.decode()


def block(client, visitor: Visitor, decision: str, **body) -> str:
    address = reverse("admin:recognizer_visitor_block", args=[visitor.pk])
    return client.post(address, {"decision": decision} | body, follow=True).content.decode()


def found(client, query: str) -> set[int]:
    return {row.pk for row in client.get(f"/admin/recognizer/drawing/?{query}").context["cl"].result_list}


def test_a_drawing_is_hidden_with_its_reason_and_shown_again(client, drawing):
    page = moderate(client, drawing, "hide", reason="rude words")
    assert "The drawing is hidden." in page
    assert "“rude words”" in page
    assert "Hide, and block the visitor" in page
    assert "No person hides the drawing any more." in moderate(client, drawing, "show")
    assert "No person had hidden it." in moderate(client, drawing, "show")


def test_a_drawing_that_stays_hidden_for_its_visitor_says_so(client, drawing):
    moderate(client, drawing, "hide_and_block", reason="rude")
    page = moderate(client, drawing, "show")
    assert "It is still hidden: its visitor is blocked." in page
    assert "no longer blocked" in page


def test_another_decision_is_named(client, drawing):
    assert "&#x27;burn&#x27; is no decision" in moderate(client, drawing, "burn")
    assert "&#x27;burn&#x27; is no decision" in block(client, drawing.visitor, "burn")
    assert not Decision.objects.exists()


def test_a_visitor_is_blocked_with_a_reason_only_and_let_in_without(client, drawing):
    assert "Blocking needs a reason" in block(client, drawing.visitor, "block", reason=" ")
    assert "Blocked. All drawings are hidden" in block(client, drawing.visitor, "block", reason="spam")
    assert "somebody did it before" in block(client, drawing.visitor, "block", reason="spam")
    page = block(client, drawing.visitor, "unblock")
    assert "Not blocked any more." in page
    assert "visitor unblocked" in page


def test_the_preview_of_a_ban_counts_and_warns(client, version, drawing):
    for _ in range(4):
        made(version, means=1, state="accepted")
    page = client.get(f"/admin/recognizer/drawing/{drawing.pk}/ban/?nearness=close").content.decode()
    assert "This looks like something that people draw." in page
    assert "5 visitors drew what is this near, and 4 of the drawings have an accepted label." in page


def test_a_ban_takes_a_reason_and_hides_what_is_near(client, drawing):
    address = f"/admin/recognizer/drawing/{drawing.pk}/ban/"
    assert "A ban needs a reason" in client.post(address, {"nearness": "same", "reason": ""}).content.decode()
    page = client.post(address, {"nearness": "same", "reason": "rude"}, follow=True).content.decode()
    assert "The shape is banned: 1 drawing hidden for it." in page
    assert "banned shape" in client.get(f"/admin/recognizer/drawing/{drawing.pk}/change/").content.decode()
    assert found(client, f"shape={BannedShape.objects.get().pk}") == {drawing.pk}


def test_a_nearness_that_is_none_leads_back_with_a_sentence(client, drawing):
    page = client.get(f"/admin/recognizer/drawing/{drawing.pk}/ban/?nearness=vast", follow=True).content.decode()
    assert "&#x27;vast&#x27; is no nearness" in page


def test_a_ban_is_lifted_from_its_page_once(client, drawing):
    shape = bans.ban(drawing, "same", by=None, reason="rude")
    address = reverse("admin:recognizer_bannedshape_lift", args=[shape.pk])
    assert "The ban is lifted." in client.post(address, {"reason": "harmless"}, follow=True).content.decode()
    assert "The ban was lifted before." in client.post(address, follow=True).content.decode()
    drawing.refresh_from_db()
    assert drawing.hidden_as == ""


def test_the_list_of_banned_shapes_shows_them_with_what_they_hide(client, drawing):
    assert "No shape is banned." in client.get("/admin/recognizer/bannedshape/").content.decode()
    bans.ban(drawing, "same", by=None, reason="the reason")
    page = client.get("/admin/recognizer/bannedshape/").content.decode()
    assert "the reason" in page
    assert "data:image/png;base64," in page


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("hidden=yes", {"hidden", "blocked", "banned"}),
        ("hidden=no", {""}),
        ("hidden=blocked", {"blocked"}),
        ("hidden=banned", {"banned"}),
        ("hidden=hidden&days=30", {"hidden"}),
    ],
)
def test_the_list_finds_what_is_hidden_for_which_reason(client, version, query, kinds):
    shown, by_person, blocked, banned = (made(version) for _ in range(4))
    moderation.hide([by_person.pk], by=None)
    moderation.block(blocked.visitor, by=None)
    Drawing.objects.filter(pk=banned.pk).update(seen=b"\x01" * 784, fingerprint=bans.shapes.fingerprint(b"\x01" * 784))
    banned.refresh_from_db()
    bans.ban(banned, "same", by=None, reason="rude")
    wanted = {"": shown, "hidden": by_person, "blocked": blocked, "banned": banned}
    assert found(client, query) == {wanted[kind].pk for kind in kinds}


def test_drawings_are_hidden_and_shown_in_bulk(client, version):
    ids = [made(version).pk for _ in range(3)]
    body = {"action": "hide", "_selected_action": ids[:2], "index": 0}
    page = client.post("/admin/recognizer/drawing/", body, follow=True).content.decode()
    assert "2 drawings hidden." in page
    assert page.count('<span class="d-badge"') == 2
    page = client.post("/admin/recognizer/drawing/", body | {"action": "show", "_selected_action": ids}, follow=True)
    assert "2 drawings shown again. 1 drawing skipped, which no person had hidden." in page.content.decode()


@pytest.mark.parametrize("action", ["hide", "show"])
def test_hiding_in_bulk_needs_its_permission(client, drawing, action):
    client.force_login(rows.staff("recognizer.view_drawing", "recognizer.review_label", name="other"))
    body = {"action": action, "_selected_action": [drawing.pk], "index": 0}
    assert client.post("/admin/recognizer/drawing/", body).status_code == 403


def test_a_long_list_is_counted_up_to_a_bound_and_says_so(client, version, settings):
    settings.LIST_COUNT_MOST = 2
    for _ in range(4):
        made(version)
    assert "more than 2" in client.get("/admin/recognizer/drawing/").content.decode()


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("column", range(1, 8))
def test_the_list_is_sorted_by_every_column_and_pages_follow_each_other(client, version, column, sign, monkeypatch):
    from recognizer.admin.drawings import DrawingAdmin

    monkeypatch.setattr(DrawingAdmin, "list_per_page", 2)
    made(version, read=1, confidence=0.3, means=2), made(version, read=None, confidence=0.9)
    made(version, read=1, confidence=0.5, means="none", state="rejected"), made(version, read=7, means=7)
    pages = [client.get(f"/admin/recognizer/drawing/?o={sign}{column}&p={page}") for page in (1, 2)]
    ids = [row.pk for page in pages for row in page.context["cl"].result_list]
    assert sorted(ids) == sorted(Drawing.objects.values_list("pk", flat=True))


def test_the_record_of_a_visitor_is_on_its_page(client, version):
    visitor = Visitor.objects.create()
    for state in ("accepted", "accepted", "rejected", "unreviewed"):
        made(version, means=7, state=state, visitor=visitor)
    page = client.get(f"/admin/recognizer/visitor/{visitor.pk}/change/").content.decode()
    assert "2 accepted, 1 rejected, 1 waiting" in page
    assert "66.7 % of 3 reviewed" in page
    assert "4, of which 0 hidden" in page


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("blocked=yes", {"pest"}),
        ("blocked=no", {"good", "bad"}),
        ("rejected=1", {"bad"}),
        ("use=measuring", {"good"}),
        ("o=2", {"pest", "good", "bad"}),
        ("o=-7", {"pest", "good", "bad"}),
        ("q=set", {"good"}),
    ],
)
def test_visitors_are_found_by_their_record(client, version, query, who):
    people = {
        "good": Visitor.objects.create(held_out=True, imported_as="a data set"),
        "bad": Visitor.objects.create(),
        "pest": Visitor.objects.create(),
    }
    made(version, means=3, state="rejected", visitor=people["bad"])
    moderation.block(people["pest"], by=None)
    rows_found = client.get(f"/admin/recognizer/visitor/?{query}").context["cl"].result_list
    assert {row.pk for row in rows_found} == {people[name].pk for name in who}


def test_the_list_of_visitors_takes_the_same_number_of_queries_for_any_number(
    client, version, django_assert_max_num_queries
):
    for _ in range(8):
        made(version)
    with django_assert_max_num_queries(7):
        answer = client.get("/admin/recognizer/visitor/")
    assert answer.status_code == 200


def test_who_may_only_look_sees_no_buttons(client, drawing):
    client.force_login(rows.staff("recognizer.view_drawing", "recognizer.view_visitor", name="viewer"))
    pages = [f"drawing/{drawing.pk}/change/", f"visitor/{drawing.visitor_id}/change/"]
    for page in pages:
        content = client.get(f"/admin/recognizer/{page}").content.decode()
        assert "Against abuse" not in content
        assert "Block the visitor" not in content


def test_a_hidden_drawing_names_the_versions_that_learned_from_it(client, version):
    learnt = made(version, means=7, state="accepted")
    later = rows.version(6)
    rows.job(kind="retrain", snapshot=snapshots.freeze(), state="succeeded", version=later)
    rows.version(7, base=later)
    not_learnt = made(version, means=7)
    moderation.hide([learnt.pk, not_learnt.pk], by=None)
    page = client.get(f"/admin/recognizer/drawing/{learnt.pk}/change/").content.decode()
    sentence = page.partition("These versions learned from it before")[2].partition("They keep")[0]
    assert ["version 2" in sentence, "version 3" in sentence] == [True, True]
    page = client.get(f"/admin/recognizer/drawing/{not_learnt.pk}/change/").content.decode()
    assert "No version has learned from it." in page
