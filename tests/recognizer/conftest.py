"""Sites to ask: with random weights as the shipped version, since a random network answers as quickly as a good one."""

from pathlib import Path

import numpy as np
import pytest
from django.test import Client

from recognizer import recognition, versions
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import ModelVersion
from recognizer.network import Network, weights

SEVEN = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}


def weights_file(seed: int, provenance: dict | None = None) -> bytes:
    """The file of a network with random weights; another seed gives another version."""
    return weights.dumps(
        Network.create("lenet-5x5", np.random.default_rng(seed)),
        provenance or {"seed": seed},
        preprocessing_version=PREPROCESSING_VERSION,
    )


def new_version(seed: int) -> ModelVersion:
    return versions.register(weights_file(seed), source=ModelVersion.Source.TRAINED)


@pytest.fixture(autouse=True)
def fresh_process():
    """As if the process had just started: no network in memory."""
    recognition.forget()
    yield
    recognition.forget()


@pytest.fixture(autouse=True)
def shipped(settings, tmp_path) -> Path:
    """The folder of shipped weights, with one file; every answer counts as a digit, however unsure."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR = folder
    settings.MIN_CONFIDENCE = 0.0
    return folder


class Visitor(Client):
    """A browser of its own: keeps its cookies, and sends the CSRF token as the site's scripts do."""

    def __init__(self, **options) -> None:
        super().__init__(enforce_csrf_checks=True, **options)
        self.get("/api/v1/model")

    def request(self, **environ):
        if token := self.cookies.get("csrftoken"):
            environ.setdefault("HTTP_X_CSRFTOKEN", token.value)
        return super().request(**environ)

    def send(self, path: str, body: object, **options):
        """POST as JSON."""
        return self.post(f"/api/v1/{path}", body, content_type="application/json", **options)

    def draw(self, **changes) -> dict:
        """Store a drawing, and return the answer."""
        response = self.send("drawings", SEVEN | changes)
        assert response.status_code == 201, response.content
        return response.json()

    def label(self, drawing_id: int, body: object):
        return self.put(f"/api/v1/drawings/{drawing_id}/label", body, content_type="application/json")


@pytest.fixture
def visitor(db) -> Visitor:
    return Visitor()


@pytest.fixture
def other_visitor(db) -> Visitor:
    return Visitor()
