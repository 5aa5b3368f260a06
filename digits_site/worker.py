"""Gunicorn's threads, each given a connection only once a whole request has come over it.

Senders that are slow or silent then cost a connection and no thread, so that few threads do, which wait less for each
other. Left out on purpose: TLS and HTTP/2, which a proxy in front ends, and bodies of many kilobytes, which a thread
reads as they come."""

import errno
import socket
import time
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from typing import Any

from django.conf import settings
from gunicorn import http
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

PIECE_BYTES = 65_536
MOST_GATHERED_BYTES = 131_072
COURTESY_SECONDS = 0.02
HEAD_END = b"\r\n\r\n"


class Connection(TConn):
    """`came` is what has arrived of the next request."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.came = bytearray()
        self.data_ready = True

    def init(self) -> None:
        if not self.initialized:
            self.initialized = True
            self.parser = http.get_parser(self.cfg, self.sock, self.client)


class Worker(ThreadWorker):
    """Lets the other workers have a new connection first while all of its own threads are busy."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._busy = 0
        self._accepted_at = float("-inf")

    def set_accept_enabled(self, enabled: bool) -> None:
        is_free = self._busy < self.cfg.threads or time.monotonic() > self._accepted_at + COURTESY_SECONDS
        super().set_accept_enabled(enabled and is_free)

    def enqueue_req(self, conn: Connection) -> None:
        self._busy += 1
        super().enqueue_req(conn)
        self.set_accept_enabled(self._accepting)

    def finish_request(self, conn: Connection, fs: Future) -> None:
        self._busy -= 1  # before that of a next request which has come already
        super().finish_request(conn, fs)

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, address = listener.accept()
        except OSError as error:  # another worker was faster, or the client is gone
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        self._accepted_at = time.monotonic()
        connection = Connection(self.cfg, sock, address, listener.getsockname())
        self._wait(connection)
        self.poller.register(sock, EVENT_READ, partial(self._gather, connection))

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        self.keepalived_conns.remove(conn)
        self._wait(conn)
        gather = partial(self._gather, conn)
        self.poller.modify(client, EVENT_READ, gather)
        gather(client)

    def handle(self, conn: Connection) -> object:
        conn.sock.setblocking(True)
        conn.init()
        if conn.came:
            conn.parser.unreader.unread(bytes(conn.came))
            conn.came.clear()
        return super().handle(conn)

    def _gather(self, conn: Connection, client: socket.socket) -> None:
        """Take what has come, and hand the connection over once that is a request, or nothing more will come."""
        try:
            piece = client.recv(PIECE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            piece = b""
        conn.came += piece
        self.pending_conns.remove(conn)
        if piece and not _is_whole(conn.came):
            self._wait(conn)
            return
        self.poller.unregister(client)
        if conn.came:
            self.enqueue_req(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def _wait(self, conn: Connection) -> None:
        """For the next piece; the connections stay in the order in which their time is over."""
        conn.timeout = time.monotonic() + settings.SILENCE_SECONDS
        self.pending_conns.append(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """A worker that stops waits no longer for who has not begun to send."""
        super()._cap_keepalive(deadline)
        begun = [conn for conn in self.pending_conns if conn.came]
        idle = [conn for conn in self.pending_conns if not conn.came]
        for conn in idle:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.pending_conns.clear()
        self.pending_conns.extend(sorted(idle + begun, key=lambda conn: conn.timeout))


def _is_whole(came: bytearray) -> bool:
    """Whether a thread has no reason to wait: the request is there, or too long or too unclear to be waited for."""
    end = came.find(HEAD_END)
    if end < 0 or len(came) > MOST_GATHERED_BYTES:
        return len(came) > MOST_GATHERED_BYTES
    head = bytes(came[:end]).lower()
    if b"\r\ntransfer-encoding:" in head or b"\r\nexpect:" in head:
        return True
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        return True
    length = head[at + 17 :].partition(b"\r\n")[0].strip()
    return not length.isdigit() or len(came) >= min(end + len(HEAD_END) + int(length), MOST_GATHERED_BYTES)
