"""Finds out whether the site answers, without waiting for it.

The request lies in the listener's queue until a worker takes it; whoever asked attends to other things until then."""

import socket


class Probe:
    """One HTTP request to the site; `fileno` is readable when there is an answer, or an end without one."""

    def __init__(self, address: tuple, *, path: str, host: str) -> None:
        self._socket = socket.create_connection(address[:2], timeout=2.0)
        self._socket.setblocking(False)
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())

    def fileno(self) -> int:
        return self._socket.fileno()

    def take_answer(self) -> bool:
        """Return whether the answer is one of a site that works; any but a server's error is."""
        try:
            head = self._socket.recv(64)
        except OSError:
            head = b""
        self._socket.close()
        return head.startswith(b"HTTP/1.") and head[9:10] in (b"2", b"3", b"4")
