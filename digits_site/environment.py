"""Reads what the site is told from outside: environment variables and the folder that holds its data.

Each value has a default that works on a fresh clone; a value that cannot be read ends in a sentence that names the
variable. What the values mean is said where they are used, in `settings.py`."""

import hashlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# A Unix socket's path has to fit into sockaddr_un: 108 bytes on Linux, 104 on macOS, one of them for the final zero.
LONGEST_SOCKET_PATH_BYTES = 103


def secret_key(path: Path) -> str:
    """Return the key kept at `path`, made at random the first time; two processes that start together agree on one.

    Raises ImproperlyConfigured when the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create_once(path, secrets.token_urlsafe(50))
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The folder {path.parent} cannot be used ({error.strerror}). "
            "Make it writable, or set DATA_DIR to a folder that is."
        ) from error


def _create_once(path: Path, text: str) -> None:
    # A hard link appears with its whole content or not at all, and fails where another process was first.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def embedded_broker_socket(run_dir: Path) -> Path:
    """Return where the embedded broker listens: in `run_dir`, or below the home folder where that path is too long."""
    socket = run_dir / "valkey.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH_BYTES:
        return socket
    digest = hashlib.sha256(os.fsencode(run_dir)).hexdigest()[:12]
    return Path.home() / ".cache" / f"digits-{digest}" / "valkey.sock"
