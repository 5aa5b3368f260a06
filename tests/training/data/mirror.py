"""A web server on loopback that gives files well or badly, as a test wants, and says what it was asked."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue


class Mirror:
    """Answers GET /name with the next of the answers for that name; the last one stays.

    An answer is a function of the request's handler. `requests` lists (name, Range header or None).
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Callable]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.released = threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                mirror.requests.append((name, self.headers.get("Range")))
                answers = mirror.answers.get(name, [status(404)])
                (answers.pop(0) if len(answers) > 1 else answers[0])(self)

            def log_message(self, *args):
                """Say nothing on the terminal."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.mirror = self
        self.url = f"http://127.0.0.1:{self.server.server_port}/mnist"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> "Mirror":
        self.thread.start()
        return self

    def __exit__(self, *error) -> None:
        self.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def serve(self, files: dict[str, bytes]) -> "Mirror":
        """Give each file well."""
        for name, body in files.items():
            self.answers[name] = [whole(body)]
        return self

    def ranges(self, name: str) -> list[str | None]:
        """Return the Range headers of the requests for a file, in order."""
        return [wanted for asked, wanted in self.requests if asked == name]


def status(code: int) -> Callable:
    return lambda handler: handler.send_error(code)


def whole(body: bytes) -> Callable:
    """Give the body, or the rest of it that is asked for."""
    return part(body, until=len(body))


def part(body: bytes, until: int, *, ranges: bool = True) -> Callable:
    """Promise all that is asked for, but break off at byte `until`; without `ranges` always begin at the beginning."""

    def answer(handler):
        begin = asked_from(handler) if ranges else 0
        handler.send_response(206 if begin else 200)
        if begin:
            handler.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
        handler.send_header("Content-Length", str(len(body) - begin))
        handler.end_headers()
        handler.wfile.write(body[begin:until])
        handler.close_connection = True

    return answer


def asked_from(handler) -> int:
    wanted = handler.headers.get("Range", "bytes=0-")
    return int(wanted.removeprefix("bytes=").removesuffix("-"))


def stalled(body: bytes, until: int) -> Callable:
    """Promise all, send some, then keep the connection open and silent until the test is over."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:until])
        handler.wfile.flush()
        handler.server.mirror.released.wait(30)
        handler.close_connection = True

    return answer


def without_length(body: bytes) -> Callable:
    """Give the body and close, without saying before how long it is."""

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


def endless(sent: SimpleQueue) -> Callable:
    """Send zeros until nobody listens any more; `sent` gets the number of bytes then."""

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        total = 0
        try:
            while total < 2**30:
                handler.wfile.write(bytes(65_536))
                total += 65_536
        except OSError:
            pass
        sent.put(total)
        handler.close_connection = True

    return answer
