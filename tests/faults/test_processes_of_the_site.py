"""The processes of a running site killed one by one, and their supervisor: what has to come back does."""

import os
import signal

import pytest
import redis

from tests.site.running import ALL_CHILDREN, environment, group_is_gone, running, wait_for


@pytest.fixture(scope="module")
def static_dir(tmp_path_factory):
    """Collecting static files takes seconds; the sites of this module share them."""
    return tmp_path_factory.mktemp("static")


@pytest.fixture(scope="module")
def site(tmp_path_factory, static_dir):
    folder = tmp_path_factory.mktemp("a site")
    with running(environment(folder / "data", static_dir), folder / "output") as site:
        yield site


@pytest.fixture
def site_of_its_own(tmp_path, static_dir):
    with running(environment(tmp_path / "data", static_dir), tmp_path / "output") as site:
        yield site


@pytest.mark.parametrize("name", sorted(ALL_CHILDREN))
def test_a_child_that_was_killed_is_started_again(site, name):
    before = site.children()[name]
    os.kill(before, signal.SIGKILL)
    after = wait_for(f"another {name}", lambda: site.children().get(name, before) != before and site.children()[name])
    assert f"{name:<6} | was ended by SIGKILL; starting it again in" in site.output
    wait_for("the end of what it had started", lambda: group_is_gone(before))
    assert not group_is_gone(after)


def test_a_visitor_who_comes_while_the_server_is_dead_is_answered_when_it_is_back(site):
    os.kill(site.children()["web"], signal.SIGKILL)
    assert site.get("/healthz") == 200


def test_the_broker_keeps_what_it_was_told_when_it_is_killed(site):
    before = site.children()["broker"]
    client = redis.Redis(unix_socket_path=str(site.data_dir / "run" / "valkey.sock"))
    client.set("kept", "safe")
    os.kill(before, signal.SIGKILL)
    wait_for("another broker", lambda: site.children().get("broker", before) != before)
    assert wait_for("its answer", lambda: answer(client, "kept")) == b"safe"


def answer(client, key):
    try:
        return client.get(key)
    except redis.ConnectionError:
        return None


def test_nothing_is_left_when_the_supervisor_itself_is_killed(site_of_its_own):
    children = site_of_its_own.children()
    assert set(children) == ALL_CHILDREN
    site_of_its_own.stop(signal.SIGKILL)
    for name, pid in children.items():
        wait_for(f"the end of {name}", lambda pid=pid: group_is_gone(pid))
