"""German is complete, in step with the code and used everywhere; no text is left outside of translation."""

import ast
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import polib
import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from django.utils.html import strip_tags

from digits_site.management.commands.messages import collect
from recognizer import ink, languages, recognition, words
from tests.conftest import PROJECT_DIR, missing
from tests.site import visible_text
from tests.site.access_rows import account, one_of_each
from tests.site.catalogs import FIXED, asked, catalogs, key, said

SEVEN = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}
GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.5"}
SOURCES = ("digits_site", "recognizer", "training")


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT_DIR))


# The catalogs


@pytest.mark.parametrize("path", catalogs(), ids=name_of)
def test_every_text_has_its_german(path):
    empty = [entry.msgid for entry in polib.pofile(str(path)) if not all(said(entry))]
    unsure = [entry.msgid for entry in polib.pofile(str(path)) if entry.fuzzy or entry.obsolete]
    assert (empty, unsure) == ([], [])


@pytest.mark.parametrize("path", catalogs(), ids=name_of)
def test_what_is_compiled_is_what_is_written(path):
    compiled = {key(entry): said(entry) for entry in polib.mofile(str(path.with_suffix(".mo")))}
    written = {key(entry): said(entry) for entry in polib.pofile(str(path)) if all(said(entry)) and not entry.fuzzy}
    assert compiled == written, "run `make messages`"


def test_nothing_is_compiled_that_is_not_written():
    assert [path.with_suffix(".mo") for path in catalogs()] == catalogs("mo")


@pytest.mark.parametrize("path", catalogs(), ids=name_of)
def test_a_translation_has_the_places_of_its_text(path):
    for entry in filter(lambda entry: all(said(entry)), polib.pofile(str(path))):
        for english, german in zip(asked(entry), said(entry), strict=True):
            wanted, found = set(FIXED.findall(english)), set(FIXED.findall(german))
            # "One drawing" may do without its number, whichever form it is.
            optional = {"%(n)s", "%(n)d", "%(num)d", "%(count)s"} if entry.msgid_plural else set()
            assert wanted - optional <= found <= wanted | optional, entry.msgid


def test_the_catalogs_are_in_step_with_the_code(tmp_path, settings):
    if not shutil.which("xgettext"):
        missing("GNU gettext", "apt-get install gettext")
    for part in ("templates", "static", "locale", *SOURCES):
        shutil.copytree(PROJECT_DIR / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "*.bin"))
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        collect()
    assert [path.relative_to(tmp_path) for path in catalogs(root=tmp_path)] == [
        path.relative_to(PROJECT_DIR) for path in catalogs()
    ]
    for path in catalogs():
        ours, theirs = polib.pofile(str(path)), polib.pofile(str(tmp_path / path.relative_to(PROJECT_DIR)))
        assert set(map(key, ours)) == set(map(key, theirs)), "run `make messages`, and translate what is new"


def test_every_marked_text_of_the_code_is_in_its_catalog():
    """The tool that collects them reads no text within an f-string, and says nothing of it."""
    known = {entry.msgid for path in catalogs() for entry in polib.pofile(str(path))}
    found = [
        f"{name_of(path)}:{call.lineno}: {text}"
        for part in SOURCES
        for path in (PROJECT_DIR / part).rglob("*.py")
        for call in _calls(path, ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"))
        for text in [argument.value for argument in call.args[:1] if isinstance(argument, ast.Constant)]
        if text not in known
    ]
    assert found == []


# No text outside of translation


@pytest.mark.parametrize("path", sorted((PROJECT_DIR / "templates").rglob("*.html")), ids=name_of)
def test_a_template_says_nothing_untranslated(path):
    assert visible_text.of_template(path.read_text()) == []


@pytest.mark.parametrize("path", sorted((PROJECT_DIR / "static").rglob("*.js")), ids=name_of)
def test_a_script_says_nothing_untranslated(path):
    assert visible_text.of_script(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Some words</p>",
        '<a title="Some words"></a>',
        "<b>{{ n }} drawings</b>",
        "{% translate 'x' %} more",
        '<meta name="description" content="Some words">',
    ],
)
def test_untranslated_text_of_a_template_is_found(source):
    assert visible_text.of_template(source)


@pytest.mark.parametrize(
    "source",
    [
        'p.textContent = "Some words";',
        "p.title = `${n} drawings`;",
        'p.setAttribute("aria-label", "Some words");',
        'Object.assign(image, { alt: "Some words" });',
        'words.replaceChildren("Some words");',
    ],
)
def test_untranslated_text_of_a_script_is_found(source):
    assert visible_text.of_script(source)


