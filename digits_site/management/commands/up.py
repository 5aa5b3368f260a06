"""`manage.py up`: run the whole site from one terminal."""

import sys

from django.core.management.base import BaseCommand, CommandParser

from digits_site import production
from digits_site.supervise import site
from digits_site.supervise.errors import StartError


class Command(BaseCommand):
    help = (
        "Prepares the site and runs web server, workers, beat and broker until Ctrl-C. --verbosity 2 shows every line."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        told = "print one JSON object on stdout once the site answers, all else on stderr"
        parser.add_argument("--json", action="store_true", help=told)

    def handle(self, *args: object, verbosity: int, json: bool, **options: object) -> None:
        production.refuse()
        try:
            site.run(shows_everything=verbosity > 1, as_json=json)
        except StartError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        except KeyboardInterrupt:
            self.stderr.write("Stopped before the site had started.")
            sys.exit(130)
