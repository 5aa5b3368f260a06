"""What this app's models and their fields are called in the reader's language; see `recognizer.model_names`.

Left out on purpose: rows that no page of the admin names."""

from django.utils.translation import gettext_lazy as _

from recognizer.model_names import Names

NAMES: Names = {
    "trainingjob": (
        _("training job"),
        _("training jobs"),
        {
            "state": _("state"),
            "kind": _("kind"),
            "architecture": _("architecture"),
        },
    ),
    "epochresult": (_("epoch result"), _("epoch results"), {}),
    "comparison": (_("comparison"), _("comparisons"), {"passed": _("passed"), "state": _("state")}),
    "export": (_("export"), _("exports"), {"state": _("state"), "format": _("format")}),
    "snapshot": (_("snapshot"), _("snapshots"), {}),
    "deleteddrawing": (
        _("deleted drawing"),
        _("deleted drawings"),
        {"by": _("deleted by"), "snapshots": _("snapshots")},
    ),
    "cleanup": (_("clean-up"), _("clean-ups"), {}),
    "scheduledstart": (_("scheduled start"), _("scheduled starts"), {}),
    "measurement": (
        _("measurement"),
        _("measurements"),
        {"state": _("state"), "dataset": _("dataset")},
    ),
    "yardstick": (
        _("yardstick"),
        _("yardsticks"),
        {"name": _("name"), "count": _("count"), "file_name": _("file name")},
    ),
}
