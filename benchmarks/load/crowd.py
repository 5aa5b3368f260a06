"""Clients that each send a drawing, wait for its answer, and send the next, all in one thread.

A closed loop: the site decides the pace. Every latency and every id of a stored drawing is kept, to be looked for in
the database afterwards. Left out on purpose: think time; a replayed day has it."""

import json
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from uuid import uuid4

from benchmarks.load import wire

PATIENCE_SECONDS = 60.0
PATH = "/api/v1/drawings"


@dataclass
class Tally:
    """Milliseconds of each answer in order, the ids that were acknowledged, and what went wrong, in words."""

    milliseconds: list[float] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0


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

    def send(self) -> None:
        key = {"Idempotency-Key": str(uuid4())}  # as the site's own page sends it
        data = wire.request("POST", self._path, self._host, cookies=self.cookies, body=next(self._bodies), headers=key)
        self.incoming, self.began = wire.Incoming(), time.perf_counter()
        self.socket.sendall(data)

    def reconnect(self) -> None:
        self.socket.close()
        self.socket = self._connected()

    def _connected(self) -> socket.socket:
        made = socket.create_connection(self._address, timeout=PATIENCE_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


def run(address: tuple[str, int], bodies: list[bytes], *, clients: int, seconds: float, path: str = PATH) -> Tally:
    """Have so many clients send for so long; what is under way then is waited for and counts."""
    turns = [cycle(bodies[at::clients] or bodies) for at in range(clients)]
    crowd = [Client(address, turn, path) for turn in turns]
    tally = Tally(ids=[one.first_id for one in crowd])
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for client in crowd:
            client.connect()
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send()
        _drive(selector, tally, until=began + seconds)
        tally.seconds = time.perf_counter() - began
    for client in crowd:
        client.socket.close()
    return tally


def _drive(selector: selectors.BaseSelector, tally: Tally, *, until: float) -> None:
    while selector.get_map():
        ready = selector.select(PATIENCE_SECONDS)
        if not ready:
            tally.errors.append(f"{len(selector.get_map())} clients had no answer for {PATIENCE_SECONDS:g} s")
            return
        for key, _ in ready:
            _receive(selector, key.data, tally, until)


def _receive(selector: selectors.BaseSelector, client: Client, tally: Tally, until: float) -> None:
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
    selector.register(client.socket, selectors.EVENT_READ, client)
    client.send()


def _count(client: Client, answer: wire.Answer, tally: Tally) -> None:
    tally.milliseconds.append((time.perf_counter() - client.began) * 1000)
    if answer.status == 201:
        tally.ids.append(json.loads(answer.body)["id"])
    elif answer.status != 200:
        tally.errors.append(f"{answer.status}: {answer.body[:200].decode(errors='replace')}")
