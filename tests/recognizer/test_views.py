"""The pages: what they show to whom, what they ask of the database, and what stands there when something is missing."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse

from recognizer import drawings, one_sentence, versions, views
from recognizer.models import Drawing, Evaluation, ModelVersion
from tests.recognizer.conftest import new_version
from tests.recognizer.pictures import encoded

PAGES = ["/", "/drawings/", "/model/"]


def text(response) -> str:
    """What the page says, without its marks."""
    main = response.content.decode().split("<main", 1)[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def evaluation(version: ModelVersion, dataset: str, **changes) -> Evaluation:
    """Nine of ten right for each digit; the tenth is read as the next one."""
    confusion = [[9 if a == d else int(a == (d + 1) % 10) for a in range(10)] for d in range(10)]
    fields = {"n": 100, "correct": 90, "rejected": 0, "per_digit": [0.9] * 10, "confusion": confusion, "seconds": 1.0}
    return Evaluation.objects.create(version=version, dataset=dataset, **fields | changes)


@pytest.fixture
def live(db) -> ModelVersion:
    return versions.live_deployment().version


@pytest.mark.parametrize("address", PAGES)
def test_a_page_answers_a_visitor_who_has_never_been_here(client, live, address):
    response = client.get(address)

    assert response.status_code == 200
    assert response.content.decode().count("<h1") == 1


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_nothing_but_reading(client, live, address):
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_no_other_host_and_runs_no_inline_script(client, live, address):
    page = client.get(address).content.decode()

    assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//", page)
    assert not re.findall(r"<script(?![^>]*\ssrc=)", page)
    assert not re.findall(r"\s(?:style|on\w+)=", page)


@pytest.mark.parametrize("address", ["/", "/drawings/"])
def test_a_page_from_which_things_are_changed_sets_the_csrf_cookie(client, live, address):
    assert "csrftoken" in client.get(address).cookies


def test_the_page_to_draw_on_asks_nothing_of_the_database(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert client.get("/").status_code == 200


def test_the_page_to_draw_on_tells_its_script_where_the_api_is(client, db):
    assert 'data-api="/api/v1/"' in client.get("/").content.decode()


def test_a_browser_that_asks_for_an_icon_of_its_own_accord_gets_it(client):
    assert client.get("/favicon.ico")["Location"] == "/static/favicon.svg"


# The gallery


def test_the_gallery_shows_the_visitors_own_drawings_newest_first(visitor, other_visitor):
    first, second = visitor.draw(), visitor.draw()
    foreign = other_visitor.draw()

    page = visitor.get("/drawings/").content.decode()

    assert re.findall(r'id="drawing-(\d+)"', page) == [str(second["id"]), str(first["id"])]
    assert f"drawing-{foreign['id']}" not in page


def test_the_gallery_of_somebody_unknown_is_empty_and_asks_nothing_of_the_database(
    client, visitor, django_assert_num_queries
):
    visitor.draw()

    with django_assert_num_queries(0):
        response = client.get("/drawings/")

    assert "Every drawing that you submit from this browser stands here" in text(response)
    assert 'class="card"' not in response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_gallery_asks_as_much_for_many_drawings_as_for_one(visitor, django_assert_num_queries, count):
    for _ in range(count):
        visitor.label(visitor.draw()["id"], {"label": 7})

    # the visitor, how many drawings, the drawings with all that belongs to them, and which versions learnt any
    with django_assert_num_queries(4):
        assert visitor.get("/drawings/").status_code == 200


def test_a_drawing_in_the_gallery_says_what_it_was_read_as_and_by_which_version(visitor):
    drawing = visitor.draw()

    says = text(visitor.get("/drawings/"))

    assert f"Read as {drawing['digit']}" in says
    assert f"by version {drawing['model_version']}" in says
    assert "You have not said what it is" in says


def test_a_drawing_that_was_read_as_no_digit_says_so(visitor, settings):
    settings.MIN_CONFIDENCE = 1.1
    visitor.draw()

    assert "Read as no digit" in text(visitor.get("/drawings/"))


@pytest.mark.parametrize(
    ("state", "whose", "words"),
    [
        (None, "you said", "waiting for review"),
        ("accepted", "labelled", "accepted"),
        ("rejected", "labelled", "not accepted"),
    ],
)
def test_a_label_is_shown_with_what_became_of_it(visitor, state, whose, words):
    drawing = visitor.draw()
    visitor.label(drawing["id"], {"label": (drawing["digit"] + 1) % 10})
    if state:
        drawings.review([drawing["id"]], state, by=None)

    assert f"Wrong : {whose} {(drawing['digit'] + 1) % 10}, {words}" in text(visitor.get("/drawings/"))


def test_a_digit_that_a_reviewer_chose_is_not_said_to_be_the_visitors(visitor):
    drawing = visitor.draw()
    visitor.label(drawing["id"], {"label": 4})
    drawings.review([drawing["id"]], "accepted", by=None, digit=5)

    says = text(visitor.get("/drawings/"))

    assert "labelled 5, accepted" in says
    assert "you said 5" not in says


def test_a_label_that_agrees_with_the_answer_reads_right(visitor):
    drawing = visitor.draw()
    visitor.label(drawing["id"], {"label": drawing["digit"]})

    assert f"Right : you said {drawing['digit']}" in text(visitor.get("/drawings/"))


def test_a_label_of_no_digit_is_named(visitor):
    visitor.label(visitor.draw()["id"], {"label": None, "not_a_digit": True})

    assert "Wrong : you said not a digit" in text(visitor.get("/drawings/"))


def test_strokes_are_drawn_as_a_path_and_uploads_as_the_network_saw_them(visitor):
    visitor.draw()
    visitor.post("/api/v1/drawings", {"image": SimpleUploadedFile("seven.png", encoded("PNG"), "image/png")})

    page = visitor.get("/drawings/").content.decode().split("<main")[1]

    assert page.count('<path d="M') == 1
    assert page.count('src="data:image/png;base64,') == 1


def test_the_gallery_is_paged_and_a_page_that_is_not_there_is_the_last(visitor, settings):
    settings.DRAWINGS_PER_PAGE = 2
    ids = [visitor.draw()["id"] for _ in range(3)]

    pages = [visitor.get(f"/drawings/?page={page}").content.decode() for page in ("1", "2", "99", "no-number")]

    shown = [re.findall(r'id="drawing-(\d+)"', page) for page in pages]
    newest, oldest = [str(ids[2]), str(ids[1])], [str(ids[0])]
    assert shown == [newest, oldest, oldest, newest]
    assert "Page 1 of 2" in text(visitor.get("/drawings/"))


def test_a_visitors_gallery_stays_out_of_caches(visitor):
    assert "no-store" in visitor.get("/drawings/")["Cache-Control"]


def test_a_time_is_written_in_utc_for_the_script_to_turn_into_the_visitors(visitor):
    drawing = Drawing.objects.get(pk=visitor.draw()["id"])
    Drawing.objects.filter(pk=drawing.pk).update(created_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))

    page = visitor.get("/drawings/").content.decode()

    assert '<time datetime="2026-01-02T03:04:00+00:00" data-local="minute">2 Jan 2026, 03:04 UTC</time>' in page


# The model


def test_the_model_page_says_which_version_answers_and_how_large_it_is(client, live):
    says = text(client.get("/model/"))

    assert f"Version {live.number} is live" in says
    assert "105,634 parameters" in says


def test_the_model_page_lists_every_layer_with_its_shape_and_its_parameters(client, live):
    rows = re.findall(r"<tr>(.*?)</tr>", client.get("/model/").content.decode(), re.DOTALL)
    cells = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]

    expected = [
        "Convolution looks for 8 patterns of 5 × 5 24 × 24 × 8 208",
        "Convolution looks for 8 patterns of 5 × 5 20 × 20 × 8 1,608",
        "Max pool keeps the largest of each 2 × 2 10 × 10 × 8 –",
        "Dense weighs everything against everything 128 102,528",
        "Sum 105,634",
    ]
    assert [row for row in expected if row not in cells] == []


def test_an_accuracy_comes_with_its_n_and_its_date(client, live):
    evaluation(live, Evaluation.MNIST_TEST, created_at=datetime(2026, 1, 2, tzinfo=UTC))

    says = text(client.get("/model/"))

    assert "90.00 % of 100 images that it never learned from, measured 2 Jan 2026" in says


def test_what_was_not_measured_says_so_and_what_will_be_there(client, live):
    says = text(client.get("/model/"))

    assert says.count("Not measured yet") == 2
    assert "Here will be how many of the 10,000 test images it reads right" in says


def test_the_confusion_matrix_is_a_table_with_every_count(client, live):
    evaluation(live, Evaluation.DRAWINGS)

    page = client.get("/model/").content.decode()
    matrix = page.split("data-confusion>", 1)[1].split("</table>")[0]

    assert re.findall(r'<td class="right-3" data-of="10" data-share="90.0 %">(\d+)</td>', matrix) == ["9"] * 10
    assert re.findall(r'<td class="wrong-5" data-of="10" data-share="10.0 %">(\d+)</td>', matrix) == ["1"] * 10
    assert matrix.count('<td class="none"') == 80


def test_drawings_that_were_taken_for_no_digit_count_as_wrong(client, live):
    confusion = [[8 if a == d else 0 for a in range(10)] for d in range(10)]
    evaluation(live, Evaluation.DRAWINGS, correct=80, rejected=20, per_digit=[0.8] * 10, confusion=confusion)

    says = text(client.get("/model/"))

    assert "20 of 100 are wrong, 20 of them taken for no digit and in no column" in says
    assert says.count("2 of 10 ") == 10


def all_taken_for_no_digit(live, *digits: int) -> None:
    """8 of 10 drawings of each digit are read right, and of these digits none at all is taken for a digit."""
    confusion = [[8 * (a == d and d not in digits) for a in range(10)] for d in range(10)]
    right = 8 * (10 - len(digits))
    shares = [0.0 if d in digits else 0.8 for d in range(10)]
    evaluation(live, Evaluation.DRAWINGS, correct=right, rejected=100 - right, per_digit=shares, confusion=confusion)


def test_a_digit_whose_drawings_were_all_taken_for_no_digit_is_read_right_in_none(client, live):
    all_taken_for_no_digit(live, 3)

    says = text(client.get("/model/"))

    assert "none yet" not in says
    assert "3 0.0 % 10 of 10 " in says


def test_how_many_there_were_is_left_open_where_two_digits_were_taken_for_no_digit(client, live):
    all_taken_for_no_digit(live, 3, 5)

    says = text(client.get("/model/"))

    assert "none yet" not in says
    assert "3 0.0 % all " in says
    assert "5 0.0 % all " in says


def test_digits_of_which_there_were_none_have_no_accuracy(client, live):
    confusion = [[0] * 10 for _ in range(10)]
    confusion[3][3] = 5
    evaluation(live, Evaluation.DRAWINGS, n=5, correct=5, per_digit=[None] * 10, confusion=confusion)

    assert text(client.get("/model/")).count("none yet") == 9


def test_the_releases_are_listed_newest_first(client, live):
    second = new_version(2)
    versions.promote(second, reason="a reason for the desk, not for the street")
    versions.rollback()

    response = client.get("/model/")

    releases = text(response).split("Releases")[1]
    assert re.findall(r"(\d+) lenet-5x5,", releases) == ["1", "2", "1"]
    assert "until now" in releases
    assert "street" not in response.content.decode()


def test_the_model_page_asks_the_same_few_queries_whatever_it_shows(client, live, django_assert_num_queries):
    versions.promote(new_version(2))
    evaluation(live, Evaluation.MNIST_TEST)
    client.get("/model/")

    with django_assert_num_queries(4):  # what is live, its figures, the releases, their figures
        assert client.get("/model/").status_code == 200


def test_where_a_version_comes_from_is_told_without_check_sums(client, live):
    live.provenance = {"data": {"mnist": {"images": 55_000, "sha256": "c0ffee"}}, "seed": 7, "evaluations": [1]}
    live.save()

    says = text(client.get("/model/"))

    assert "Trained: 55,000 images of MNIST." in says
    assert "Data: MNIST: images 55,000" in says
    assert "Seed 7" in says
    assert "c0ffee" not in says


def test_without_any_version_the_model_page_says_what_is_missing(client, db, settings, tmp_path):
    settings.SHIPPED_WEIGHTS_DIR = tmp_path / "nothing"

    response = client.get("/model/")

    assert response.status_code == 200
    assert "No version is live" in text(response)
    assert "Keine Version ist live" in text(client.get("/model/", HTTP_ACCEPT_LANGUAGE="de"))


def test_a_version_whose_file_is_gone_still_has_its_page(client, live):
    live.weights.storage.delete(live.weights.name)

    says = text(client.get("/model/"))

    assert "The file of this version cannot be read at the moment" in says
    assert f"Version {live.number} is live" in says


# What went wrong


def test_an_unknown_address_is_a_page_with_a_way_on(client):
    response = client.get("/nowhere")

    assert response.status_code == 404
    assert "There is nothing here" in text(response)
    assert f'href="{reverse("draw")}"' in response.content.decode()


def test_an_unknown_address_below_the_api_answers_as_the_api_does(client):
    response = client.get("/api/nowhere")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("view", "status"),
    [(views.bad_request, 400), (views.permission_denied, 403), (views.page_not_found, 404)],
)
def test_an_error_is_a_sentence_on_a_page_and_json_below_the_api(view, status):
    on_a_page = view(RequestFactory().get("/drawings/"), SuspiciousOperation("a detail for the log"))
    below_the_api = view(RequestFactory().get("/api/v1/drawings"), SuspiciousOperation("a detail for the log"))

    assert (on_a_page.status_code, below_the_api.status_code) == (status, status)
    assert str(views.SENTENCES[status][0]) in text(on_a_page)
    assert b"detail" not in on_a_page.content + below_the_api.content
    assert below_the_api["Content-Type"] == "application/json"


def test_a_failure_of_ours_answers_without_the_database(client, monkeypatch):
    # Without the fixture `db`, any query would raise.
    def fail() -> str:
        raise RuntimeError("a detail for the log")

    monkeypatch.setattr(views, "api_root", fail)
    client.raise_request_exception = False

    response = client.get("/")

    assert response.status_code == 500
    assert "Something failed on our side" in text(response)
    assert b"detail" not in response.content


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_said_on_pages_with_when_to_come_back(client, monkeypatch, caplog, kind):
    def fail() -> str:
        raise kind("a detail for the log")

    monkeypatch.setattr(views, "api_root", fail)

    response = client.get("/")

    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert "The database does not answer: try again in a moment." in text(response)
    assert b"detail" not in response.content
    assert "a detail for the log" in caplog.text


def test_a_failure_of_the_pages_themselves_still_gets_a_sentence(rf, monkeypatch):
    monkeypatch.setattr(one_sentence, "page", lambda *args, **kwargs: 1 / 0)

    response = views.server_error(rf.get("/"))

    assert response.status_code == 500
    assert response.content.startswith(b"Something failed on our side")


def test_a_form_without_its_token_gets_a_sentence(db):
    response = Client(enforce_csrf_checks=True).post(reverse("admin:login"), {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert "The page was open for too long" in text(response)


def test_a_missing_token_below_the_api_answers_as_the_api_does(rf):
    response = views.csrf_failure(rf.post("/api/v1/drawings"), "no cookie")

    assert response.status_code == 403
    assert b'"code": "csrf_failed"' in response.content


def test_a_file_that_the_page_lets_through_fits_into_a_body(client, db):
    most = int(re.search(r'data-max-upload-bytes="(\d+)"', client.get("/").content.decode())[1])

    assert site_settings.MAX_BODY_BYTES - 10_000 < most < site_settings.MAX_BODY_BYTES
