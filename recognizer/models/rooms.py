"""Rooms: a teacher's class that draws together for a while, and who is in it.

Left out on purpose: how somebody joins, leaves and is found again, which is `recognizer.rooms`; and names, since a
member has none but a colour and an animal that follow from the number."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognizer.models.visitors import Visitor


class RoomQuerySet(models.QuerySet):
    def there(self) -> "RoomQuerySet":
        """Those that are neither deleted nor about to be."""
        return self.filter(state__in=Room.THERE)


class Room(models.Model):
    """A class with a code. Once it is deleted its row stays, without code, name and words: that it was, and when."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        DELETING = "deleting", _("being deleted")
        DELETED = "deleted", _("deleted")

    THERE = (State.OPEN, State.CLOSED)

    code = models.CharField(_("code"), max_length=6, unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    welcome = models.TextField(_("welcome"), max_length=500, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="rooms", verbose_name=_("owner")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    # What its members are answered by; the live version without one.
    version = models.ForeignKey(
        "recognizer.ModelVersion", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("version")
    )
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # By its teacher; what members draw and when they join says the rest.
    used_at = models.DateTimeField(_("last used"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True, help_text="When it was said that it will be deleted.")
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("deleted by")
    )
    gone = models.JSONField(default=dict, blank=True, help_text="How much was deleted with it, by what it was.")

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("run_room", "Can make rooms and run them: review, train and delete in the own ones")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "closed"], code__isnull=False)
                | Q(state__in=["deleting", "deleted"], code__isnull=True),
                name="room_has_a_code_while_it_is_there",
            ),
            models.CheckConstraint(
                condition=~Q(state="deleted") | Q(name="", welcome="", deleted_at__isnull=False),
                name="room_keeps_nothing_once_deleted",
            ),
        ]

    def __str__(self) -> str:
        return self.name or gettext("room %(number)d") % {"number": self.pk}

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def deleted_on(self) -> datetime | None:
        """When it will be deleted as forgotten, once that was announced."""
        return self.announced_at and self.announced_at + timedelta(days=settings.ROOM_NOTICE_DAYS)


class MembershipQuerySet(models.QuerySet):
    def present(self) -> "MembershipQuerySet":
        return self.filter(left_at=None)


class Membership(models.Model):
    """That a visitor is in a room, or was. `number` counts the room's members; nothing else tells who it is."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships")
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="memberships")
    number = models.PositiveIntegerField()
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    shared_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the room may be shown the drawings, without a name."
    )
    held_out_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the drawings measure the room's versions and train none."
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["room", "number"]
        constraints = [
            models.UniqueConstraint(fields=["room", "visitor"], name="member_once"),
            models.UniqueConstraint(fields=["room", "number"], name="member_number_once"),
            models.UniqueConstraint(fields=["visitor"], condition=Q(left_at=None), name="member_of_one_room"),
        ]

    def __str__(self) -> str:
        return gettext("member %(number)d of %(room)s") % {"number": self.number, "room": self.room}
