"""Thousands of requests made up from the API's own description, sent to a running site, and counted by their answers.

    THROTTLE_SCALE=0 make run                             in one terminal
    .venv/bin/python -m benchmarks.generated_requests     in another

It fails where any answer is 5xx. Half of the requests are as described, half are not. Left out on purpose: whether
answers are as described, which the tests check of fewer requests."""

import argparse
import json
import sys
import time
from collections import Counter
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from schemathesis import GenerationMode

SEVEN = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--requests", type=int, default=5000, help="at least so many are sent")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args()
    began = time.perf_counter()
    sender = Sender(options.url)
    sender.run(options.requests, options.seed)
    report(sender, time.perf_counter() - began, as_json=options.json)
    sys.exit(1 if sender.failures else 0)


class Sender:
    """A visitor with a drawing, who sends what is generated and counts what comes back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.statuses: Counter[int] = Counter()
        self.of_operation: Counter[str] = Counter()
        self.failures: list[dict[str, Any]] = []
        self._session = requests.Session()
        self._sign_in()

    def run(self, count: int, number: int) -> None:
        """Each operation in both modes, over and over with other seeds, until there were so many."""
        description = schemathesis.openapi.from_url(f"{self.url}/api/v1/openapi.json")
        operations = [result.ok() for result in description.get_all_operations()]
        each = -(-count // (2 * len(operations)))
        while sum(self.statuses.values()) < count:
            for operation in operations:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    self._send_some(operation, mode, each, number)
            number += 1

    def _send_some(self, operation: Any, mode: GenerationMode, count: int, number: int) -> None:
        @seed(number)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            self._send(case, is_sound=mode is GenerationMode.POSITIVE)

        try:
            send()
        except Exception as error:  # an operation without parameters has nothing to be wrong
            if "Unsatisfiable" not in type(error).__name__:
                raise

    def _send(self, case: Any, *, is_sound: bool) -> None:
        if is_sound and "drawing_id" in (case.path_parameters or {}):
            case.path_parameters["drawing_id"] = self.drawing_id
        response = case.call(session=self._session, headers={"X-CSRFToken": self._token})
        self.statuses[response.status_code] += 1
        self.of_operation[f"{case.method} {case.path}"] += 1
        if response.status_code >= 500:
            self.failures.append({"request": case.as_curl_command(), "status": response.status_code})
        if case.method == "DELETE" and response.status_code == 204:
            self._draw()

    def _sign_in(self) -> None:
        self._session.get(f"{self.url}/api/v1/model").raise_for_status()
        self._draw()

    def _draw(self) -> None:
        answer = self._session.post(f"{self.url}/api/v1/drawings", json=SEVEN, headers={"X-CSRFToken": self._token})
        answer.raise_for_status()
        self.drawing_id = answer.json()["id"]

    @property
    def _token(self) -> str:
        return next(cookie.value for cookie in self._session.cookies if cookie.name.endswith("csrftoken"))


def report(sender: Sender, seconds: float, *, as_json: bool) -> None:
    total = sum(sender.statuses.values())
    figures = {
        "requests": total,
        "seconds": round(seconds, 1),
        "5xx": sum(count for status, count in sender.statuses.items() if status >= 500),
        "statuses": {str(status): count for status, count in sorted(sender.statuses.items())},
        "operations": dict(sender.of_operation.most_common()),
        "failures": sender.failures[:20],
    }
    if as_json:
        print(json.dumps(figures))
        return
    print(f"{total:,} requests in {seconds:.0f} s, 5xx: {figures['5xx']}")
    for status, count in figures["statuses"].items():
        print(f"{status:>8} {count:>8,}")
    for failure in figures["failures"]:
        print(failure["status"], failure["request"])


if __name__ == "__main__":
    main()
