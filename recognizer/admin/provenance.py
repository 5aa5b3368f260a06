"""A version's provenance in rows to read: every fact that its file carries, under its name in plain words.

Left out on purpose: knowing the facts. Later trainings may record more, and it shows here without a change."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.figures import IN_PROVENANCE
from recognizer.words import commas, decimal

LONGEST_VALUE = 300
# What the project's own trainings record, for the reader's language; every other name is shown as it is.
NAMES = {
    "augmentation": gettext_lazy("augmentation"),
    "averaging decay": gettext_lazy("averaging decay"),
    "base": gettext_lazy("base"),
    "batch size": gettext_lazy("batch size"),
    "beta1": gettext_lazy("beta 1"),
    "beta2": gettext_lazy("beta 2"),
    "blas": "BLAS",
    "calibration": gettext_lazy("calibration"),
    "chunk size": gettext_lazy("chunk size"),
    "code": gettext_lazy("code"),
    "created at": gettext_lazy("created at"),
    "data": gettext_lazy("data"),
    "demo": gettext_lazy("demo content"),
    "drawings": gettext_lazy("drawings"),
    "ece after": gettext_lazy("calibration error after"),
    "ece before": gettext_lazy("calibration error before"),
    "elastic px": gettext_lazy("elastic, px"),
    "epoch": gettext_lazy("epoch"),
    "epochs": gettext_lazy("epochs"),
    "finished at": gettext_lazy("finished at"),
    "generated": gettext_lazy("generated"),
    "generated images": gettext_lazy("generated images"),
    "generator version": gettext_lazy("version of the generator"),
    "images": gettext_lazy("images"),
    "job": gettext_lazy("job"),
    "kind": gettext_lazy("kind"),
    "label smoothing": gettext_lazy("label smoothing"),
    "learning rate": gettext_lazy("learning rate"),
    "mnist": "MNIST",
    "n": gettext_lazy("how many"),
    "nll after": gettext_lazy("log loss after"),
    "nll before": gettext_lazy("log loss before"),
    "number": gettext_lazy("number"),
    "numpy": "numpy",
    "parameters sha256": gettext_lazy("SHA-256 of the parameters"),
    "preprocessing version": gettext_lazy("version of the preprocessing"),
    "preset": gettext_lazy("preset"),
    "redrawing": gettext_lazy("redrawing"),
    "rotation degrees": gettext_lazy("rotation, degrees"),
    "scale": gettext_lazy("scale"),
    "schedule": gettext_lazy("schedule"),
    "seconds": gettext_lazy("seconds"),
    "seed": gettext_lazy("seed"),
    "selection": gettext_lazy("selection"),
    "settings": gettext_lazy("settings"),
    "sha256": "SHA-256",
    "shear": gettext_lazy("shear"),
    "shift px": gettext_lazy("shift, px"),
    "snapshot": gettext_lazy("snapshot"),
    "started at": gettext_lazy("started at"),
    "temperature": gettext_lazy("temperature"),
    "threads": gettext_lazy("threads"),
    "train accuracy": gettext_lazy("training accuracy"),
    "train loss": gettext_lazy("training loss"),
    "validation": gettext_lazy("validation"),
    "validation accuracy": gettext_lazy("validation accuracy"),
    "validation loss": gettext_lazy("validation loss"),
    "weight decay": gettext_lazy("weight decay"),
}


def facts(provenance: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return (name, value) rows; what is nested has its parents' names in front. Evaluations have their own cards.

    Of a list of results, such as one an epoch, the last one is shown; the file as it is stands below the rows."""
    rows = []
    for key, value in provenance.items():
        plain = key.replace("_", " ")
        name = f"{prefix}{NAMES.get(plain, plain)}"
        if key == IN_PROVENANCE:
            continue
        if isinstance(value, dict):
            rows += facts(value, f"{name}: ")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            rows += facts(value[-1], _("%(name)s, the last of %(count)s") % {"name": name, "count": len(value)} + ": ")
        else:
            rows.append((name[:1].upper() + name[1:], _words(value)))
    return rows


def _words(value: Any) -> str:
    if value is None or value == []:
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return commas(value)
    if isinstance(value, float):
        return decimal(f"{value:.6g}")
    if isinstance(value, list):
        value = ", ".join(_words(item) for item in value)
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + " …"
