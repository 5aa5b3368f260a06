"""How environment variables are read, and what is said about those that cannot be used."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from pathlib import Path
from threading import Barrier

import pytest
from django.core.exceptions import ImproperlyConfigured
from kombu.utils.url import url_to_parts

from digits_site.environment import Environment, embedded_broker_socket, secret_key, socket_url

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db"}


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_variable_that_is_not_set_or_empty_leaves_the_default(monkeypatch, value):
    if value is not None:
        for name in ("NUMBER", "FOLDER", "WORDS", "ADDRESS"):
            monkeypatch.setenv(name, value)
    env = Environment()
    assert env.int("NUMBER", 7) == 7
    assert env.path("FOLDER", None) is None
    assert env.list("WORDS", ["a"]) == ["a"]
    assert env.database("ADDRESS", SQLITE) == SQLITE


def test_values_have_their_types(monkeypatch):
    for name, value in {"A": "8", "B": "1.5", "C": "yes", "D": "x, y,", "E": "/srv/data", "F": " debug "}.items():
        monkeypatch.setenv(name, value)
    env = Environment()
    assert (env.int("A", 1), env.float("B", 1.0), env.bool("C", False)) == (8, 1.5, True)
    assert (env.list("D", []), env.path("E", None)) == (["x", "y"], Path("/srv/data"))
    assert env.one_of(("DEBUG", "INFO"), "F", "INFO") == "DEBUG"
    assert set(env.defaults) == {"A", "B", "C", "D", "E", "F"}


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda env: env.int("X", 1), "many", r"X is 'many', which cannot be used: Not a valid integer\."),
        (lambda env: env.int("X", 1), "0", r"X is 0; it has to be at least 1\."),
        (lambda env: env.int("X", 1, most=65535), "99999", r"X is 99999; it has to be from 1 to 65535\."),
        (lambda env: env.float("X", 1.0), "nan", r"X is"),
        (lambda env: env.float("X", 1.0), "-1", r"X is -1.0; it has to be at least 0.0\."),
        (lambda env: env.bool("X", False), "perhaps", r"X is 'perhaps', which cannot be used: Not a valid boolean\."),
        (lambda env: env.one_of(("INFO",), "X", "INFO"), "loud", r"X is 'LOUD'; it has to be one of INFO\."),
        (lambda env: env.broker_url("X"), "localhost:6379", r"X does not name a Redis .*redis://127.0.0.1:6379/0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(monkeypatch, read, value, sentence):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        read(Environment())


def test_an_address_with_a_password_is_not_repeated(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgrass://user:secret-word@host/name")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is a value, which cannot be used") as caught:
        Environment().database("DATABASE_URL", SQLITE)
    assert "secret-word" not in str(caught.value)


def test_the_key_stays_the_same_and_is_nobody_elses(tmp_path):
    path = tmp_path / "data" / "secret_key"
    key = secret_key(path)
    assert len(key) >= 50
    assert secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    together = Barrier(8)

    def start(_):
        together.wait()
        return secret_key(tmp_path / "secret_key")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1


def test_a_key_that_was_emptied_is_said(tmp_path):
    (tmp_path / "secret_key").write_text("\n")
    with pytest.raises(ImproperlyConfigured, match=r"secret_key is empty\. Remove it"):
        secret_key(tmp_path / "secret_key")


def test_a_folder_that_cannot_hold_the_key_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ImproperlyConfigured, match=r"file/data cannot be used .*DATA_DIR"):
        secret_key(tmp_path / "file" / "data" / "secret_key")


def test_the_brokers_socket_lies_in_the_data_folder_where_its_path_fits():
    assert embedded_broker_socket(Path("/srv/run")) == Path("/srv/run/valkey.sock")


def test_a_path_too_long_for_a_socket_is_replaced_by_one_of_its_own_in_the_home():
    sockets = {embedded_broker_socket(Path("/srv") / (letter * 120)) for letter in "ab"}
    assert len(sockets) == 2
    assert all(socket.is_relative_to(Path.home()) for socket in sockets)


@pytest.mark.parametrize("folder", ["/srv/my data", "/srv/a#b", "/srv/100%", "/srv/what?"])
def test_the_brokers_address_leads_to_its_socket_whatever_the_folder_is_called(folder):
    parts = url_to_parts(socket_url(Path(folder) / "valkey.sock"))
    assert (parts.scheme, f"/{parts.path}") == ("redis+socket", f"{folder}/valkey.sock")


@pytest.mark.parametrize(("value", "expected"), [("03:00", time(3, 0)), ("23:59", time(23, 59)), ("", None)])
def test_a_time_of_day_is_read(monkeypatch, value, expected):
    monkeypatch.setenv("AT", value)
    assert Environment().time_of_day("AT", "") == expected


@pytest.mark.parametrize("value", ["3 am", "24:00", "03:60", "0300"])
def test_what_is_no_time_of_day_is_named(monkeypatch, value):
    monkeypatch.setenv("AT", value)
    with pytest.raises(ImproperlyConfigured, match=f"AT is '{value}'; it has to be a time of day such as 03:00."):
        Environment().time_of_day("AT", "")
