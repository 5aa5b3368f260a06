from datetime import timedelta

import numpy as np
import pytest
from django.core.files.storage import Storage
from django.utils import timezone

from recognizer import asking, bans, drawings, erasing, opinions, recognition, shapes, tokens, visitors, voices
from recognizer.deletion import Deleter
from recognizer.models import BannedShape, Decision, Drawing, Label, LabelVote, Visitor
from tests import admin_rows as rows
from tests.recognizer.conftest import SEVEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(shipped):
    return rows.version()


def somebody(**fields) -> Visitor:
    return Visitor.objects.create(**fields)


def drawn(by: Visitor, live, count: int = 1, **fields) -> list[Drawing]:
    return [rows.drawing(live, visitor=by, **fields) for _ in range(count)]


def test_one_with_few_drawings_is_gone_at_once_and_the_others_stay(live):
    me, other = somebody(), somebody()
    drawn(me, live, 3)
    kept = drawn(other, live, 2)
    assert erasing.erase(me) == 0
    assert list(Visitor.objects.all()) == [other]
    assert set(Drawing.objects.all()) == set(kept)


def test_what_is_too_much_for_a_request_is_hidden_at_once_and_goes_by_the_task(live, settings):
    settings.ERASE_AT_ONCE = 2
    me = somebody(key_hash="k" * 64, shared_at=timezone.now())
    drawn(me, live, 5, means=7, state="accepted")
    assert erasing.erase(me, seconds=0.0) == 3
    me.refresh_from_db()
    assert (me.key_hash, me.shared_at) == (None, None)
    assert not Drawing.objects.visible().exists()
    assert erasing.go_on(seconds=60.0) == 1
    assert not Visitor.objects.exists()
    assert not Drawing.objects.exists()


def test_it_goes_on_where_a_crash_left_it(live, settings, monkeypatch):
    settings.ERASE_AT_ONCE = 2
    me = somebody()
    drawn(me, live, 5)
    delete_many, calls = drawings.delete_many, []

    def crashing(*args, **options):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return delete_many(*args, **options)

    monkeypatch.setattr(drawings, "delete_many", crashing)
    with pytest.raises(KeyboardInterrupt):
        erasing.erase(me, seconds=60.0)
    assert Drawing.objects.count() == 3
    assert erasing.go_on(seconds=60.0) == 1
    assert not Visitor.objects.exists()


def test_a_row_stays_hidden_until_its_file_can_be_deleted(live, monkeypatch):
    me = somebody()
    drawing = drawn(me, live, upload=True)[0]
    storage = Drawing._meta.get_field("upload").storage

    def fail(name: str) -> None:
        raise OSError("the storage is away")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "delete", fail)
        erasing.begin(me)
        assert erasing.go_on(seconds=60.0) == 0
        assert Drawing.objects.filter(pk=drawing.pk).exists()
        assert not Drawing.objects.staying().exists()
    assert erasing.go_on(seconds=60.0) == 1
    assert isinstance(storage, Storage)
    assert not storage.exists(drawing.upload.name)


def test_beginning_twice_is_beginning_once(live):
    me = somebody()
    assert erasing.begin(me) is True
    assert erasing.begin(me, by=Deleter.ADMIN) is False
    me.refresh_from_db()
    assert me.erasing_by == Deleter.VISITOR


def test_opinions_go_and_the_doubt_that_they_cast_goes_too(live, settings, monkeypatch):
    settings.LABEL_AGREEMENT, settings.AGREEMENT_RECORD_ANSWERS = 2, 0
    me, other = somebody(), somebody(shared_at=timezone.now())
    contradicted = drawn(other, live, means=7)[0]
    opinions.vote(me, asking.ticket(me, contradicted), 3)
    assert voices.MARK in "".join(Label.objects.get().doubts)
    erasing.erase(me)
    assert not LabelVote.objects.exists()
    assert Label.objects.get().doubts == []


