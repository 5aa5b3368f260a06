"""What the site keeps of drawings and of the network's versions, with the invariants that the database enforces.

Left out on purpose: how rows come to be and change. `drawings.py` writes drawings and labels, `opinions.py` votes,
`versions.py` versions and deployments, `decisions.py` what people decided, `moderation.py` and `bans.py` what is
hidden."""

from recognizer.models.bulk import BulkReview
from recognizer.models.conditions import is_digit
from recognizer.models.decisions import Decision
from recognizer.models.drawings import Drawing, DrawingQuerySet, Prediction, uploads_storage
from recognizer.models.facts import DrawingFacts
from recognizer.models.labels import Label, LabelSkip, LabelVote
from recognizer.models.rooms import Membership, Room
from recognizer.models.shapes import BannedShape
from recognizer.models.versions import Deployment, Evaluation, ModelVersion, weights_storage
from recognizer.models.visitors import Visitor, VisitorAddress

__all__ = [
    "BannedShape",
    "BulkReview",
    "Decision",
    "Deployment",
    "Drawing",
    "DrawingFacts",
    "DrawingQuerySet",
    "Evaluation",
    "Label",
    "LabelSkip",
    "LabelVote",
    "Membership",
    "ModelVersion",
    "Prediction",
    "Room",
    "Visitor",
    "VisitorAddress",
    "is_digit",
    "uploads_storage",
    "weights_storage",
]
