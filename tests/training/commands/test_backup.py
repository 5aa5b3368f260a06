"""`manage.py backup` and `manage.py restore`: one command each, with answers for people and for programs."""

import pytest

from tests.training.backups import dumps, making

from .asking import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.RUN_DIR = tmp_path / "run"
    yardsticks = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "y")},
    }
    settings.STORAGES = settings.STORAGES | {"yardsticks": yardsticks}


def test_one_command_makes_a_backup_and_one_brings_it_back(tmp_path):
    making.fill()
    rows, files = dumps.rows(), dumps.files()
    made = ask("backup", tmp_path / "b.tar", "--json").json
    assert (made["files"], made["missing"]) == (len(files), [])
    dumps.empty()
    restored = ask("restore", tmp_path / "b.tar", "--json").json
    assert restored["restored"] is True
    assert (dumps.rows(), dumps.files()) == (rows, files)


def test_without_a_name_it_is_named_after_the_time(settings):
    answer = ask("backup")
    (made,) = settings.BACKUP_DIR.iterdir()
    assert made.suffix == ".tar"
    assert f"files in {made}" in answer.out


def test_checking_changes_nothing(tmp_path):
    making.fill()
    ask("backup", tmp_path / "b")
    rows = dumps.rows()
    answer = ask("restore", tmp_path / "b", "--check")
    assert "is whole:" in answer.out
    assert dumps.rows() == rows


def test_what_is_wrong_is_said_in_a_sentence_and_by_the_status(tmp_path):
    answer = ask("restore", tmp_path / "nothing")
    assert answer.status == 1
    assert answer.error == f"There is no backup {tmp_path / 'nothing'}."


def test_a_lost_file_is_told_on_stderr(tmp_path):
    from django.core.files.storage import storages

    from recognizer.models import Drawing

    making.fill()
    name = Drawing.objects.exclude(upload="").first().upload.name
    storages["uploads"].delete(name)
    answer = ask("backup", tmp_path / "b")
    assert f"{name} is missing" in answer.err
