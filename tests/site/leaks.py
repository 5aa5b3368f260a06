"""Asks every address of the site, by every method, as every kind of visitor, and looks into the answers.

Addresses come from the URL configuration. Left out on purpose: statuses, which test_public_access.py and
test_access.py compare with their tables; here it is what stands in the answers."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import product

from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PARAMETER = re.compile(r"<[^>]+>")
# Addresses that need something else than a number in the place of their parameters
SPECIAL = re.compile(r"\(\?P|\^|\$")
# Sent with each request that may carry a body: what most of the addresses that change something would take
BODY = {"label": 7, "sure": "yes", "digit": 7, "ticket": "none", "shares": True, "reason": "why", "decision": "accept"}


@dataclass(frozen=True)
class Asked:
    """One request and what came back: its status, its headers and all of its content."""

    kind: str
    method: str
    path: str
    status: int
    answer: bytes
    cache_control: str


def addresses(part: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address of the site, with * for each parameter; but those that are patterns, which catch what is left."""
    for pattern in (part or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        elif isinstance(pattern, URLPattern) and not SPECIAL.search(route):
            yield PARAMETER.sub("*", route)


def ask_all(
    kinds: dict[str, Client], fill: Callable[[str], Iterator[str]], *, wanted: Callable[[str, str, str], bool]
) -> Iterator[Asked]:
    """Ask as everybody what is wanted (kind, method, path); each request finds the site as it was before, and `fill`
    puts numbers for the *."""
    for address in sorted(set(addresses())):
        for path in fill(address):
            for method, kind in product(METHODS, kinds):
                if wanted(kind, method, path):
                    yield _ask(kind, kinds[kind], method, path)


def _ask(kind: str, browser: Client, method: str, path: str) -> Asked:
    kept = SimpleCookie(browser.cookies.output(header=""))
    has_body = method not in ("GET", "HEAD", "OPTIONS")
    with transaction.atomic():
        options = {"data": BODY, "content_type": "application/json"} if has_body and path.startswith("/api/") else {}
        if method == "POST" and not options:
            options = {"data": BODY}
        response = getattr(browser, method.lower())(path, **options)
        answer = _all_of(response)
        transaction.set_rollback(True)
    browser.cookies = kept
    return Asked(kind, method, path, response.status_code, answer, response.get("Cache-Control", ""))


def _all_of(response: HttpResponseBase) -> bytes:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        content += _unpacked(content)
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    cookies = response.cookies.output()
    return content + headers.encode() + cookies.encode()


def _unpacked(content: bytes) -> bytes:
    """What an archive holds, which its compressed bytes do not show."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())
