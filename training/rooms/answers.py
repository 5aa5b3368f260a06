"""Who answers in a room, and how that version does beside the other, for the room's page.

Left out on purpose: the contest in full, which is on the teacher's desk."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from recognizer import versions
from recognizer.models import Room
from training.rooms import contest
from training.rooms.contest import Side


@dataclass(frozen=True)
class Answers:
    """`sentences` for the page, `rows` the two versions on what neither has met, none while there is nothing."""

    sentences: list[str]
    rows: list[Side]


def of(room: Room) -> Answers | None:
    """None for a room that has no version of its own: there is nothing to say."""
    newest = room.version or room.versions.filter(weights_removed_at=None).order_by("-number").first()
    if newest is None:
        return None
    try:
        found = contest.of(room, newest)
    except versions.VersionError:
        return None
    words = _("This room answers with the live version, as the whole site does.")
    if room.version_id:
        words = _("This room answers with its own version %(number)d, which learned from its drawings.")
    said = [words % {"number": newest.number}, found.sentence]
    return Answers(said, found.rows if found.paired.n else [])
