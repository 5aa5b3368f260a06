"""The one error that bad ink raises, fit to be shown to whoever sent it.

How it becomes an HTTP answer or a line on the terminal, and in which language, is the caller's business.
"""

import reprlib
from decimal import Decimal


class InkError(ValueError):
    """Ink that cannot be read: `message` names the value and the remedy, `field` the place (`strokes[2][17]`).

    `template` % `values` is the message, with numbers as the reader's language writes them; here that is English.
    """

    def __init__(self, code: str, template: str, *, field: str | None = None, **values: str | float | Decimal) -> None:
        self.template, self.values = template, {"field": field} | values
        self.message = template % {name: _written(value) for name, value in self.values.items()}
        super().__init__(self.message)
        self.code = code
        self.field = field


def gettext_noop(text: str) -> str:
    """Marks a text for translation, which is left to callers: tools that collect texts look for this name."""
    return text


def _written(value: object) -> object:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else value


def show(value: object) -> str:
    """A short text for any value at all, to stand in a message."""
    try:
        return reprlib.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        return "a number of thousands of digits"
