"""The static files as production serves them: collected, hashed, and with imports of hashed names in every script."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client

STORAGE = {"BACKEND": "digits_site.storage.StaticFiles"}
IMPORT = re.compile(r"""^\s*(?:import|export)\b[^"']*["']\./([^"']+)["']""", re.MULTILINE)
SOURCE = Path(__file__).resolve().parents[2] / "static"


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> Path:
    """The folder that `collectstatic` fills, once for all tests here."""
    from django.test import override_settings

    folder = tmp_path_factory.mktemp("static")
    # Only the project's own: collecting those of the packages takes ten times as long, and proves nothing here.
    finders = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    with override_settings(STATIC_ROOT=folder, STORAGES={"staticfiles": STORAGE}, STATICFILES_FINDERS=finders):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


def hashed_names(folder: Path) -> dict[str, str]:
    return json.loads((folder / "staticfiles.json").read_text())["paths"]


def test_every_import_of_a_hashed_script_names_a_hashed_script(collected):
    names = hashed_names(collected)
    hashed = set(names.values())

    imports = [
        (name, imported)
        for name in names.values()
        if name.endswith(".js")
        for imported in IMPORT.findall((collected / name).read_text())
    ]

    assert len(imports) >= 10
    assert [pair for pair in imports if str(Path(pair[0]).parent / pair[1]) not in hashed] == []


def test_every_page_names_only_files_that_are_collected(collected, settings):
    settings.STATIC_ROOT = collected
    settings.STORAGES = settings.STORAGES | {"staticfiles": STORAGE}

    for template in ("draw.html", "gallery.html", "model.html", "sentence.html"):
        page = render_to_string(template, {"problem": "none", "title": "a page"})
        files = re.findall(r'="/static/([^"]+)"', page)
        assert len(files) >= 3
        assert [name for name in files if name not in hashed_names(collected).values()] == []


@pytest.fixture
def served(collected, settings) -> Client:
    """A browser before a site that serves what is collected, as production does."""
    settings.STATIC_ROOT = collected
    settings.STORAGES = settings.STORAGES | {"staticfiles": STORAGE}
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    return Client(headers={"accept-encoding": "gzip"})


@pytest.mark.django_db
def test_every_file_of_a_page_is_packed_and_kept_for_good(served):
    page = served.get("/").content.decode()
    files = re.findall(r'="(/static/[^"]+\.(?:js|css))"', page)
    assert len(files) >= 3
    for file in files:
        answer = served.get(file)
        size = len(b"".join(answer.streaming_content))
        assert answer.status_code == 200
        assert "immutable" in answer["Cache-Control"]
        assert int(re.search(r"max-age=(\d+)", answer["Cache-Control"])[1]) >= 365 * 24 * 3600
        plain = served.get(file, headers={"accept-encoding": "identity"})
        whole = len(b"".join(plain.streaming_content))
        assert answer["Vary"] == "Accept-Encoding"
        # Of a very small file the packed form is no smaller, and is not made.
        assert (answer.get("Content-Encoding") == "gzip" and size < whole) or whole < 600


def test_a_name_that_holds_no_hash_is_not_kept_for_good(served):
    answer = served.get("/static/base.css")
    assert answer.status_code == 200
    assert "immutable" not in answer["Cache-Control"]


def imported(name: str) -> set[str]:
    """The modules that a script imports, and those that they import."""
    own = set(IMPORT.findall((SOURCE / name).read_text()))
    return own.union(*(imported(each) for each in own))


def test_the_page_to_draw_on_preloads_exactly_what_its_scripts_import():
    page = render_to_string("draw.html", {})

    preloaded = re.findall(r'rel="modulepreload" href="/static/([^"]+)"', page)

    assert sorted(preloaded) == sorted(imported("draw.js"))


def test_no_file_of_the_pages_names_another_host():
    files = [path for path in SOURCE.glob("*.*") if path.suffix in {".js", ".css", ".svg"}]

    foreign = [
        (path.name, address)
        for path in files
        for address in re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z][\w./-]*", path.read_text())
        if "www.w3.org" not in address
    ]

    assert len(files) >= 15
    assert foreign == []
