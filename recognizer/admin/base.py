"""What the project's admin pages share: read-only by default, own pages in unfold's frame, permissions that answer 403.

Left out on purpose: anything about drawings, versions or jobs."""

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import BinaryField, JSONField, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

LONGEST_KEY = 18  # digits; each number of so many is one that a database can look for


class SaneLookups:
    """A list's address may say anything: a number that no database can look for is left out, and columns of JSON or
    bytes are nothing to look for."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        fields = {field.name for field in self.opts.get_fields() if isinstance(field, JSONField | BinaryField)}
        return lookup.partition("__")[0] not in fields and super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = [(name, value) for name, value in request.GET.lists() if not any(map(_is_too_long, value))]
        if len(kept) < len(request.GET):
            return redirect(f"{request.path}?{urlencode(kept, doseq=True)}")
        return super().changelist_view(request, *args, **kwargs)


class Rows(ChangeList):
    """A list that offers to show all rows only where it does not show them, without counting them for that."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class PageAdmin(SaneLookups, ModelAdmin):
    """A list, and for each row a page of our own to read. What can be done there is a view with its permission.

    `page_template` is the page, `page_context` what it shows, `empty_words` what a list without rows says."""

    page_template: str
    empty_words: str
    change_list_template = "admin/digits/list.html"
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count for each choice of each filter would cost more than the list
    show_add_link = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def page_context(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        return {}

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """The row's page. The address is Django's own for changing it, so that links and history lead here."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        deletable = self.has_delete_permission(request, row)
        context = {"original": row, "title": capfirst(str(row)), "may_delete": deletable}
        return self.page(request, self.page_template, **(context | self.page_context(request, row)))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Rows

    def page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        """Render a page of ours in the admin's frame."""
        request.current_app = self.admin_site.name
        frame = self.admin_site.each_context(request)
        return TemplateResponse(request, template, {**frame, "opts": self.opts, **context})

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Django takes an action that somebody may not use for none at all, and answers with the list.
        if (action := request.POST.get("action")) and action not in self.get_actions(request):
            raise PermissionDenied
        for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
            if not (chosen.isdecimal() and len(chosen) <= LONGEST_KEY):
                raise BadRequest(f"{chosen!r:.40} is the number of no row")
        return super().changelist_view(request, *args, **kwargs)

    def own_path(self, route: str, view: Callable, name: str) -> URLPattern:
        """An address below this model's, with the admin's login in front; `name` becomes admin:app_model_name."""
        wrapped = update_wrapper(partial(self.admin_site.admin_view(view)), view)
        return path(route, wrapped, name=f"{self.opts.app_label}_{self.opts.model_name}_{name}")


def require(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def _is_too_long(value: str) -> bool:
    digits = value.strip().lstrip("-")
    return digits.isdecimal() and len(digits) > LONGEST_KEY
