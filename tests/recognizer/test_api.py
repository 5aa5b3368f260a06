"""What the API answers to requests that are right."""

from base64 import b64decode, b64encode
from io import BytesIO
from uuid import uuid4

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from recognizer import schemas
from recognizer.drawings import review
from recognizer.models import Drawing, Evaluation, Label, ModelVersion, Prediction
from recognizer.models import Visitor as VisitorRow
from recognizer.versions import promote
from tests.recognizer import pictures
from tests.recognizer.conftest import SEVEN, Visitor, new_version

PNG = pictures.encoded("PNG")


def bodies() -> list:
    """Every kind of body, as keyword arguments of a client's post()."""
    text = b64encode(PNG).decode()
    wrapped = "\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    timed = [[[x, y, 10 * i] for i, (x, y) in enumerate(stroke)] for stroke in SEVEN["strokes"]]
    kinds = {
        "strokes": SEVEN,
        "strokes with times": SEVEN | {"strokes": timed},
        "strokes with more keys": SEVEN | {"label": 7, "writer": "a"},
        "strokes beside a null image": SEVEN | {"image": None},
        "PNG": {"image": text},
        "JPEG": {"image": b64encode(pictures.encoded("JPEG")).decode()},
        "WebP": {"image": b64encode(pictures.encoded("WEBP")).decode()},
        "a data URL": {"image": f"data:image/png;base64,{text}"},
        "base64 in lines": {"image": wrapped},
    }
    return [pytest.param({"data": body, "content_type": "application/json"}, id=name) for name, body in kinds.items()]


@pytest.mark.parametrize("body", bodies())
def test_a_submission_is_recognised_and_nothing_is_stored(visitor, body):
    response = visitor.post("/api/v1/recognitions", **body)
    assert response.status_code == 200, response.content
    answer = schemas.Recognition.model_validate(response.json(), strict=True)
    assert answer.digit == int(np.argmax(answer.probabilities))
    assert answer.confidence == max(answer.probabilities)
    assert sum(answer.probabilities) == pytest.approx(1, abs=1e-4)
    assert not VisitorRow.objects.exists()
    assert "visitor" not in response.cookies


@pytest.mark.parametrize("body", bodies())
def test_a_submission_is_stored_with_its_prediction(visitor, body):
    response = visitor.post("/api/v1/drawings", **body)
    assert response.status_code == 201, response.content
    answer = response.json()
    drawing = Drawing.objects.with_answers().get(pk=answer["id"])
    assert drawing.prediction.digit == answer["digit"]
    assert drawing.prediction.probabilities == answer["probabilities"]
    assert drawing.prediction.version.number == answer["model_version"] == 1
    assert (answer["label"], answer["not_a_digit"], answer["label_state"]) == (None, False, None)


def test_the_same_drawing_gets_the_same_answer_recognised_and_stored(visitor):
    recognised = visitor.send("recognitions", SEVEN).json()
    stored = visitor.draw()
    assert recognised == {name: stored[name] for name in recognised}


def test_strokes_are_stored_as_they_were_drawn(visitor):
    drawing = Drawing.objects.get(pk=visitor.draw()["id"])
    assert (drawing.source, drawing.strokes, drawing.width, drawing.height) == ("strokes", SEVEN["strokes"], 200, 150)
    assert not drawing.upload


def test_an_uploaded_file_is_encoded_anew_and_stored(visitor):
    photo = pictures.encoded("JPEG", comment=b"taken at home")
    response = visitor.post("/api/v1/drawings", {"image": SimpleUploadedFile("../../7.jpg", photo)})
    assert response.status_code == 201, response.content
    drawing = Drawing.objects.get(pk=response.json()["id"])
    assert drawing.source == "upload"
    kept = drawing.upload.read()
    assert Image.open(BytesIO(kept)).format == "PNG"
    assert b"taken at home" not in kept
    assert ".." not in drawing.upload.name


def test_what_the_network_saw_is_a_png_of_28_by_28(visitor):
    answer = visitor.draw()
    image = Image.open(BytesIO(b64decode(answer["seen"])))
    assert (image.format, image.size, image.mode) == ("PNG", (28, 28), "L")
    assert np.asarray(image).tobytes() == bytes(Drawing.objects.get().seen)


def test_an_empty_canvas_is_recognised_as_empty(visitor):
    answer = visitor.send("recognitions", SEVEN | {"strokes": []}).json()
    assert (answer["digit"], answer["confidence"], answer["reason"]) == (None, 0.0, "empty")
    assert answer["probabilities"] == [0.0] * 10


