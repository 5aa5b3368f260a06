"""From nothing to a running site: look at the place, take the lock, prepare, run. `manage.py up` calls `run`."""

import json
import os
import sys
from pathlib import Path

from django.conf import settings

from digits_site.supervise import lock, place
from digits_site.supervise.child import Child
from digits_site.supervise.errors import StartError
from digits_site.supervise.output import Screen
from digits_site.supervise.prepare import ADMIN_NAME, prepare
from digits_site.supervise.probe import Probe
from digits_site.supervise.processes import all_processes
from digits_site.supervise.supervisor import Supervisor

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}


def run(*, shows_everything: bool = False, as_json: bool = False) -> None:
    """Run the site until a signal stops it. Raises StartError when something is in the way.

    `as_json` prints one JSON object on stdout as soon as the site answers, and all else on stderr."""
    screen = Screen(sys.stderr if as_json else None)
    place.check_data_folder(settings.DATA_DIR, least_free_bytes=settings.MIN_FREE_BYTES)
    place.check_data_folder(settings.RUN_DIR, least_free_bytes=0)
    try:
        held = lock.Lock(settings.RUN_DIR / "up.lock")
    except OSError as error:
        raise StartError(f"{settings.RUN_DIR} cannot hold a lock ({error.strerror}): use a local disk.") from error
    listener = place.listen(settings.HOST, settings.PORT)
    facts = {"pid": os.getpid(), "address": place.address(listener)}
    held.write(facts)
    try:
        for name in lock.end_leftovers(settings.RUN_DIR / "pids"):
            screen.say(f"Ended {name}, left over from an earlier run.")
        screen.say("Preparing ...")
        prepare(screen)
        supervisor(screen, listener, held, facts, shows_everything=shows_everything, as_json=as_json).run()
    finally:
        listener.close()
        held.release()


def supervisor(
    screen: Screen, listener, held: lock.Lock, facts: dict, *, shows_everything: bool, as_json: bool
) -> Supervisor:
    children = [
        Child(process, folder=settings.BASE_DIR, run_dir=settings.RUN_DIR)
        for process in all_processes(listener.fileno())
    ]
    host = next((name for name in settings.ALLOWED_HOSTS if not name.startswith((".", "*"))), "localhost")
    return Supervisor(
        children,
        screen,
        make_probe=lambda: Probe(listener.getsockname(), path="/healthz", host=host),
        on_ready=lambda: tell(facts, children) if as_json else greet(screen, facts["address"], children),
        on_change=lambda pids: held.write(facts | {"children": pids}),
        stop_timeout_seconds=settings.STOP_TIMEOUT_SECONDS,
        shows_everything=shows_everything,
    )


def tell(facts: dict, children: list[Child]) -> None:
    """The first screen for a program: where the site is, which process to stop, what runs."""
    runs = [child.name for child in children]
    print(json.dumps({**facts, "admin": f"{facts['address']}/admin/", "runs": runs}), flush=True)


def greet(screen: Screen, address: str, children: list[Child]) -> None:
    """The first screen: where the site is, who may administer it, what runs, how to end it."""
    screen.say()
    screen.say(f"  {screen.strong(address)}/           draw a digit")
    screen.say(f"  {address}/admin/     name {ADMIN_NAME}")
    screen.say()
    screen.say(f"  runs   {', '.join(child.name for child in children)}")
    screen.say(f"  data   {short(settings.DATA_DIR)}, logs in {short(settings.RUN_DIR / 'logs')}")
    if settings.HOST not in LOCAL_HOSTS | {"::1"} and set(settings.ALLOWED_HOSTS) <= LOCAL_HOSTS:
        screen.say(f"  other machines reach HOST={settings.HOST} when ALLOWED_HOSTS=name,name names this one")
    screen.say("  Ctrl-C stops all of it")
    screen.say()


def short(folder: Path) -> str:
    """Return the path as seen from the current folder, where that is shorter."""
    return min(str(folder), os.path.relpath(folder), key=len)
