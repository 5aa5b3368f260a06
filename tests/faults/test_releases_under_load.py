"""Versions are promoted and rolled back while eight clients ask on: no error, and no answer by half a version.

The site is the real one, as `make run` starts it: two web processes of four threads each."""

import json
import math
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from recognizer import recognition, submissions
from recognizer.network import weights
from recognizer.recognition import LiveModel
from tests.site.imports import PROJECT_DIR
from tests.site.running import environment, running, wait_for

pytestmark = pytest.mark.faults

CLIENTS = 8
SWITCHED_WITHIN_SECONDS = 5.0
# So many answers of the new version in a row, and both processes of the web have surely switched: each of them answers
# about every second request.
IN_A_ROW = 400
# A drawing that the two shipped versions read differently, and neither is sure about.
STROKES = [[[60, 30], [60, 80], [140, 80]], [[120, 20], [110, 140]], [[60, 30], [120, 20]]]
DRAWING = {"strokes": STROKES, "width": 200, "height": 150}


@dataclass(frozen=True)
class Answer:
    """What a client got, and when it had asked for it."""

    asked_at: float
    status: int
    body: dict


class Clients:
    """Threads that ask without a pause, each over connections of its own, and what they got in the order of answers."""

    def __init__(self, address: str) -> None:
        self.answers: list[Answer] = []
        self.failures: list[str] = []
        self._place = urlsplit(address).netloc
        self._token = _csrf_token(address)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(CLIENTS)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self) -> None:
        while not self._over.is_set():
            asked_at = time.time()
            try:
                self.answers.append(self._ask(asked_at))
            except (OSError, ValueError) as error:
                self.failures.append(repr(error))

    def _ask(self, asked_at: float) -> Answer:
        # A new connection each time, so that each client meets both processes.
        connection = HTTPConnection(self._place, timeout=30)
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"csrftoken={self._token}",
            "X-CSRFToken": self._token,
        }
        try:
            connection.request("POST", "/api/v1/recognitions", json.dumps(DRAWING), headers)
            response = connection.getresponse()
            return Answer(asked_at, response.status, json.loads(response.read()))
        finally:
            connection.close()

    def last(self, count: int) -> set[int]:
        """Which versions the last answers came from."""
        return {answer.body.get("model_version") for answer in self.answers[-count:]}


def _csrf_token(address: str) -> str:
    with urllib.request.urlopen(f"{address}/api/v1/model", timeout=30) as response:
        return re.search(r"csrftoken=(\w+)", response.headers["Set-Cookie"]).group(1)


def manage(site, *arguments: str) -> dict:
    """Run a command on the site's data, as a person does in a second terminal."""
    command = [sys.executable, "manage.py", *arguments, "--json"]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=site.env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def expected(number: int) -> list[float]:
    """The probabilities that the version gives: the shipped files are registered in the order of their names."""
    path = sorted((PROJECT_DIR / "recognizer" / "weights").glob("*.safetensors"))[number - 1]
    model = LiveModel(number, number, weights.loads(path.read_bytes()).network)
    seen = submissions.of_strokes(DRAWING["strokes"], DRAWING["width"], DRAWING["height"]).seen
    return recognition.recognise(seen, model).probabilities


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("under load")
    env = environment(folder / "data", folder / "static", WEB_WORKERS="2", WEB_THREADS="4", LOG_LEVEL="WARNING")
    with running(env, folder / "output") as site:
        yield site


def test_every_answer_during_releases_is_one_versions_and_all_processes_switch_in_time(site):
    # The last shipped version is live on a new site.
    promote = ("promote", "1", "--override", "to be released under load")
    releases = [promote, ("rollback",), promote, ("rollback",)]
    switched_after = []
    with Clients(site.address) as clients:
        wait_for("the first answers", lambda: len(clients.answers) > IN_A_ROW)
        assert clients.last(IN_A_ROW) == {2}
        for command in releases:
            release = manage(site, *command)
            live, answered = release["model_version"], len(clients.answers)
            released_at = datetime.fromisoformat(release["started_at"]).timestamp()
            wait_for(
                f"answers of version {live} alone",
                lambda live=live, least=answered + IN_A_ROW: (
                    len(clients.answers) > least and clients.last(IN_A_ROW) == {live}
                ),
            )
            late = [a.asked_at for a in clients.answers if a.body.get("model_version") != live]
            switched_after.append(max(late) - released_at)
    print(f"{len(clients.answers)} answers; switched after {[f'{seconds:.2f} s' for seconds in switched_after]}")
    assert clients.failures == []
    assert {answer.status for answer in clients.answers} == {200}
    assert {answer.body["model_version"] for answer in clients.answers} == {1, 2}
    assert max(switched_after) < SWITCHED_WITHIN_SECONDS
    right = {number: expected(number) for number in (1, 2)}
    assert not all(math.isclose(one, other, abs_tol=0.1) for one, other in zip(right[1], right[2], strict=True))
    mixed = [answer.body for answer in clients.answers if not is_right(answer.body, right)]
    assert mixed == []


def is_right(body: dict, right: dict[int, list[float]]) -> bool:
    """Whether the probabilities are those of the version that the answer names, and the rest goes with them."""
    probabilities = body["probabilities"]
    theirs = right[body["model_version"]]
    near = all(math.isclose(one, other, abs_tol=2e-6) for one, other in zip(probabilities, theirs, strict=True))
    is_largest = body["digit"] is None or probabilities.index(max(probabilities)) == body["digit"]
    return near and is_largest and body["confidence"] == max(probabilities)
