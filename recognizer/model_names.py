"""What models and their fields are called in the reader's language, put in place when the apps are ready.

Not as `verbose_name` in the models: each of them would be a migration that changes nothing in the database. Left out
on purpose: fields that no list, filter or form shows. All models have names, since a group's permissions tell them."""

from collections.abc import Mapping

from django.apps import AppConfig
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
# One and many, and the fields that are named
Names = Mapping[str, tuple[Text, Text, Mapping[str, Text]]]

NAMES: Names = {
    "drawing": (_("drawing"), _("drawings"), {}),
    "prediction": (_("prediction"), _("predictions"), {}),
    "label": (_("label"), _("labels"), {}),
    "labelvote": (_("label vote"), _("label votes"), {}),
    "labelskip": (_("label skip"), _("label skips"), {}),
    "visitor": (_("visitor"), _("visitors"), {}),
    "visitoraddress": (_("visitor address"), _("visitor addresses"), {}),
    "drawingfacts": (_("facts of drawings"), _("facts of drawings"), {}),
    "room": (_("room"), _("rooms"), {}),
    "membership": (_("membership"), _("memberships"), {}),
    "decision": (_("decision"), _("decisions"), {}),
    "bulkreview": (_("bulk review"), _("bulk reviews"), {"state": _("state")}),
    "bannedshape": (_("banned shape"), _("banned shapes"), {"nearness": _("nearness")}),
    "modelversion": (
        _("model version"),
        _("model versions"),
        {"architecture": _("architecture"), "source": _("source")},
    ),
    "deployment": (_("deployment"), _("deployments"), {"kind": _("kind")}),
    "evaluation": (
        _("evaluation"),
        _("evaluations"),
        {"dataset": _("dataset"), "version": _("version"), "rejected": _("rejected")},
    ),
}


def give(app: AppConfig, names: Names) -> None:
    """Name the app's models and their fields. What a migration compares is what the models' source says."""
    for name, (one, many, fields) in names.items():
        meta = app.get_model(name)._meta
        meta.verbose_name, meta.verbose_name_plural = one, many
        for field, words in fields.items():
            meta.get_field(field).verbose_name = words
