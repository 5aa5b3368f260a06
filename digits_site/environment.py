"""Reads what the site is told from outside: environment variables and the folder that holds its data.

Each value has a default that works on a fresh clone; a value that cannot be read ends in a sentence that names the
variable. What the values mean is said where they are used, in `settings.py`."""

from __future__ import annotations  # methods below are named after the types that they return

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, time
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

# A Unix socket's path has to fit into sockaddr_un: 108 bytes on Linux, 104 on macOS, one of them for the final zero.
LONGEST_SOCKET_PATH_BYTES = 103
BROKER_SCHEMES = ("redis", "rediss", "redis+socket", "sentinel")


@dataclass(frozen=True)
class Bucket:
    """A bucket of an S3-compatible server. Without keys, those of the machine's own account are used."""

    name: str
    endpoint_url: str
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    prefix: str
    timeout_seconds: float

    def storage(self, folder: str) -> dict[str, Any] | None:
        """Return Django's description of a folder in it, and None without a bucket."""
        if not self.name:
            return None
        options = {
            "bucket_name": self.name,
            "location": f"{self.prefix}/{folder}".strip("/"),
            "endpoint_url": self.endpoint_url or None,
            "region_name": self.region or None,
            "access_key": self.access_key or None,
            "secret_key": self.secret_key or None,
            "timeout_seconds": self.timeout_seconds,
        }
        return {"BACKEND": "digits_site.object_storage.BucketFolder", "OPTIONS": options}


def folder_storage(folder: Path) -> dict[str, Any]:
    """Return Django's description of a folder of this machine."""
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}


