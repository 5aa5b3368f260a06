"""What is done once before the site starts: tables, static files, the shipped weights, somebody who may administer.

Each step is idempotent, and safe when another machine does it at the same time on the same database."""

import secrets
import time
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connections, transaction

from digits_site.supervise.collecting import collect_static_files
from digits_site.supervise.errors import StartError
from digits_site.supervise.output import Screen

ADMIN_NAME = "admin"


def prepare(screen: Screen, *, makes_admin: bool = True) -> None:
    """Raises StartError when a step cannot be done. Without `makes_admin` no password comes to the screen."""
    try:
        with step(screen, "database"):
            call_command("migrate", interactive=False, verbosity=0)
        with step(screen, "static files"):
            collect_static_files()
        with step(screen, "weights"):
            ensure_shipped_version()
        if makes_admin:
            ensure_admin(screen)
    except DatabaseError as error:
        raise StartError(_database_failed(error)) from error
    except OSError as error:
        raise StartError(f"{error.filename or settings.DATA_DIR} cannot be written: {error.strerror}.") from error
    finally:
        connections.close_all()


@contextmanager
def step(screen: Screen, name: str):
    """Say how long a step took when it was worth a line."""
    started = time.monotonic()
    yield
    seconds = time.monotonic() - started
    if seconds >= 0.5:
        screen.say(f"  {name:<13} {seconds:.1f} s")


def ensure_shipped_version() -> None:
    from recognizer import versions

    try:
        versions.ensure_shipped()
    except versions.VersionError as error:
        raise StartError(f"There is no version of the network to answer with: {error}") from error


def ensure_admin(screen: Screen) -> None:
    """Make the first administrator's account; its password goes to the screen, once, and nowhere else."""
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return
    password = secrets.token_urlsafe(12)
    try:
        with transaction.atomic():
            users.create_superuser(ADMIN_NAME, password=password)
    except IntegrityError:
        screen.say(f"The account {ADMIN_NAME!r} is no administrator. Make one: manage.py createsuperuser")
        return
    screen.say()
    screen.say_surely(f"  Admin account made:  name {screen.strong(ADMIN_NAME)}  password {screen.strong(password)}")
    screen.say("  It is shown this once. Lost it? .venv/bin/python manage.py changepassword admin")
    screen.say()


def _database_failed(error: DatabaseError) -> str:
    database = settings.DATABASES["default"]
    sentence = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if database["ENGINE"].endswith("sqlite3"):
        return f"The database {database['NAME']} cannot be used: {sentence}. Is its disk full, or its folder read-only?"
    return f"The database that DATABASE_URL names cannot be used: {sentence}. Is it running, and is the password right?"
