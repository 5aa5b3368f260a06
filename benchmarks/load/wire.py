"""HTTP/1.1 over sockets that stay open, just enough of it to keep a site busy: clients must cost less than the site.

Understands answers with a Content-Length, as the site gives them, and raises ProtocolError for others. Left out on
purpose: TLS, redirects, compression."""

import socket
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"


class ProtocolError(Exception):
    """What came back is no answer that is understood here."""


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    def cookies(self) -> dict[str, str]:
        """What the answer's Set-Cookie headers set."""
        lines = self.head.decode("latin-1").split("\r\n")
        values = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("set-cookie:")]
        return dict(value.partition(";")[0].split("=", 1) for value in values)

    def header(self, name: str) -> str | None:
        for line in self.head.decode("latin-1").split("\r\n"):
            given, _, value = line.partition(":")
            if given.lower() == name.lower():
                return value.strip()
        return None


class Incoming:
    """Bytes as they come, until they are one whole answer."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._head_end = -1
        self._length = 0

    def feed(self, data: bytes) -> Answer | None:
        """Add what came; return the answer once it is whole."""
        self._data += data
        if self._head_end < 0 and not self._find_head():
            return None
        start = self._head_end + len(HEAD_END)
        if len(self._data) < start + self._length:
            return None
        head = bytes(self._data[: self._head_end])
        return Answer(int(head[9:12]), head, bytes(self._data[start : start + self._length]))

    def _find_head(self) -> bool:
        self._head_end = self._data.find(HEAD_END)
        if self._head_end < 0:
            return False
        head = bytes(self._data[: self._head_end]).lower()
        at = head.find(b"\r\ncontent-length:")
        if at < 0 and b" 204 " not in head[:14] and b" 304 " not in head[:14]:
            raise ProtocolError(f"an answer without Content-Length: {head[:200]!r}")
        if at >= 0:
            self._length = int(head[at + 17 :].partition(b"\r\n")[0])
        return True


def request(
    method: str,
    path: str,
    host: str,
    *,
    cookies: dict[str, str] | None = None,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    """The bytes of a request as the site's own page sends it: with the token of its cookie, and JSON."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if method not in ("GET", "HEAD"):
        lines.append(f"X-CSRFToken: {(cookies or {}).get('csrftoken', '')}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


def ask(address: tuple[str, int], data: bytes, *, timeout_seconds: float = 30.0) -> Answer:
    """Send one request over a connection of its own and wait for the answer. Raises OSError, ProtocolError."""
    with socket.create_connection(address, timeout=timeout_seconds) as connection:
        connection.sendall(data)
        incoming = Incoming()
        while data := connection.recv(65536):
            if answer := incoming.feed(data):
                return answer
    raise ProtocolError("the connection was closed before the whole answer had come")
