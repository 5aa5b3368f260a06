"""The admin's sidebar: the desks in the order of the work, each only for those who may look at it.

Left out on purpose: what the pages show. Each app's admin has that."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _

Item = dict[str, Any]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"items": [{"title": _("Dashboard"), "icon": "dashboard", "link": reverse_lazy("admin:index")}]},
        {
            "title": _("Drawings"),
            "items": [
                {
                    "title": _("Review"),
                    "icon": "fact_check",
                    "link": reverse_lazy("admin:recognizer_drawing_review"),
                    "permission": lambda request: request.user.has_perm("recognizer.review_label"),
                },
                _list(_("Drawings"), "gesture", "recognizer", "drawing") | {"active": _looks_at_drawings},
                _list(_("Visitors"), "group", "recognizer", "visitor"),
                _list(_("Decisions"), "gavel", "recognizer", "decision"),
                _list(_("Bulk reviews"), "done_all", "recognizer", "bulkreview"),
                {
                    "title": _("Banned shapes"),
                    "icon": "block",
                    "link": reverse_lazy("admin:recognizer_bannedshape_changelist"),
                    "permission": _may_view("recognizer", "drawing"),
                },
                _list(_("Exports"), "download", "training", "export"),
                _list(_("Rooms"), "school", "recognizer", "room"),
                {
                    "title": _("Your rooms"),
                    "icon": "co_present",
                    "link": reverse_lazy("room_desk"),
                    "permission": lambda request: request.user.has_perm("recognizer.run_room"),
                },
            ],
        },
        {
            "title": _("The network"),
            "items": [
                _list(_("Versions"), "deployed_code", "recognizer", "modelversion"),
                {
                    "title": _("Comparisons"),
                    "icon": "compare_arrows",
                    "link": reverse_lazy("admin:training_comparison_changelist"),
                    "permission": _may_view("recognizer", "modelversion"),
                },
                _list(_("Deployments"), "history", "recognizer", "deployment"),
                _list(_("Training jobs"), "model_training", "training", "trainingjob"),
                _list(_("Snapshots"), "inventory_2", "training", "snapshot"),
                _list(_("Deleted drawings"), "delete_history", "training", "deleteddrawing"),
                _list(_("Yardsticks"), "straighten", "training", "yardstick"),
                _list(_("Measurements"), "speed", "training", "measurement"),
                _list(_("Evaluations"), "monitoring", "recognizer", "evaluation"),
                _list(_("Clean-up"), "mop", "training", "cleanup"),
            ],
        },
        {
            "title": _("People"),
            "items": [
                _list(_("Users"), "person", "auth", "user"),
                _list(_("Groups"), "shield_person", "auth", "group"),
                _list(_("Failed logins"), "lock", "axes", "accessattempt"),
            ],
        },
    ]


def _looks_at_drawings(request: HttpRequest) -> bool:
    """Below the list's address, but not on the page above it in the sidebar."""
    path = request.path
    return path.startswith(reverse("admin:recognizer_drawing_changelist")) and not path.startswith(
        reverse("admin:recognizer_drawing_review")
    )


def _list(title: str, icon: str, app: str, model: str) -> Item:
    address = reverse_lazy(f"admin:{app}_{model}_changelist")
    return {"title": title, "icon": icon, "link": address, "permission": _may_view(app, model)}


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    def allowed(request: HttpRequest) -> bool:
        return any(request.user.has_perm(f"{app}.{action}_{model}") for action in ("view", "change"))

    return allowed
