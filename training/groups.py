"""Puts the ready-made groups of `roles.py` into the database after `migrate`, and hands out what is new in a release.

A permission counts as new if the `migrate` that just ran made it. Every group that lists it gets it then, once; what an
admin takes from a group, or a group that an admin deletes, stays away. Left out on purpose: a record of what was handed
out. `manage.py roles` shows where a site's groups differ, and gives back what is missing."""

from typing import Any

from training.roles import ROLES, Role

# By database: the permissions that were there before `migrate`, noted when it began
_before: dict[str, set[str]] = {}


def note(using: str, **kwargs: Any) -> None:
    """Remember which permissions there are, before `migrate` makes those of a new release."""
    from django.contrib.auth.models import Permission
    from django.db import connections

    connection = connections[using]
    with connection.cursor() as cursor:
        is_there = Permission._meta.db_table in connection.introspection.table_names(cursor)
    _before[using] = set(known(using)) if is_there else set()


def hand_out(using: str, **kwargs: Any) -> None:
    """Make the groups that are new, and add to each group the permissions that are new."""
    permissions = known(using)
    before = _before.pop(using) if using in _before else _unnoted(using, permissions)
    new = set(permissions) - before
    for role in ROLES:
        if new.intersection(role.permissions):
            give(role, new.intersection(role.permissions), using=using, make=_is_new(role, new))


def give(role: Role, wanted: set[str], *, using: str, make: bool) -> None:
    """Give the group these permissions; where there is no such group, make it if `make`, with all that it lists."""
    from django.contrib.auth.models import Group
    from django.db import transaction

    permissions = known(using)
    with transaction.atomic(using=using):
        group = Group.objects.using(using).filter(name=role.name).first()
        if group is None and make:
            group, wanted = Group.objects.using(using).create(name=role.name), set(role.permissions)
        if group is not None:
            group.permissions.add(*(permissions[name] for name in sorted(wanted) if name in permissions))


def missing(role: Role, *, using: str = "default") -> list[str] | None:
    """What the group lists and has not; None if there is no such group."""
    from django.contrib.auth.models import Group

    group = Group.objects.using(using).filter(name=role.name).first()
    if group is None:
        return None
    has = {f"{app}.{name}" for app, name in group.permissions.values_list("content_type__app_label", "codename")}
    return [name for name in role.permissions if name not in has]


def known(using: str) -> dict[str, int]:
    """The keys of this project's permissions by their names, like "recognizer.review_label"."""
    from django.contrib.auth.models import Permission

    ours = Permission.objects.using(using).filter(content_type__app_label__in=["recognizer", "training"])
    return {f"{app}.{name}": key for key, app, name in ours.values_list("pk", "content_type__app_label", "codename")}


def _is_new(role: Role, new: set[str]) -> bool:
    """Whether the group comes with this release: else it was there, and is renamed or deleted by now."""
    return set(role.does or role.permissions) <= new


def _unnoted(using: str, permissions: dict[str, int]) -> set[str]:
    """What counts as there before when nobody noted it, as after `flush`: nothing if there is no group at all."""
    from django.contrib.auth.models import Group

    return set(permissions) if Group.objects.using(using).exists() else set()
