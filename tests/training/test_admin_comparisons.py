"""The desk for comparisons: the form for any two versions, the report, and what other pages make of a verdict."""

import pytest
from django.urls import reverse
from django.utils import timezone

from recognizer import versions
from recognizer.models import Deployment, Drawing
from recognizer.recognition import Recognition
from tests import admin_rows as rows
from training import comparing, comparisons, gate, tasks
from training.models import Comparison
from training.paired import Flips

from .pairs import better, worse

LIST = "/admin/training/comparison/"
COMPARE = f"{LIST}compare/"
VIEW, RELEASE = "recognizer.view_modelversion", "recognizer.release_modelversion"


@pytest.fixture
def live(db):
    return versions.ensure_shipped().version


@pytest.fixture
def candidate(live):
    return rows.version(5)


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr(tasks, "ring_comparison", lambda comparison_id: ids.append(comparison_id) or True)
    return ids


def signed_in(client, *permissions: str):
    client.force_login(rows.staff(*permissions))
    return client


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def page(row: Comparison) -> str:
    return f"{LIST}{row.pk}/change/"


def promote(version) -> str:
    return reverse("admin:recognizer_modelversion_promote", args=[version.pk])


def judged(candidate, champion, compared: comparing.Compared) -> Comparison:
    """A finished comparison that came to this."""
    row = comparisons.request(candidate, champion)
    verdict = gate.judge(
        compared.pairs, candidate=str(candidate), champion=str(champion), limits=gate.Limits.from_settings()
    )
    comparisons.claim(row.pk).finish(compared, verdict)
    row.refresh_from_db()
    return row


def with_flips(drawing: Drawing) -> comparing.Compared:
    """Better, with a flip of MNIST's first image and one of a drawing."""
    compared = better()
    for paired, key in zip(compared.pairs, (0, drawing.pk), strict=True):
        answers = [Recognition(digit, 0.9, [0.0] * 10, None, 1, 1, None) for digit in (9, 4)]
        paired.gained = Flips(10)
        paired.see(key, 9, *answers)
    return compared


def test_any_two_versions_are_compared_and_the_queue_is_told(
    client, live, candidate, rung, django_capture_on_commit_callbacks
):
    signed_in(client, VIEW)
    assert f'<option value="{candidate.pk}" selected>' in client.get(COMPARE).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(COMPARE, {"candidate": live.pk, "champion": candidate.pk})
    row = Comparison.objects.get()
    assert (row.candidate, row.champion, row.asked_by.username) == (live, candidate, "somebody")
    assert (response.url, rung) == (page(row), [row.pk])
    assert client.post(COMPARE, {"candidate": live.pk, "champion": candidate.pk}).url == page(row)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_said_and_the_comparison_stays_queued(client, monkeypatch):
    live, candidate = versions.ensure_shipped().version, rows.version(5)
    monkeypatch.setattr(tasks, "ring_comparison", lambda comparison_id: False)
    response = signed_in(client, VIEW).post(COMPARE, {"candidate": candidate.pk, "champion": live.pk}, follow=True)
    assert "stays queued: the broker does not answer" in said(response)
    assert Comparison.objects.get().state == "queued"


@pytest.mark.parametrize(
    ("champion", "words"), [("same", "with itself"), ("999", "Choose two versions"), ("x", "Choose")]
)
def test_what_cannot_be_compared_is_said_on_the_form(client, live, champion, words):
    champion = live.pk if champion == "same" else champion
    response = signed_in(client, VIEW).post(COMPARE, {"candidate": live.pk, "champion": champion}, follow=True)
    assert words in said(response)
    assert not Comparison.objects.exists()


def test_with_one_version_the_form_says_where_others_come_from(client, live):
    others = versions.ModelVersion.objects.exclude(pk=live.pk)
    others.delete()
    assert "There is nothing to compare yet" in signed_in(client, VIEW).get(COMPARE).content.decode()


def test_the_list_says_what_will_be_there(client, live):
    assert "No versions have been compared yet." in signed_in(client, VIEW).get(LIST).content.decode()


def test_the_list_takes_the_same_number_of_queries_for_any_number_of_comparisons(
    client, live, candidate, django_assert_num_queries
):
    judged(candidate, live, better())
    signed_in(client, VIEW)
    with django_assert_num_queries(6):
        assert client.get(LIST).status_code == 200
    for seed in range(6, 10):
        judged(rows.version(seed), live, worse())
    with django_assert_num_queries(6):
        assert client.get(LIST).status_code == 200


def test_the_report_begins_with_the_verdict_and_has_rules_recall_test_and_costs(client, live, candidate):
    row = judged(candidate, live, better())
    text = signed_in(client, VIEW).get(page(row)).content.decode()
    assert text.index(row.verdict) < text.index("The gate’s rules")
    for words in (
        "at most 0.1 points worse", "McNemar’s test, p = 0.008", "Recall of every digit", "One image, median",
        "1.10 ms", "candidate right", "what <span", "the difference is hardly chance",
    ):  # fmt: skip
        assert words in text
    assert text.count('<svg class="c-chart"') == 4


