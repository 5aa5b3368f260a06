"""Says that drawings or visitors are about to go, so that whoever keeps something made of them can let go of it too.

Left out on purpose: deleting. Rows go through `DrawingQuerySet.delete`, whoever asks for it."""

from django.db.models import TextChoices
from django.dispatch import Signal
from django.utils.translation import gettext_lazy

drawings_go = Signal()
"""Sent in the transaction that deletes them, before they go: `ids`, a list of int, and `by`, a Deleter. What a receiver
raises keeps the drawings."""

visitors_go = Signal()
"""Sent in the transaction that deletes visitors, when their drawings are gone already: `ids`, a list of int. What a
receiver raises keeps the visitors, and they are tried again."""

visitors_gone = Signal()
"""Sent once visitors are deleted, after the commit, for what is to be looked through then: copies, places, caches."""


class Deleter(TextChoices):
    """Who deleted a drawing: its visitor, or somebody of the site."""

    VISITOR = "visitor", gettext_lazy("the visitor")
    ADMIN = "admin", gettext_lazy("an admin")
    UNKNOWN = "unknown", gettext_lazy("somebody past the site")
