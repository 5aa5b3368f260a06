"""The desk for drawings: finding them, reviewing their labels, looking at one, deleting."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import storages
from django.urls import reverse

from recognizer import drawings
from recognizer.models import Drawing, Label, Prediction
from tests import admin_rows as rows

LIST = "/admin/recognizer/drawing/"
VIEW, REVIEW, DELETE = "recognizer.view_drawing", "recognizer.review_label", "recognizer.delete_drawing"


@pytest.fixture
def version(db):
    return rows.version()


def page(row: Drawing) -> str:
    return reverse("admin:recognizer_drawing_change", args=[row.pk])


def signed_in(client, *permissions: str):
    client.force_login(rows.staff(*permissions))
    return client


def decide(client, row: Drawing, decision: str, claim: str = "9"):
    form = {"decision": decision, "claim": claim}
    return client.post(reverse("admin:recognizer_drawing_label", args=[row.pk]), form, follow=True)


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def list_as_opened(client) -> str:
    return re.search(r'name="seen_at" value="([^"]+)"', client.get(LIST).content.decode())[1]


def in_bulk(client, action: str, chosen: list[int], *, seen_at: str | None = None):
    form = {"action": action, "_selected_action": chosen}
    form["seen_at"] = list_as_opened(client) if seen_at is None else seen_at
    return client.post(LIST, form, follow=True)


def listed(client, query: str) -> set[int]:
    return {row.pk for row in client.get(f"{LIST}?{query}").context["cl"].result_list}


def test_a_row_shows_the_answer_the_confidence_and_the_label(client, version):
    rows.drawing(version, read=3, confidence=0.873, means=9)
    text = signed_in(client, VIEW).get(LIST).content.decode()
    for shown in ("87.3 %", ">3</strong>", ">9</strong>", "unreviewed"):
        assert shown in text


def test_pictures_of_rows_need_no_further_request(client, version):
    rows.drawing(version)
    rows.drawing(version, upload=True)
    text = signed_in(client, VIEW).get(LIST).content.decode()
    assert text.count("<polyline") == 1
    assert text.count('src="data:image/png;base64,') == 1
    assert "/upload/" not in text


def test_a_single_dot_is_drawn_as_a_dot(client, version):
    row = rows.drawing(version)
    Drawing.objects.filter(pk=row.pk).update(strokes=[[[10, 10]]])
    text = signed_in(client, VIEW).get(page(row)).content.decode()
    assert '<polyline points="30,30 30,30"/>' in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"right", "wrong", "rejected", "unsure", "no digit"}),
        ("answer=wrong", {"wrong"}),
        ("answer=unsure", {"unsure"}),
        ("label=none", {"unsure", "no digit"}),
        ("label=unreviewed", {"wrong"}),
        ("label=accepted", {"right"}),
        ("label=rejected", {"rejected"}),
        ("read=4", {"unsure"}),
        ("read=none", {"no digit"}),
        ("means=1", {"wrong", "rejected"}),
        ("source=upload", {"right"}),
        ("version=2", {"right"}),
        ("days=30&label=none", {"unsure", "no digit"}),
        ("read=7&label=unreviewed", {"wrong"}),
        ("read=eleven", {"right", "wrong", "rejected", "unsure", "no digit"}),
        ("days=forever", {"right", "wrong", "rejected", "unsure", "no digit"}),
        ("version=two", {"right", "wrong", "rejected", "unsure", "no digit"}),
        ("label=%00", {"right", "wrong", "rejected", "unsure", "no digit"}),
    ],
)
def test_filters_find_what_they_say(client, version, query, found):
    named = {
        "right": rows.drawing(rows.version(2), means=7, state="accepted", upload=True),
        "wrong": rows.drawing(version, means=1),
        "rejected": rows.drawing(version, means=1, state="rejected"),
        "unsure": rows.drawing(version, read=4, confidence=0.4),
        "no digit": rows.drawing(version, read=None),
    }
    assert listed(signed_in(client, VIEW), query) == {named[name].pk for name in found}


def test_search_finds_a_drawing_by_its_number_and_all_of_a_visitor(client, version):
    first, second = rows.drawing(version), rows.drawing(version)
    first.visitor.imported_as = "pens/ada"
    first.visitor.save()
    assert first.pk in listed(signed_in(client, VIEW), f"q={first.pk}")
    assert listed(client, "q=ada") == {first.pk}
    assert second.pk not in listed(client, "q=ada")


def test_the_list_takes_the_same_number_of_queries_for_any_number_of_rows(client, version, django_assert_num_queries):
    signed_in(client, VIEW)
    for _ in range(3):
        rows.drawing(version, means=1)
    # session, user, permissions of the user and of groups, count, rows, versions to filter by
    with django_assert_num_queries(9):
        assert client.get(LIST).status_code == 200
    for _ in range(20):
        rows.drawing(version, means=1, upload=True)
    with django_assert_num_queries(9):
        assert client.get(LIST).status_code == 200


def test_an_empty_list_says_what_will_be_there(client, version):
    assert "Draw the first one" in signed_in(client, VIEW).get(LIST).content.decode()


@pytest.mark.parametrize(("action", "state"), [("accept", "accepted"), ("reject", "rejected")])
def test_labels_are_reviewed_in_bulk_and_it_says_what_was_skipped(client, version, action, state):
    waiting = [rows.drawing(version, means=7), rows.drawing(version, means="none")]
    bare, done = rows.drawing(version), rows.drawing(version, means=7, state=state)
    chosen = [row.pk for row in (*waiting, bare, done)]
    response = in_bulk(signed_in(client, VIEW, REVIEW), action, chosen)
    assert {label.state for label in Label.objects.all()} == {state}
    assert said(response) == (f"2 labels {state}. 1 drawing skipped without a label. 1 label skipped, {state} before.")
    assert Label.objects.get(pk=waiting[0].pk).reviewed_by.username == "somebody"
    assert not Label.objects.filter(pk=bare.pk).exists()


def test_a_label_that_changed_while_the_list_lay_open_is_not_accepted_unseen(client, version):
    same, changed = rows.drawing(version, means=7), rows.drawing(version, means=7)
    opened = list_as_opened(signed_in(client, VIEW, REVIEW))
    drawings.set_label(changed, 3)
    response = in_bulk(client, "accept", [same.pk, changed.pk], seen_at=opened)
    assert Label.objects.get(pk=same.pk).state == Label.State.ACCEPTED
    assert (Label.objects.get(pk=changed.pk).digit, Label.objects.get(pk=changed.pk).state) == (3, "unreviewed")
    assert said(response) == ("1 label accepted. 1 label skipped, changed since the list was opened: look again.")


def test_a_label_that_is_new_since_the_list_was_opened_is_not_accepted_unseen(client, version):
    row = rows.drawing(version)
    opened = list_as_opened(signed_in(client, VIEW, REVIEW))
    drawings.set_label(row, 3)
    in_bulk(client, "accept", [row.pk], seen_at=opened)
    assert Label.objects.get().state == Label.State.UNREVIEWED


@pytest.mark.parametrize("seen_at", ["", "soon", "9999-12-31T23:59:59-23:00", "2026-13-01"])
def test_a_list_that_does_not_say_when_it_was_opened_has_nothing_accepted(client, version, seen_at):
    row = rows.drawing(version, means=7)
    response = in_bulk(signed_in(client, VIEW, REVIEW), "accept", [row.pk], seen_at=seen_at)
    assert Label.objects.get().state == Label.State.UNREVIEWED
    assert "0 labels accepted." in said(response)


@pytest.mark.parametrize("action", ["accept", "reject", "delete_selected"])
def test_a_bulk_action_without_its_permission_is_refused(client, version, action):
    row = rows.drawing(version, means=7)
    response = signed_in(client, VIEW).post(LIST, {"action": action, "_selected_action": [row.pk], "post": "yes"})
    assert response.status_code == 403
    assert Label.objects.get().state == Label.State.UNREVIEWED


@pytest.mark.parametrize("chosen", ["abc", "", "-1", "9" * 5000])
@pytest.mark.parametrize("action", ["accept", "delete_selected"])
def test_a_bulk_action_on_what_is_no_row_is_refused(client, version, action, chosen):
    row = rows.drawing(version, means=7)
    signed_in(client, VIEW, REVIEW, DELETE)
    response = client.post(LIST, {"action": action, "_selected_action": [row.pk, chosen], "post": "yes"})
    assert response.status_code == 400
    assert Label.objects.get().state == Label.State.UNREVIEWED


def test_who_may_only_view_sees_no_buttons(client, version):
    row = rows.drawing(version, means=7)
    signed_in(client, VIEW)
    assert 'name="action"' not in client.get(LIST).content.decode()
    text = client.get(page(row)).content.decode()
    assert 'name="decision"' not in text
    assert "/delete/" not in text


def test_the_page_of_a_drawing_shows_it_from_all_sides(client, version):
    row = rows.drawing(version, read=3, confidence=0.73, means=9)
    other = rows.drawing(version, visitor=row.visitor, read=5)
    text = signed_in(client, VIEW).get(page(row)).content.decode()
    assert text.count("d-bar ") + text.count('"d-bar"') == 10
    for shown in ("73.0 %", "As drawn", "As the network saw it", f"/drawing/{other.pk}/change/", "of 3 points"):
        assert shown in text


def test_the_page_takes_the_same_number_of_queries_for_any_number_of_other_drawings(
    client, version, django_assert_num_queries
):
    row = rows.drawing(version, means=9)
    signed_in(client, VIEW)
    # session, user, two for permissions, the drawing, its visitor's others, and their number
    with django_assert_num_queries(7):
        assert client.get(page(row)).status_code == 200
    for _ in range(15):
        rows.drawing(version, visitor=row.visitor, means=1)
    with django_assert_num_queries(7):
        assert client.get(page(row)).status_code == 200


@pytest.mark.parametrize(
    ("decision", "digit", "state"),
    [("accept", 9, "accepted"), ("reject", 9, "rejected"), ("4", 4, "accepted"), ("none", None, "accepted")],
)
def test_a_reviewer_decides_on_the_page(client, version, decision, digit, state):
    row = rows.drawing(version, means=9)
    decide(signed_in(client, VIEW, REVIEW), row, decision)
    label = Label.objects.get(pk=row.pk)
    assert (label.digit, label.state, label.reviewed_by.username) == (digit, state, "somebody")
    assert LogEntry.objects.get().object_id == str(row.pk)


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_a_label_that_was_changed_while_the_page_was_open_is_not_decided_on(client, version, decision):
    row = rows.drawing(version, means=9)
    assert (
        '<input type="hidden" name="claim" value="9">'
        in signed_in(client, VIEW, REVIEW).get(page(row)).content.decode()
    )
    drawings.set_label(row, 4)
    assert "changed while this page was open" in said(decide(client, row, decision, claim="9"))
    assert (Label.objects.get().digit, Label.objects.get().state) == (4, Label.State.UNREVIEWED)


def test_a_reviewer_labels_what_the_visitor_did_not(client, version):
    row = rows.drawing(version)
    decide(signed_in(client, VIEW, REVIEW), row, "5")
    assert (Label.objects.get().digit, Label.objects.get().state) == (5, "accepted")


def test_there_is_nothing_to_accept_without_a_label(client, version):
    response = decide(signed_in(client, VIEW, REVIEW), rows.drawing(version), "accept")
    assert said(response) == "There is no label to accept: choose a digit instead."
    assert not Label.objects.exists()


@pytest.mark.parametrize("decision", ["10", "-1", "", "perhaps", "٣"])
def test_another_decision_changes_nothing_and_is_named(client, version, decision):
    row = rows.drawing(version, means=9)
    response = decide(signed_in(client, VIEW, REVIEW), row, decision)
    assert repr(decision) in said(response)
    assert Label.objects.get().state == Label.State.UNREVIEWED


def test_deciding_needs_the_permission(client, version):
    row = rows.drawing(version, means=9)
    assert decide(signed_in(client, VIEW), row, "accept").status_code == 403
    assert Label.objects.get().state == Label.State.UNREVIEWED


def test_the_original_upload_is_served_to_those_who_may_view_drawings_only(client, version):
    row = rows.drawing(version, upload=True)
    address = reverse("admin:recognizer_drawing_upload", args=[row.pk])
    assert client.get(address).status_code == 302
    client.force_login(rows.staff(name="nobody"))
    assert client.get(address).status_code == 403
    response = signed_in(client, VIEW).get(address)
    assert response["Content-Type"] == "image/png"
    assert b"".join(response.streaming_content) == rows.png()


def test_an_upload_that_is_not_there_is_not_found(client, version):
    drawn, lost = rows.drawing(version), rows.drawing(version, upload=True)
    storages["uploads"].delete(lost.upload.name)
    signed_in(client, VIEW)
    for row in (drawn, lost):
        assert client.get(reverse("admin:recognizer_drawing_upload", args=[row.pk])).status_code == 404


def test_deleting_a_drawing_deletes_its_file(client, version, django_capture_on_commit_callbacks):
    row = rows.drawing(version, upload=True, means=7)
    signed_in(client, VIEW, DELETE)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:recognizer_drawing_delete", args=[row.pk]), {"post": "yes"})
    assert not Drawing.objects.exists()
    assert not storages["uploads"].exists(row.upload.name)


def test_deleting_drawings_in_bulk_deletes_their_files(client, version, django_capture_on_commit_callbacks):
    gone = [rows.drawing(version, upload=True) for _ in range(3)]
    kept = rows.drawing(version, upload=True)
    signed_in(client, VIEW, DELETE)
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in gone], "post": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(LIST, chosen)
    assert list(Drawing.objects.all()) == [kept]
    assert [storages["uploads"].exists(row.upload.name) for row in gone] == [False] * 3
    assert storages["uploads"].exists(kept.upload.name)


def test_a_drawing_that_is_gone_leads_back_with_a_sentence(client, version):
    response = signed_in(client, VIEW).get(f"{LIST}999/change/", follow=True)
    assert "doesn’t exist" in said(response)


def test_the_pages_of_visitors_count_their_drawings_and_labels(client, version):
    row = rows.drawing(version, means=7, state="accepted")
    rows.drawing(version, visitor=row.visitor, means=1, state="rejected")
    signed_in(client, "recognizer.view_visitor")
    (listed_visitor,) = client.get("/admin/recognizer/visitor/").context["cl"].result_list
    record = listed_visitor.record
    counts = (record["drawing_count"], record["accepted_count"], record["rejected_count"])
    assert counts == (2, 1, 1)
    text = client.get(f"/admin/recognizer/visitor/{row.visitor.pk}/change/").content.decode()
    assert "1 accepted, 1 rejected, 0 waiting" in text


def test_why_an_answer_is_no_digit_is_said_in_the_readers_language(client, version):
    for reason in ("too_little_ink", "not_a_digit"):
        row = rows.drawing(version, read=None)
        Prediction.objects.filter(drawing=row).update(reason=reason)
    signed_in(client, VIEW)
    english, german = (client.get(LIST, HTTP_ACCEPT_LANGUAGE=code).content.decode() for code in ("en", "de"))
    assert ">too little ink<" in english
    assert ">zu wenig Tinte<" in german
    assert "too little ink" not in german
    assert ">keine Ziffer<" in german
