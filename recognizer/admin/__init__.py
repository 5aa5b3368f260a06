"""The admin's pages for drawings, visitors, versions and deployments: lists to filter, pages to read, buttons to act.

Left out on purpose: every write. The buttons call `drawings.py` and `versions.py`, as the site's other parts do."""

from recognizer.admin import bulk, decisions, deployments, drawings, evaluations, rooms, shapes, versions, visitors

__all__ = ["bulk", "decisions", "deployments", "drawings", "evaluations", "rooms", "shapes", "versions", "visitors"]
