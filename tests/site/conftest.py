"""What each test of the whole site begins with."""

import logging

import pytest

from digits_site import logs
from recognizer import recognition


@pytest.fixture(autouse=True)
def fresh_process():
    """No version in memory that was live in another test's database."""
    recognition.forget()


class Kept(logging.Handler):
    """Keeps the lines as the site's handler would write them."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        for each in (logs.Discreet(), logs.Context()):
            self.addFilter(each)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def written(settings):
    """All that the site logs, at every level, in JSON and plain."""
    settings.ACCESS_LOG = True
    handlers = [Kept(logs.JsonLines()), Kept(logs.PlainLines("{message}{belongs}", style="{"))]
    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.DEBUG)
    for handler in handlers:
        root.addHandler(handler)
    handlers[1].lines = handlers[0].lines
    yield handlers[0].lines
    for handler in handlers:
        root.removeHandler(handler)
    root.setLevel(level)
