"""Users and groups in the admin, in the look of its other pages.

Left out on purpose: anything of our own. Who may do what is said by groups and permissions, as Django has them."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class StyledUserAdmin(UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class StyledGroupAdmin(GroupAdmin, ModelAdmin):
    """Groups bundle permissions; reviewer, trainer, releaser and viewer are there from the start."""
