"""Clients that each send a drawing, wait for its answer, and send the next, all in one thread.

A closed loop, in which the site decides the pace; or, with a rate, so many drawings a second by the clock. What is late
then counts from when it was due, so that a site that falls behind does not look the better for it. Every latency and
every id of a stored drawing is kept, to be looked for in the database afterwards."""

import heapq
import json
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from math import ceil
from uuid import uuid4

from benchmarks.load import wire

PATIENCE_SECONDS = 60.0
MOST_IDLE_SECONDS = 4.0  # the site ends a connection on which nothing came for 5
PATH = "/api/v1/drawings"


@dataclass
class Tally:
    """Milliseconds of each answer in order, the ids that were acknowledged, what went wrong, in words, and how many
    drawings were due and not sent any more, their senders still waiting for answers when the time was over."""

    milliseconds: list[float] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    unsent: int = 0


class Client:
    """One visitor on one connection. Raises wire.ProtocolError, OSError when the site doesn't answer at first."""

    def __init__(self, address: tuple[str, int], bodies: Iterator[bytes], path: str) -> None:
        self._address, self._bodies, self._path = address, bodies, path
        self._host = f"{address[0]}:{address[1]}"
        self.cookies: dict[str, str] = {}
        for method, first in (("GET", None), ("POST", next(bodies))):
            target = "/api/v1/model" if method == "GET" else PATH
            answer = wire.ask(address, wire.request(method, target, self._host, cookies=self.cookies, body=first))
            if answer.status not in (200, 201):
                raise wire.ProtocolError(f"{method} {target} answered {answer.status}: {answer.body[:300]!r}")
            self.cookies |= answer.cookies()
        self.first_id = json.loads(answer.body)["id"]

    def connect(self) -> None:
        self.socket = self._connected()

    def send(self, due: float | None = None) -> None:
        """Send the next drawing, which was due at that moment by `time.perf_counter`; None: now."""
        key = {"Idempotency-Key": str(uuid4())}  # as the site's own page sends it
        data = wire.request("POST", self._path, self._host, cookies=self.cookies, body=next(self._bodies), headers=key)
        self.incoming, self.began = wire.Incoming(), due or time.perf_counter()
        self.socket.sendall(data)

    def reconnect(self) -> None:
        self.socket.close()
        self.socket = self._connected()

    def _connected(self) -> socket.socket:
        made = socket.create_connection(self._address, timeout=PATIENCE_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


def run(
    address: tuple[str, int],
    bodies: list[bytes],
    *,
    clients: int,
    seconds: float,
    path: str = PATH,
    rate: float | None = None,
) -> Tally:
    """Have so many clients send for so long, each as soon as it can or all of them `rate` drawings a second; what is
    under way then is waited for and counts.

    Raises ValueError for a rate at which connections would be idle for long."""
    if rate and clients / rate > MOST_IDLE_SECONDS:
        least = clients / MOST_IDLE_SECONDS
        raise ValueError(
            f"{clients} clients cannot keep their connections at {rate:g} a second, only from {least:g} on."
        )
    turns = [cycle(bodies[at::clients] or bodies) for at in range(clients)]
    crowd = [Client(address, turn, path) for turn in turns]
    tally = Tally(ids=[one.first_id for one in crowd])
    with selectors.DefaultSelector() as selector:
        for client in crowd:
            client.connect()
        began = time.perf_counter()
        clock = _Clock(clients / rate) if rate else None
        for at, client in enumerate(crowd):
            if clock:
                clock.first(client, began + at / rate)
            else:
                _send(selector, client)
        _drive(selector, tally, until=began + seconds, clock=clock)
        tally.seconds = time.perf_counter() - began
    for client in crowd:
        client.socket.close()
    return tally


class _Clock:
    """When the clients have to send, each once in `every_seconds`."""

    def __init__(self, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._waiting: list[tuple[float, int, Client]] = []
        self._due: dict[int, float] = {}

    def first(self, client: Client, due: float) -> None:
        self._due[id(client)] = due
        heapq.heappush(self._waiting, (due, id(client), client))

    def next(self, client: Client) -> None:
        """The client has its answer, and waits until it is its turn again; if that is over, it is next."""
        self.first(client, self._due[id(client)])

    def seconds_left(self) -> float | None:
        """Until the next client has to send; None if none waits."""
        return max(0.0, self._waiting[0][0] - time.perf_counter()) if self._waiting else None

    def ready(self) -> Iterator[tuple[Client, float]]:
        """Clients that have to send by now, with the moment when they had to."""
        while self._waiting and self._waiting[0][0] <= time.perf_counter():
            due, key, client = heapq.heappop(self._waiting)
            self._due[key] = due + self._every_seconds
            yield client, due

    def stop(self, until: float) -> int:
        """Nobody sends any more; return how many drawings were due before `until` and were not sent."""
        self._waiting.clear()
        overdue = [until - due for due in self._due.values() if due < until]
        return sum(ceil(late / self._every_seconds) for late in overdue)


def _drive(selector: selectors.BaseSelector, tally: Tally, *, until: float, clock: _Clock | None) -> None:
    is_over = False
    while True:
        left = None
        if clock:
            if time.perf_counter() >= until and not is_over:
                is_over, tally.unsent = True, clock.stop(until)
            for client, due in clock.ready():
                _send(selector, client, due)
            left = clock.seconds_left()
        if not selector.get_map() and left is None:
            return
        ready = selector.select(PATIENCE_SECONDS if left is None else left)
        if not ready and left is None:
            tally.errors.append(f"{len(selector.get_map())} clients had no answer for {PATIENCE_SECONDS:g} s")
            return
        for key, _ in ready:
            _receive(selector, key.data, tally, until, clock)


def _send(selector: selectors.BaseSelector, client: Client, due: float | None = None) -> None:
    selector.register(client.socket, selectors.EVENT_READ, client)
    client.send(due)


def _receive(
    selector: selectors.BaseSelector, client: Client, tally: Tally, until: float, clock: _Clock | None
) -> None:
    try:
        data = client.socket.recv(65536)
        answer = client.incoming.feed(data) if data else None
    except (OSError, wire.ProtocolError) as error:
        data, answer = b"", None
        tally.errors.append(str(error))
    if data and answer is None:
        return
    if answer is not None:
        _count(client, answer, tally)
    else:
        tally.errors.append("the connection was closed before an answer")
    selector.unregister(client.socket)
    if time.perf_counter() >= until:
        return
    if answer is None or (answer.header("Connection") or "").lower() == "close":
        client.reconnect()
    if clock:
        clock.next(client)
    else:
        _send(selector, client)


def _count(client: Client, answer: wire.Answer, tally: Tally) -> None:
    tally.milliseconds.append((time.perf_counter() - client.began) * 1000)
    if answer.status == 201:
        tally.ids.append(json.loads(answer.body)["id"])
    elif answer.status != 200:
        tally.errors.append(f"{answer.status}: {answer.body[:200].decode(errors='replace')}")
