"""The table of roles in words, as docs/roles.md shows it: a row for each permission, a column for each group.

Left out on purpose: the addresses. tests/site/access_matrix.py lists what each role is answered at each of them."""

from collections.abc import Iterator

from django.apps import apps

from training.roles import ROLES, SEE

SEE_WORDS = "See all desks and pages"


def words() -> dict[str, str]:
    """Every permission of the project's models beyond Django's four for each, with what it is called."""
    models = (model for app in ("recognizer", "training") for model in apps.get_app_config(app).get_models())
    return {
        f"{model._meta.app_label}.{codename}": str(name).removeprefix("Can ").capitalize()
        for model in models
        for codename, name in model._meta.permissions
    }


def lines() -> Iterator[str]:
    """The table as Markdown."""
    yield f"| | {' | '.join(role.name for role in ROLES)} |"
    yield "|---" * (len(ROLES) + 1) + "|"
    yield f"| {SEE_WORDS} | {' | '.join(_mark(set(SEE) <= set(role.permissions)) for role in ROLES)} |"
    for permission, name in words().items():
        marks = (_mark(permission in role.permissions) for role in ROLES)
        yield f"| {name} (`{permission}`) | {' | '.join(marks)} |"


def _mark(may: bool) -> str:
    return "yes" if may else ""
