"""`manage.py import_drawings`: all or nothing of a bad file, nothing twice, and writers as visitors."""

import gzip

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer import drawings, versions
from recognizer.models import Drawing, Label, Prediction, Visitor
from training import doubles, imports, records, yardsticks
from training.data import collections
from training.models import Yardstick

from .asking import ask, drawn, write_lines

OTHERWISE = [[[10, 10], [90, 40], [30, 140]]]


def labels() -> list[tuple[str, int | None, str]]:
    rows = Label.objects.order_by("drawing_id")
    return [(row.drawing.visitor.imported_as, row.digit, row.state) for row in rows.select_related("drawing__visitor")]


def test_drawings_are_stored_with_predictions_and_unreviewed_labels(collected):
    answer = ask("import_drawings", collected)
    assert answer.out == "collected.jsonl: 5 drawings of 2 writers; 5 stored, labels unreviewed.\n"
    assert labels() == [
        ("collected/ann", 7, "unreviewed"),
        ("collected/ann", 7, "unreviewed"),
        ("collected/ann", 1, "unreviewed"),
        ("collected/12", 7, "unreviewed"),
        ("collected/12", 9, "unreviewed"),
    ]
    assert Prediction.objects.filter(version__number=1).count() == 5


def test_a_prediction_is_what_the_website_would_have_answered(collected):
    ask("import_drawings", collected, "--limit", 1)
    drawing = Drawing.objects.get()
    from recognizer import recognition, submissions

    seen = submissions.of_strokes(drawing.strokes, drawing.width, drawing.height).seen
    answer = recognition.recognise(seen)
    assert (drawings.seen_array(drawing) == seen.image).all()
    assert drawing.prediction.digit == answer.digit
    assert drawing.prediction.probabilities == pytest.approx(answer.probabilities, abs=2e-6)


def test_the_answer_as_json(collected):
    assert ask("import_drawings", collected, "--json").json == {
        "file": "collected.jsonl",
        "read": 5,
        "stored": 5,
        "known": 0,
        "elsewhere": {},
        "measuring": {},
        "empty": 0,
        "empty_at": [],
        "writers": 2,
        "review": "unreviewed",
    }


def test_labels_may_be_accepted_at_once(collected):
    ask("import_drawings", collected, "--review", "accepted")
    assert Drawing.objects.accepted().count() == 5


def test_the_same_file_again_stores_nothing(collected):
    ask("import_drawings", collected)
    answer = ask("import_drawings", collected)
    assert answer.out.splitlines()[1] == "5 were stored before, and are left as they are."
    assert Drawing.objects.count() == 5


def test_the_same_file_under_another_name_stores_nothing_and_says_why(collected, tmp_path, settings):
    settings.HELD_OUT_EVERY = 2
    ask("import_drawings", collected)
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(collected.read_bytes())
    answer = ask("import_drawings", copy)
    assert answer.out.splitlines() == [
        "copy.jsonl: 5 drawings of 2 writers; 0 stored, labels unreviewed.",
        "5 are stored already, from collected, and are left out: twice, one could train and measure.",
    ]
    assert (Drawing.objects.count(), Visitor.objects.count()) == (5, 2)


def test_of_a_file_that_is_partly_known_elsewhere_the_rest_is_stored(collected, tmp_path):
    ask("import_drawings", collected, "--writers", "12")
    more = write_lines(tmp_path / "more.jsonl", drawn(9, "renamed", at=40), drawn(5, "renamed", strokes=OTHERWISE))
    answer = ask("import_drawings", more, "--json").json
    assert (answer["read"], answer["stored"], answer["elsewhere"]) == (2, 1, {"collected": 1})
    again = ask("import_drawings", more, "--json").json
    assert (again["stored"], again["known"], again["elsewhere"]) == (0, 1, {"collected": 1})


