"""The settings as a whole: complete without any variable, and in step with models, checks and documentation."""

import re
import subprocess
import sys

import pytest
from django.core.management import call_command

from digits_site.settings import env
from tests.site.imports import PROJECT_DIR
from tests.site.running import environment


def documented() -> dict[str, str]:
    """Return the variables of docs/configuration.md with their defaults."""
    text = (PROJECT_DIR / "docs" / "configuration.md").read_text()
    rows = re.findall(r"^\| `([A-Z0-9_]+)` +\| ([^|]*?) *\|", text, re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a variable stands in the table twice"
    return dict(rows)


def test_every_setting_has_a_default(tmp_path):
    code = (
        "import digits_site.settings as s; print(s.EMBEDDED_BROKER, s.DATABASES['default']['ENGINE'], s.HOST, s.DEBUG)"
    )
    env = environment(tmp_path / "data", tmp_path / "static")
    del env["PORT"], env["STATIC_ROOT"]
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, env=env, capture_output=True, text=True)
    assert answer.stdout == "True django.db.backends.sqlite3 127.0.0.1 False\n", answer.stderr


def test_holding_visitors_out_can_be_switched_off(tmp_path):
    code = "import digits_site.settings as s; print(s.HELD_OUT_EVERY)"
    env = environment(tmp_path / "data", tmp_path / "static", HELD_OUT_EVERY="0")
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, env=env, capture_output=True, text=True)
    assert answer.stdout == "0\n", answer.stderr


def test_the_documentation_lists_every_variable_that_is_read():
    assert set(documented()) == set(env.defaults)


def test_the_documentation_gives_every_number_as_it_is():
    numbers = {name: value for name, value in env.defaults.items() if type(value) in (int, float)}
    assert len(numbers) > 20
    assert {name: float(documented()[name]) for name in numbers} == numbers


@pytest.mark.django_db
def test_the_migrations_are_complete():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_the_system_check_finds_nothing():
    call_command("check", fail_level="WARNING", databases=["default"])
