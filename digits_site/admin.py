"""Users, groups and failed logins in the admin, in the look of its other pages.

Left out on purpose: the secrets of second factors, which nobody has to see. Who may do what is said by groups and
permissions, as Django has them."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from recognizer.admin.base import SaneLookups

admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.unregister(StaticDevice)
admin.site.unregister(TOTPDevice)


@admin.register(User)
class StyledUserAdmin(SaneLookups, UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class StyledGroupAdmin(SaneLookups, GroupAdmin, ModelAdmin):
    """Groups bundle permissions; reviewer, trainer, releaser and viewer are there from the start."""


@admin.register(AccessAttempt)
class FailedLogins(SaneLookups, ModelAdmin):
    """Wrong passwords by name and address, which stands there as a keyed hash; deleting a row opens the login again."""

    list_display = ["username", "attempt_time", "failures_since_start", "is_locked"]
    list_display_links = None
    search_fields = ["username"]
    ordering = ["-attempt_time"]

    @admin.display(boolean=True, description=_("locked"))
    def is_locked(self, row: AccessAttempt) -> bool:
        return row.failures_since_start >= settings.AXES_FAILURE_LIMIT

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
