"""Nearest people: of the known digits those that look most like a drawing to the live network, as pictures.

Half of them MNIST's and half of them drawings of other visitors, as far as there are any. Left out on purpose: what
follows from it. A person looks at them beside the drawing."""

from base64 import b64encode
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer import drawings, recognition
from recognizer.ink import seen_png
from recognizer.models import Drawing
from training import references
from training.data.dataset import NO_DIGIT
from training.references import Known

SHOWN = 8
NOTHING = gettext_lazy(
    "Nothing to compare with: no drawing of others is accepted, and MNIST is not here (manage.py fetch_mnist)."
)
ONLY_DRAWINGS = gettext_lazy("Drawings alone: MNIST is not here (manage.py fetch_mnist).")


def of(drawing: Drawing) -> dict[str, Any]:
    """`neighbours` from the nearest on, and a `note` on what is missing, ready for JSON."""
    model = recognition.live()
    known = references.known(model)
    others = np.flatnonzero(known.visitors != drawing.visitor_id)
    if not len(others):
        return {"neighbours": [], "note": NOTHING}
    features = references.features_of(model, drawings.seen_array(drawing)[None])
    nearness = known.nearness(features)[0]
    chosen = _nearest_left(known, nearness, others)
    note = "" if known.is_mnist.any() else ONLY_DRAWINGS if chosen else NOTHING
    return {"neighbours": [_shown(known, place, nearness[place]) for place in chosen], "note": note}


def _nearest_left(known: Known, nearness: np.ndarray, places: np.ndarray) -> list[int]:
    """The nearest of those `places`, without drawings that were deleted, hidden or relabelled since they were looked
    up: nobody is shown what its visitor took back."""
    while True:
        chosen = nearest(nearness, known.is_mnist, places)
        gone = _gone(known, [place for place in chosen if known.drawings[place]])
        if not gone:
            return chosen
        places = np.setdiff1d(places, gone)


def _gone(known: Known, places: list[int]) -> list[int]:
    shown = Drawing.objects.real().with_accepted_label().filter(pk__in=known.drawings[places].tolist())
    digits = {pk: NO_DIGIT if digit is None else digit for pk, digit in shown.values_list("pk", "label__digit")}
    return [place for place in places if digits.get(int(known.drawings[place])) != known.labels[place]]


def nearest(nearness: np.ndarray, is_mnist: np.ndarray, places: np.ndarray) -> list[int]:
    """Of those `places` the SHOWN nearest, half of each sort where there are so many; the nearest first."""
    ordered = places[np.argsort(-nearness[places], kind="stable")]
    sorts = [ordered[is_mnist[ordered]], ordered[~is_mnist[ordered]]]
    half = SHOWN // 2
    counts = [max(half, SHOWN - len(sorts[1])), max(half, SHOWN - len(sorts[0]))]
    chosen = np.concatenate([sort[:count] for sort, count in zip(sorts, counts, strict=True)])
    return sorted(chosen.tolist(), key=lambda place: -nearness[place])


def _shown(known: Known, place: int, nearness: float) -> dict[str, Any]:
    drawing, label = int(known.drawings[place]), int(known.labels[place])
    png = b64encode(seen_png(known.images[place])).decode("ascii")
    return {
        "picture": f"data:image/png;base64,{png}",
        "label": _("not a digit") if label == NO_DIGIT else str(label),
        "url": reverse("admin:recognizer_drawing_change", args=[drawing]) if drawing else "",
        "source": _("drawing %(drawing)s") % {"drawing": drawing} if drawing else "MNIST",
        "distance": round(1 - float(nearness), 4),
    }
