"""How long a visitor waits for `POST /api/v1/drawings`: median and 99th percentile against a running site.

    make run                                            in one terminal
    .venv/bin/python -m benchmarks.store_drawings       in another

The drawings are wavy lines of the length of a digit; what the network reads in them does not matter here. Left out on
purpose: finding the site's limit, which takes load from another machine."""

import argparse
import http.client
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import numpy as np

POINTS = 80


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--drawings", type=int, default=500, help="how many each client sends")
    parser.add_argument("--clients", type=int, default=1, help="how many send at the same time")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args()
    began = time.perf_counter()
    with ThreadPoolExecutor(options.clients) as pool:
        sessions = pool.map(lambda seed: send(options.url, options.drawings, seed), range(options.clients))
        milliseconds = [one for session in sessions for one in session]
    report(summary(milliseconds, time.perf_counter() - began, options.clients), as_json=options.json)


def send(url: str, drawings: int, seed: int) -> list[float]:
    """Store drawings one after the other as one visitor; return each one's milliseconds. Raises on another answer."""
    rng = np.random.default_rng(seed)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    cookies = cookies_after(connection, "GET", "/api/v1/model", None, {})
    cookies |= cookies_after(connection, "POST", "/api/v1/drawings", body_of(rng), cookies)
    return [milliseconds_for(connection, body_of(rng), cookies) for _ in range(drawings)]


def milliseconds_for(connection: http.client.HTTPConnection, body: str, cookies: dict[str, str]) -> float:
    began = time.perf_counter()
    cookies_after(connection, "POST", "/api/v1/drawings", body, cookies)
    return (time.perf_counter() - began) * 1000


def cookies_after(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None, cookies: dict[str, str]
) -> dict[str, str]:
    """Send a request as the site's own page does; return the cookies that its answer sets."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    if body is not None:
        headers |= {"Content-Type": "application/json", "X-CSRFToken": cookies["csrftoken"]}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status not in (200, 201):
        raise SystemExit(f"{method} {path} answered {response.status}: {content[:300].decode(errors='replace')}")
    set_cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
    return dict(one.partition(";")[0].split("=", 1) for one in set_cookies)


def body_of(rng: np.random.Generator) -> str:
    """A wavy line across the canvas, as [x, y, t_ms]."""
    t = np.linspace(0, 1, POINTS)
    turns, slant = rng.uniform(1, 4), rng.uniform(-0.3, 0.3)
    x = 250 + 120 * np.sin(2 * np.pi * turns * t) + 100 * slant * t
    y = 60 + 380 * t
    points = np.stack([x, y, 1000 * t], axis=1).round(1)  # (POINTS, 3)
    return json.dumps({"strokes": [points.tolist()], "width": 500, "height": 500})


def summary(milliseconds: list[float], seconds: float, clients: int) -> dict[str, float]:
    return {
        "drawings": len(milliseconds),
        "clients": clients,
        "p50_ms": round(statistics.median(milliseconds), 2),
        "p99_ms": round(float(np.percentile(milliseconds, 99)), 2),
        "drawings_per_second": round(len(milliseconds) / seconds, 1),
    }


def report(figures: dict[str, float], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<20} {value:>10}")


if __name__ == "__main__":
    main()
