"""Lists that stay fast with a million rows: counted up to a bound, and deep pages found by what is narrow.

Left out on purpose: which filters there are. They narrow down the facts that `DrawingFacts` keeps of each drawing."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from recognizer.admin.base import Rows
from recognizer.models import Drawing, DrawingFacts
from recognizer.words import commas


class BoundedPaginator(Paginator):
    """Counts rows up to LIST_COUNT_MOST; where there are more it says so, and pages end there."""

    template_name = "admin/digits/pagination.html"
    is_bounded = False

    @cached_property
    def count(self) -> int:
        most = settings.LIST_COUNT_MOST
        found = self.object_list.order_by().values("pk")[: most + 1].count()
        self.is_bounded = found > most
        return min(found, most)

    @property
    def said(self) -> str:
        return _("more than %(count)s") % {"count": commas(self.count)} if self.is_bounded else commas(self.count)


class NarrowRows(Rows):
    """Filters, sorts, counts and pages the narrow rows of facts; reads the drawings of the one page that is shown."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: list | None = None) -> QuerySet:
        self.root_queryset = DrawingFacts.objects.all()
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        ids = list(self.result_list.values_list("pk", flat=True))
        rows = self.model_admin.get_queryset(request).in_bulk(ids)
        self.result_list = [rows[pk] for pk in ids if pk in rows]

    def _get_deterministic_ordering(self, ordering: list[Any]) -> list[Any]:
        """By number among equals, in the direction of the last column, so that one index serves both directions."""
        if "pk" in (str(one).lstrip("-") for one in ordering):
            return ordering
        return [*ordering, "-pk" if not ordering or str(ordering[-1]).startswith("-") else "pk"]


def drawings_of(facts: QuerySet[DrawingFacts]) -> QuerySet[Drawing]:
    """The drawings that these are the facts of, in no order."""
    return Drawing.objects.filter(pk__in=facts.order_by().values("pk"))
