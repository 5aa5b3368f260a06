"""What each test of the whole site begins with."""

import pytest

from recognizer import recognition


@pytest.fixture(autouse=True)
def fresh_process():
    """No version in memory that was live in another test's database."""
    recognition.forget()
