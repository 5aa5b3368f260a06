"""The door through which versions go live: what passed the gate goes through, the rest needs a reason, which is kept.

Left out on purpose: how a version is made live (`versions.py`), which the site's own fallbacks use without asking."""

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from recognizer import advice, versions
from recognizer.models import Deployment, ModelVersion
from recognizer.told import told
from recognizer.words import commas

LONGEST_REASON = Deployment._meta.get_field("override").max_length
LONGEST_VERDICT = Deployment._meta.get_field("verdict").max_length


class NeedsOverride(versions.VersionError):
    """The gate says no or knows nothing, and no reason was given to go on all the same."""


def release(
    version: ModelVersion, *, by: AbstractBaseUser | None = None, reason: str = "", override: str = ""
) -> Deployment:
    """Make a version live if the gate lets it, or because of `override`, a reason that stays in the history.

    Raises NeedsOverride, and VersionError if its file does not load, it is live already, what it was compared with is
    live no more, or the reason is too long."""
    _check_length(reason or override)
    said = advice.of(version)
    stands = {"verdict": said.words[:LONGEST_VERDICT], "instead_of": said.stands_for}
    if said.passed or version.deployments.filter(is_live=True).exists():  # the latter is refused in its own words
        return versions.promote(version, by=by, reason=reason or override, **stands)
    if not override.strip():
        versions.check(version)
        raise NeedsOverride(_("%(words)s To promote it all the same, give a reason.") % {"words": told(said.words)})
    return versions.promote(version, by=by, reason=reason or override, override=override, **stands)


def _check_length(reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        raise versions.VersionError(
            _("Give a reason of 1 to %(most)s characters, not of %(reason)s.")
            % {"most": LONGEST_REASON, "reason": commas(len(reason))}
        )
