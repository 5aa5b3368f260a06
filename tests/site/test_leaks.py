"""What is one visitor's is in nobody else's answer, whatever the address and the method: nothing of what was drawn, no
number of the visitor, no cookie.

Staff see drawings in the admin, which is what their roles are for; a cookie or its hash nobody sees. Left out on
purpose: what a visitor allows others to see, which test_consent.py has."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator

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
from training.models import Export

pytestmark = pytest.mark.django_db

STROKES = {
    "strokes": [[[31.40625, 20.28125], [151.40625, 21.71875], [110.15625, 131.65625]]],
    "width": 200,
    "height": 150,
}
SEES_DRAWINGS = {"viewer", "reviewer", "trainer", "exporter", "releaser", "superuser"}
OUTSIDE = ("stranger", "owner", "other", "forged cookie", "expired cookie")


class People:
    """Browsers of every kind, and what is the owner's secret, as answers could say it."""

    def __init__(self) -> None:
        self.rows = one_of_each()
        number_from(type(self.rows["recognizer/visitor"]), FIRST_VISITOR)
        self.browsers = {kind: Client(REMOTE_ADDR=ADDRESS) for kind in OUTSIDE}
        self.own = self._draw("owner")
        self._draw("other")
        self.browsers["forged cookie"].cookies["visitor"] = "A" * 43
        self._draw("expired cookie")
        Drawing.objects.get(pk=self._draw("expired cookie")).visitor.delete()
        for role in ROLES[1:]:
            self.browsers[role] = Client()
            self.browsers[role].force_login(account(role))
        self.secrets, self.drawn = self._never(), self._drawn()

    def _draw(self, kind: str) -> int:
        answer = self.browsers[kind].post("/api/v1/drawings", STROKES, "application/json")
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
            "address of its life": lives.address(drawing).encode(),
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
        yield address.replace("*", str(self.own))
        yield address.replace("*", str(Drawing.objects.get(pk=self.own).visitor_id))
        if row := self.rows.get("/".join(parts[1:3])):
            yield address.replace("*", str(row.pk))


@pytest.fixture
def people(settings, tmp_path) -> Iterator[People]:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR, settings.MIN_CONFIDENCE, settings.LABEL_AGREEMENT = folder, 0.0, 2
    recognition.forget()
    yield People()
    recognition.forget()


@pytest.fixture
def answers(people) -> list[Asked]:
    return list(leaks.ask_all(people.browsers, people.fill))


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


def test_no_answer_has_what_is_somebody_elses(people, answers, capsys):
    found = [line for asked in answers for line in leaked(people, asked)]
    paths, kinds = {asked.path for asked in answers}, {asked.kind for asked in answers}
    with capsys.disabled():
        print(
            f"\n{len(answers):,} requests: {len(paths)} addresses x {len(leaks.METHODS)} methods x {len(kinds)} kinds of "
            f"visitors; leaks: {len(found)}"
        )
    assert found == []


def test_no_answer_is_an_error_of_the_site(answers):
    broken = [f"{asked.method} {asked.path} by {asked.kind}" for asked in answers if asked.status >= 500]
    assert broken == []


def test_the_owner_and_the_reviewers_are_shown_what_the_others_are_not(people, answers):
    """Else nothing would be proved by its not being found."""
    seen = Counter((name, asked.kind) for asked in answers for name, one in people.drawn.items() if one in asked.answer)
    assert {name for name, kind in seen if kind == "owner"} >= {"strokes", "path", "seen image", "address of its life"}
    assert {name for name, kind in seen if kind == "reviewer"} >= {"visitor's number"}


def test_what_is_somebodys_own_is_kept_in_no_cache(people, answers):
    own = [asked for asked in answers if any(one in asked.answer for one in people.drawn.values())]
    kept = [
        f"{asked.method} {asked.path}" for asked in own if asked.status == 200 and "no-store" not in asked.cache_control
    ]
    assert len(own) > 20
    assert set(kept) == set(), "these need Cache-Control: no-store"


def test_every_kind_of_visitor_asked(people, answers):
    assert {asked.kind for asked in answers} == {*OUTSIDE, *ROLES[1:]}
    assert Export.objects.exists()
