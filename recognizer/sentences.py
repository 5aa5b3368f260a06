"""Patterns of the sentences that this app writes into rows, for `told` to find them again.

Left out on purpose: what people type as their reason."""

from django.utils.translation import gettext_noop as _

STORED = (
    # Names of rows inside sentences
    _("version %(number)s"),
    _("Version %(number)s"),
    _("demo version %(number)s"),
    _("Demo version %(number)s"),
    _("drawing %(number)s"),
    _("nothing"),
    _("no digit"),
    _("not a digit"),
    # Why a label is looked at soon
    _("the network has no answer"),
    _("the network read no digit"),
    _("the network read %(digit)s with %(share)s"),
    _("the network was unsure: %(share)s"),
    _("visitors say: %(list)s"),
    _("visitors say: %(list)s; %(others)s could not tell"),
    _("%(digit)s (%(voices)s)"),
    # Why something was decided
    _("in the review queue"),
    _("in one click"),
    # What stands for the gate where it was not asked
    _("Nothing is live that it could be compared with."),
    _("%(version)s is live."),
    # Kept with releases of earlier days, when the gate let through whatever is shipped
    _("It is shipped with the project and needs no gate."),
    _("It is shipped with the project and needs no gate. %(words)s"),
    _("%(version)s has not been compared with %(live)s, which is live."),
)
