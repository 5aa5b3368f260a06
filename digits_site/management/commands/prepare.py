"""`manage.py prepare`: what has to be done once before the processes of a new release start."""

import sys

from django.core.management.base import BaseCommand

from digits_site import production
from digits_site.supervise.errors import StartError
from digits_site.supervise.output import Screen
from digits_site.supervise.prepare import prepare


class Command(BaseCommand):
    help = "Brings tables, static files and shipped weights up to date, while the release before goes on running."
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        production.refuse()
        try:
            prepare(Screen(), makes_admin=False)
        except StartError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        self.stdout.write("Tables, static files and weights are ready.")