@pytest.mark.parametrize("by", ["content", "image"])
def test_a_drawing_is_known_by_its_content_and_by_its_image(collected, tmp_path, by):
    ask("import_drawings", collected, "--writers", "12")
    Drawing.objects.update(**{"seen": bytes(784)} if by == "content" else {"submission_key": None})
    copy = write_lines(tmp_path / "copy.jsonl", drawn(9, "renamed", at=40))
    assert ask("import_drawings", copy, "--json").json["elsewhere"] == {"collected": 1}


def test_a_drawing_whose_numbers_are_written_otherwise_is_known_again(collected, tmp_path):
    ask("import_drawings", collected)
    floats = [[[float(x), float(y)] for x, y in stroke] for stroke in drawn(at=40)["strokes"]]
    answer = ask("import_drawings", write_lines(tmp_path / "floats.jsonl", drawn(9, strokes=floats)), "--json").json
    assert (answer["stored"], answer["elsewhere"]) == (0, {"collected": 1})


def test_what_a_visitor_drew_on_the_site_does_not_come_in_once_more(collected, tmp_path):
    ask("import_drawings", collected, "--limit", 1)
    Visitor.objects.update(imported_as="", key_hash="0" * 64)
    Drawing.objects.update(submission_key=None)
    answer = ask("import_drawings", collected, "--limit", 1)
    assert "1 are stored already, from this site, and are left out" in answer.out


def test_what_only_demo_content_has_comes_in(collected, tmp_path):
    ask("import_drawings", collected)
    Visitor.objects.update(is_demo=True)
    copy = write_lines(tmp_path / "copy.jsonl", drawn())
    assert ask("import_drawings", copy, "--json").json["stored"] == 1


def test_looking_for_doubles_takes_two_queries_a_batch(tmp_path):
    path = write_lines(tmp_path / "many.jsonl", *(drawn(at=at) for at in range(20)))
    looking = doubles.Doubles("other", lambda *done: None)
    seen = [(f"{number}", records.seen(record)) for number, record in enumerate(collections.read(path))]
    with CaptureQueriesContext(connection) as asked:
        looking.of(seen)
    assert len(asked) == 2


class TestOfYardsticks:
    @pytest.fixture(autouse=True)
    def storage(self, settings, tmp_path):
        options = {"location": str(tmp_path / "kept")}
        place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"yardsticks": place}

    def test_nothing_of_a_yardstick_comes_in_under_whatever_name(self, collected, tmp_path):
        ask("import_yardstick", "pens", collected, "--writers", "12")
        lines = [drawn(9, "renamed", at=40), drawn(5, "renamed", strokes=OTHERWISE)]
        answer = ask("import_drawings", write_lines(tmp_path / "other.jsonl", *lines))
        assert answer.out.splitlines() == [
            "other.jsonl: 2 drawings of 1 writers; 1 stored, labels unreviewed.",
            "1 are in the yardstick pens, and are left out: nothing learns from what measures. "
            "For a trial --with-yardsticks takes them all the same.",
        ]

    def test_for_a_trial_it_can_be_taken_all_the_same(self, collected):
        ask("import_yardstick", "pens", collected)
        assert ask("import_drawings", collected, "--json").json["stored"] == 0
        answer = ask("import_drawings", collected, "--with-yardsticks", "--json").json
        assert (answer["stored"], answer["measuring"]) == (5, {})

    def test_a_yardstick_whose_images_are_not_made_yet_counts_too(self, collected, tmp_path):
        yardsticks.receive("pens", collected)
        answer = ask("import_drawings", collected, "--json").json
        assert (answer["stored"], answer["measuring"]) == (0, {"pens": 5})

    def test_one_that_cannot_be_read_stops_the_import_in_words(self, collected):
        ask("import_yardstick", "pens", collected)
        kept = Yardstick.objects.get()
        for name in (kept.records, kept.original):
            yardsticks.storage().delete(name)
        answer = ask("import_drawings", collected)
        assert (answer.status, Drawing.objects.count()) == (1, 0)
        assert "import it again" in answer.error


