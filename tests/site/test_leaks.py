"""What is one visitor's is in nobody else's answer, whatever the address and the method: nothing of what was drawn, no
number of the visitor, no cookie.

Staff see drawings in the admin, which is what their roles are for; a cookie or its hash nobody sees. `make slow` has
everybody ask everything by every method, which takes minutes. `make test` asks every address too, but thinly:

    outside of the admin    GET as every kind of visitor; the other methods as another visitor
    in the admin            GET as the owner, who is no staff, as staff without any right, and as a superuser, who is
                            shown all that anybody is; POST as staff without any right

Left out on purpose: what a visitor allows others to see, which test_consent.py has."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from recognizer import lives, recognition
from recognizer.models import Drawing, VisitorAddress
from tests.site import leaks
from tests.site.access_matrix import ROLES
from tests.site.access_rows import account, one_of_each
from tests.site.everything import ADDRESS, FIRST_VISITOR, number_from
from tests.site.leaks import Asked
from tests.training.making import weights_file

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

INK = [[[31.40625, 20.28125], [151.40625, 21.71875], [110.15625, 131.65625]]]
OTHERS_ADDRESS = "203.0.113.78"
OTHERS_INK = [[[60, 30], [60, 170]], [[100, 40], [140, 160]]]
STROKES = {"strokes": INK, "width": 200, "height": 200}
SEES_DRAWINGS = {"viewer", "reviewer", "trainer", "exporter", "releaser", "superuser"}
OUTSIDE = ("stranger", "owner", "other", "forged cookie", "expired cookie")
EVERYBODY = {*OUTSIDE, *ROLES[1:]}


def everything(kind: str, method: str, path: str) -> bool:
    return True


def thinly(kind: str, method: str, path: str) -> bool:
    if path.startswith("/admin/"):
        return kind in {"GET": ("owner", "staff", "superuser"), "POST": ("staff",)}.get(method, ())
    return kind in (*OUTSIDE, "staff", "superuser") if method == "GET" else kind == "other"


class People:
    """Browsers of every kind, and what is the owner's secret, as answers could say it."""

    def __init__(self) -> None:
        self.rows = one_of_each()
        number_from(type(self.rows["recognizer/visitor"]), FIRST_VISITOR)
        self.browsers = {kind: Client(REMOTE_ADDR=OTHERS_ADDRESS) for kind in OUTSIDE}
        self.browsers["owner"] = Client(REMOTE_ADDR=ADDRESS)
        self.own = self._draw("owner")
        self._draw("other")
        self.browsers["forged cookie"].cookies["visitor"] = "A" * 43
        Drawing.objects.get(pk=self._draw("expired cookie")).visitor.delete()
        for role in ROLES[1:]:
            self.browsers[role] = Client()
            self.browsers[role].force_login(account(role))
        self.secrets, self.drawn = self._never(), self._drawn()

    def _draw(self, kind: str) -> int:
        body = STROKES if kind == "owner" else STROKES | {"strokes": OTHERS_INK}
        answer = self.browsers[kind].post("/api/v1/drawings", body, "application/json")
        return answer.json()["id"]

    def _never(self) -> dict[str, bytes]:
        """What nobody else sees, staff neither."""
        visitor = Drawing.objects.get(pk=self.own).visitor
        return {
            "cookie": self.browsers["owner"].cookies["visitor"].value.encode(),
            "cookie's hash": visitor.key_hash.encode(),
            "address": ADDRESS.encode(),
            "address hash": VisitorAddress.objects.get(visitor=visitor).address_hash.encode(),
        }

    def _drawn(self) -> dict[str, bytes]:
        """What nobody sees from outside: the ink, as numbers, as a path and as the network saw it; whose it is."""
        drawing = Drawing.objects.get(pk=self.own)
        shown = self.browsers["owner"].get(f"/api/v1/drawings/{self.own}").json()
        page = self.browsers["owner"].get("/drawings/").content.decode()
        path = re.search(r'<path d="(M[^"]{20,})"/></svg>\s*\n\s*</div>', page)[1]
        return {
            "visitor's number": str(drawing.visitor_id).encode(),
            "strokes": b"151.40625",
            "path": path.encode(),
            "seen image": shown["seen"].encode(),
            "seen pixels": b64encode(bytes(drawing.seen)),
            "address of its life": lives.address(drawing.pk).encode(),
        }

    def fill(self, address: str) -> Iterator[str]:
        """The address with the owner's numbers in it, and that of whatever row it is about."""
        if "*" not in address:
            yield address
            return
        parts = address.strip("/").split("/")
        if parts[:2] == ["admin", "r"]:
            kind = ContentType.objects.get_for_model(Drawing).pk
            yield f"/admin/r/{kind}/{self.own}/"
            return
        mine = {"recognizer/drawing": self.own, "recognizer/visitor": Drawing.objects.get(pk=self.own).visitor_id}
        about, row = "/".join(parts[1:3]), self.rows.get("/".join(parts[1:3]))
        yield address.replace("*", str(mine.get(about, row.pk if row else self.own)))