def test_flips_are_shown_as_pictures_with_what_both_read(client, live, candidate, small_mnist):
    drawing = rows.drawing(live, means=9, state="accepted")
    row = judged(candidate, live, with_flips(drawing))
    text = signed_in(client, VIEW, "recognizer.view_drawing").get(page(row)).content.decode()
    assert 'alt="MNIST test image 0"' in text
    assert f"/admin/recognizer/drawing/{drawing.pk}/change/" in text
    assert text.count("9: candidate 9 (90 %), champion 4 (90 %)") == 2


def test_charts_and_flips_are_said_in_german_too(client, live, candidate, small_mnist):
    row = judged(candidate, live, with_flips(rows.drawing(live, means=9, state="accepted")))
    signed_in(client, VIEW, "recognizer.view_drawing")
    text = client.get(page(row), HTTP_ACCEPT_LANGUAGE="de").content.decode()
    assert "9: Kandidat 9 (90 %), Champion 4 (90 %)" in text
    assert "; die Zahlen stehen in der Tabelle" in text
    assert not any(words in text for words in ("the table has", ">confidence<", "candidate 9"))


def test_visitors_drawings_are_shown_only_to_who_may_look_at_them(client, live, candidate, small_mnist):
    drawing = rows.drawing(live, means=9, state="accepted")
    row = judged(candidate, live, with_flips(drawing))
    text = signed_in(client, VIEW).get(page(row)).content.decode()
    assert f"/admin/recognizer/drawing/{drawing.pk}/" not in text
    assert "takes the right to look at drawings" in text


def test_a_drawing_that_was_deleted_is_gone_from_the_report(client, live, candidate):
    drawing = rows.drawing(live, means=9, state="accepted")
    row = judged(candidate, live, with_flips(drawing))
    drawing.delete()
    response = signed_in(client, VIEW, "recognizer.view_drawing").get(page(row))
    assert response.status_code == 200
    assert "not here any more" in response.content.decode()


def test_the_report_of_versions_without_held_out_drawings_says_so(client, live, candidate):
    compared = comparing.Compared([better().pairs[0], comparing.Paired.empty("drawings")], better().latency_ms)
    row = judged(candidate, live, compared)
    assert "None were there to read." in signed_in(client, VIEW).get(page(row)).content.decode()


def test_the_report_tells_how_much_of_what_is_no_digit_each_rejects(client, live, candidate):
    told = "On held-out drawings that are no digit"
    signed_in(client, VIEW)
    assert told not in client.get(page(judged(candidate, live, better()))).content.decode()
    compared = comparing.Compared(better().pairs, better().latency_ms, {"n": 40, "candidate": 10, "champion": 38})
    text = client.get(page(judged(candidate, live, compared))).content.decode()
    assert told in text
    assert "<td>25.00 % of 40</td><td>95.00 % of 40</td>" in text


def test_a_pass_that_counts_no_more_is_no_click_and_the_pages_say_why(client, live, candidate, settings):
    row = judged(candidate, live, better())
    settings.GATE_RECALL_POINTS = 1.0
    signed_in(client, VIEW, RELEASE)
    why = f"has to be compared with {live} anew: the limits of the gate were changed since."
    for address in (
        page(row),
        promote(candidate),
        reverse("admin:recognizer_modelversion_change", args=[candidate.pk]),
    ):
        assert why in client.get(address).content.decode()
    assert "Compare them first" in client.get(promote(candidate)).content.decode()
    text = client.get("/admin/recognizer/modelversion/").content.decode()
    assert f'form="release" formaction="{promote(candidate)}"' not in text
    assert why in said(client.post(promote(candidate), follow=True))
    assert Deployment.objects.get(is_live=True).version == live


def test_the_page_of_one_that_is_being_made_follows_it(client, live, candidate):
    row = comparisons.request(candidate, live)
    claim = comparisons.claim(row.pk)
    claim.report(done=25, total=100, message="Read 25 of 100 images.")
    text = signed_in(client, VIEW).get(page(row)).content.decode()
    assert "comparison.js" in text
    assert client.get(f"{LIST}{row.pk}/progress/").json() == {
        "ended": False, "share": 0.25, "message": "Read 25 of 100 images.",
    }  # fmt: skip
    claim.fail("MNIST is nowhere.", "Traceback: here")
    text = client.get(page(row)).content.decode()
    assert "MNIST is nowhere." in text
    assert "Traceback: here" in text
    assert client.get(f"{LIST}{row.pk}/progress/").json()["ended"] is True


def test_what_passes_goes_live_in_one_click_and_the_answer_has_an_undo(client, live, candidate):
    row = judged(candidate, live, better())
    response = signed_in(client, VIEW, RELEASE).post(promote(candidate), follow=True)
    deployment = Deployment.objects.get(is_live=True)
    assert (deployment.version, deployment.verdict, deployment.override) == (candidate, row.verdict, "")
    assert f"Version {candidate.number} is live now." in said(response)
    assert f'name="leaving" value="{deployment.pk}"' in response.content.decode()
    client.post("/admin/recognizer/modelversion/rollback/", {"leaving": deployment.pk})
    assert Deployment.objects.get(is_live=True).version == live


