"""Brings the catalogs of all languages up to date with the code, and compiles them: `make messages`.

Sorted, without line numbers and dates, so that two people's changes seldom meet. Left out on purpose: guesses. A text
that changed comes in empty, and the tests say so until somebody has translated it."""

import contextlib
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.management.commands import makemessages

# What a visitor or an admin never reads
IGNORED = ("tests", "benchmarks", "data", "deploy", "docs", ".*", "node_modules")


class Extraction(makemessages.Command):
    """Django's, with an order that does not depend on where in the code a text stands."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching", "--sort-output"]
    msguniq_options = [*makemessages.Command.msguniq_options, "--sort-output"]
    msgattrib_options = [*makemessages.Command.msgattrib_options, "--sort-output"]

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        catalog = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        dated = catalog.read_text(encoding="utf-8")
        catalog.write_text(re.sub(r'^"POT-Creation-Date:.*"\n', "", dated, flags=re.M), encoding="utf-8")


class Command(BaseCommand):
    help = "Collect the texts of code, templates and scripts into the catalogs, and compile them (needs GNU gettext)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--root", default=settings.BASE_DIR, help="the tree to go through; the project's own")

    def handle(self, *, root: str, verbosity: int, **options: Any) -> None:
        with contextlib.chdir(root):
            collect(verbosity=verbosity)
            call_command("compilemessages", ignore_patterns=list(IGNORED), verbosity=verbosity)


def collect(*, verbosity: int = 0) -> None:
    """Into the catalogs below the working directory: an app's texts into the app's, the others into locale/."""
    languages = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    shared = {"locale": languages, "ignore_patterns": list(IGNORED), "no_obsolete": True, "no_location": True}
    for domain in ("django", "djangojs"):
        call_command(Extraction(), domain=domain, no_wrap=True, verbosity=verbosity, **shared)