@pytest.fixture
def people(settings, tmp_path) -> Iterator[People]:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR, settings.MIN_CONFIDENCE, settings.LABEL_AGREEMENT = folder, 0.0, 2
    recognition.forget()
    yield People()
    recognition.forget()


def leaked(people: People, asked: Asked) -> Iterator[str]:
    """What stands in an answer that its reader must not see."""
    needles = dict(people.secrets)
    if asked.kind not in SEES_DRAWINGS:
        needles |= people.drawn
    if asked.kind == "owner":
        # Their own, all but what is no cookie's business to say again.
        needles = {name: needles[name] for name in ("cookie's hash", "address")}
    for name, one in needles.items():
        # An address that was asked for stands in answers about it, and tells who asked nothing new.
        if one in asked.answer.replace(asked.path.encode(), b""):
            yield f"{asked.method} {asked.path} by {asked.kind} ({asked.status}): {name}"


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [(thinly, {*OUTSIDE, "staff", "superuser"}), pytest.param(everything, EVERYBODY, marks=pytest.mark.slow)],
    ids=["thinly", "everything"],
)
def test_no_answer_has_what_is_somebody_elses(people, capsys, wanted: Callable[[str, str, str], bool], kinds):
    """One test for all that is said of the answers: asking takes its time."""
    answers = list(leaks.ask_all(people.browsers, people.fill, wanted=wanted))
    found = [line for asked in answers for line in leaked(people, asked)]
    paths = {asked.path for asked in answers}
    with capsys.disabled():
        of = f"{len(paths)} addresses, {len(leaks.METHODS)} methods, {len(kinds)} kinds of visitors"
        print(f"\n{len(answers):,} requests ({of}); leaks: {len(found)}")
    assert {asked.kind for asked in answers} == kinds
    assert len(paths) >= len(set(leaks.addresses()))
    broken = {f"{asked.method} {asked.path} by {asked.kind}" for asked in answers if asked.status in (500, 501, 502)}
    problems = {"leaks": found, "errors of the site": broken, "without no-store": kept_in_caches(people, answers)}
    assert {name: lines for name, lines in problems.items() if lines} == {}
    check_that_it_would_be_found(people, answers)


def check_that_it_would_be_found(people: People, answers: list[Asked]) -> None:
    """The owner and roles are shown what the others are not: else its not being found would prove nothing."""
    seen = {(name, asked.kind) for asked in answers for name, one in people.drawn.items() if one in asked.answer}
    assert {name for name, kind in seen if kind == "owner"} >= {"strokes", "path", "seen image", "address of its life"}
    kinds = {asked.kind for asked in answers}
    assert {kind for name, kind in seen if name == "visitor's number"} >= SEES_DRAWINGS & kinds


def kept_in_caches(people: People, answers: list[Asked]) -> set[str]:
    """The addresses whose answers have something of the owner's, and which a cache may keep."""
    own = [asked for asked in answers if any(one in asked.answer for one in people.drawn.values())]
    shown = {asked.path for asked in own if asked.status == 200}
    assert shown >= {
        "/drawings/",
        "/api/v1/drawings",
        f"/api/v1/drawings/{people.own}",
        "/api/v1/me/export",
        "/admin/recognizer/drawing/",
        f"/admin/recognizer/drawing/{people.own}/change/",
        f"/admin/recognizer/visitor/{Drawing.objects.get(pk=people.own).visitor_id}/change/",
    }
    return {asked.path for asked in own if asked.status == 200 and "no-store" not in asked.cache_control}
