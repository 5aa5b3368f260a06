"""Conditions that several tables share.

Left out on purpose: anything about one table alone."""

from django.db.models import Q


def is_digit(field: str) -> Q:
    """Return the condition that `field` is 0 to 9 or null."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 9})
