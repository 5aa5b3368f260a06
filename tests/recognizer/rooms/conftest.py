"""Rooms to join."""

import pytest
from django.contrib.auth.models import User

from recognizer.models import Room
from recognizer.rooms import running


@pytest.fixture
def teacher(db) -> User:
    return User.objects.create_user("teacher", is_staff=True)


@pytest.fixture
def room(teacher) -> Room:
    return running.create(name="7b", owner=teacher)
