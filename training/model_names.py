"""What this app's models and their fields are called in the reader's language; see `recognizer.model_names`."""

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
    "jobevent": (_("event of a job"), _("events of jobs"), {}),
    "meterreading": (_("reading of the forgetting meter"), _("readings of the forgetting meter"), {}),
    "epochresult": (_("epoch result"), _("epoch results"), {}),
    "comparison": (_("comparison"), _("comparisons"), {"passed": _("passed"), "state": _("state")}),
    "export": (_("export"), _("exports"), {"state": _("state"), "format": _("format")}),
    "exportpart": (_("part of an export"), _("parts of exports"), {}),
    "snapshot": (_("snapshot"), _("snapshots"), {}),
    "snapshotpart": (_("part of a snapshot"), _("parts of snapshots"), {}),
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
    "measurementchunk": (_("part of a measurement"), _("parts of measurements"), {}),
    "dayfigures": (_("figures of a day"), _("figures of days"), {}),
    "daymark": (_("mark of a day"), _("marks of days"), {}),
    "figuresstate": (_("state of the figures"), _("states of the figures"), {}),
    "workerseen": (_("worker that was seen"), _("workers that were seen"), {}),
    "yardstick": (
        _("yardstick"),
        _("yardsticks"),
        {"name": _("name"), "count": _("count"), "file_name": _("file name")},
    ),
}
