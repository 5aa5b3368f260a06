"""A site with PRODUCTION=true refuses to start with what is meant for one's own machine, and says what to do."""

import subprocess
import sys

import pytest

from digits_site import production
from tests.site.imports import PROJECT_DIR
from tests.site.running import environment

pytestmark = pytest.mark.slow

KEY = "k3Jw0Zq8vX5nT2bR7yLcM4pH9sDfG6aQeUiOoPlKjHgFdSaZxCvB"
GOOD = {
    "PRODUCTION": "true",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "digits.example.org",
    "HTTPS": "true",
    "DATABASE_URL": "postgres://digits:word@127.0.0.1:9/digits",
    "REDIS_URL": "redis://:word@127.0.0.1:9/0",
    "TRUSTED_PROXIES": "127.0.0.1",
}
STARTS = {
    "manage.py up": ["manage.py", "up"],
    "a command": ["manage.py", "migrate"],
    "gunicorn": ["-m", "gunicorn", "-c", "python:digits_site.gunicorn", "digits_site.wsgi"],
    "another web server": ["-c", "import digits_site.wsgi"],
    "a worker": ["-m", "celery", "-A", "digits_site", "worker"],
    "beat": ["-m", "celery", "-A", "digits_site", "beat"],
}


@pytest.fixture
def good(settings, monkeypatch):
    """Settings in which production finds nothing wrong."""
    monkeypatch.setenv("SECRET_KEY", KEY)
    settings.PRODUCTION, settings.DEBUG, settings.HTTPS = True, False, True
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEY, []
    settings.ADDRESS_KEY, settings.METRICS_TOKEN = KEY, ""
    settings.ALLOWED_HOSTS, settings.TRUSTED_PROXIES = ["digits.example.org"], ["127.0.0.1"]
    settings.CELERY_BROKER_URL = "redis+socket:///run/digits/valkey.sock"
    settings.CACHES = {"default": {"LOCATION": "unix:///run/digits/valkey.sock?db=1"}}
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
    return settings


def ids() -> list[str]:
    return [problem.id for problem in production.check_production()]


def run(*arguments: str, data_dir, **variables: str) -> subprocess.CompletedProcess:
    env = environment(data_dir, data_dir / "static", **variables)
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=PROJECT_DIR, env=env, capture_output=True, text=True, timeout=60)


def test_nothing_is_wrong_with_good_settings(good):
    assert ids() == []
    production.refuse()


def test_nothing_is_asked_of_a_site_on_ones_own_machine(good):
    good.PRODUCTION, good.DEBUG, good.HTTPS = False, True, False
    assert ids() == []
    production.refuse()


def test_the_key_has_to_come_from_outside(good, monkeypatch):
    monkeypatch.delenv("SECRET_KEY")
    assert ids() == ["digits.E001"]


@pytest.mark.parametrize("key", ["short", "ab" * 40, "django-insecure-" + KEY, "Change-Me-" + KEY])
def test_a_key_that_can_be_guessed_is_refused_without_being_shown(good, key):
    good.SECRET_KEY = key
    [problem] = production.check_production()
    assert problem.id == "digits.E002"
    assert key not in problem.msg + problem.hint


def test_an_old_key_has_to_be_as_good(good):
    good.SECRET_KEY_FALLBACKS = [KEY, "short"]
    [problem] = production.check_production()
    assert problem.msg == "A key in SECRET_KEY_FALLBACKS has 5 characters, and needs 50."


@pytest.mark.parametrize(("name", "problem"), [("ADDRESS_KEY", "digits.E008"), ("METRICS_TOKEN", "digits.E009")])
@pytest.mark.parametrize("key", ["x", KEY[:31], "ab" * 40, "secret-" + KEY])
def test_so_are_other_keys_that_can_be_guessed(good, name, problem, key):
    setattr(good, name, key)
    [found] = production.check_production()
    assert found.id == problem
    assert found.msg.startswith(f"{name} ")
    assert "secrets.token_urlsafe" in found.hint
    assert len(key) == 1 or key not in found.msg + found.hint


