"""`manage.py export_drawings`: each format, what stays at home, and the way back in."""

import csv
import gzip
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from recognizer import drawings
from recognizer.models import Drawing, Label, Visitor
from training import exporting

from .asking import ask, drawn, write_lines

FORMATS = ["npz", "jsonl.gz", "jsonl", "idx.zip", "zip", "csv"]


@pytest.fixture
def stored(collected, tmp_path):
    """Five accepted stroke drawings of two writers, and an accepted upload of a third."""
    ask("import_drawings", collected, "--review", "accepted")
    image = np.full((1, 40, 30), 255, np.uint8)
    image[:, 5:35, 14:17] = 0
    np.savez(tmp_path / "upload.npz", images=image, labels=[1])
    ask("import_drawings", tmp_path / "upload.npz", "--review", "accepted")


def lines(path) -> list[dict]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_holds_every_accepted_drawing(stored, tmp_path, suffix):
    out = tmp_path / f"out.{suffix}"
    answer = ask("export_drawings", out, "--json").json
    said = {"file": str(out), "drawings": 6, "bytes": out.stat().st_size, "state": "accepted", "lost": 0}
    assert answer == said


def test_a_drawing_whose_file_is_lost_is_left_out_and_said(stored, tmp_path, caplog):
    lost = Drawing.objects.get(source="upload")
    lost.upload.storage.delete(lost.upload.name)
    answer = ask("export_drawings", tmp_path / "out.jsonl.gz")
    assert len(lines(tmp_path / "out.jsonl.gz")) == 5
    assert "1 are left out, since their files are lost" in answer.out
    assert f"Drawing {lost.pk} is left out" in caplog.text


@pytest.mark.parametrize("suffix", FORMATS)
def test_nothing_tells_who_drew_or_when(stored, tmp_path, suffix):
    Visitor.objects.update(imported_as="Ann Smith", key_hash=None)
    ask("export_drawings", tmp_path / f"out.{suffix}")
    content = (tmp_path / f"out.{suffix}").read_bytes()
    if suffix == "jsonl.gz":
        content = gzip.decompress(content)
    year = str(Drawing.objects.first().created_at.year).encode()
    assert b"Ann" not in content
    assert year + b"-" not in content


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_drawings_make_the_same_file(stored, tmp_path, suffix):
    first, second = tmp_path / f"1.{suffix}", tmp_path / f"2.{suffix}"
    ask("export_drawings", first)
    ask("export_drawings", second)
    assert first.read_bytes() == second.read_bytes()


def test_lines_hold_the_strokes_as_the_api_takes_them(stored, tmp_path):
    ask("export_drawings", tmp_path / "out.jsonl.gz")
    first, *_, upload = lines(tmp_path / "out.jsonl.gz")
    assert first == {
        "label": 7,
        "writer": 1,
        "state": "accepted",
        "width": 400.0,
        "height": 150.0,
        "strokes": [[[90.0, 20.0], [150.0, 20.0], [110.0, 130.0]]],
    }
    assert (upload["label"], upload["writer"], "strokes" in upload) == (1, 3, False)


def test_arrays_hold_what_the_network_saw(stored, tmp_path):
    ask("export_drawings", tmp_path / "out.npz")
    arrays = np.load(tmp_path / "out.npz")
    assert arrays["images"].shape == (6, 28, 28)
    assert arrays["labels"].tolist() == [7, 7, 1, 7, 9, 1]
    assert arrays["writers"].tolist() == [1, 1, 1, 2, 2, 3]
    assert (arrays["images"][0] == drawings.seen_array(Drawing.objects.order_by("pk").first())).all()


def test_a_zip_holds_pictures_in_a_folder_for_each_digit_and_a_table(stored, tmp_path):
    ask("export_drawings", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        rows = list(csv.DictReader(io.StringIO(archive.read("drawings.csv").decode())))
        assert [row["file"] for row in rows] == [name for name in archive.namelist() if name.endswith(".png")]
        assert [row["file"].split("/")[0] for row in rows] == [row["label"] for row in rows]
        picture = np.asarray(Image.open(io.BytesIO(archive.read(rows[0]["file"]))))
    assert (picture == drawings.seen_array(Drawing.objects.order_by("pk").first())).all()


def test_a_table_holds_labels_and_pixels(stored, tmp_path):
    ask("export_drawings", tmp_path / "out.csv")
    rows = list(csv.DictReader((tmp_path / "out.csv").open(newline="")))
    first = Drawing.objects.order_by("pk").first()
    assert [row["label"] for row in rows] == ["7", "7", "1", "7", "9", "1"]
    assert bytes(int(rows[0][f"pixel{number}"]) for number in range(784)) == bytes(first.seen)
    assert rows[0]["predicted"] == str(first.prediction.digit)


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
def test_strokes_and_pictures_come_back_as_they_were(stored, tmp_path, suffix):
    ask("export_drawings", tmp_path / f"out.{suffix}")
    before = list(Drawing.objects.order_by("pk").values_list("seen", "label__digit", "strokes"))
    Visitor.objects.all().delete()
    assert ask("import_drawings", tmp_path / f"out.{suffix}", "--json").json["stored"] == 6
    assert list(Drawing.objects.order_by("pk").values_list("seen", "label__digit", "strokes")) == before


@pytest.mark.parametrize("suffix", ["npz", "jsonl.gz"])
def test_an_export_can_be_evaluated_and_imported(stored, tmp_path, suffix):
    ask("export_drawings", tmp_path / f"out.{suffix}")
    assert ask("evaluate", tmp_path / f"out.{suffix}", "--json").json["n"] == 6
    Visitor.objects.all().delete()  # as on another site
    assert ask("import_drawings", tmp_path / f"out.{suffix}", "--json").json["stored"] == 6


def test_an_image_read_again_from_an_export_is_nearly_what_it_was(stored, tmp_path):
    from recognizer import ink

    ask("export_drawings", tmp_path / "out.npz")
    for image in np.load(tmp_path / "out.npz")["images"]:
        again = ink.read_ink(image).image.astype(float)
        assert np.corrcoef(again.ravel(), image.ravel())[0, 1] > 0.9


@pytest.fixture
def of_every_state(tmp_path):
    """Accepted, unreviewed, rejected, "not a digit", and without a label."""
    path = write_lines(
        tmp_path / "states.jsonl", *(drawn(d, at=10 * n) for n, d in enumerate([1, 2, 3])),
        drawn(None, not_a_digit=True, at=40), drawn(None, at=50),
    )  # fmt: skip
    ask("import_drawings", path)
    accepted, _, rejected = Drawing.objects.filter(label__digit__isnull=False).order_by("pk")
    drawings.review([accepted.pk], Label.State.ACCEPTED, by=None)
    drawings.review([rejected.pk], Label.State.REJECTED, by=None)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("accepted", [1]), ("labelled", [1, 2, None]), ("all", [1, 2, 3, None, None])],
)
def test_the_state_says_which_drawings(of_every_state, tmp_path, state, expected):
    ask("export_drawings", tmp_path / "out.jsonl.gz", "--state", state)
    assert [line["label"] for line in lines(tmp_path / "out.jsonl.gz")] == expected