def test_an_undo_that_comes_too_late_undoes_nothing(client, live, candidate):
    first = versions.promote(candidate)
    third = rows.version(6)
    versions.promote(third)
    response = signed_in(client, VIEW, RELEASE).post(
        "/admin/recognizer/modelversion/rollback/", {"leaving": first.pk}, follow=True
    )
    assert f"Meanwhile version {third.number} is live: nothing is undone." in said(response)
    assert Deployment.objects.get(is_live=True).version == third


def test_an_undo_of_nothing_is_a_bad_request(client, live):
    signed_in(client, VIEW, RELEASE)
    assert client.post("/admin/recognizer/modelversion/rollback/", {"leaving": "x"}).status_code == 400


@pytest.mark.parametrize("compared", [worse, None])
def test_one_click_on_what_failed_or_was_not_compared_leads_to_the_page_for_the_reason(
    client, live, candidate, compared
):
    if compared:
        judged(candidate, live, compared())
    response = signed_in(client, VIEW, RELEASE).post(promote(candidate), follow=True)
    assert response.redirect_chain == [(promote(candidate), 302)]
    assert "To promote it all the same, give a reason." in said(response)
    assert Deployment.objects.get(is_live=True).version == live
    assert ("Compare them first" in response.content.decode()) is (compared is None)


def test_the_reason_is_kept_as_an_override_with_the_verdict(client, live, candidate):
    row = judged(candidate, live, worse())
    signed_in(client, VIEW, RELEASE, "recognizer.view_deployment")
    client.post(promote(candidate), {"reason": "We need its sevens."})
    deployment = Deployment.objects.get(is_live=True)
    assert (deployment.version, deployment.override, deployment.verdict) == (
        candidate,
        "We need its sevens.",
        row.verdict,
    )
    text = client.get(f"/admin/recognizer/deployment/{deployment.pk}/change/").content.decode()
    assert "overridden" in text
    assert row.verdict in text
    assert "overridden" in client.get("/admin/recognizer/deployment/").content.decode()


def test_the_list_of_versions_promotes_in_one_click_what_passes(client, live, candidate):
    judged(candidate, live, better())
    other = rows.version(6)
    judged(other, live, worse())
    signed_in(client, VIEW, RELEASE)
    text = client.get("/admin/recognizer/modelversion/").content.decode()
    assert f'form="release" formaction="{promote(candidate)}"' in text
    assert f'form="release" formaction="{promote(other)}"' not in text
    assert f'href="{promote(other)}"' in text
    response = client.post(promote(candidate), {"back": "list"})
    assert response.url == "/admin/recognizer/modelversion/"


def test_a_shipped_version_is_not_promoted_in_one_click_before_it_passed(client, live, candidate):
    versions.promote(candidate)
    judged(live, candidate, worse())
    signed_in(client, VIEW, RELEASE, "recognizer.view_deployment")
    assert ">fails</span>" in client.get("/admin/recognizer/modelversion/").content.decode()
    assert client.post(promote(live)).url == promote(live)
    assert Deployment.objects.get(is_live=True).version == candidate
    judged(live, candidate, better())
    client.post(promote(live))
    assert Deployment.objects.get(is_live=True).version == live
    assert ">passed</span>" in client.get("/admin/recognizer/deployment/").content.decode().replace("\n", "")


def test_a_release_of_earlier_days_that_asked_no_gate_is_not_said_to_have_passed(client, live, candidate):
    versions.promote(candidate, verdict="It is shipped with the project and needs no gate.")
    text = signed_in(client, "recognizer.view_deployment").get("/admin/recognizer/deployment/").content.decode()
    assert "It is shipped with the project and needs no gate." in text
    assert "passed" not in text


def test_a_job_that_made_a_version_says_what_the_gate_says(client, live, candidate):
    job = rows.job(state="succeeded", version=candidate, finished_at=timezone.now())
    row = comparisons.request(candidate, live)
    signed_in(client, VIEW, RELEASE, "training.view_trainingjob")
    address = f"/admin/training/trainingjob/{job.pk}/progress/"
    assert client.get(address).json()["gate"]["judging"] is True
    comparisons.claim(row.pk).fail("MNIST is nowhere.")
    row = judged(candidate, live, better())
    answer = client.get(address).json()
    assert (answer["gate"]["words"], answer["gate"]["passed"], answer["gate"]["judging"]) == (row.verdict, True, False)
    assert answer["promote_url"] == promote(candidate)
    text = client.get(f"/admin/training/trainingjob/{job.pk}/change/").content.decode()
    assert f'id="promote-form" action="{promote(candidate)}"' in text


def test_who_may_delete_versions_deletes_them_with_their_comparisons(client, live, candidate):
    judged(candidate, live, worse())
    signed_in(client, VIEW, "recognizer.delete_modelversion")
    client.post(reverse("admin:recognizer_modelversion_delete", args=[candidate.pk]), {"post": "yes"})
    assert not Comparison.objects.exists()