def test_a_dot_is_stored_as_no_digit(visitor):
    answer = visitor.draw(strokes=[[[100, 75]]])
    assert (answer["digit"], answer["reason"]) == (None, "too_little_ink")
    assert Prediction.objects.get().reason == "too_little_ink"


def test_an_unsure_answer_is_stored_as_no_digit(visitor, settings):
    settings.MIN_CONFIDENCE = 0.99
    answer = visitor.draw()
    assert (answer["digit"], answer["reason"]) == (None, "not_a_digit")
    assert 0 < answer["confidence"] < 0.99


def test_a_utf8_byte_order_mark_is_no_error(visitor):
    body = b"\xef\xbb\xbf" + b'{"strokes": [[[1, 2]]], "width": 9, "height": 9}'
    assert visitor.post("/api/v1/recognitions", body, content_type="application/json; charset=utf-8").status_code == 200


def test_drawings_are_listed_newest_first_in_pages(visitor):
    ids = [visitor.draw()["id"] for _ in range(5)]
    page = visitor.get("/api/v1/drawings?page=2&page_size=2").json()
    schemas.Page.model_validate(page)
    assert [item["id"] for item in page["items"]] == [ids[2], ids[1]]
    assert (page["count"], page["page"], page["pages"]) == (5, 2, 3)


def test_a_page_after_the_last_is_empty(visitor):
    visitor.draw()
    page = visitor.get("/api/v1/drawings?page=1000000").json()
    assert (page["items"], page["count"], page["pages"]) == ([], 1, 1)


def test_somebody_new_has_no_drawings(db):
    page = Client().get("/api/v1/drawings").json()
    assert page == {"items": [], "count": 0, "page": 1, "pages": 1}


def test_one_drawing_comes_with_its_strokes(visitor):
    stored = visitor.draw()
    answer = visitor.get(f"/api/v1/drawings/{stored['id']}").json()
    schemas.DrawingWithStrokes.model_validate(answer)
    assert answer == stored | {"strokes": SEVEN["strokes"], "width": 200, "height": 150}


def test_one_upload_comes_without_strokes(visitor):
    stored = visitor.post("/api/v1/drawings", {"image": SimpleUploadedFile("7.png", PNG)}).json()
    answer = visitor.get(f"/api/v1/drawings/{stored['id']}").json()
    assert answer == stored | {"strokes": None, "width": None, "height": None}


def test_a_label_is_given_changed_and_taken_back(visitor):
    drawing_id = visitor.draw()["id"]
    seen = []
    for body in ({"label": 7}, {"label": 0}, {"label": None, "not_a_digit": True}, {"label": None}):
        response = visitor.label(drawing_id, body)
        assert response.status_code == 200
        schemas.Drawing.model_validate(response.json())
        seen.append(tuple(response.json()[name] for name in ("label", "not_a_digit", "label_state")))
    assert seen == [(7, False, "unreviewed"), (0, False, "unreviewed"), (None, True, "unreviewed"), (None, False, None)]
    assert not Label.objects.exists()


def test_a_changed_label_has_to_be_reviewed_again(visitor, admin_user):
    drawing_id = visitor.draw()["id"]
    visitor.label(drawing_id, {"label": 7})
    review([drawing_id], Label.State.ACCEPTED, by=admin_user)
    assert visitor.label(drawing_id, {"label": 7}).json()["label_state"] == "accepted"
    assert visitor.label(drawing_id, {"label": 1}).json()["label_state"] == "unreviewed"
    assert Label.objects.get().reviewed_by is None


def test_a_deleted_drawing_is_gone_with_all_that_came_of_it(visitor, django_capture_on_commit_callbacks):
    drawing_id = visitor.post("/api/v1/drawings", {"image": SimpleUploadedFile("7.png", PNG)}).json()["id"]
    visitor.label(drawing_id, {"label": 7})
    upload = Drawing.objects.get().upload
    with django_capture_on_commit_callbacks(execute=True):
        response = visitor.delete(f"/api/v1/drawings/{drawing_id}")
    assert (response.status_code, response.content) == (204, b"")
    assert [model.objects.count() for model in (Drawing, Prediction, Label)] == [0, 0, 0]
    assert not upload.storage.exists(upload.name)
    assert visitor.get(f"/api/v1/drawings/{drawing_id}").status_code == 404
    assert visitor.delete(f"/api/v1/drawings/{drawing_id}").status_code == 404


def test_nobody_sees_another_visitors_drawings(visitor, other_visitor):
    mine, theirs = visitor.draw()["id"], other_visitor.draw()["id"]
    for client, own, foreign in ((visitor, mine, theirs), (other_visitor, theirs, mine)):
        assert [item["id"] for item in client.get("/api/v1/drawings").json()["items"]] == [own]
        assert client.get(f"/api/v1/drawings/{foreign}").status_code == 404
        assert client.label(foreign, {"label": 7}).status_code == 404
        assert client.delete(f"/api/v1/drawings/{foreign}").status_code == 404
    assert Drawing.objects.count() == 2
    assert not Label.objects.exists()


