"""A Valkey server for tests of what processes share: the one that the site embeds, with nothing written to the disk."""

import contextlib
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import redis

from digits_site.supervise.place import broker_program

PATIENCE_SECONDS = 30.0


class Server:
    """It listens on a socket; `freeze` leaves it running and silent."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "valkey.sock"
        self._command = [str(broker_program()), "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self.process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, cwd=self.socket.parent)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, "the server does not come up"
            time.sleep(0.01)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), db=1)

    def caches(self, timeout_seconds: float = 0.2) -> dict:
        """The setting CACHES for it."""
        options = {"socket_connect_timeout": timeout_seconds, "socket_timeout": timeout_seconds}
        backend = "django.core.cache.backends.redis.RedisCache"
        return {"default": {"BACKEND": backend, "LOCATION": f"unix://{self.socket}?db=1", "OPTIONS": options}}

    def _answers(self) -> bool:
        with contextlib.suppress(redis.RedisError, OSError):
            return self.client().ping()
        return False


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    # pytest's own folders have names too long for a socket.
    with tempfile.TemporaryDirectory(prefix="valkey-", dir="/tmp") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()
