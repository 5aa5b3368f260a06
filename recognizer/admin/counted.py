"""The drawings that the dashboard counts: on or after a day, not hidden, and of the site rather than of a room or, for
real versions, of the demo. Its figures link here.

Left out on purpose: a choice of days. Only an address names one."""

from datetime import date, datetime, time

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from recognizer.models import Label, Room, Visitor
from recognizer.words import dated


class CountedFilter(DropdownFilter):
    """Offers the day that its address names, and nothing without one; a mistyped day counts as none."""

    title = gettext_lazy("counted on the dashboard")
    parameter_name = "counted"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        day = _day(request.GET.get(self.parameter_name, ""))
        return [(day.isoformat(), _("since %(day)s, none hidden") % {"day": dated(day, "day")})] if day else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        day = _day(self.value() or "")
        if day is None:
            return queryset
        since = timezone.make_aware(datetime.combine(day, time.min))
        rows = queryset.filter(hidden_as="", created_at__gte=since).exclude(version=None)
        # Most sites have neither, and a million rows to join for it
        if Visitor.objects.filter(is_demo=True).exists():
            rows = rows.exclude(visitor__is_demo=True, version__is_demo=False)
        if not settings.ROOM_LABELS_TRAIN_SITE and Room.objects.exists():
            rows = rows.exclude(state=Label.State.ACCEPTED, drawing__label__by_room=True)
        return rows


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
