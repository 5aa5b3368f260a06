"""One file over HTTP, with an end to everything: to each wait, to the whole, to the size and to the attempts.

Left out on purpose: what the file should contain; the caller knows its SHA-256. A transfer that breaks is taken up
where it broke if the server can do that, and begun again if it cannot."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

ATTEMPTS = 4
TOTAL_SECONDS = 900.0
# Before the second attempt; each later one waits as much longer.
PAUSE_SECONDS = 0.5
BLOCK_BYTES = 65_536


class DownloadError(Exception):
    """The file could not be had; the message says why."""


class Broken(Exception):  # noqa: N818 (it is what happened)
    """The transfer broke; another attempt may go on from there."""


def download(
    url: str,
    target: Path,
    *,
    max_bytes: int,
    timeout_seconds: float,
    total_seconds: float = TOTAL_SECONDS,
    attempts: int = ATTEMPTS,
    progress: Callable[[int, int | None], object] = lambda received, total: None,
) -> None:
    """Write what `url` gives to `target`; raise DownloadError.

    `timeout_seconds` bounds every single wait, `total_seconds` all attempts together.
    """
    deadline = time.monotonic() + total_seconds
    reason = ""
    with target.open("wb") as file:
        for attempt in range(attempts):
            time.sleep(PAUSE_SECONDS * attempt)
            try:
                return receive(url, file, max_bytes, timeout_seconds, deadline, progress)
            except Broken as broken:
                reason = str(broken)
    raise DownloadError(f"{reason} (after {attempts} attempts)")


def receive(
    url: str,
    file: BinaryIO,
    max_bytes: int,
    timeout_seconds: float,
    deadline: float,
    progress: Callable[[int, int | None], object],
) -> None:
    """Append to `file` what it lacks of `url`'s content; raise Broken or DownloadError."""
    have = file.tell()
    try:
        with urllib.request.urlopen(request(url, have), timeout=timeout_seconds) as response:
            if have and not goes_on(response, have):
                file.seek(0)
                file.truncate()
            copy_body(response, file, max_bytes, deadline, progress)
    except urllib.error.HTTPError as error:
        refuse(error, file)
    except (OSError, http.client.HTTPException) as error:
        raise Broken(f"the connection failed: {getattr(error, 'reason', None) or error!r}") from None
    except ValueError as error:
        raise DownloadError(f"{url!r} is no usable address: {error}") from None


def request(url: str, have: int) -> urllib.request.Request:
    # Without `identity` a server may pack the packed file once more.
    headers = {"Accept-Encoding": "identity", "User-Agent": "digits"}
    if have:
        headers["Range"] = f"bytes={have}-"
    return urllib.request.Request(url, headers=headers)


def goes_on(response: http.client.HTTPResponse, have: int) -> bool:
    """Say whether the server answered with the rest that was asked for, and not with the whole."""
    return response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def refuse(error: urllib.error.HTTPError, file: BinaryIO) -> None:
    """Turn an error status into Broken where another attempt may help, else into DownloadError."""
    error.close()
    if error.code == 416:  # what we have does not fit what the server has: begin again
        file.seek(0)
        file.truncate()
        raise Broken("the server cannot continue the file") from None
    if error.code >= 500:
        raise Broken(f"the server answered {error.code} {error.reason}") from None
    raise DownloadError(f"the server answered {error.code} {error.reason}") from None


def copy_body(
    response: http.client.HTTPResponse,
    file: BinaryIO,
    max_bytes: int,
    deadline: float,
    progress: Callable[[int, int | None], object],
) -> None:
    """Append a response's body to `file`; raise Broken if it ends early, DownloadError if it does not end."""
    length = response.headers.get("Content-Length", "")
    total = file.tell() + int(length) if length.isdecimal() else None
    while block := response.read1(BLOCK_BYTES):
        file.write(block)
        if file.tell() > max_bytes:
            raise DownloadError(f"it sends more than the {max_bytes} bytes that the file can have")
        if time.monotonic() > deadline:
            raise DownloadError("it takes too long")
        progress(file.tell(), total)
    if total is not None and file.tell() < total:
        raise Broken(f"the transfer ended after {file.tell()} of {total} bytes")
