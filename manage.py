#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"Django cannot be imported ({error}). Run `make run` once, or first say: . .venv/bin/activate"
        ) from error
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # Whoever set a variable wrongly reads what is wrong, and no traceback; `--traceback` shows it.
        if "--traceback" in sys.argv:
            raise
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
