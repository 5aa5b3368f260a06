"""How a room's own version and the live one do on what neither has met, for the room's page.

Left out on purpose: the contest in full (`contest.py`)."""

from recognizer.models import Room


def of(room: Room) -> None:
    """None while the room has no version of its own."""
    return
