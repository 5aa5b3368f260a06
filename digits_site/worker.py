"""Gunicorn's threads, each given a connection only once a whole request has come over it.

Senders that are slow or silent then cost a connection and no thread, so that few threads do, which wait less for each
other. A connection stays with the worker that took it, so that each lets those go first which have fewer. Left out on
purpose: TLS and HTTP/2, which a proxy in front ends, and bodies of many kilobytes, which a thread reads as they come.
"""

import errno
import mmap
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ, BaseSelector
from typing import Any

from django.conf import settings
from gunicorn import http
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

PIECE_BYTES = 65_536
MOST_CLOSING, MOST_DRAINED_BYTES = 256, 1_048_576
MOST_GATHERED_BYTES = 131_072
COURTESY_SECONDS = 0.02
STEP_BACK_SECONDS, STEPPED_BACK_SECONDS = 0.005, 0.1  # how long, and for how long that counts
LOOK_AGAIN_SECONDS = 0.001
PLACES_LOOKED_AT = 64
HEAD_END = b"\r\n\r\n"

MOST_WORKERS = 1024
GONE = 65_535
# How many connections the worker at each place has, in memory that all share whose first process has loaded this.
_open = memoryview(mmap.mmap(-1, 2 * MOST_WORKERS)).cast("H")
_open[:] = memoryview(bytes(b"\xff" * 2 * MOST_WORKERS)).cast("H")


def gone(place: int) -> None:
    """The worker at this place takes no more connections, and nobody has to let it go first."""
    _open[place] = GONE


class Connection(TConn):
    """`came` is what has arrived of the next request; `hand_back` takes the socket once all is answered."""

    def __init__(self, *args: Any, hand_back: Callable[[socket.socket], None]) -> None:
        super().__init__(*args)
        self.came = bytearray()
        self._hand_back = hand_back
        self.data_ready = True

    def init(self) -> None:
        if not self.initialized:
            self.initialized = True
            self.parser = http.get_parser(self.cfg, self.sock, self.client)

    def close(self, graceful: bool = False) -> None:
        if graceful:
            self._hand_back(self.sock)
        else:
            super().close()


class Closing:
    """Sockets whose last answer is written: each is read to its end for a while, since who is still sending would else
    lose the answer. Gunicorn waits for one after the other, in the thread that everybody waits for."""

    def __init__(self) -> None:
        self._until: dict[socket.socket, float] = {}
        self._drained: dict[socket.socket, int] = {}

    def add(self, sock: socket.socket, poller: BaseSelector) -> None:
        try:
            sock.setblocking(False)
            sock.shutdown(socket.SHUT_WR)
        except OSError:  # the client is gone
            sock.close()
            return
        if len(self._until) >= MOST_CLOSING:
            self._end(next(iter(self._until)), poller)
        self._until[sock], self._drained[sock] = time.monotonic() + settings.CLOSING_SECONDS, 0
        poller.register(sock, EVENT_READ, partial(self._drain, poller))

    def end_late_ones(self, poller: BaseSelector) -> None:
        now = time.monotonic()
        while self._until and self._until[first := next(iter(self._until))] <= now:
            self._end(first, poller)

    def _drain(self, poller: BaseSelector, sock: socket.socket) -> None:
        if sock not in self._until:  # ended after this was found readable, to make room for another
            return
        piece = _received(sock)
        if piece is None:
            return
        self._drained[sock] += len(piece)
        if not piece or self._drained[sock] > MOST_DRAINED_BYTES:
            self._end(sock, poller)

    def _end(self, sock: socket.socket, poller: BaseSelector) -> None:
        poller.unregister(sock)
        del self._until[sock], self._drained[sock]
        sock.close()


class Worker(ThreadWorker):
    """Lets the other workers have a new connection first while all of its own threads are busy, or it has more."""

    place: int | None = None  # among all workers; without one it does not know of the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._busy = 0
        self._accepted_at = self._stepped_back_at = float("-inf")
        self._listens_again_at: float | None = None
        self._closing = Closing()

    def set_accept_enabled(self, enabled: bool) -> None:
        now = time.monotonic()
        self._listens_again_at = self._lets_others_until(now) if enabled else None
        super().set_accept_enabled(enabled and self._listens_again_at is None)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        self._tell()
        if self._listens_again_at is not None:
            timeout = min(timeout, max(0.0, self._listens_again_at - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)
        self._closing.end_late_ones(self.poller)

    def _lets_others_until(self, now: float) -> float | None:
        """When to look again whether to take a connection; None: now."""
        if now < self._stepped_back_at + STEP_BACK_SECONDS and self._has_more():
            return now + LOOK_AGAIN_SECONDS
        is_busy = self._busy >= self.cfg.threads and now < self._accepted_at + COURTESY_SECONDS
        return self._accepted_at + COURTESY_SECONDS if is_busy else None

    def _tell(self) -> None:
        """Let the others know how many connections this worker has."""
        if self.place is not None:
            _open[self.place] = min(self.nr_conns, GONE - 1) if self.alive else GONE

    def _has_more(self) -> bool:
        # While workers are replaced, there are twice as many places.
        places = max(PLACES_LOOKED_AT, 2 * self.cfg.workers)
        return self.place is not None and self.nr_conns > min(_open[:places])

    def enqueue_req(self, conn: Connection) -> None:
        self._busy += 1
        super().enqueue_req(conn)
        self.set_accept_enabled(self._accepting)

    def finish_request(self, conn: Connection, fs: Future) -> None:
        self._busy -= 1  # before that of a next request which has come already
        super().finish_request(conn, fs)

    def accept(self, listener: socket.socket) -> None:
        now = time.monotonic()
        has_waited = STEP_BACK_SECONDS <= now - self._stepped_back_at < STEPPED_BACK_SECONDS
        self._stepped_back_at = float("-inf")
        if self._has_more() and not has_waited:
            self._stepped_back_at = now
            self.set_accept_enabled(True)
            return
        try:
            sock, address = listener.accept()
        except OSError as error:  # another worker was faster, or the client is gone
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        self._accepted_at = time.monotonic()
        self._tell()
        connection = Connection(self.cfg, sock, address, listener.getsockname(), hand_back=self._close)
        self._wait(connection)
        self.poller.register(sock, EVENT_READ, partial(self._gather, connection))

    def _close(self, sock: socket.socket) -> None:
        self._closing.add(sock, self.poller)

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
        piece = _received(client)
        if piece is None:
            return
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


def _received(sock: socket.socket) -> bytes | None:
    """What has come; b"" where nothing more will, None where nothing has yet."""
    try:
        return sock.recv(PIECE_BYTES)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""


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
