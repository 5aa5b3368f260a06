"""One process of the site: its command line, its start in a group of its own, its output and its end.

Left out on purpose: when to start and stop it; `supervisor.py` decides that."""

import ctypes
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from digits_site.supervise import lock
from digits_site.supervise.backoff import Backoff
from digits_site.supervise.output import Filter, Log

PR_SET_PDEATHSIG = 1
TAIL_LINES = 8
READ_BYTES = 65536
libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Process:
    """What to run: `name` for people, `command` for the machine, `stop_order` the earlier the lower."""

    name: str
    command: list[str]
    stop_order: int
    environment: dict[str, str] = field(default_factory=dict)
    inherited: tuple[int, ...] = ()
    waits_for_the_site: bool = False
    is_renewed: bool = True  # when a new release is to be served
    shows_output: bool = True
    remedy: str = ""


class Child:
    """A process that is to run, with the one that runs for it just now, if any."""

    def __init__(self, process: Process, *, folder: Path, run_dir: Path) -> None:
        self.process = process
        self.backoff = Backoff()
        self.filter = Filter()
        self.log = Log(run_dir / "logs" / f"{process.name}.log")
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.started_at = 0.0
        self._folder = folder
        self._pid_file = run_dir / "pids" / f"{process.name}.pid"
        self._popen: subprocess.Popen | None = None
        self._partial = b""
        self.output_has_ended = True

    @property
    def name(self) -> str:
        return self.process.name

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    @property
    def output(self) -> int:
        """The descriptor that its lines come from."""
        return self._popen.stdout.fileno()

    def start(self, now: float) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the supervisor alone. Raises OSError."""
        held = lock.open_for_child(self._pid_file)
        try:
            self._popen = subprocess.Popen(
                self.process.command,
                bufsize=0,
                cwd=self._folder,
                env=os.environ | self.process.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(held, *self.process.inherited),
                start_new_session=True,
                preexec_fn=_end_with_the_supervisor(os.getpid()),
            )
            os.pwrite(held, str(self._popen.pid).encode(), 0)
        finally:
            os.close(held)
        os.set_blocking(self.output, False)
        self.started_at, self._partial, self.output_has_ended = now, b"", False
        self.tail.clear()

    def read_lines(self) -> list[str]:
        """Return the whole lines that have come; they are in the log and in `tail` then.

        `output_has_ended` is true when nothing more can come, and then a last line without an end counts as whole."""
        try:
            data = os.read(self.output, READ_BYTES)
        except BlockingIOError:
            # Nothing to read; when the process has ended, a stranger holds the other end and must not be waited for.
            data = b"" if self._popen.returncode is not None else None
        if data is None:
            return []
        self.output_has_ended = not data
        *lines, self._partial = (self._partial + data).split(b"\n")
        if self.output_has_ended and self._partial:
            lines.append(self._partial)
        texts = [line.decode(errors="replace").rstrip() for line in lines]
        for text in texts:
            self.log.write(text)
            self.tail.append(text)
        return texts

    def has_ended(self) -> int | None:
        """Return the exit status when it has ended, and None while it runs; ends what is left of its group."""
        status = self._popen.poll()
        if status is not None:
            self._signal_group(signal.SIGKILL)
        return status

    def forget(self) -> None:
        self._popen.stdout.close()
        self._popen = None
        self.log.close()

    def ask_to_stop(self) -> None:
        # The first process of the group alone: it tells its own workers, and a second signal would hurry them.
        self._popen.send_signal(signal.SIGTERM)
        self._popen.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: int) -> None:
        # Nobody may be left in it; macOS says so with PermissionError.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)


def _end_with_the_supervisor(supervisor_pid: int) -> Callable[[], None] | None:
    """Return what makes Linux send SIGTERM to a child when the supervisor dies, even of kill -9.

    Elsewhere the next start ends what is left: see `lock.end_leftovers`."""
    if libc is None:
        return None

    def between_fork_and_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor_pid:  # it died before the line above
            os._exit(1)

    return between_fork_and_exec
