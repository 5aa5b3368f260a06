"""The one error that bad ink raises, fit to be shown to whoever sent it.

How it becomes an HTTP answer or a line on the terminal is the caller's business.
"""

import reprlib


class InkError(ValueError):
    """Ink that cannot be read: `message` names the value and the remedy, `field` the place (`strokes[2][17]`)."""

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


def show(value: object) -> str:
    """A short text for any value at all, to stand in a message."""
    try:
        return reprlib.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        return "a number of thousands of digits"