def test_only_the_writers_that_are_named_come_in(collected):
    assert ask("import_drawings", collected, "--writers", "12", "--json").json["stored"] == 2
    assert [visitor.imported_as for visitor in Visitor.objects.all()] == ["collected/12"]


def test_a_writer_whom_the_file_does_not_have_is_an_error(collected):
    answer = ask("import_drawings", collected, "--writers", "12,zoe")
    assert (answer.status, answer.out) == (1, "")
    assert "no drawing of 'zoe'" in answer.error
    assert not Drawing.objects.exists()


def test_a_limit_takes_the_first_ones_and_the_rest_can_follow(collected):
    assert ask("import_drawings", collected, "--limit", 2, "--json").json["stored"] == 2
    assert ask("import_drawings", collected, "--json").json["stored"] == 3


def test_an_import_that_was_cut_short_goes_on_without_doubles(collected, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    whole = drawings.store_collected
    monkeypatch.setattr(drawings, "store_collected", _fails_after(1, whole))
    answer = ask("import_drawings", collected)
    assert answer.status == 1
    assert "2 drawings are stored; the same command goes on behind them." in answer.err
    assert Drawing.objects.count() == 2
    monkeypatch.setattr(drawings, "store_collected", whole)
    assert ask("import_drawings", collected, "--json").json["stored"] == 3
    assert Drawing.objects.count() == 5


def _fails_after(calls: int, store):
    left = [calls]

    def failing(items, **options):
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        return store(items, **options)

    return failing


BAD_LINES = [
    ("{", "it is not JSON"),
    ("[1, 2]", "not an object with label and strokes"),
    (drawn(10), "label is 10: it must be a whole number from 0 to 9, or null"),
    (drawn("7"), "label is '7'"),
    (drawn(True), "label is True"),
    (drawn(7.0), "label is 7.0"),
    (drawn(writer=[1]), "writer is [1]"),
    (drawn(strokes=None), "it must have strokes with width and height, or else image"),
    (drawn(image="aGk="), "it must have strokes with width and height, or else image"),
    (drawn(width=0), "width is 0"),
    (drawn(height=None), "height is missing"),
    (drawn(strokes=[[[1, "2"]]]), "strokes[0][0] y is '2'"),
    (drawn(strokes=[[]]), "strokes[0] has no points"),
    (drawn(strokes=[[[float("nan"), 1]]]), "strokes[0][0] has x = nan"),
    (drawn(strokes=None, image="no base64!"), "image is 'no base64!', which is not base64 text"),
    (drawn(strokes=None, image="aGk="), "which is no picture"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES)
def test_a_bad_line_is_named_and_nothing_of_the_file_is_stored(tmp_path, line, words):
    path = write_lines(tmp_path / "bad.jsonl", drawn(), "", line, drawn())
    answer = ask("import_drawings", path, "--json")
    assert (answer.status, answer.out) == (1, "")
    assert answer.error.startswith("bad.jsonl, line 3: ")
    assert words in answer.error
    assert not Drawing.objects.exists()


def test_a_line_without_an_end_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr("training.data.collections.MAX_LINE_BYTES", 1000)
    path = write_lines(tmp_path / "long.jsonl", drawn(), "[" * 2000)
    assert "long.jsonl, line 2: it has more than 1,000 bytes" in ask("import_drawings", path).error


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", "must end in '.jsonl', '.jsonl.gz', '.npz'"),
        ("a.jsonl", b"", "a.jsonl has no drawing in it"),
        ("a.jsonl.gz", b"not packed", "a.jsonl.gz cannot be read: Not a gzipped file"),
        ("a.jsonl.gz", gzip.compress(b"{}\n" * 999, mtime=0)[:-9], "a.jsonl.gz"),
        ("a.npz", b"no zip", "a.npz cannot be read: it is no .npz file"),
    ],
)
def test_a_file_that_is_none_is_an_error(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    answer = ask("import_drawings", tmp_path / name)
    assert answer.status == 1
    assert words in answer.error


def test_a_missing_file_and_a_folder_are_errors(tmp_path):
    assert "There is no file" in ask("import_drawings", tmp_path / "a.jsonl").error
    (tmp_path / "b.jsonl").mkdir()
    assert "b.jsonl cannot be read: Is a directory." in ask("import_drawings", tmp_path / "b.jsonl").error


def test_drawings_without_ink_are_left_out_and_said(tmp_path):
    path = write_lines(tmp_path / "some.jsonl", drawn(), drawn(strokes=[]))
    answer = ask("import_drawings", path)
    assert answer.out.splitlines()[1] == "1 without any ink are left out: line 2."
    assert Drawing.objects.count() == 1


def test_a_label_may_be_missing_or_say_that_it_is_no_digit(tmp_path):
    ask("import_drawings", write_lines(tmp_path / "some.jsonl", drawn(None), drawn(None, not_a_digit=True, at=9)))
    assert Drawing.objects.count() == 2
    assert labels() == [("some/ann", None, "unreviewed")]


def test_without_writers_all_is_of_one_visitor(tmp_path):
    ask("import_drawings", write_lines(tmp_path / "some.jsonl", drawn(writer=None), drawn(writer=None, at=9)))
    assert Visitor.objects.get().imported_as == "some"


def test_every_so_many_writers_are_held_out(tmp_path, settings):
    settings.HELD_OUT_EVERY = 2
    ask("import_drawings", write_lines(tmp_path / "some.jsonl", *(drawn(writer=w) for w in range(6))))
    assert Visitor.objects.filter(held_out=True).count() == 3


def test_images_with_labels_and_writers_come_in_as_uploads(tmp_path):
    images = np.full((3, 40, 30), 255, np.uint8)
    images[:, 5:35, 14:17] = 0
    np.savez(tmp_path / "ones.npz", images=images, labels=[1, 1, -1], writers=["a", "b", "b"])
    assert ask("import_drawings", tmp_path / "ones.npz", "--json").json["stored"] == 3
    assert labels() == [("ones/a", 1, "unreviewed"), ("ones/b", 1, "unreviewed")]
    drawing = Drawing.objects.first()
    assert drawing.source == Drawing.Source.UPLOAD
    with drawing.upload.open("rb") as file:
        assert file.read(4) == b"\x89PNG"


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"labels": [1]}, "it must hold images and labels; it has no images, but labels.npy"),
        ({"images": np.zeros((1, 28, 28), np.uint8)}, "it has no labels"),
        ({"images": np.zeros((1, 28, 28)), "labels": [1]}, "images must be uint8 of shape (n, height, width)"),
        ({"images": np.zeros((28, 28), np.uint8), "labels": [1]}, "images must be uint8 of shape (n, height, width)"),
        ({"images": np.zeros((2, 28, 28), np.uint8), "labels": [1]}, "labels must be one for each of 2 images"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": [0.5]}, "labels must be one for each of 1 images"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": [10]}, "bad.npz, image 1: label is 10"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": np.array([1], object)}, "labels"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, arrays, words):
    np.savez(tmp_path / "bad.npz", **arrays)
    answer = ask("import_drawings", tmp_path / "bad.npz")
    assert answer.status == 1
    assert words in answer.error
    assert not Drawing.objects.exists()


def test_an_upload_that_could_not_be_stored_leaves_no_file(tmp_path, monkeypatch):
    images = np.full((1, 40, 30), 255, np.uint8)
    images[:, 5:35, 14:17] = 0
    np.savez(tmp_path / "ones.npz", images=images, labels=[1])

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Prediction.objects, "bulk_create", full)
    assert ask("import_drawings", tmp_path / "ones.npz").status == 1
    assert not Drawing.objects.exists()
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []


def test_the_live_version_answers(collected):
    from tests.training.making import new_version

    versions.ensure_shipped()
    versions.promote(new_version(2))
    ask("import_drawings", collected, "--limit", 1)
    assert Prediction.objects.get().version.number == 2
