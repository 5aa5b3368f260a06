"""The shapes of the API's bodies and answers, as the OpenAPI description shows them.

The views build their answers as plain dictionaries and read bodies by hand, since checking twenty thousand points one
by one takes longer than recognising them; the tests hold both against these shapes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

Digit = Annotated[int, Field(ge=0, le=9)]
Share = Annotated[float, Field(ge=0, le=1)]
Base64 = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]


class ErrorDetail(Schema):
    code: str = Field(description="For programs: the same for the same kind of mistake.")
    message: str = Field(description="For people: what is wrong, with the value, and what to do.")
    field: str | None = Field(description="The place in the request, strokes[2][17] for example.")


class Error(Schema):
    error: ErrorDetail


def errors(*statuses: int) -> dict[int, type[Error]]:
    """The error answers of an operation; 429 and 503 can always be one."""
    return dict.fromkeys([*statuses, 429, 503], Error)


BODY_ERRORS = (400, 403, 411, 413, 415, 422)


class Recognition(Schema):
    digit: Digit | None = Field(description="Null when it was read as no digit; then `reason` says why.")
    confidence: Share = Field(description="The largest of the probabilities.")
    probabilities: Annotated[list[Share], Field(min_length=10, max_length=10)] = Field(
        description="Of the digits 0 to 9, in this order; all 0 when there was nothing to look at."
    )
    reason: Literal["empty", "too_little_ink", "not_a_digit"] | None
    model_version: Annotated[int, Field(ge=1)] = Field(description="The number of the version that answered.")
    seen: Base64 = Field(description="A PNG of 28 x 28: what the network saw.")


class Step(Schema):
    name: Literal["ink", "crop", "box", "centred"]
    image: Base64 = Field(description="A grey PNG, dark ink on light ground.")


class Layer(Schema):
    kind: Literal["input", "convolution", "maxpool", "dense"]
    words: str
    shape: list[int] = Field(description="Rows, columns and maps, or how many numbers; behind the last layer: answers.")
    window: Annotated[list[int], Field(min_length=2, max_length=2)] | None = Field(
        description="Rows and columns of the layer before that each number looks at; null for all of it."
    )
    across: Annotated[int, Field(ge=1)] = Field(
        description="Maps, or numbers, in a row of the image; a pixel lies between maps."
    )
    image: Base64 = Field(description="A PNG of all maps beside each other: violet for positive, orange for negative.")


class StrokeTakenAway(Schema):
    line: Annotated[int, Field(ge=0)] = Field(description="Which of `lines` was left out.")
    without: Recognition


class Explained(Schema):
    number: Annotated[int, Field(ge=1)]
    architecture: str


class Explanation(Schema):
    answer: Recognition
    versions: list[Explained] = Field(description="Those that can be looked into, the live one first.")
    steps: list[Step] = Field(description="From the ink as it came to the image that the network reads.")
    layers: list[Layer]
    lines: list[list[Annotated[list[float], Field(min_length=2, max_length=2)]]] = Field(
        description="The strokes, or parts of the only one: x, y as shares of the canvas's longer side."
    )
    strokes: list[StrokeTakenAway] = Field(description="The answers without one of the lines; none for pictures.")


class Drawing(Recognition):
    id: Annotated[int, Field(ge=1)]
    created_at: datetime
    source: Literal["strokes", "upload"]
    label: Digit | None = Field(description="What the visitor says that it shows.")
    not_a_digit: bool = Field(description="The visitor says that it shows no digit.")
    label_state: Literal["unreviewed", "accepted", "rejected"] | None = Field(description="Null without a label.")
    life: str = Field(description="The address of the page that tells what became of it; whoever has it may look.")


class DrawingWithStrokes(Drawing):
    strokes: list[list[Annotated[list[float], Field(min_length=2, max_length=3)]]] | None = Field(
        description="As they were drawn; null for an upload."
    )
    width: float | None
    height: float | None


class Page(Schema):
    items: list[Drawing]
    count: Annotated[int, Field(ge=0)] = Field(description="Of the visitor's drawings, on all pages.")
    page: Annotated[int, Field(ge=1)]
    pages: Annotated[int, Field(ge=1)]


class Figure(Schema):
    accuracy: Share
    n: Annotated[int, Field(ge=1)] = Field(description="How many images it was measured on.")
    date: datetime


class Accuracy(Schema):
    mnist_test: Figure | None
    drawings: Figure | None = Field(description="On reviewed drawings of visitors that no version learned from.")
    answered: Figure | None = Field(
        description="On the reviewed drawings that it answered itself, as it answered then."
    )


class Model(Schema):
    number: Annotated[int, Field(ge=1)]
    architecture: str
    parameter_count: int
    preprocessing_version: int
    created_at: datetime
    deployed_at: datetime | None = Field(description="When it went live; null if it stands in for another version.")
    accuracy: Accuracy


class Sharing(Schema):
    shares: bool = Field(description="Whether other visitors may be shown the drawings, without a name.")
    since: datetime | None = Field(description="Since when; null if they may not.")
    is_asked: bool = Field(description="Whether this site shows drawings to other visitors at all.")


class Me(Schema):
    known: bool = Field(description="Whether anything is stored from this browser; if not, the rest is null or 0.")
    since: datetime | None
    drawings: Annotated[int, Field(ge=0)]
    corrections: Annotated[int, Field(ge=0)] = Field(description="How often it was said what a drawing shows.")
    second_opinions: Annotated[int, Field(ge=0)]
    shares_since: datetime | None = Field(description="Since when other visitors may be shown the drawings.")
    addresses: Annotated[int, Field(ge=0)] = Field(description="Of how many addresses a keyed hash is kept.")
    addresses_since: datetime | None
    address_days: Annotated[float, Field(ge=0)] = Field(description="For how many days such a hash is kept.")


class Erased(Schema):
    deleted: bool = Field(description="Whether all is gone already; else it goes by itself, and nobody is shown it.")
    left: Annotated[int, Field(ge=0)] = Field(description="How many drawings are still to go.")
    progress: str = Field(description="The address of a page that says how far it has come.")


class Opinions(Schema):
    given: Annotated[int, Field(ge=0)] = Field(description="The visitor's answers so far, those that say nothing too.")
    counted: Annotated[int, Field(ge=0)] = Field(description="Of how many votes the next two tell; whole groups of 20.")
    reviewed: Annotated[int, Field(ge=0)] = Field(description="Of these, on drawings whose label a person accepted.")
    same: Annotated[int, Field(ge=0)] = Field(description="Of these, those that said the same.")


class Question(Schema):
    ticket: str = Field(description="Comes back with the answer; it tells nothing of the drawing.")
    path: str | None = Field(description="The drawing as an SVG path in a box of 100 x 100; null for a picture.")
    image: Base64 | None = Field(description="Of a picture, a PNG of 28 x 28: what the network sees of it.")


class Asked(Schema):
    question: Question | None = Field(description="Null when there is nothing to ask this visitor about.")
    opinions: Opinions


POINT = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3, "description": "x, y, t in ms"}
STROKES_BODY: dict[str, Any] = {
    "title": "Strokes",
    "type": "object",
    "required": ["strokes", "width", "height"],
    "properties": {
        "strokes": {"type": "array", "items": {"type": "array", "items": POINT, "minItems": 1}},
        "width": {"type": "number", "minimum": 1, "maximum": 100_000},
        "height": {"type": "number", "minimum": 1, "maximum": 100_000},
        "image": {"type": "null"},
    },
    "example": {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150},
}
IMAGE_BODY: dict[str, Any] = {
    "title": "Image",
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {
            "type": "string",
            "contentEncoding": "base64",
            "description": "The bytes of a PNG, JPEG or WebP file as base64 text, or as a data: URL.",
        },
        "strokes": {"type": "null"},
    },
}
FORM_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": {"type": "string", "format": "binary", "description": "A PNG, JPEG or WebP file."}},
}
SUBMISSION_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"oneOf": [STROKES_BODY, IMAGE_BODY]}},
        "multipart/form-data": {"schema": FORM_BODY},
    },
}
LABEL_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "title": "Label",
                "type": "object",
                "required": ["label"],
                "properties": {
                    "label": {"type": ["integer", "null"], "minimum": 0, "maximum": 9},
                    "not_a_digit": {"type": "boolean", "default": False},
                },
                "anyOf": [
                    {"properties": {"label": {"type": "null"}}},
                    {"properties": {"not_a_digit": {"const": False}}},
                ],
                "example": {"label": 7},
            }
        }
    },
}
SHARING_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "title": "Sharing",
                "type": "object",
                "required": ["shares"],
                "properties": {"shares": {"type": "boolean"}},
                "example": {"shares": True},
            }
        }
    },
}
OPINION_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "title": "Opinion",
                "type": "object",
                "required": ["ticket", "digit"],
                "properties": {
                    "ticket": {"type": "string"},
                    "digit": {"type": ["integer", "null"], "minimum": 0, "maximum": 9, "description": "Null: none."},
                    "cannot_tell": {"type": "boolean", "default": False, "description": "No vote; digit is null."},
                },
                "anyOf": [
                    {"properties": {"digit": {"type": "null"}}},
                    {"properties": {"cannot_tell": {"const": False}}},
                ],
                "example": {"ticket": "...", "digit": 7},
            }
        }
    },
}