def test_how_far_it_has_come_is_told_to_who_has_the_address(live):
    me = somebody()
    drawn(me, live, 2)
    token = erasing.address_token(me)
    erasing.begin(me)
    assert erasing.left(token) == 2
    erasing.go_on(seconds=60.0)
    assert erasing.left(token) is None
    with pytest.raises(tokens.TokenError):
        erasing.left(token[:-1])


def test_nobody_is_deleted_for_staying_away_unless_there_is_a_rule(live, settings):
    settings.INACTIVE_VISITOR_DAYS = 0
    somebody(created_at=timezone.now() - timedelta(days=10_000))
    assert erasing.begin_with_inactive() == 0


def test_the_rule_takes_those_who_neither_drew_nor_said_anything_for_so_long(live, settings):
    settings.INACTIVE_VISITOR_DAYS = 365
    long_ago = timezone.now() - timedelta(days=400)
    away, back, imported = (somebody(created_at=long_ago, imported_as=name) for name in ("", "", "pens"))
    drawn(away, live, created_at=long_ago)
    drawn(back, live)
    assert erasing.begin_with_inactive() == 1
    assert [visitor.pk for visitor in Visitor.objects.going()] == [away.pk]
    assert imported.erasing_at is None


def alike(*rows_of: Drawing) -> None:
    """Let the network have seen the same stroke in all of them."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 255
    seen = image.tobytes()
    ids = [drawing.pk for drawing in rows_of]
    Drawing.objects.filter(pk__in=ids).update(seen=seen, fingerprint=shapes.fingerprint(seen))
    for drawing in rows_of:
        drawing.refresh_from_db()


def ban(drawing: Drawing, user) -> BannedShape:
    return bans.ban(drawing, "same", by=user, reason="spam")


def test_a_ban_goes_with_the_only_drawing_of_its_shape(live):
    user = rows.staff()
    shape = ban(drawn(somebody(), live)[0], user)
    erasing.erase(shape.visitor)
    assert not BannedShape.objects.exists()
    kept = Decision.objects.get()
    assert (kept.kind, kept.by, kept.reason, kept.shape) == ("ban", user, "", None)


def test_a_ban_is_carried_on_by_another_visitors_drawing_of_the_shape(live):
    me, other = somebody(), somebody()
    mine, theirs = drawn(me, live)[0], drawn(other, live)[0]
    alike(mine, theirs)
    shape = ban(mine, rows.staff())
    erasing.erase(me)
    shape.refresh_from_db()
    assert (shape.drawing, shape.visitor) == (theirs, other)
    assert Drawing.objects.get().banned_shape == shape


def test_a_ban_whose_drawing_staff_deleted_goes_with_its_visitor(live):
    me = somebody()
    drawing = drawn(me, live)[0]
    ban(drawing, rows.staff())
    drawings.delete(drawing, by=Deleter.ADMIN)
    assert BannedShape.objects.filter(drawing=None, visitor=me).exists()
    erasing.erase(me)
    assert not BannedShape.objects.exists()


def test_a_visitor_who_deletes_the_banned_drawing_takes_its_picture_out_of_the_ban(live):
    drawing = drawn(somebody(), live)[0]
    ban(drawing, rows.staff())
    drawings.delete(drawing)
    assert not BannedShape.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [True, False])
def test_a_drawing_that_arrives_while_its_visitor_is_deleted_is_refused_in_words(visitor, monkeypatch, is_known):
    visitor.draw()
    if not is_known:
        visitors.start_again()
    answer = recognition.recognise

    def and_then_erase(*args):
        found = answer(*args)
        erasing.erase(Visitor.objects.get())
        return found

    monkeypatch.setattr(recognition, "recognise", and_then_erase)
    refused = visitor.send("drawings", SEVEN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "deleted")
    assert (Drawing.objects.count(), Visitor.objects.count()) == (0, 0)
    monkeypatch.undo()
    assert visitor.send("drawings", SEVEN).status_code == 201
