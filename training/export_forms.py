"""The form that starts an export: which drawings, and as what. It takes over what the list of drawings is filtered by.

Left out on purpose: starting. `export_jobs.start()` checks everything again, since others may call it as well."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from recognizer.models import Label, ModelVersion
from training.data.exports import FORMATS, ExportError
from training.export_filters import STATE_WORDS, Filters
from training.models import Export

DIGITS = [(str(digit), str(digit)) for digit in range(10)]
PEOPLE = {"all": None, "only": True, "without": False}
STATE_NAMES = {
    "accepted": gettext_lazy("accepted"),
    "reviewed": gettext_lazy("reviewed"),
    "rejected": gettext_lazy("rejected"),
    "unreviewed": gettext_lazy("unreviewed"),
    "labelled": gettext_lazy("labelled"),
    "all": gettext_lazy("all"),
}
# What each format is good for
USES = {
    "npz": gettext_lazy("For Python: np.load opens it. The site imports and evaluates it again."),
    "jsonl.gz": gettext_lazy("The ink itself, to be drawn again in any size. The site imports and evaluates it again."),
    "jsonl": gettext_lazy("The same, to be read without unpacking; many times as large."),
    "idx": gettext_lazy("For programs that read MNIST. It has no place for writers."),
    "png": gettext_lazy("To look at, and for programs that take a folder for each class."),
    "csv": gettext_lazy("For spreadsheets and statistics."),
}
# As FORMATS say them: programs' texts, which know no translation
FORMAT_WORDS = (
    gettext_noop("numpy arrays: images, labels, writers"),
    gettext_noop("strokes, a line of JSON each, gzip"),
    gettext_noop("strokes, a line of JSON each"),
    gettext_noop("MNIST's own files, in a zip"),
    gettext_noop("pictures in a folder for each digit"),
    gettext_noop("a table with a column for each pixel"),
)
# Filters of the list of drawings that the form has a field for, and others
TAKEN_OVER = ("label", "means", "version", "days")
NOT_TAKEN_OVER = ("answer", "read", "source", "q")


class StartExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=lambda: [(each.name, each.suffix) for each in FORMATS.values()], widget=forms.RadioSelect, initial="npz"
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State of the label"),
        choices=[(name, format_lazy("{}: {}", STATE_NAMES[name], words)) for name, words in STATE_WORDS.items()],
        widget=UnfoldAdminSelectWidget,
        initial="accepted",
        help_text=gettext_lazy("Only accepted labels are known to be right."),
    )
    held_out = forms.ChoiceField(
        label=gettext_lazy("Visitors"),
        choices=[
            ("all", gettext_lazy("all")),
            ("without", gettext_lazy("without the held-out ones")),
            ("only", gettext_lazy("only the held-out ones")),
        ],
        widget=UnfoldAdminSelectWidget,
        initial="all",
        help_text=gettext_lazy(
            "Drawings of held-out visitors measure this site’s versions, which never learn from them."
        ),
    )
    digits = forms.MultipleChoiceField(
        label=gettext_lazy("Digits of the labels"),
        choices=DIGITS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("None chosen: all."),
    )
    since = forms.DateField(
        label=gettext_lazy("Drawn from"),
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
        required=False,
        help_text=gettext_lazy("The first day, in UTC. Empty: from the beginning."),
    )
    until = forms.DateField(
        label=gettext_lazy("Drawn until"),
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
        required=False,
        help_text=gettext_lazy("The last day, in UTC. Empty: until now."),
    )
    version = forms.TypedChoiceField(
        label=gettext_lazy("Version that answered"),
        coerce=int,
        empty_value=None,
        widget=UnfoldAdminSelectWidget,
        required=False,
        help_text=gettext_lazy("The one that read the drawing when it was submitted."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = ModelVersion.objects.values_list("number", flat=True)
        self.fields["version"].choices = [
            ("", _("any")),
            *((number, _("version %(number)s") % {"number": number}) for number in numbers),
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.errors:
            return given
        try:
            given["filters"] = Filters(
                state=given["state"],
                held_out=PEOPLE[given["held_out"]],
                digits=tuple(int(digit) for digit in given["digits"]),
                since=given["since"],
                until=given["until"],
                version=given["version"],
            )
        except ExportError as error:
            self.add_error(None, said(error))
        return given

    def formats(self) -> list[dict[str, Any]]:
        """The radio buttons with what each format is and is good for."""
        return [
            {"button": button, "words": _(FORMATS[name].words), "use": USES[name]}
            for button, name in zip(self["format"], FORMATS, strict=True)
        ]


def said(error: ExportError) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def from_export(export: Export) -> dict[str, Any]:
    """The form's values for the same drawings in the same format once more."""
    filters = Filters.from_json(export.filters)
    people = next(name for name, value in PEOPLE.items() if value is filters.held_out)
    return {
        "format": export.format,
        "state": filters.state,
        "held_out": people,
        "digits": list(map(str, filters.digits)),
        "since": filters.since,
        "until": filters.until,
        "version": filters.version,
    }


def from_list(query: Mapping[str, str], today: date) -> dict[str, Any]:
    """The form's values for what the list of drawings is filtered by, as far as the form has fields for it."""
    values: dict[str, Any] = {}
    if any(query.get(name) for name in TAKEN_OVER):
        values["state"] = query.get("label") if query.get("label") in Label.State else "all"
    if query.get("means") in dict(DIGITS):
        values["digits"] = [query["means"]]
    if query.get("version", "").isdecimal():
        values["version"] = query["version"]
    if query.get("days", "").isdecimal() and len(query["days"]) <= 4:
        values["since"] = today - timedelta(days=int(query["days"]))
    return values


def is_narrower(query: Mapping[str, str]) -> bool:
    """Whether the list is filtered by something that the form has no field for."""
    return query.get("means") == "none" or any(query.get(name) for name in NOT_TAKEN_OVER)