@pytest.mark.parametrize("key", [KEY, "0123456789abcdef" * 2])
def test_other_keys_may_be_shorter_than_the_secret_one(good, key):
    good.ADDRESS_KEY = good.METRICS_TOKEN = key
    assert ids() == []


def test_without_a_key_for_addresses_the_site_makes_one_that_is_good(tmp_path):
    answer = run("manage.py", "check", "--deploy", data_dir=tmp_path, **GOOD | {"ADDRESS_KEY": "", "METRICS_TOKEN": ""})
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "address_key").exists()


def test_keys_are_looked_at_before_a_process_begins(tmp_path):
    answer = run("manage.py", "up", data_dir=tmp_path, **GOOD | {"ADDRESS_KEY": "x", "METRICS_TOKEN": "a"})
    assert answer.returncode == 1
    assert "digits.E008: ADDRESS_KEY has 1 characters, and needs 32. Make one:" in answer.stderr
    assert "digits.E009: METRICS_TOKEN has 1 characters, and needs 32. Make one:" in answer.stderr


def test_error_pages_for_developers_are_refused(good):
    good.DEBUG = True
    assert ids() == ["digits.E003"]


@pytest.mark.parametrize("hosts", [["localhost", "127.0.0.1", "[::1]"], ["localhost"], ["*"], ["digits.org", "*"]])
def test_a_host_that_anybody_may_claim_is_refused(good, hosts):
    good.ALLOWED_HOSTS = hosts
    assert ids() == ["digits.E004"]


@pytest.mark.parametrize(
    "url",
    [
        "redis://broker:6379/0",
        "redis://10.0.0.5/0",
        "sentinel://:word@a:26379;sentinel://b:26379",
        "redis://[fd00::1]/0",
    ],
)
def test_a_broker_on_another_machine_needs_a_password(good, url):
    good.CELERY_BROKER_URL = url
    assert ids() == ["digits.E005"]


@pytest.mark.parametrize(
    "url",
    [
        "redis://:word@broker:6379/0", "redis://127.0.0.1:6379/0", "redis://localhost/0", "redis://[::1]/0",
        "redis+socket:///run/valkey.sock",
    ],
)  # fmt: skip
def test_a_broker_that_only_this_machine_reaches_needs_none(good, url):
    good.CELERY_BROKER_URL = url
    assert ids() == []


def test_a_cache_on_another_machine_needs_a_password(good):
    good.CACHES = {"default": {"LOCATION": "redis://cache:6379/1"}}
    assert ids() == ["digits.E006"]


def test_plain_http_is_refused(good):
    good.HTTPS = False
    assert ids() == ["digits.E007"]


def test_sqlite_is_allowed_and_said(good):
    good.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    assert ids() == ["digits.W001"]
    production.refuse()


def test_a_proxy_that_is_not_named_is_said(good):
    good.TRUSTED_PROXIES = []
    assert ids() == ["digits.W002"]
    production.refuse()


@pytest.mark.parametrize("start", STARTS)
def test_every_process_refuses_to_start(tmp_path, start):
    answer = run(*STARTS[start], data_dir=tmp_path, **GOOD | {"ALLOWED_HOSTS": "*"})
    assert answer.returncode != 0
    assert "digits.E004" in answer.stderr
    assert "ALLOWED_HOSTS holds *" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_no_key_is_made_in_production(tmp_path):
    answer = run("manage.py", "up", data_dir=tmp_path, **GOOD | {"SECRET_KEY": ""})
    assert answer.returncode == 1
    assert "digits.E001: SECRET_KEY is not set. Make one:" in answer.stderr
    assert not (tmp_path / "secret_key").exists()


def test_djangos_own_check_for_deployments_finds_nothing(tmp_path):
    answer = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", data_dir=tmp_path, **GOOD)
    assert (answer.returncode, answer.stdout) == (0, "System check identified no issues (1 silenced).\n"), answer.stderr


def test_plain_http_is_sent_on_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get("/model/", headers={"host": "localhost"})
    assert (answer.status_code, answer["Location"]) == (301, "https://localhost/model/")
    assert client.get("/healthz").status_code == 200
