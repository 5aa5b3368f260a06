"""Connections that wait for their sender hold no thread, and every request is read as it was sent."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from selectors import DefaultSelector

import pytest

from benchmarks.load import processes, wire
from digits_site import worker
from tests.site.imports import PROJECT_DIR
from tests.site.running import environment, wait_for

pytestmark = pytest.mark.slow

APP = """
import os
import time

def application(environ, start_response):
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.5)
    if environ["PATH_INFO"] == "/process":
        start_response("200 OK", [("Content-Length", "7")])
        return [b"%7d" % os.getpid()]
    answer = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {len(body)} {body[:1]!r}".encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]
"""


@contextmanager
def served(folder: Path, *, silence_seconds: float = 60.0, workers: int = 1) -> Iterator[tuple[tuple[str, int], int]]:
    """The address of a server with one thread a worker, and the id of its first process."""
    (folder / "app.py").write_text(APP)
    (folder / "hooks.py").write_text("from digits_site.gunicorn import child_exit, pre_fork\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = probe.getsockname()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "app:application", "--chdir", str(folder), "--threads", "1"),
            *("--worker-class", "digits_site.worker.Worker", "--bind", f"{address[0]}:{address[1]}"),
            *(
                "--config",
                str(folder / "hooks.py"),
                "--workers",
                str(workers),
                "--pythonpath",
                str(PROJECT_DIR),
                "--no-control-socket",
            ),
        ],
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "digits_site.settings", "DATA_DIR": str(folder)}
        | {"SILENCE_SECONDS": str(silence_seconds)},
    )
    try:
        wait_for("the server", lambda: process.poll() is not None or _is_up(address))
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        # Long before the connections that are still open would be given up
        assert process.wait(timeout=40) == 0


def _is_up(address: tuple[str, int]) -> bool:
    try:
        return ask(address, "GET", "/") == b"GET / 0 b''"
    except OSError:
        return False


@pytest.fixture
def server(tmp_path) -> Iterator[tuple[str, int]]:
    with served(tmp_path) as (address, _):
        yield address


def ask(address: tuple[str, int], method: str, path: str, body: bytes | None = None) -> bytes:
    return wire.ask(address, wire.request(method, path, "localhost", body=body)).body


def answers(connection: socket.socket, count: int) -> list[bytes]:
    """The bodies of so many answers, in their order."""
    found, data = [], b""
    while len(found) < count:
        piece = connection.recv(65536)
        assert piece, f"closed after {len(found)} answers: {data!r}"
        data += piece
        incoming = wire.Incoming()
        while answer := incoming.feed(data):
            found.append(answer.body)
            data = data[data.find(answer.body) + len(answer.body) :]
            incoming = wire.Incoming()
            if not data:
                break
    return found


def test_those_who_send_nothing_or_half_a_request_hold_nobody_up(server):
    begun = [b"", b"POST / HTTP/1.1\r\nHost: a\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"]
    waiting = [socket.create_connection(server) for _ in range(12)]
    for number, one in enumerate(waiting):
        one.sendall(begun[number % 3])
    assert ask(server, "POST", "/quick", b"whole") == b"POST /quick 5 b'w'"
    for one in waiting[2::3]:
        one.sendall(b"-done")
        assert answers(one, 1) == [b"POST / 9 b'h'"]
    for one in waiting:
        one.close()


def test_a_request_in_pieces_is_read_as_one(server):
    data = wire.request("POST", "/pieces", "localhost", body=b"x" * 300)
    with socket.create_connection(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), 7):
            connection.sendall(data[at : at + 7])
        assert answers(connection, 1) == [b"POST /pieces 300 b'x'"]


@pytest.mark.parametrize("size", [0, 1, 131_000, 131_072, 200_000, 3_000_000])
def test_a_body_of_any_size_comes_whole(server, size):
    assert ask(server, "POST", "/big", b"y" * size).startswith(f"POST /big {size} b'".encode())


def test_a_connection_is_used_again_also_by_requests_that_came_together(server):
    first, second = (wire.request("POST", f"/{name}", "localhost", body=name.encode()) for name in ("a", "bb"))
    with socket.create_connection(server) as connection:
        connection.sendall(first)
        assert answers(connection, 1) == [b"POST /a 1 b'a'"]
        connection.sendall(second + first + second[:-1])
        assert answers(connection, 2) == [b"POST /bb 2 b'b'", b"POST /a 1 b'a'"]
        connection.sendall(second[-1:])
        assert answers(connection, 1) == [b"POST /bb 2 b'b'"]


def test_a_body_in_chunks_is_read(server):
    head = b"POST /chunks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(server) as connection:
        connection.sendall(head + b"3\r\nabc\r\n")
        connection.sendall(b"2\r\nde\r\n0\r\n\r\n")
        assert answers(connection, 1) == [b"POST /chunks 5 b'a'"]


def test_who_asks_whether_to_go_on_is_told(server):
    with socket.create_connection(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(b"ok")
        assert answers(connection, 1) == [b"POST / 2 b'o'"]


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"])
def test_what_is_no_request_is_refused(server, data):
    with socket.create_connection(server) as connection:
        connection.sendall(data)
        assert connection.recv(1000).startswith(b"HTTP/1.1 400")
    assert ask(server, "GET", "/") == b"GET / 0 b''"


def test_who_falls_silent_is_given_up(tmp_path):
    with served(tmp_path, silence_seconds=0.5) as (address, _), socket.create_connection(address) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        connection.settimeout(60)
        assert connection.recv(1000) == b""


def test_a_sender_who_leaves_is_forgotten(server):
    for begun in (b"", b"GET / HT"):
        connection = socket.create_connection(server)
        connection.sendall(begun)
        connection.close()
    assert ask(server, "GET", "/") == b"GET / 0 b''"


def test_many_at_once_are_all_answered(tmp_path):
    wrong = []

    def client(number: int) -> None:
        data = wire.request("POST", f"/{number}", "localhost", body=b"z" * number)
        with socket.create_connection(address, timeout=60) as connection:
            for _ in range(20):
                connection.sendall(data)
                found = answers(connection, 1)[0]
                if not found.startswith(f"POST /{number} {number} ".encode()):
                    wrong.append(found)

    with served(tmp_path, workers=2) as (address, _):
        clients = [threading.Thread(target=client, args=[number]) for number in range(40)]
        for one in clients:
            one.start()
        for one in clients:
            one.join(timeout=120)
    assert not wrong
    assert not any(one.is_alive() for one in clients)


def test_connections_that_come_at_once_and_stay_are_spread_over_the_workers(tmp_path):
    with served(tmp_path, workers=2) as (address, _), ExitStack() as opened:
        seen = set()
        wait_for("both workers", lambda: seen.add(ask(address, "GET", "/process")) or len(seen) == 2)
        connections = [opened.enter_context(socket.create_connection(address, timeout=60)) for _ in range(30)]
        told = []
        for connection in connections:
            connection.sendall(wire.request("GET", "/process", "localhost"))
            told += answers(connection, 1)
        counts = sorted(Counter(told).values())
        assert sum(counts) == 30
        assert len(counts) == 2
        assert counts[0] >= 12


def test_who_keeps_a_connection_open_that_is_answered_holds_nobody_up(tmp_path):
    closing = wire.request("GET", "/", "localhost", headers={"Connection": "close"})
    with served(tmp_path) as (address, _), ExitStack() as opened:
        kept = [opened.enter_context(socket.create_connection(address, timeout=60)) for _ in range(20)]
        for connection in kept:
            connection.sendall(closing)
        # Two seconds for each, one after the other, would be more than this waits for.
        assert wire.ask(address, wire.request("GET", "/", "localhost"), timeout_seconds=15).status == 200
        for connection in kept:
            assert answers(connection, 1) == [b"GET / 0 b''"]
            assert connection.recv(1) == b""  # the site will send nothing more


def test_what_is_sent_after_the_last_answer_is_read_for_a_while_and_then_the_connection_ends(tmp_path):
    with served(tmp_path) as (address, _), socket.create_connection(address, timeout=60) as connection:
        connection.sendall(wire.request("GET", "/", "localhost", headers={"Connection": "close"}))
        assert answers(connection, 1) == [b"GET / 0 b''"]
        wait_for("the end of it", lambda: _is_refused(connection))


def _is_refused(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"more")
    except OSError:  # a reset, or a broken pipe
        return True
    return False


def test_the_oldest_is_ended_where_too_many_are_kept_open(monkeypatch):
    monkeypatch.setattr(worker, "MOST_CLOSING", 1)
    closing = worker.Closing()
    with DefaultSelector() as poller, ExitStack() as opened:
        (here, there), (other, away) = (map(opened.enter_context, socket.socketpair()) for _ in range(2))
        closing.add(here, poller)
        there.sendall(b"more")
        [(found, _)] = poller.select(1)
        closing.add(other, poller)
        found.data(found.fileobj)  # found readable before it was ended
        assert here.fileno() == -1
        assert [key.fileobj for key in poller.get_map().values()] == [other]
        away.close()
        [(found, _)] = poller.select(1)
        found.data(found.fileobj)
        assert not poller.get_map()


def test_a_worker_that_is_gone_is_not_waited_for(tmp_path):
    with served(tmp_path, workers=2) as (address, pid):
        wait_for("both workers", lambda: len(processes.children(pid)) == 2)
        for _ in range(3):
            os.kill(processes.children(pid)[0], signal.SIGKILL)
            for _ in range(4):
                assert wire.ask(address, wire.request("GET", "/", "localhost")).status == 200
            wait_for("both workers", lambda: len(processes.children(pid)) == 2)


def test_what_is_under_way_when_the_server_stops_is_answered(tmp_path):
    with served(tmp_path) as (address, pid):
        idle = socket.create_connection(address)
        with socket.create_connection(address, timeout=60) as connection:
            connection.sendall(wire.request("GET", "/slow", "localhost"))
            threading.Event().wait(0.2)
            os.kill(pid, signal.SIGTERM)
            assert answers(connection, 1) == [b"GET /slow 0 b''"]
        idle.close()


def test_what_the_site_is_made_of_is_left_out_of_garbage_collections(tmp_path):
    code = (
        "import gc, digits_site.wsgi; from digits_site import gunicorn; gunicorn.post_worker_init(None); "
        "print(gc.get_freeze_count() > 100_000, len(gc.get_objects()) < 100)"
    )
    env = environment(tmp_path / "data", tmp_path / "static")
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, env=env, capture_output=True, text=True)
    assert answer.stdout == "True True\n", answer.stdout + answer.stderr
