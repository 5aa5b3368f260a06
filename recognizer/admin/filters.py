"""The filters of the list of drawings. Each says one thing, and together they narrow the list down.

They ask the narrow rows of facts, which the list is paged by. Left out on purpose: what "wrong" means, which is said
by the facts, and tested against the querysets of drawings."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from recognizer.admin.base import LONGEST_KEY
from recognizer.admin.counted import CountedFilter
from recognizer.models import BannedShape, Drawing, Label, ModelVersion

DIGITS = [(str(digit), str(digit)) for digit in range(10)]
NONE = "none"
MOST_SHAPES = 200


class ChoiceFilter(DropdownFilter):
    """Takes what its choices do not have, which only a mistyped address asks for, as no choice."""

    def value(self) -> str | None:
        value = super().value()
        return value if value in dict(self.lookup_choices) else None


class AnswerFilter(ChoiceFilter):
    title = gettext_lazy("answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        below = f"{settings.LOW_CONFIDENCE:.0%}".replace("%", " %")
        return [
            ("wrong", _("wrong: labelled otherwise")),
            ("unsure", _("low confidence: below %(below)s") % {"below": below}),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "wrong":
            return queryset.filter(is_wrong=True)
        return queryset.filter(confidence__lt=settings.LOW_CONFIDENCE) if self.value() == "unsure" else queryset


class LabelStateFilter(ChoiceFilter):
    title = gettext_lazy("state of the label")
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(NONE, _("unlabelled")), *Label.State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == NONE:
            return queryset.filter(state="")
        if self.value() == Label.State.UNREVIEWED:  # those that wait for a reviewer; hidden ones do not
            return queryset.filter(state=self.value(), hidden_as="")
        return queryset.filter(state=self.value()) if self.value() else queryset


class DigitFilter(ChoiceFilter):
    """Ten digits, and none of them, in the column that a subclass names."""

    column: str
    absent: dict[str, Any]  # how the facts say that there is no answer, or no label, at all

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [*DIGITS, (NONE, _("not a digit"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == NONE:
            return queryset.filter(**{f"{self.column}__isnull": True}).exclude(**self.absent)
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class PredictedFilter(DigitFilter):
    title = gettext_lazy("digit read")
    parameter_name = "read"
    column, absent = "read", {"version": None}


class LabelledFilter(DigitFilter):
    title = gettext_lazy("digit of the label")
    parameter_name = "means"
    column, absent = "means", {"state": ""}


class VersionFilter(ChoiceFilter):
    title = gettext_lazy("version that answered")
    parameter_name = "version"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        self.ids = {str(number): pk for number, pk in ModelVersion.objects.values_list("number", "pk")}
        return [(number, _("version %(number)s") % {"number": number}) for number in self.ids]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(version=self.ids[self.value()]) if self.value() else queryset


class SourceFilter(ChoiceFilter):
    title = gettext_lazy("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return Drawing.Source.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(source=self.value()) if self.value() else queryset


class AgeFilter(ChoiceFilter):
    title = gettext_lazy("date")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("1", _("last 24 hours")), ("7", _("last 7 days")), ("30", _("last 30 days")), ("365", _("last year"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(self.value())))


class HiddenFilter(ChoiceFilter):
    title = gettext_lazy("hidden")
    parameter_name = "hidden"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("no", _("shown")), ("yes", _("hidden, for any reason")), *Drawing.Hidden.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "yes":
            return queryset.exclude(hidden_as="")
        return queryset.filter(hidden_as="" if self.value() == "no" else self.value()) if self.value() else queryset


class ShapeFilter(ChoiceFilter):
    """Only where shapes were banned: those that are hidden for one of them."""

    title = gettext_lazy("banned shape")
    parameter_name = "shape"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        shapes = BannedShape.objects.filter(lifted_at=None)[:MOST_SHAPES]
        return [
            (str(shape.pk), _("shape %(shape)s: %(reason)s") % {"shape": shape.pk, "reason": shape.reason[:40]})
            for shape in shapes.only("reason")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        hidden = Drawing.objects.filter(banned_shape=self.value()).values("pk")
        return queryset.filter(hidden_as=Drawing.Hidden.SHAPE, pk__in=hidden)


class VisitorFilter(ChoiceFilter):
    """Who drew it; one links here from a visitor's page, there are too many to choose from."""

    title = gettext_lazy("visitor")
    parameter_name = "visitor"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        number = request.GET.get(self.parameter_name, "")
        return (
            [(number, _("visitor %(number)s") % {"number": number})]
            if number.isdecimal() and len(number) <= LONGEST_KEY
            else []
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(visitor=self.value()) if self.value() else queryset


FILTERS = [
    AnswerFilter,
    LabelStateFilter,
    PredictedFilter,
    LabelledFilter,
    VersionFilter,
    SourceFilter,
    AgeFilter,
    HiddenFilter,
    ShapeFilter,
    VisitorFilter,
    CountedFilter,
]
