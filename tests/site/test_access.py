"""Every address, method and list action of the admin, asked by every role, against the table of access_matrix.py.

The addresses come from the URL configuration, so that a new one fails here until its line is in the table."""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from recognizer import recognition
from tests.site.access_matrix import ACTIONS, BODIES, DESK, DESKS, ROLES, SETS, TABLE
from tests.site.access_rows import account, one_of_each
from tests.training.making import weights_file

pytestmark = pytest.mark.slow

PARAMETER = re.compile(r"<[^>]+>")
APP, ANYTHING = r"^(?P<app_label>", r"(?P<url>.*)$"
TO_LOGIN, REFUSED = "302 to the login", 403
LINE = """
No line for this address of the admin. Put it into TABLE of tests/site/access_matrix.py, with who may GET and POST it:
{address:<48}viewers                 405"""


class Cell:
    """What each role is answered, as a cell of the table says it; `usual` is the status of whom it lets in."""

    def __init__(self, text: str, *, usual: int) -> None:
        self.answers: dict[str, int | str] = {}
        for part in text.split(","):
            names, _, status = part.partition("=")
            names, status = ("staff", names) if names.isdecimal() else (names, status)
            for role in _roles(names):
                self.answers.setdefault(role, int(status or usual))
        self.let_in = {role for role, status in self.answers.items() if status != 405}
        for role in ROLES:
            self.answers.setdefault(role, TO_LOGIN if role in ("anonymous", "visitor") else REFUSED)


def _roles(names: str) -> set[str]:
    roles = {role for name in names.split("+") for role in (*SETS.get(name, (name,)), *SETS["superuser"])}
    assert roles <= set(ROLES), f"{names!r} names no role of {', '.join((*SETS, *ROLES))}"
    return set() if names == "nobody" else roles


def lines(text: str) -> Iterator[tuple[str, str, str]]:
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            *address, get, post = line.split()
            yield "".join(address), get, post


def table() -> dict[str, tuple[Cell, Cell]]:
    """By address: the cells of GET and of POST."""
    desks = [(f"{desk}{rest}", get, post) for desk in DESKS.split() for rest, get, post in lines(DESK)]
    return {address: (Cell(get, usual=200), Cell(post, usual=302)) for address, get, post in [*desks, *lines(TABLE)]}


def addresses() -> Iterator[str]:
    """Every address below /admin/, as the table writes it."""
    resolver = next(part for part in get_resolver().url_patterns if getattr(part, "app_name", "") == "admin")
    yield from sorted(set(_below(resolver, "")))


def _below(part: URLResolver | URLPattern, before: str) -> Iterator[str]:
    for pattern in part.url_patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern, before + route)
        elif route.startswith(APP):
            yield f"{before}APP/"
        else:
            yield before + ("ANYTHING" if route == ANYTHING else PARAMETER.sub("*", route))


EXPECTED, ADDRESSES = table(), list(addresses())
NOBODY = Cell("nobody", usual=200)


class Desk:
    """The admin with a row of each model, and a browser of each role."""

    def __init__(self) -> None:
        self.rows = one_of_each()
        self.users = {role: account(role) for role in ROLES}
        self.sessions = {role: _session(user) if user else {} for role, user in self.users.items()}

    def client(self, role: str, **options: bool) -> Client:
        """A browser of somebody in this role."""
        client = Client(**options)
        client.cookies.load(self.sessions[role])
        return client

    def path(self, address: str) -> str:
        special = {"APP/": "recognizer/", "ANYTHING": "no/such/page"}
        if address == "r/*/*/":
            drawing = self.rows["recognizer/drawing"]
            return f"/admin/r/{ContentType.objects.get_for_model(drawing).pk}/{drawing.pk}/"
        row = self.rows.get("/".join(address.split("/")[:2]))
        assert row or "*" not in address, f"{address} needs a row of its model: make one in tests/site/access_rows.py"
        return f"/admin/{special.get(address, address).replace('*', str(row.pk) if row else '')}"

    def ask(self, role: str, method: str, path: str, body: dict | None = None) -> int | str:
        """The answer, and everything as it was before."""
        send = {"GET": lambda client: client.get(path), "POST": lambda client: client.post(path, body or {})}
        with transaction.atomic():
            response = send.get(method, lambda client: client.generic(method, path))(self.client(role))
            transaction.set_rollback(True)
        is_login = response.status_code == 302 and response.url.startswith("/admin/login/")
        return TO_LOGIN if is_login else response.status_code


