"""`manage.py up` as a person meets it: the whole site started, looked at and stopped. Killing is in tests/faults."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest

from benchmarks.load import processes
from tests.site.imports import PROJECT_DIR
from tests.site.running import ALL_CHILDREN, environment, group_is_gone, running, up, wait_for

pytestmark = pytest.mark.slow


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


def test_the_first_page_answers(site):
    assert site.get("/") == 200


def test_the_first_screen_says_where_the_site_is_and_what_runs(site):
    assert f"{site.address}/ " in site.output
    assert "broker, web, train, light, beat" in site.output


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no say in it")
def test_web_processes_keep_to_cores_where_each_has_as_many_and_wander_where_not(site):
    mine = os.sched_getaffinity(0)
    kept = [os.sched_getaffinity(pid) for pid in processes.children(site.children()["web"])]
    assert len(kept) == 2
    if len(mine) in (1, 2):
        assert kept[0] | kept[1] == mine
        assert {len(cores) for cores in kept} == {1}
    else:
        assert kept == [mine, mine]


def test_lines_are_plain_where_there_is_no_terminal(site):
    assert "\033" not in site.output


def test_figures_of_the_web_server_and_of_the_workers_are_told_together(site):
    def told() -> str:
        return urllib.request.urlopen(f"{site.address}/metrics").read().decode()

    wait_for("a task in the figures", lambda: 'digits_tasks_total{outcome="success"' in told())
    assert site.get("/") == 200
    assert 'digits_requests_total{method="GET",route="/",status="200"}' in told()
    wait_for("the worker in the figures", lambda: 'digits_workers{queue="train"} 1.0' in told())


def niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def test_what_trains_makes_way_for_the_visitors(site):
    def trains() -> list[int]:
        return processes.children(site.children()["train"])

    wait_for("a process that trains", lambda: any(niceness(pid) == 15 for pid in trains()))
    assert niceness(site.children()["web"]) == niceness(site.children()["light"]) == 0


def test_the_password_is_in_no_file(site):
    assert len(site.password()) >= 16
    files = [path for path in site.data_dir.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if site.password().encode() in path.read_bytes()] == []


def test_the_password_opens_the_admin(site):
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    form = opener.open(f"{site.address}/admin/login/", timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form).group(1)
    fields = {"username": "admin", "password": site.password(), "csrfmiddlewaretoken": token}
    data = urllib.parse.urlencode(fields | {"next": "/admin/password_change/"}).encode()
    answer = opener.open(f"{site.address}/admin/login/", data, timeout=30)
    assert answer.url.endswith("/admin/password_change/")


def test_a_second_one_in_the_same_folder_says_that_one_runs(site):
    second = up(site.env)
    assert second.returncode == 1
    assert site.address in second.stderr
    assert f"process {site.process.pid}." in second.stderr


def test_ctrl_c_stops_everything_and_leaves_nothing(site_of_its_own):
    children = site_of_its_own.children()
    assert site_of_its_own.stop(signal.SIGINT) == 0
    for name, pid in children.items():
        wait_for(f"the end of {name}", lambda pid=pid: group_is_gone(pid))
    assert site_of_its_own.output.rstrip().endswith("Stopped.")


def test_a_busy_port_is_named_with_one_that_is_free(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = up(environment(tmp_path / "data", tmp_path / "static", PORT=str(port)))
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"Port {port} is taken by another program. Take another one: PORT=")
    assert "Traceback" not in answer.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    answer = up(environment(tmp_path / "file" / "data", tmp_path / "static"))
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"The folder {tmp_path / 'file' / 'data'} cannot be used (Not a directory).")
    assert "Traceback" not in answer.stderr


def test_a_full_disk_is_said(tmp_path):
    answer = up(environment(tmp_path / "data", tmp_path / "static", MIN_FREE_BYTES=str(10**15)))
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"The disk of {tmp_path / 'data'} is full:")


def test_a_database_that_does_not_answer_is_said_without_its_password(tmp_path):
    url = "postgres://digits:secret-word@127.0.0.1:9/digits"
    answer = up(environment(tmp_path / "data", tmp_path / "static", DATABASE_URL=url))
    assert answer.returncode == 1
    assert answer.stderr.startswith("The database that DATABASE_URL names cannot be used:")
    assert "secret-word" not in answer.stderr + answer.stdout
    assert "Traceback" not in answer.stderr


def test_a_variable_that_cannot_be_used_is_named(tmp_path):
    answer = up(environment(tmp_path / "data", tmp_path / "static", PORT="eighty"))
    assert (answer.returncode, answer.stderr) == (1, "PORT is 'eighty', which cannot be used: Not a valid integer.\n")


def test_a_program_is_told_in_json_where_the_site_is(tmp_path, static_dir):
    command = [sys.executable, "manage.py", "up", "--json"]
    env = environment(tmp_path / "data", static_dir)
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=PROJECT_DIR, env=env, stdout=subprocess.PIPE, stderr=said, text=True)
    try:
        told = json.loads(process.stdout.readline())
        assert urllib.request.urlopen(told["address"], timeout=30).status == 200
        assert (told["pid"], set(told["runs"])) == (process.pid, ALL_CHILDREN)
    finally:
        process.terminate()
        assert process.communicate(timeout=60)[0] == ""  # one object and nothing else
    assert process.returncode == 0