class Environment:
    """The environment's variables, read with the types of `environs`; an empty variable counts as one that is not set.

    Every method takes the variable's name and its default, and raises ImproperlyConfigured when the value is wrong."""

    def __init__(self) -> None:
        self._env = Env()
        self.defaults: dict[str, Any] = {}

    def str(self, name: str, default: str) -> str:
        return self._read("str", name, default).strip()

    def bool(self, name: str, default: bool) -> bool:
        return self._read("bool", name, default)

    def list(self, name: str, default: list) -> list:
        return [item.strip() for item in self._read("list", name, default) if item.strip()]

    def networks(self, name: str, default: list) -> list:
        """Return the networks that are named as 10.0.0.0/8 or 2001:db8::1, and the word unix for Unix sockets."""
        values = self.list(name, default)
        for value in values:
            try:
                value == "unix" or ip_network(value)
            except ValueError as error:
                remedy = "name addresses or networks such as 127.0.0.1,10.0.0.0/8, or unix for Unix sockets"
                raise ImproperlyConfigured(f"{name} has {value!r} ({error}): {remedy}.") from None
        return values

    def path(self, name: str, default: Path | None) -> Path | None:
        return self._read("path", name, default)

    def int(self, name: str, default: int, *, least: int = 1, most: float = float("inf")) -> int:
        return self._within(least, most, name, self._read("int", name, default))

    def float(self, name: str, default: float, *, least: float = 0.0, most: float = 1e9) -> float:
        return self._within(least, most, name, self._read("float", name, default))

    def numbers(self, name: str, default: str) -> tuple[int, ...]:
        """Return as many whole numbers, from 0 on, as the default has, which are written as 60,2400,0."""
        text, count = self.str(name, default), default.count(",") + 1
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != count or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
            raise ImproperlyConfigured(f"{name} is {text!r}; it has to be {count} whole numbers such as {default}.")
        return tuple(map(int, parts))

    def one_of(self, choices: tuple[str, ...], name: str, default: str) -> str:
        value = self.str(name, default).upper()
        if value not in choices:
            raise ImproperlyConfigured(f"{name} is {value!r}; it has to be one of {', '.join(choices)}.")
        return value

    def time_of_day(self, name: str, default: str) -> time | None:
        """Return the time that "HH:MM" names, and None for nothing."""
        value = self.str(name, default)
        if not value:
            return None
        try:
            return datetime.strptime(value, "%H:%M").time()
        except ValueError:
            raise ImproperlyConfigured(f"{name} is {value!r}; it has to be a time of day such as 03:00.") from None

    def date(self, name: str, default: str) -> date | None:
        """Return the day that "YYYY-MM-DD" names, and None for nothing."""
        value = self.str(name, default)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise ImproperlyConfigured(f"{name} is {value!r}; it has to be a day such as 2027-01-31.") from None

    def database(self, name: str, default: dict) -> dict:
        """Return Django's description of the database that a URL names, such as postgres://user:password@host/name."""
        return self._read("dj_db_url", name, default)

    def broker_url(self, name: str) -> str:
        url = self.str(name, "")
        if url and urlsplit(url).scheme not in BROKER_SCHEMES:
            raise ImproperlyConfigured(f"{name} does not name a Redis or Valkey server: try redis://127.0.0.1:6379/0.")
        return url

    def bucket(self, name: str) -> Bucket:
        """Return the bucket that a variable names, with how it is reached; one without a name for nothing."""
        bucket = Bucket(
            name=self.str(name, ""),
            endpoint_url=self.str("S3_ENDPOINT_URL", ""),
            region=self.str("S3_REGION", ""),
            access_key=self.str("S3_ACCESS_KEY", ""),
            secret_key=self.str("S3_SECRET_KEY", ""),
            prefix=self.str("S3_PREFIX", "").strip("/"),
            timeout_seconds=self.float("S3_TIMEOUT_SECONDS", 5.0, least=0.1, most=60.0),
        )
        if bucket.endpoint_url and not bucket.name:
            raise ImproperlyConfigured(f"S3_ENDPOINT_URL is set, and {name} is not: name the bucket, or unset both.")
        if bool(bucket.access_key) != bool(bucket.secret_key):
            raise ImproperlyConfigured("S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both, or neither.")
        return bucket

    def _read(self, kind: str, name: str, default: Any) -> Any:
        self.defaults[name] = default
        if not os.environ.get(name, "").strip():
            return default
        try:
            return getattr(self._env, kind)(name)
        except EnvError as error:
            # An address may hold a password, which is nobody's business on a screen or in a log.
            value = "a value" if name.endswith("_URL") else repr(os.environ[name])
            reasons = " ".join(getattr(error, "error_messages", [str(error)]))
            raise ImproperlyConfigured(f"{name} is {value}, which cannot be used: {reasons}") from error

    def _within(self, least: float, most: float, name: str, value: Any) -> Any:
        if not least <= value <= most:
            limits = f"at least {least}" if most in (float("inf"), 1e9) else f"from {least} to {most}"
            raise ImproperlyConfigured(f"{name} is {value}; it has to be {limits}.")
        return value


def secret_key(path: Path, *, may_make: bool = True) -> str:
    """Return the key kept at `path`, made at random the first time; two processes that start together agree on one.

    Where none may be made, one of this process alone is returned: `production.py` refuses to serve with it. Raises
    ImproperlyConfigured when the folder cannot be written."""
    if not may_make:
        return secrets.token_urlsafe(50)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create_once(path, secrets.token_urlsafe(50))
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The folder {path.parent} cannot be used ({error.strerror}). "
            "Make it writable and see that its disk has room, or set DATA_DIR to another folder."
        ) from error
    if not key:
        raise ImproperlyConfigured(f"{path} is empty. Remove it, and the next start makes a new key.")
    return key


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
    """Return where the embedded broker listens: in `run_dir`, or in the home's cache where its path were too long."""
    socket = run_dir / "valkey.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH_BYTES:
        return socket
    digest = hashlib.sha256(os.fsencode(run_dir)).hexdigest()[:12]
    return Path.home() / ".cache" / f"digits-{digest}" / "valkey.sock"


def socket_url(socket: Path) -> str:
    """Return the broker's address for a socket; a folder's name may hold what means something in an address."""
    return f"redis+socket://{quote(str(socket))}"


def cache_url(socket: Path) -> str:
    """Return the address of what processes share on the embedded broker: the same server, another database of it."""
    return f"unix://{quote(str(socket))}?db=1"