def _session(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.fixture
def desk(db, settings, tmp_path) -> Iterator[Desk]:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR = folder
    recognition.forget()
    yield Desk()
    recognition.forget()


def body_for(address: str) -> dict[str, str]:
    return BODIES.get(address) or BODIES.get(re.sub(r".*/\*/", "*/", address), {})


def parts() -> list[str]:
    """The desks, and "" for what is none's: making the rows anew for each address would take minutes."""
    return sorted({_part(address) for address in ADDRESSES})


def _part(address: str) -> str:
    is_of_a_desk = address.startswith(("auth/", "recognizer/", "training/"))
    return "/".join(address.split("/")[:2]) if is_of_a_desk else ""


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_has_a_line_in_the_table(address):
    assert address in EXPECTED, LINE.format(address=address)


def test_every_line_of_the_table_is_an_address():
    assert set(EXPECTED) - set(ADDRESSES) == set(), "these lines of tests/site/access_matrix.py lead nowhere"


@pytest.mark.parametrize("part", parts())
def test_each_role_is_answered_as_the_table_says(desk, part):
    wrong = [line for address in ADDRESSES if _part(address) == part for line in _differences(desk, address)]
    assert wrong == [], "\n".join(wrong)


def _differences(desk: Desk, address: str) -> Iterator[str]:
    path, body = desk.path(address), body_for(address)
    for method, cell in zip(("GET", "POST"), EXPECTED.get(address, (NOBODY, NOBODY)), strict=True):
        for role in ROLES:
            answer = desk.ask(role, method, path, body)
            if answer != cell.answers[role]:
                yield f"{method} {address} by {role}: {answer}, and the table says {cell.answers[role]}"


def test_no_other_method_lets_in_whom_get_and_post_refuse(desk):
    for address in ADDRESSES:
        let_in = {role for cell in EXPECTED.get(address, (NOBODY, NOBODY)) for role in cell.let_in}
        for role in {"anonymous", "staff"} - let_in:
            for way in ("HEAD", "PUT", "PATCH", "DELETE"):
                answer = desk.ask(role, way, desk.path(address))
                assert answer in (TO_LOGIN, REFUSED, 404, 405), f"{way} {address} by {role}"


def test_who_signs_in_without_having_asked_for_a_page_is_led_to_the_dashboard(db, client):
    User.objects.create_user("ada", password="a long enough word", is_staff=True)
    answer = client.post("/admin/login/", {"username": "ada", "password": "a long enough word"})
    assert (answer.status_code, answer.url) == (302, "/admin/")


def test_nothing_is_sent_without_the_token_against_forgery(desk):
    client = desk.client("superuser", enforce_csrf_checks=True)
    sent = [address for address in ADDRESSES if "superuser" in EXPECTED.get(address, (NOBODY, NOBODY))[1].let_in]
    taken = [address for address in sent if client.post(desk.path(address), body_for(address)).status_code != 403]
    assert taken == []


LISTED = {(of, name): Cell(who, usual=302) for of, name, who in map(str.split, ACTIONS.strip().splitlines())}


def actions() -> Iterator[tuple[str, str, ModelAdmin]]:
    """Every action that a list could offer: the list's address, the action, and what shows it."""
    for model, shown in admin.site._registry.items():
        for _, name, _ in shown._get_base_actions():
            yield f"{model._meta.app_label}/{model._meta.model_name}", name, shown


def test_each_role_may_use_the_actions_of_lists_as_the_table_says(desk):
    for of, action, _ in actions():
        body = {"action": action, "_selected_action": desk.rows[of].pk}
        answers = {role: desk.ask(role, "POST", f"/admin/{of}/", body) for role in ROLES}
        assert answers == LISTED.get((of, action), NOBODY).answers, f"{action} at {of}"


def test_each_role_is_offered_the_actions_that_it_may_use(desk):
    request = RequestFactory().get("/admin/")
    for of, action, shown in actions():
        for role in SETS["staff"]:
            request.user = desk.users[role]
            may = role in LISTED.get((of, action), NOBODY).let_in
            said = f"{action} at {of} by {role}: mend it, or ACTIONS of tests/site/access_matrix.py"
            assert (action in shown.get_actions(request)) == may, said


def test_every_action_of_the_table_is_one_of_a_list():
    known = {(of, name) for of, name, _ in actions()}
    assert set(LISTED) - known == set(), "these lines of ACTIONS in tests/site/access_matrix.py lead nowhere"
