"""When the demo's versions were made, and from when to when each of them answered, in days before now.

Left out on purpose: the version that is live in the end. It is the shipped one again, which real visitors get."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """How it is trained: on so many generated digits, from the version before if it `tunes`."""

    name: str
    images: int
    epochs: int
    days_ago: float
    tunes: bool = False


@dataclass(frozen=True)
class Release:
    """`version` is a place in VERSIONS, None for the shipped one."""

    version: int | None
    days_ago: float
    reason: str
    is_rollback: bool = False


VERSIONS = (
    Version("first", images=400, epochs=3, days_ago=46.2),
    Version("second", images=1500, epochs=4, days_ago=29.1),
    Version("third", images=4000, epochs=5, days_ago=13.3),
    Version("tuned", images=0, epochs=3, days_ago=3.2, tunes=True),
)
RELEASES = (
    Release(0, 46.0, "Demo content: the first version of this site."),
    Release(1, 29.0, "Demo content: three times as many digits to learn from."),
    Release(2, 13.0, "Demo content: reads more styles."),
    Release(1, 11.0, "Demo content: to see what a roll back looks like.", is_rollback=True),
    Release(2, 8.5, "Demo content: it was better after all."),
    Release(None, 2.0, "Demo content: the shipped version answers visitors again."),
)


def live_at(days_ago: float) -> int | None:
    """Which version answered then, as a place in VERSIONS; None for the shipped one."""
    begun = [release for release in RELEASES if release.days_ago >= days_ago]
    return begun[-1].version if begun else RELEASES[0].version
