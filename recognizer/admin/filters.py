"""The filters of the list of drawings. Each says one thing, and together they narrow the list down.

Left out on purpose: what "wrong" or "awaiting review" means. That is said once, by the querysets in `models.py`."""

from datetime import timedelta

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from recognizer.admin.counted import CountedFilter
from recognizer.models import Drawing, Label, ModelVersion

DIGITS = [(str(digit), str(digit)) for digit in range(10)]
NONE = "none"


class ChoiceFilter(DropdownFilter):
    """Takes what its choices do not have, which only a mistyped address asks for, as no choice."""

    def value(self) -> str | None:
        value = super().value()
        return value if value in dict(self.lookup_choices) else None


class AnswerFilter(ChoiceFilter):
    title = "answer"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        below = f"{settings.LOW_CONFIDENCE:.0%}".replace("%", " %")
        return [("wrong", "wrong: labelled otherwise"), ("unsure", f"low confidence: below {below}")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "wrong":
            return queryset.wrong()
        return queryset.low_confidence(settings.LOW_CONFIDENCE) if self.value() == "unsure" else queryset


class LabelStateFilter(ChoiceFilter):
    title = "state of the label"
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(NONE, "unlabelled"), *Label.State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == NONE:
            return queryset.unlabelled()
        if self.value() == Label.State.UNREVIEWED:
            return queryset.awaiting_review()
        return queryset.filter(label__state=self.value()) if self.value() else queryset


class DigitFilter(ChoiceFilter):
    """Ten digits, and none of them, in the column that a subclass names."""

    column: str
    needed: str

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [*DIGITS, (NONE, "not a digit")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == NONE:
            return queryset.filter(**{f"{self.column}__isnull": True, f"{self.needed}__isnull": False})
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class PredictedFilter(DigitFilter):
    title = "digit read"
    parameter_name = "read"
    column, needed = "prediction__digit", "prediction"


class LabelledFilter(DigitFilter):
    title = "digit of the label"
    parameter_name = "means"
    column, needed = "label__digit", "label"


class VersionFilter(ChoiceFilter):
    title = "version that answered"
    parameter_name = "version"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(str(number), f"version {number}") for number in ModelVersion.objects.values_list("number", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(prediction__version__number=self.value()) if self.value() else queryset


class SourceFilter(ChoiceFilter):
    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return Drawing.Source.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(source=self.value()) if self.value() else queryset


class AgeFilter(ChoiceFilter):
    title = "date"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("1", "last 24 hours"), ("7", "last 7 days"), ("30", "last 30 days"), ("365", "last year")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(self.value())))


FILTERS = [
    AnswerFilter,
    LabelStateFilter,
    PredictedFilter,
    LabelledFilter,
    VersionFilter,
    SourceFilter,
    AgeFilter,
    CountedFilter,
]