def test_what_has_no_digit_says_why_and_comes_back_so(of_every_state, tmp_path):
    ask("export_drawings", tmp_path / "out.jsonl.gz", "--state", "all")
    *_, no_digit, unlabelled = lines(tmp_path / "out.jsonl.gz")
    assert (no_digit["not_a_digit"], no_digit["state"]) == (True, "unreviewed")
    assert ("not_a_digit" in unlabelled, unlabelled["state"]) == (False, None)


def test_images_without_a_digit_have_no_label_when_they_come_back(of_every_state, tmp_path):
    ask("export_drawings", tmp_path / "out.npz", "--state", "all")
    assert np.load(tmp_path / "out.npz")["labels"].tolist() == [1, 2, 3, -1, -1]
    Visitor.objects.all().delete()  # as on another site
    assert ask("import_drawings", tmp_path / "out.npz", "--json").json["stored"] == 5


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--digits", "3,1"], [1, 3]),
        (["--state", "rejected"], [3]),
        (["--since", "2020-01-01", "--digits", "2"], [2]),
        (["--model-version", "1", "--digits", "2"], [2]),
        (["--held-out", "without", "--digits", "2"], [2]),
    ],
)
def test_conditions_narrow_it_down(of_every_state, tmp_path, options, expected):
    ask("export_drawings", tmp_path / "out.jsonl.gz", "--state", "all", *options)
    assert [line["label"] for line in lines(tmp_path / "out.jsonl.gz")] == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--digits", "1,12"], "'12' is no digit: give digits with commas between them"),
        (["--since", "yesterday"], "'yesterday' is no day such as 2026-01-31"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], "No day lies between 2026-02-01 and 2026-01-01"),
        (["--model-version", "9"], "There is no version 9 that could have answered."),
        (["--held-out", "only"], "There are no such drawings to export: drawings with a digit that"),
    ],
)
def test_conditions_that_cannot_be_met_are_errors(stored, tmp_path, options, words):
    answer = ask("export_drawings", tmp_path / "out.npz", *options)
    assert answer.status == 1
    assert words in answer.error
    assert not (tmp_path / "out.npz").exists()


def test_the_format_may_be_named_where_the_file_does_not_say_it(stored, tmp_path):
    ask("export_drawings", tmp_path / "out", "--format", "idx")
    with zipfile.ZipFile(tmp_path / "out") as archive:
        assert archive.namelist() == ["images-idx3-ubyte.gz", "labels-idx1-ubyte.gz", "README.txt"]


def test_an_archive_says_what_is_in_it(stored, tmp_path):
    ask("export_drawings", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        text = archive.read("README.txt").decode()
    assert "Drawings: 6\nWhich:    drawings with a digit that a reviewer accepted\n" in text


def test_nothing_to_export_is_an_error_and_writes_nothing(tmp_path):
    answer = ask("export_drawings", tmp_path / "out.npz", "--json")
    assert (answer.status, answer.out) == (1, "")
    assert "There is no drawing with an accepted label" in answer.error
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("name", ["out.xlsx", "out"])
def test_a_name_that_says_no_format_is_an_error(stored, tmp_path, name):
    answer = ask("export_drawings", tmp_path / name)
    assert answer.status == 1
    assert answer.error.startswith(f"'{name}' says no format that is known")


def test_a_folder_that_is_not_there_is_an_error(stored, tmp_path):
    answer = ask("export_drawings", tmp_path / "nowhere" / "out.npz")
    assert answer.status == 1
    assert "No such file or directory" in answer.error


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_export_that_fails_leaves_the_old_file_and_no_other(stored, tmp_path, suffix, monkeypatch):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / f"out.{suffix}").write_bytes(b"old")
    monkeypatch.setattr(exporting, "_exported", _second_fails(exporting._exported))
    assert ask("export_drawings", folder / f"out.{suffix}").status == 1
    assert [path.read_bytes() for path in folder.iterdir()] == [b"old"]


def _second_fails(export):
    calls = []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        return export(*arguments)

    return failing
