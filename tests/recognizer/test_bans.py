"""Banned shapes: what is near is hidden, at once, at submission and a little later, until they are lifted."""

import numpy as np
import pytest
from django.utils import timezone

from recognizer import bans, drawings, ink, moderation, recognition, shapes, submissions, versions
from recognizer.ink import likeness
from recognizer.models import BannedShape, Drawing, Visitor
from tests import admin_rows as rows

pytestmark = pytest.mark.django_db
SEVEN = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}
TREMBLING = {"strokes": [[[90, 21], [151, 20], [110, 131]]], "width": 200, "height": 150}
ROUND = {"strokes": [[[60, 75], [100, 20], [140, 75], [100, 130], [60, 75]]], "width": 200, "height": 150}


def stored(body: dict, visitor: Visitor | None = None) -> Drawing:
    submission = submissions.of_strokes(**body)
    return drawings.store(visitor or Visitor.objects.create(), submission, recognition.recognise(submission.seen))


@pytest.fixture(autouse=True)
def live(db):
    versions.ensure_shipped()


@pytest.fixture
def moderator():
    return rows.staff(name="mo")


def hidden(drawing: Drawing) -> str:
    return Drawing.objects.values_list("hidden_as", flat=True).get(pk=drawing.pk)


def test_what_is_near_is_hidden_and_nothing_else(moderator):
    first, same, other = stored(SEVEN), stored(TREMBLING), stored(ROUND)
    shape = bans.ban(first, "close", by=moderator, reason="rude")
    assert [hidden(one) for one in (first, same, other)] == ["banned", "banned", ""]
    assert set(shape.drawings.all()) == {first, same}


def test_what_comes_later_is_hidden_from_the_start_and_the_visitor_notices_nothing(moderator):
    bans.ban(stored(SEVEN), "close", by=moderator, reason="rude")
    visitor = Visitor.objects.create()
    later = stored(TREMBLING, visitor)
    assert hidden(later) == "banned"
    assert list(Drawing.objects.of(visitor)) == [later]
    assert hidden(stored(ROUND)) == ""


def test_what_a_blocked_visitor_draws_is_hidden_from_the_start(moderator):
    visitor = Visitor.objects.create()
    moderation.block(visitor, by=moderator)
    assert hidden(stored(ROUND, visitor)) == "blocked"


def test_a_lifted_shape_hides_nothing_any_more(moderator):
    first = stored(SEVEN)
    shape = bans.ban(first, "same", by=moderator, reason="rude")
    assert bans.lift(shape, by=moderator)
    assert not bans.lift(shape, by=moderator)
    assert hidden(first) == ""
    assert hidden(stored(SEVEN)) == ""


def test_another_shape_that_covers_it_keeps_a_drawing_hidden(moderator):
    first, second = stored(SEVEN), stored(TREMBLING)
    shape = bans.ban(first, "close", by=moderator, reason="rude")
    other = bans.ban(second, "same", by=moderator, reason="rude as well")
    bans.lift(shape, by=moderator)
    second.refresh_from_db()
    assert (second.hidden_as, second.banned_shape) == ("banned", other)


def test_a_ban_and_its_lifting_are_taken_back(moderator):
    first = stored(SEVEN)
    shape = bans.ban(first, "same", by=moderator, reason="rude")
    bans.lift(shape, by=moderator)
    lifting, banning = shape.decisions.all()
    moderation.undo(lifting, by=moderator)
    assert hidden(first) == "banned"
    moderation.undo(banning, by=moderator)
    assert hidden(first) == ""


def test_drawings_of_older_releases_get_their_fingerprints_and_are_hidden_then(moderator, settings):
    settings.FINGERPRINTS_AT_ONCE = 1
    first, old = stored(SEVEN), stored(SEVEN)
    Drawing.objects.filter(pk=old.pk).update(fingerprint=None)
    bans.ban(first, "same", by=moderator, reason="rude")
    assert hidden(old) == ""
    assert bans.guard() == 1
    old.refresh_from_db()
    assert (old.hidden_as, old.fingerprint) == ("banned", shapes.fingerprint(bytes(old.seen)))


def test_what_slipped_by_during_a_ban_is_found_a_little_later_and_looked_for_once(moderator, settings):
    settings.BAN_SWEEP_AFTER_SECONDS = 0.0
    first, slipped = stored(SEVEN), stored(SEVEN)
    shape = bans.ban(first, "same", by=moderator, reason="rude")
    Drawing.objects.filter(pk=slipped.pk).update(hidden_as="", hidden_at=None, banned_shape=None)
    assert bans.sweep() == 1
    assert hidden(slipped) == "banned"
    assert bans.sweep() == 0
    bans.lift(shape, by=moderator)
    now = timezone.now()
    Drawing.objects.filter(pk=slipped.pk).update(hidden_as="banned", hidden_at=now, banned_shape=shape)
    assert bans.sweep() == 1
    assert hidden(slipped) == ""


def test_the_preview_says_who_drew_it_and_what_people_accepted():
    version = rows.version()
    first = stored(SEVEN)
    seen = {"seen": first.seen, "fingerprint": first.fingerprint}
    rows.drawing(version, means=7, state="accepted", visitor=first.visitor)
    Drawing.objects.filter(visitor=first.visitor).update(**seen)
    stored(ROUND)
    steps = bans.preview(bytes(first.seen))
    assert [(len(step.ids), step.visitors, step.accepted) for step in steps.values()] == [(2, 1, 1)] * 3
    assert steps["same"].is_what_people_draw


@pytest.mark.parametrize("distance", sorted(shapes.DISTANCES.values()))
def test_a_fingerprint_never_puts_away_what_is_near(distance):
    rng = np.random.default_rng(5)
    base = ink.render(submissions.of_strokes(**SEVEN).strokes).image.astype(int)
    images = np.clip(base + rng.normal(0, 1, (400, 28, 28)) * rng.uniform(0, 90, (400, 1, 1)), 0, 255).astype(np.uint8)
    images[0] = base
    vectors = likeness.vectors(images)
    prints, apart = likeness.fingerprints(vectors), likeness.distances(vectors, vectors)
    near = apart[0] <= distance
    low, high = likeness.band(int(prints[0]), distance)
    assert (likeness.least_distances(int(prints[0]), prints) <= apart[0] + 1e-4).all()
    assert near.sum() > 1
    assert ((prints >= low) & (prints <= high))[near].all()


def test_a_shape_that_another_process_bans_is_known_at_the_next_submission(moderator):
    first = stored(SEVEN)
    assert hidden(stored(ROUND)) == ""  # so that this process has looked
    seen = bytes(first.seen)
    BannedShape.objects.create(seen=seen, fingerprint=shapes.fingerprint(seen), nearness="same", reason="elsewhere")
    assert hidden(stored(SEVEN)) == "banned"
