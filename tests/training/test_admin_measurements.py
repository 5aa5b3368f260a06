"""The desks for yardsticks and measurements: what they show, start, cancel, import, and how they refuse."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from recognizer.models import Evaluation
from tests import admin_rows as rows
from training import helping, measurements, tasks, yardsticks
from training.models import Measurement, Yardstick

from .commands.asking import drawn, write_lines

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_process")]

YARDSTICKS, MEASUREMENTS = "/admin/training/yardstick/", "/admin/training/measurement/"
EVALUATIONS = "/admin/recognizer/evaluation/"


@pytest.fixture(autouse=True)
def rung(settings, tmp_path, small_mnist, monkeypatch) -> list[str]:
    settings.MIN_CONFIDENCE = 0.0
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "kept")}}
    settings.STORAGES = settings.STORAGES | {"yardsticks": place}
    heard: list[str] = []
    monkeypatch.setattr(
        tasks, "_rung", lambda calls, **options: heard.extend(call.task for call in calls.tasks) or True
    )
    return heard


@pytest.fixture
def pens(tmp_path) -> Yardstick:
    lines = [drawn(number % 10, number % 3, at=number) for number in range(12)]
    return yardsticks.import_file("pens", write_lines(tmp_path / "pens.jsonl", *lines))


def measured(version, dataset: str) -> Measurement:
    [measurement] = helping.until_over([measurements.start(version, dataset).pk])
    return measurement


def upload(client, name: str, content: bytes, file_name: str = "pens.jsonl"):
    file = SimpleUploadedFile(file_name, content)
    return client.post(f"{YARDSTICKS}add/", {"name": name, "file": file})


def lines(tmp_path, *drawings) -> bytes:
    return write_lines(tmp_path / "sent.jsonl", *drawings).read_bytes()


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_without_yardsticks_the_page_says_what_one_is(admin_client):
    text = admin_client.get(YARDSTICKS).content.decode()
    assert "No yardstick yet." in text
    assert "Import the first yardstick" in text


def test_the_overview_shows_each_version_on_each_data_set_with_n_and_interval(admin_client, pens):
    version = rows.version(1)
    rows.evaluation(version, n=1000, wrong=10)
    found = measured(version, "pens").evaluation
    text = admin_client.get(YARDSTICKS).content.decode()
    assert "99.00 %" in text
    assert "98.2 to 99.5 %" in text
    assert "of 12" in text
    assert f"{EVALUATIONS}{found.pk}/change/" in text
    assert '<script id="version-lines" type="application/json">' in text


def test_figures_of_images_that_were_replaced_are_not_in_the_overview(admin_client, pens, tmp_path):
    version = rows.version(1)
    found = measured(version, "pens").evaluation
    yardsticks.import_file("pens", write_lines(tmp_path / "new.jsonl", drawn(3)), replace=True)
    assert f"{EVALUATIONS}{found.pk}/change/" not in admin_client.get(YARDSTICKS).content.decode()
    assert "of other images" in admin_client.get(f"{YARDSTICKS}{pens.pk}/change/").content.decode()


def test_the_overview_takes_the_same_number_of_queries_for_any_number_of_figures(
    admin_client, pens, django_assert_max_num_queries
):
    def queries() -> int:
        with django_assert_max_num_queries(20) as context:
            assert admin_client.get(YARDSTICKS).status_code == 200
        return len(context)

    rows.evaluation(rows.version(1))
    before = queries()
    for seed in range(2, 8):
        version = rows.version(seed)
        for dataset in ("mnist-test", "drawings", "pens"):
            rows.evaluation(version, dataset=dataset)
    assert queries() == before


def test_an_uploaded_file_becomes_a_yardstick_that_a_worker_builds(
    admin_client, tmp_path, rung, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = upload(admin_client, "pens", lines(tmp_path, drawn(3), drawn(4)))
    made = Yardstick.objects.get()
    assert response.url == f"{YARDSTICKS}{made.pk}/change/"
    assert (made.state, made.imported_by.username, rung) == ("waiting", "admin", ["training.tasks.build_yardstick"])
    assert "A worker makes its images" in admin_client.get(response.url).content.decode()
    yardsticks.build(made.pk)
    assert "No version was measured on it yet" in admin_client.get(response.url).content.decode()


@pytest.mark.parametrize(
    ("name", "file_name", "drawing", "words"),
    [
        ("Pens", "pens.jsonl", drawn(3), "is no name for a yardstick"),
        ("drawings", "pens.jsonl", drawn(3), "the site has already"),
        ("pens", "pens.txt", drawn(3), "must end in"),
        ("pens", "pens.jsonl", drawn(12), "line 1: label is 12"),
        ("pens", "pens.jsonl", drawn(strokes=[[[1, "x"]]]), "Line 1: strokes"),
        ("pens", "pens.jsonl", drawn(None), "no drawing with a digit"),
        ("pens", "pens.npz", drawn(3), "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_stands_beside_its_field(admin_client, tmp_path, name, file_name, drawing, words):
    response = upload(admin_client, name, lines(tmp_path, drawing), file_name)
    assert response.status_code == 200
    assert words in str(response.context["form"].errors)
    assert not Yardstick.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_what_to_do(admin_client, tmp_path, settings):
    settings.YARDSTICK_UPLOAD_BYTES = 10
    response = upload(admin_client, "pens", lines(tmp_path, drawn(3)))
    assert "import_yardstick" in " ".join(response.context["form"].errors["file"])


def test_a_yardstick_is_removed_with_its_files(admin_client, pens, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(f"{YARDSTICKS}{pens.pk}/delete/", {"post": "yes"})
    assert not Yardstick.objects.exists()
    assert not yardsticks.storage().exists(pens.original)


def test_measurements_are_started_from_the_list(admin_client, pens, rung, django_capture_on_commit_callbacks):
    versions = [rows.version(1), rows.version(2)]
    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(f"{MEASUREMENTS}start/", {"version": "all", "dataset": ""}, follow=True)
    assert {(row.version, row.dataset) for row in Measurement.objects.all()} == {
        (version, name) for version in versions for name in ("mnist-test", "pens")
    }
    assert "4 measurements queued" in said(response)
    assert rung == ["training.tasks.begin_measurement"]


@pytest.mark.parametrize(
    ("version", "dataset", "words"),
    [("7", "mnist-test", "no version"), ("x", "", "no version"), ("1", "pans", "no data set"), ("", "", "no version")],
)
def test_what_cannot_be_measured_is_said_in_words(admin_client, version, dataset, words):
    rows.version(1)
    response = admin_client.post(f"{MEASUREMENTS}start/", {"version": version, "dataset": dataset}, follow=True)
    assert response.status_code == 200
    assert words in said(response)
    assert not Measurement.objects.exists()


def test_the_page_of_a_running_measurement_follows_it_and_can_cancel_it(admin_client):
    row = measurements.start(rows.version(1), "mnist-test")
    measurements.begin(row.pk)
    text = admin_client.get(f"{MEASUREMENTS}{row.pk}/change/").content.decode()
    assert "0 of 100 images, 0 of 1 part" in text
    assert "measurement.js" in text
    shown = admin_client.get(f"{MEASUREMENTS}{row.pk}/progress/").json()
    assert (shown["ended"], shown["share"]) == (False, 0.0)
    response = admin_client.post(f"{MEASUREMENTS}{row.pk}/cancel/", follow=True)
    assert "cancelled" in said(response)
    assert admin_client.get(f"{MEASUREMENTS}{row.pk}/progress/").json()["ended"]
    assert "Nothing to cancel" in said(admin_client.post(f"{MEASUREMENTS}{row.pk}/cancel/", follow=True))


@pytest.mark.parametrize("dataset", ["mnist-test", "pens", "drawings"])
def test_the_worst_mistakes_are_there_as_pictures(admin_client, pens, dataset):
    version = rows.version(1)
    from .making import drawn as stored
    from .making import visitor

    for digit in range(10):
        stored(visitor(f"held out {digit}", held_out=True), digit, seed=digit)
    row = measured(version, dataset)
    assert row.mistakes
    text = admin_client.get(f"{MEASUREMENTS}{row.pk}/change/").content.decode()
    assert text.count("data:image/png;base64,") == len(row.mistakes)


def test_the_lists_take_the_same_number_of_queries_for_any_number_of_rows(admin_client, django_assert_max_num_queries):
    def queries(address: str) -> int:
        with django_assert_max_num_queries(20) as context:
            assert admin_client.get(address).status_code == 200
        return len(context)

    measured(rows.version(1), "mnist-test")
    before = [queries(address) for address in (MEASUREMENTS, EVALUATIONS)]
    for seed in range(2, 6):
        measured(rows.version(seed), "mnist-test")
    assert [queries(address) for address in (MEASUREMENTS, EVALUATIONS)] == before


def test_an_evaluation_shows_each_digit_with_its_n_and_interval(admin_client):
    version = rows.version(1)
    confusion = [[0] * 10 for _ in range(10)]
    confusion[3][3], confusion[3][5] = 90, 8
    row = Evaluation.objects.create(
        version=version, dataset="pens", n=100, correct=90, rejected=2, per_digit=[None] * 3 + [0.9] + [None] * 6,
        confusion=confusion, seconds=1.0, meant={"images": "ab" * 32},
    )  # fmt: skip
    text = admin_client.get(f"{EVALUATIONS}{row.pk}/change/").content.decode()
    assert text.count("82.6 to 94.5 %") == 2  # as a whole, and of the threes
    assert "Counted: images abababab." in text
    listed = admin_client.get(EVALUATIONS).content.decode()
    assert "90.00 % of 100" in listed
    assert "82.6 to 94.5 %" in listed


def test_a_version_can_be_measured_again_from_its_page(admin_client):
    version = rows.version(1)
    text = admin_client.get(f"/admin/recognizer/modelversion/{version.pk}/change/").content.decode()
    assert f'action="{MEASUREMENTS}start/"' in text
