"""Whose address counts: nobody's word but a trusted proxy's, and of that the part that the proxy wrote itself."""

import logging

import pytest
from django.test import RequestFactory

from recognizer import addresses
from recognizer.addresses import client_address


def told(remote: str, forwarded: str | None = None) -> str:
    extra = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **extra))


@pytest.fixture(autouse=True)
def one_proxy(settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/8", "unix"]


def test_without_a_proxy_the_connection_counts():
    assert told("203.0.113.9") == "203.0.113.9"


def test_by_default_no_proxy_is_trusted(settings):
    settings.TRUSTED_PROXIES = []
    assert told("127.0.0.1", "203.0.113.9") == "127.0.0.1"


def test_a_stranger_cannot_choose_an_address():
    assert told("203.0.113.9", "198.51.100.1") == "203.0.113.9"


def test_a_trusted_proxy_tells_the_client():
    assert told("127.0.0.1", "203.0.113.9") == "203.0.113.9"


def test_what_the_client_wrote_in_front_is_not_believed():
    assert told("127.0.0.1", "198.51.100.1, 203.0.113.9") == "203.0.113.9"


def test_a_row_of_trusted_proxies_is_passed_through():
    assert told("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3,10.9.9.9") == "203.0.113.9"


def test_a_request_that_only_proxies_handled_comes_from_the_farthest_of_them():
    assert told("127.0.0.1", "10.1.2.3, 10.9.9.9") == "10.1.2.3"


def test_a_trusted_proxy_that_says_nothing_counts_itself():
    assert told("10.0.0.1") == "10.0.0.1"


@pytest.mark.parametrize("nonsense", ["unknown", "", "1.2.3", "<script>", "203.0.113.9.1", "a" * 10_000, "::1::"])
def test_nonsense_from_a_trusted_proxy_counts_as_the_proxy(nonsense):
    assert told("10.0.0.1", nonsense) == "10.0.0.1"


def test_a_unix_socket_is_trusted_when_it_is_named():
    assert told("", "203.0.113.9") == "203.0.113.9"


def test_a_unix_socket_is_not_trusted_by_itself(settings):
    settings.TRUSTED_PROXIES = []
    assert told("", "203.0.113.9") == "unix"


@pytest.mark.parametrize("text", ["203.0.113.9:4711", " 203.0.113.9 ", "::ffff:203.0.113.9", "[::ffff:203.0.113.9]:80"])
def test_ports_spaces_and_mapped_addresses_are_the_same_client(text):
    assert told("127.0.0.1", text) == "203.0.113.9"


@pytest.mark.parametrize("text", ["2001:db8:1:2::7", "2001:db8:1:2:ffff::1", "[2001:db8:1:2::9]:443"])
def test_an_ipv6_household_is_one_client(text):
    assert told("127.0.0.1", text) == "2001:db8:1:2::/64"


def test_ipv6_neighbours_are_two_clients():
    assert told("2001:db8:1:2::7") != told("2001:db8:1:3::7")


def test_a_proxy_that_is_not_named_is_said_once(caplog, monkeypatch):
    monkeypatch.setattr(addresses, "_warned", set())
    with caplog.at_level(logging.WARNING, logger="recognizer.addresses"):
        told("198.51.100.7", "203.0.113.9")
        told("198.51.100.7", "203.0.113.10")
    assert [record.args for record in caplog.records] == [("198.51.100.7",)]


def test_addresses_that_may_be_a_visitor_s_are_not_written(caplog, monkeypatch):
    """A proxy on one's own network is named, to be copied into TRUSTED_PROXIES."""
    monkeypatch.setattr(addresses, "_warned", set())
    with caplog.at_level(logging.WARNING, logger="recognizer.addresses"):
        for connection in ("8.8.8.8", "2001:4860:4860::8888", "8.8.4.4", "192.168.1.7"):
            told(connection, "203.0.113.9")
    assert [record.args for record in caplog.records] == [("a public address",), ("192.168.1.7",)]


def test_strangers_cannot_fill_the_log(caplog, monkeypatch):
    monkeypatch.setattr(addresses, "_warned", set())
    with caplog.at_level(logging.WARNING, logger="recognizer.addresses"):
        for last in range(50):
            told(f"198.51.100.{last}", "203.0.113.9")
    assert len(caplog.records) == addresses.MOST_WARNINGS
