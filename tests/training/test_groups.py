"""The ready-made groups: what `migrate` makes of them on a new site, after an older release, and on a changed site."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from tests.conftest import PROJECT_DIR
from training import groups, role_table
from training.roles import ROLES, SEE

ROLE = {role.name: role for role in ROLES}
EXPORTING = set(ROLE["exporter"].does)


@pytest.fixture(autouse=True)
def site(db) -> None:
    """The test database has been migrated, so that the groups are there."""


def has(name: str) -> set[str]:
    pairs = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}


def unmake(*names: str) -> None:
    """As in the release before these permissions came."""
    for name in names:
        app, codename = name.split(".")
        Permission.objects.get(content_type__app_label=app, codename=codename).delete()


def take(group: str, name: str) -> None:
    app, codename = name.split(".")
    permission = Permission.objects.get(content_type__app_label=app, codename=codename)
    Group.objects.get(name=group).permissions.remove(permission)


def migrate() -> None:
    call_command("migrate", verbosity=0)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_new_site_has_each_group_with_all_that_it_lists(role):
    assert has(role.name) == set(role.permissions)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_permission_that_a_group_lists_is_one_of_a_model(role):
    models = [model for app in ("recognizer", "training") for model in apps.get_app_config(app).get_models()]
    named = {f"{m._meta.app_label}.{action}_{m._meta.model_name}" for m in models for action in ("view", "delete")}
    unknown = set(role.permissions) - named - set(role_table.words())
    assert unknown == set(), "mend the name in training/roles.py, or add the permission to its model"


# Accounts, and who tried to log in under which name, are for superusers.
ACCOUNTS = ("auth", "axes")


def test_whoever_is_in_a_group_may_see_every_desk():
    desks = {model._meta for model in admin.site._registry}
    views = {f"{desk.app_label}.view_{desk.model_name}" for desk in desks if desk.app_label not in ACCOUNTS}
    assert views - set(SEE) == set(), "add the model to SEE in training/roles.py"


def test_a_permission_of_a_new_release_is_given_to_the_groups_that_list_it():
    unmake("recognizer.review_label")
    assert "recognizer.review_label" not in has("reviewer")
    migrate()
    assert has("reviewer") == set(ROLE["reviewer"].permissions)


def test_a_new_desk_can_be_seen_by_all_groups():
    unmake("training.view_cleanup")
    migrate()
    assert all("training.view_cleanup" in has(role.name) for role in ROLES if role.sees)


def test_a_teacher_sees_no_desk_of_the_admin():
    assert not has("teacher") & set(SEE)


def test_what_an_admin_took_from_a_group_stays_away():
    take("exporter", "training.download_export")
    unmake("training.cancel_export")
    migrate()
    assert has("exporter") == set(SEE) | EXPORTING - {"training.download_export"}


def test_what_an_admin_gave_a_group_besides_stays():
    Group.objects.get(name="viewer").permissions.add(Permission.objects.get(codename="review_label"))
    migrate()
    assert "recognizer.review_label" in has("viewer")


def test_a_group_that_comes_with_a_release_is_made():
    Group.objects.get(name="exporter").delete()
    unmake(*EXPORTING)
    migrate()
    assert has("exporter") == set(ROLE["exporter"].permissions)


def test_a_group_that_an_admin_renamed_does_not_come_back():
    Group.objects.filter(name="exporter").update(name="archive")
    unmake("training.cancel_export")
    migrate()
    assert not Group.objects.filter(name="exporter").exists()


def test_after_a_flush_the_groups_are_there_again():
    Group.objects.all().delete()
    groups.hand_out(using="default")
    assert has("reviewer") == set(ROLE["reviewer"].permissions)


def test_migrating_again_changes_nothing(django_assert_max_num_queries):
    before = {role.name: has(role.name) for role in ROLES}
    groups.note(using="default")
    with django_assert_max_num_queries(1):
        groups.hand_out(using="default")
    assert {role.name: has(role.name) for role in ROLES} == before


def test_the_document_has_the_table_as_it_is():
    assert "\n".join(role_table.lines()) in (PROJECT_DIR / "docs" / "roles.md").read_text(encoding="utf-8"), (
        "put the output of `manage.py roles --table` into docs/roles.md"
    )


def test_the_document_says_what_each_role_is_for():
    text = (PROJECT_DIR / "docs" / "roles.md").read_text(encoding="utf-8")
    assert all(f"- **{role.name}** {role.words}." in text for role in ROLES)