def test_what_is_refused_is_said_in_the_visitors_language():
    """What is said to people comes from `gettext`, not as it stands."""
    found = [
        f"{name_of(path)}:{call.lineno}"
        for part in SOURCES
        for path in (PROJECT_DIR / part).rglob("*.py")
        for call in _calls(path, ("ApiError", "TooManyError", "message_user"))
        if any(isinstance(argument, ast.Constant | ast.JoinedStr) and _is_text(argument) for argument in call.args)
    ]
    assert found == []


def _calls(path: Path, names: tuple[str, ...]) -> Iterator[ast.Call]:
    """Of functions or methods with one of these names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names:
            yield node


def _is_text(argument: ast.Constant | ast.JoinedStr) -> bool:
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    return any(" " in str(part.value) for part in parts if isinstance(part, ast.Constant))


# The pages


@pytest.fixture
def owner(db, settings) -> Iterator[Client]:
    """A German browser that has drawn one digit, and said what it is."""
    settings.MIN_CONFIDENCE, settings.LABEL_AGREEMENT = 0.0, 2
    recognition.forget()
    browser = Client(**GERMAN)
    drawn = browser.post("/api/v1/drawings", SEVEN, "application/json").json()
    browser.put(f"/api/v1/drawings/{drawn['id']}/label", {"label": 7}, "application/json")
    browser.drawn = drawn
    yield browser
    recognition.forget()


def english_in(page: str) -> list[str]:
    """Texts of the catalogs that stand in a page in English: pieces of at least three words between placeholders."""
    text = " ".join(unescape(strip_tags(_without_quotes(page)) + " ".join(_attributes(page))).split())
    return sorted({piece for piece in _pieces() if piece in text})


def _without_quotes(page: str) -> str:
    """Without scripts, and without what stands there as it is in a file, a log or, of permissions, in a row."""
    page = re.sub(r'<select [^>]*name="(user_)?permissions".*?</select>', "", page, flags=re.S)
    return re.sub(r"<(script|style|pre|code)\b.*?</\1>", "", page, flags=re.S)


def _attributes(page: str) -> list[str]:
    return re.findall(rf'\b(?:{"|".join(visible_text.ATTRIBUTES)})="([^"]*)"', page)


def _pieces() -> set[str]:
    found, german = set(), ""
    for path in catalogs():
        for entry in polib.pofile(str(path)):
            german += "\n".join(said(entry)) + "\n"
            for form in asked(entry):
                found |= {" ".join(piece.split()) for piece in FIXED.split(form)[::2] if len(piece.split()) >= 3}
    return {piece for piece in found if piece not in german}


PUBLIC = ("/", "/drawings/", "/model/", "/second-opinion/", "/privacy/", "/privacy/delete/", "/rooms/", "/no/such/page")


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_says_nothing_in_english(owner, address):
    response = owner.get(address)
    assert '<html lang="de" dir="ltr">' in response.content.decode()
    assert english_in(response.content.decode()) == []


def test_the_page_of_a_drawings_life_says_nothing_in_english(owner):
    assert english_in(owner.get(owner.drawn["life"]).content.decode()) == []


def test_no_page_of_the_admin_says_something_in_english(owner):
    known, found = one_of_each(), {}
    owner.force_login(account("superuser"))
    addresses = ["/admin/"]
    for model, row in known.items():
        addresses += [f"/admin/{model}/", f"/admin/{model}/{row.pk}/change/", f"/admin/{model}/add/"]
    for address in addresses:
        if english := english_in(owner.get(address).content.decode()):
            found[address] = english
    assert found == {}


# Names, and words that are the same in German
SAME = visible_text.SAME | {
    "BLAS", "Code", "de", "Deutsch", "Dropout", "en", "English", "esc", "Live", "Name", "Numpy", "one-cycle", "people",
    "ReLU", "scratch", "Seed", "Version",
}  # fmt: skip
RELEASE = re.compile(r"\d+\.\d+\.\d+")


@pytest.mark.parametrize("address", ["life", *PUBLIC])
def test_what_a_page_says_alike_in_both_languages_is_a_name(owner, address):
    address = owner.drawn["life"] if address == "life" else address
    german, english = (owner.get(address, HTTP_ACCEPT_LANGUAGE=code).content.decode() for code in ("de", "en"))
    alike = set(visible_text.of_page(_without_quotes(german))) & set(visible_text.of_page(_without_quotes(english)))
    words = {text.strip(" ,.:") for text in alike if visible_text.LETTERS.search(text) and not RELEASE.search(text)}
    assert words - SAME == set()


def test_english_on_a_page_is_found():
    assert english_in("<p>The paper is empty: draw a digit first.</p>") == ["The paper is empty: draw a digit first."]


def test_the_description_of_the_api_says_that_it_is_english(client, db):
    page = client.get("/api/v1/docs", **GERMAN).content.decode()
    assert '<html lang="en">' in page
    assert "swagger-ui-bundle" in page


# The choice of the language


def test_the_browsers_language_is_the_pages(client):
    assert '<html lang="de"' in client.get("/", **GERMAN).content.decode()
    assert '<html lang="en"' in client.get("/", HTTP_ACCEPT_LANGUAGE="fr").content.decode()


def test_a_choice_goes_before_the_browsers_language_and_returns_to_the_page(client):
    answer = client.post("/i18n/language/", {"language": "de", "next": "/drawings/?page=2"})
    assert (answer.status_code, answer["Location"]) == (302, "/drawings/?page=2")
    assert '<html lang="de"' in client.get("/", HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_a_choice_returns_to_no_other_site(client):
    answer = client.post("/i18n/language/", {"language": "de", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_another_site_cannot_choose_the_language(client):
    answer = client.post("/i18n/language/", {"language": "de"}, HTTP_SEC_FETCH_SITE="cross-site")
    assert answer.status_code == 403
    assert site_settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_a_page_is_another_one_for_another_language(client, db):
    vary = {name.strip() for name in client.get("/model/")["Vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= vary


def test_a_page_without_a_form_of_its_own_sets_no_cookie(client, db):
    assert not client.get("/model/").cookies


def test_errors_of_the_api_are_said_in_the_visitors_language_under_the_same_code(client):
    answers = [client.get("/api/v1/drawings/7", HTTP_ACCEPT_LANGUAGE=code).json()["error"] for code in ("en", "de")]
    assert [answer["code"] for answer in answers] == ["not_found", "not_found"]
    assert [answer["message"] for answer in answers] == [
        "You have no drawing 7: GET /api/v1/drawings lists yours.",
        "Du hast keine Zeichnung 7: GET /api/v1/drawings zählt deine auf.",
    ]


def test_what_is_wrong_with_ink_is_said_in_the_visitors_language_with_its_numbers():
    with pytest.raises(ink.InkError) as caught:
        ink.parse_strokes([[[1, 1]]] * 3000, 100, 100, ink.Limits(max_strokes=2000))
    assert str(caught.value) == "strokes has 3,000 strokes, more than the 2,000 that are read: draw fewer"
    with translation.override("de"):
        assert words.of_ink(caught.value).startswith("strokes hat 3.000 Striche, mehr als die 2.000, ")


@pytest.mark.parametrize(("code", "written"), [("en", ("1,204", "94.05 %")), ("de", ("1.204", "94,05 %"))])
def test_numbers_are_written_as_the_language_has_them(code, written):
    with translation.override(code):
        assert (words.number(1204), words.percent(0.9405, 2)) == written


# The texts of the scripts


def catalog_of(client: Client) -> str:
    return re.search(r'<script src="(/i18n/[^"]+)" defer>', client.get("/model/", **GERMAN).content.decode())[1]


def test_the_scripts_texts_are_one_file_that_is_fetched_once(client, db):
    answer = client.get(catalog_of(client))
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer["Cache-Control"]
    assert answer["Vary"] == "Accept-Encoding"
    assert "Zeichne eine Ziffer, 0 bis 9." in answer.content.decode()


def test_of_another_release_the_scripts_texts_are_not_kept(client):
    answer = client.get("/i18n/de.000000000000.js")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-cache")


def test_english_needs_no_texts_and_an_unknown_language_has_none(client, db):
    assert "/i18n/en." not in client.get("/model/").content.decode()
    assert client.get("/i18n/xx.000000000000.js").status_code == 404


def test_the_same_texts_have_the_same_address():
    with translation.override("de"):
        first = languages.catalog_address()
        languages._script.cache_clear()
        assert languages.catalog_address() == first


# The command


def test_collecting_again_changes_nothing(tmp_path, settings):
    if not shutil.which("xgettext"):
        missing("GNU gettext", "apt-get install gettext")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html").write_text("{% load i18n %}{% translate 'Some words' %}")
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    (tmp_path / "locale").mkdir()
    written = []
    for _ in range(2):
        call_command("messages", root=tmp_path, verbosity=0)
        written.append((tmp_path / "locale/de/LC_MESSAGES/django.po").read_text())
    assert "Some words" in written[0]
    assert "POT-Creation-Date" not in written[0]
    assert written[0] == written[1]
