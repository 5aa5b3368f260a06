"""Labels of the review queue as cards: all that a page shows of one, ready for JSON, so that it asks for nothing more.

Left out on purpose: which ones, and in what order. `recognizer.queue` has that."""

from typing import Any

from django.urls import reverse

from recognizer import agreement
from recognizer.admin import pictures
from recognizer.cards import seen_url
from recognizer.models import Drawing, DrawingFacts, Label
from recognizer.told import told
from recognizer.words import percent

Card = dict[str, Any]


def of(drawing_ids: list[int]) -> list[Card]:
    """A card for each of these drawings in the same order; those without a label any more are left out."""
    rows = Drawing.objects.with_answers().select_related("visitor").in_bulk(drawing_ids)
    known = [rows[pk] for pk in drawing_ids if pk in rows and hasattr(rows[pk], "label")]
    records = _records({drawing.visitor_id for drawing in known})
    return [_card(drawing, records[drawing.visitor_id]) for drawing in known]


def _card(drawing: Drawing, record: dict[str, Any]) -> Card:
    label, prediction = drawing.label, getattr(drawing, "prediction", None)
    return {
        "drawing": drawing.pk,
        "url": reverse("admin:recognizer_drawing_change", args=[drawing.pk]),
        "svg": pictures.as_drawn(drawing) if drawing.strokes else "",
        "upload": reverse("admin:recognizer_drawing_upload", args=[drawing.pk]) if drawing.upload else "",
        "seen": seen_url(drawing),
        "source": drawing.get_source_display(),
        "at": drawing.created_at.isoformat(),
        "claim": label.digit,
        "state": label.state,
        "doubts": [told(doubt) for doubt in label.doubts],
        "answer": prediction and {
            "digit": prediction.digit,
            "confidence": percent(prediction.confidence),
            "version": prediction.version.number,
            "bars": [{"share": round(share, 4), "percent": percent(share)} for share in prediction.probabilities],
        },
        "visitor": {
            "name": str(drawing.visitor),
            "url": reverse("admin:recognizer_visitor_change", args=[drawing.visitor_id]),
            "held_out": drawing.visitor.held_out,
            **record,
        },
    }  # fmt: skip


def _records(visitor_ids: set[int]) -> dict[int, dict[str, Any]]:
    """How many drawings these visitors have, how their labels fared, and how often they said what people say."""
    agreed = agreement.records(visitor_ids)
    return {pk: {**_counts(pk), **_voice(agreed[pk])} for pk in visitor_ids}


def _counts(visitor_id: int) -> dict[str, int]:
    # One by one: each is counted by an index alone, also of a visitor with very many drawings.
    rows = DrawingFacts.objects.filter(visitor=visitor_id)
    judged = (Label.State.ACCEPTED, Label.State.REJECTED)
    return {"drawings": rows.count(), **{state.value: rows.filter(state=state).count() for state in judged}}


def _voice(record: agreement.Record) -> dict[str, Any]:
    return {"answers": record.answers, "right": record.right, "is_trusted": record.is_trusted}