def test_the_model_says_how_right_it_is(visitor):
    version = ModelVersion.objects.get()
    fields = {"version": version, "per_digit": [None] * 10, "confusion": [[0] * 10] * 10, "seconds": 1}
    for dataset, n, correct in (("mnist-test", 10, 1), ("mnist-test", 10_000, 9_900), ("drawings", 40, 39)):
        Evaluation.objects.create(dataset=dataset, n=n, correct=correct, **fields)
    answer = visitor.get("/api/v1/model").json()
    schemas.Model.model_validate(answer)
    assert (answer["number"], answer["architecture"], answer["parameter_count"]) == (1, "lenet-5x5", 105_634)
    assert answer["accuracy"]["mnist_test"] | {"date": None} == {"accuracy": 0.99, "n": 10_000, "date": None}
    assert answer["accuracy"]["drawings"]["n"] == 40


def test_the_model_without_figures_says_so(visitor):
    assert visitor.get("/api/v1/model").json()["accuracy"] == {"mnist_test": None, "drawings": None, "answered": None}


def test_a_promoted_version_answers(visitor):
    promote(new_version(2))
    assert visitor.draw()["model_version"] == 2
    assert visitor.get("/api/v1/model").json()["number"] == 2


def test_without_any_version_the_api_says_what_to_do(db, shipped):
    next(shipped.iterdir()).unlink()
    client = Client()
    for response in (
        client.get("/api/v1/model"),
        client.post("/api/v1/drawings", SEVEN, content_type="application/json"),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (503, "no_version")
        assert "manage.py train" in response.json()["error"]["message"]


def test_every_get_sets_the_csrf_cookie(db):
    for path in ("model", "drawings", "drawings/1"):
        assert "csrftoken" in Client().get(f"/api/v1/{path}").cookies


def test_head_answers_as_get_does_without_a_body(visitor):
    got, head = visitor.get("/api/v1/drawings"), visitor.head("/api/v1/drawings")
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == got["Content-Length"]


def test_answers_are_kept_out_of_caches(visitor):
    assert visitor.get("/api/v1/drawings")["Cache-Control"] == "no-store"


def test_the_docs_are_served_without_asking_another_host(db):
    response = Client().get("/api/v1/docs")
    assert response.status_code == 200
    text = response.content.decode()
    assert 'src="/static/ninja/swagger-ui-bundle.js"' in text
    assert "//" not in text.replace("/**", "")
    assert '"validatorUrl": null' in text


def test_a_request_sent_twice_under_one_key_is_stored_once(visitor):
    headers = {"Idempotency-Key": str(uuid4())}
    first = visitor.send("drawings", SEVEN, headers=headers)
    again = visitor.send("drawings", SEVEN, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert Drawing.objects.count() == 1


def test_a_request_whose_answer_and_cookie_were_lost_is_stored_once(db):
    headers = {"Idempotency-Key": str(uuid4())}
    lost = Visitor().send("drawings", SEVEN, headers=headers)
    retrying = Visitor()
    again = retrying.send("drawings", SEVEN, headers=headers)
    assert again.json() == lost.json()
    assert again.cookies["visitor"].value == lost.cookies["visitor"].value
    assert retrying.get("/api/v1/drawings").json()["count"] == 1


def test_a_file_sent_twice_under_one_key_is_stored_once(visitor):
    headers = {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        file = SimpleUploadedFile("7.png", PNG)
        assert visitor.post("/api/v1/drawings", {"image": file}, headers=headers).status_code == 201
    assert Drawing.objects.count() == 1


def test_another_drawing_under_the_same_key_is_stored_too(visitor):
    headers = {"Idempotency-Key": str(uuid4())}
    first = visitor.send("drawings", SEVEN, headers=headers).json()["id"]
    second = visitor.send("drawings", SEVEN | {"width": 201}, headers=headers).json()["id"]
    assert first != second


def test_somebody_elses_key_shows_nothing_of_theirs(visitor, other_visitor):
    headers = {"Idempotency-Key": str(uuid4())}
    other_visitor.draw()
    visitor.draw()
    theirs = other_visitor.send("drawings", SEVEN, headers=headers).json()["id"]
    mine = visitor.send("drawings", SEVEN, headers=headers).json()["id"]
    assert mine != theirs
    assert visitor.get(f"/api/v1/drawings/{theirs}").status_code == 404
