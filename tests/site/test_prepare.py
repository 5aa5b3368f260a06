"""What is done once before the site starts."""

import io
import os
import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError

from digits_site.supervise import prepare
from digits_site.supervise.errors import StartError
from digits_site.supervise.output import Screen


@pytest.fixture
def said():
    return io.StringIO()


def password_in(said):
    return re.search(r"password (\S+)", said.getvalue()).group(1)


@pytest.mark.django_db
def test_the_first_administrator_has_the_password_on_the_screen(said):
    prepare.ensure_admin(Screen(said))
    admin = get_user_model().objects.get()
    assert admin.is_superuser
    assert admin.check_password(password_in(said))


@pytest.mark.django_db
def test_no_password_is_shown_where_nobody_looks(monkeypatch, said):
    monkeypatch.setattr(prepare, "call_command", lambda *args, **kwargs: None)
    monkeypatch.setattr(prepare, "collect_static_files", lambda: None)
    monkeypatch.setattr(prepare.connections, "close_all", lambda: None)
    prepare.prepare(Screen(said), makes_admin=False)
    assert not get_user_model().objects.exists()
    assert said.getvalue() == ""


@pytest.mark.django_db
def test_no_second_administrator_is_made(said):
    get_user_model().objects.create_superuser("ada", password="x")
    prepare.ensure_admin(Screen(said))
    assert [user.username for user in get_user_model().objects.all()] == ["ada"]
    assert said.getvalue() == ""


@pytest.mark.django_db
def test_an_account_of_that_name_without_rights_is_left_as_it_is(said):
    get_user_model().objects.create_user("admin", password="x")
    prepare.ensure_admin(Screen(said))
    assert not get_user_model().objects.get().is_superuser
    assert "createsuperuser" in said.getvalue()


@pytest.fixture
def static_root(settings, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "page.css").write_text("a {}")
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    from django.contrib.staticfiles import finders

    finders.get_finder.cache_clear()
    yield settings.STATIC_ROOT
    finders.get_finder.cache_clear()


@pytest.fixture
def hashed_root(static_root, settings):
    """The same with the storage of a real site."""
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "digits_site.storage.StaticFiles"}}
    return static_root


def test_static_files_are_collected_once(static_root):
    prepare.collect_static_files()
    (static_root / "page.css").unlink()
    prepare.collect_static_files()
    assert not (static_root / "page.css").exists()


def test_static_files_that_changed_are_collected_again(static_root, tmp_path):
    prepare.collect_static_files()
    Path(tmp_path / "source" / "page.css").write_text("a { color: red }")
    prepare.collect_static_files()
    assert (static_root / "page.css").read_text() == "a { color: red }"


def test_pages_of_the_release_before_still_find_their_files(hashed_root, tmp_path):
    prepare.collect_static_files()
    [old] = hashed_root.glob("page.*.css")
    Path(tmp_path / "source" / "page.css").write_text("a { color: red }")
    prepare.collect_static_files()
    names = {path.name for path in hashed_root.glob("page.*.css")}
    assert len(names) == 2
    assert old.read_text() == "a {}"


def test_files_of_a_release_long_gone_are_removed(hashed_root, tmp_path):
    for colour in ("red", "blue"):
        Path(tmp_path / "source" / "page.css").write_text(f"a {{ color: {colour} }}")
        prepare.collect_static_files()
    [old] = [path for path in hashed_root.glob("page.*.css") if "red" in path.read_text()]
    os.utime(old, (0, 0))
    Path(tmp_path / "source" / "page.css").write_text("a { color: green }")
    prepare.collect_static_files()
    colours = sorted(path.read_text() for path in hashed_root.glob("page.*.css"))
    assert colours == ["a { color: blue }", "a { color: green }"]


def test_a_static_file_that_is_gone_is_gone_where_they_are_collected(static_root, tmp_path):
    prepare.collect_static_files()
    (tmp_path / "source" / "page.css").unlink()
    prepare.collect_static_files()
    assert not (static_root / "page.css").exists()


def test_a_folder_that_somebody_else_filled_is_not_emptied(static_root):
    static_root.mkdir()
    (static_root / "theirs").write_text("")
    prepare.collect_static_files()
    assert (static_root / "theirs").exists()


def test_a_database_that_is_locked_or_full_is_said_in_a_sentence(monkeypatch, said):
    def fail(*args, **kwargs):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(prepare, "call_command", fail)
    with pytest.raises(StartError, match="database or disk is full"):
        prepare.prepare(Screen(said))


def test_a_folder_that_takes_no_static_files_is_named(monkeypatch, said):
    def fail(*args, **kwargs):
        raise PermissionError(13, "Permission denied", "/srv/static/x.css")

    monkeypatch.setattr(prepare, "call_command", fail)
    with pytest.raises(StartError, match=r"/srv/static/x\.css cannot be written: Permission denied"):
        prepare.prepare(Screen(said))
