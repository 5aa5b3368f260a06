"""The facts of a version's file in the reader's language: what they are called, and the sentences among them.

Left out on purpose: which facts there are. Later trainings may record more, which show under the names in the file."""

from django.utils.translation import gettext_lazy

from recognizer.told import told

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


def fact_name(key: str) -> str:
    """What the fact under this key is called in the middle of a line."""
    plain = key.replace("_", " ")
    return str(NAMES.get(plain, plain))


def in_words(value: str) -> str:
    """A sentence in the reader's language. One word is a name or the number of a release, and stays as it is."""
    return told(value) if " " in value else value
