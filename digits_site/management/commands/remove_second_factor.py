"""`manage.py remove_second_factor NAME`: for somebody whose phone and recovery codes are lost.

Whoever can run commands on the site's machine is trusted with that; the admin offers it to nobody."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from digits_site.logins import codes


class Command(BaseCommand):
    help = "Removes the second factor of a member of staff, whose password then lets in alone; ends their sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the name to log in with")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"Nobody is called {name!r}: the names stand in the admin under Users.")
        was_there = codes.remove(user)
        codes.end_other_sessions(user, but=None)
        self.stdout.write(f"The second factor of {name} is removed." if was_there else f"{name} has no second factor.")
