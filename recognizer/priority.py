"""How much a label deserves to be looked at soon, from the claim and the answer alone: at once, when it is claimed.

The scale is that of every value: 0 for what nothing speaks against, 1 for a claim that is surely wrong, and up to
RARITY more for what there is something to learn from. Left out on purpose: better values, which take other drawings
to compare with; whoever finds one writes it in the same fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import override

from recognizer.words import percent

# What a drawing can weigh for being unlike others, or hard to read, next to 1 for a claim that is surely wrong
RARITY = 0.25


class Answer(Protocol):
    """A prediction or a recognition."""

    digit: int | None
    confidence: float
    probabilities: Sequence[float]


@dataclass(frozen=True)
class Value:
    priority: float
    doubts: list[str]

    def as_fields(self) -> dict[str, Any]:
        """As columns of a label that awaits a better value."""
        return {"priority": self.priority, "doubts": self.doubts, "valued_at": None}


def at_first(claim: int | None, answer: Answer | None) -> Value:
    """The value of a claim (None: not a digit), given what the drawing was read as."""
    if answer is None:
        return Value(RARITY, ["the network has no answer"])
    suspicion = 1 - share_of(claim, answer)
    return Value(round(suspicion + RARITY * (1 - answer.confidence), 6), doubts(claim, answer))


def share_of(claim: int | None, answer: Answer) -> float:
    """The probability that the answer gives to the claim."""
    if claim is not None:
        return answer.probabilities[claim]
    return 1.0 if answer.digit is None else 1 - answer.confidence


@override("en")  # a row keeps it; `told` translates it
def doubts(claim: int | None, answer: Answer) -> list[str]:
    """What speaks against the claim, in words."""
    if answer.digit is None and claim is not None:
        return ["the network read no digit"]
    if answer.digit != claim:
        return [f"the network read {answer.digit} with {percent(answer.confidence, 0)}"]
    unsure = claim is not None and answer.confidence < settings.LOW_CONFIDENCE
    return [f"the network was unsure: {percent(answer.confidence, 0)}"] if unsure else []
