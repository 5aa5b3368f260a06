"""The loop itself, with small shell scripts in the place of web server, workers and broker."""

import io
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from digits_site.supervise import backoff, supervisor
from digits_site.supervise.child import Child, Process
from digits_site.supervise.output import Screen
from digits_site.supervise.probe import Probe
from digits_site.supervise.supervisor import Supervisor
from tests.site.running import group_is_gone, wait_for

STOP = "kill -INT $PPID; "
FOREVER = "while :; do sleep 0.05; done"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(backoff, "MOST_SECONDS", 0.02)


@pytest.fixture
def silent_port():
    """An address where nobody answers, as long as the web server is not there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()


@pytest.fixture
def ignored():
    """Ignore a signal, as the process that starts this one may have it, or do not where it does."""
    before = {}
    yield lambda number, handler=signal.SIG_IGN: before.update({number: signal.signal(number, handler)})
    for number, handler in before.items():
        signal.signal(number, handler)


class Run:
    """Runs a supervisor with shell scripts until one of them sends it SIGINT, and keeps what it said."""

    def __init__(self, folder, address, scripts, **changes):
        processes = [
            Process(
                name,
                ["/bin/sh", "-c", script] if script else ["/no/such/program"],
                **{"stop_order": order} | changes.pop(name, {}),
            )
            for order, (name, script) in enumerate(scripts.items())
        ]
        self.stream, self.pids, self.was_ready = io.StringIO(), [], 0
        self.children = [Child(process, folder=folder, run_dir=folder / "run") for process in processes]
        Supervisor(
            self.children,
            Screen(self.stream),
            make_probe=lambda: Probe(address, path="/", host="localhost"),
            on_ready=self.ready,
            on_change=self.pids.append,
            **{"stop_timeout_seconds": 5.0} | changes,
        ).run()
        self.said = self.stream.getvalue()

    def ready(self):
        self.was_ready += 1


def test_a_process_that_ends_at_once_is_started_again_and_again_and_said_in_words(tmp_path, silent_port):
    counting = (
        f"echo x >> count; echo line $(wc -l < count); test $(wc -l < count) -lt 6 || {{ {STOP} {FOREVER}; }}; exit 3"
    )
    run = Run(tmp_path, silent_port, {"web": counting}, web={"remedy": "Look at the moon."})
    assert run.said.count("ended with status 3; starting it again") == 5
    assert "ended 5 times in a row, last with the lines above" in run.said
    assert "  line 5" in run.said
    assert "Look at the moon." in run.said


def test_children_stop_in_their_order(tmp_path, silent_port):
    noting = "trap 'echo {0} >> order; exit 0' TERM; echo {0} >> up; {1} " + FOREVER
    scripts = {name: noting.format(name, "") for name in ("web", "beat")}
    all_are_up = "while test $(cat up 2>/dev/null | wc -l) -lt 3; do sleep 0.01; done; " + STOP
    scripts["broker"] = noting.format("broker", all_are_up)
    Run(tmp_path, silent_port, scripts)
    assert (tmp_path / "order").read_text().split() == ["web", "beat", "broker"]


def test_a_child_that_does_not_stop_is_killed_with_all_that_it_started(tmp_path, silent_port):
    stubborn = f"trap '' TERM; ({FOREVER}) & echo $$ > pid; {STOP} {FOREVER}"
    run = Run(tmp_path, silent_port, {"web": stubborn}, stop_timeout_seconds=0.2)
    assert "web    | did not stop" in run.said
    wait_for("the end of its group", lambda: group_is_gone(int((tmp_path / "pid").read_text())))


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_every_signal_that_asks_to_stop_does(tmp_path, silent_port, name):
    polite = f"trap 'echo bye > bye; exit 0' TERM; kill -{name} $PPID; {FOREVER}"
    run = Run(tmp_path, silent_port, {"web": polite})
    assert (tmp_path / "bye").exists()
    assert run.said.endswith("Stopped.\n")


@pytest.fixture
def listens(ignored):
    """Hear SIGHUP, which `nohup` may have switched off for the tests."""
    ignored(signal.SIGHUP, signal.SIG_DFL)


def test_sighup_starts_all_but_the_broker_again(tmp_path, silent_port, listens):
    asks = f"echo x >> web; test $(wc -l < web) -lt 2 || {{ {STOP} }}; kill -HUP $PPID; {FOREVER}"
    run = Run(
        tmp_path,
        silent_port,
        {"web": asks, "broker": f"echo x >> broker; {FOREVER}"},
        broker={"is_renewed": False},
    )
    assert (tmp_path / "web").read_text() == "x\n" * 2
    assert (tmp_path / "broker").read_text() == "x\n"
    assert "web    | was ended" not in run.said  # as if something had failed


def test_who_does_not_end_for_a_new_release_is_killed(tmp_path, silent_port, listens):
    stubborn = f"echo x >> web; test $(wc -l < web) -lt 2 || {{ {STOP} }}; trap '' TERM; kill -HUP $PPID; {FOREVER}"
    Run(tmp_path, silent_port, {"web": stubborn}, stop_timeout_seconds=0.2)
    assert (tmp_path / "web").read_text() == "x\n" * 2


def test_a_site_stops_when_its_terminal_is_closed(tmp_path, silent_port, listens, monkeypatch):
    answers = iter([True, False])  # a terminal when it began, and none any more
    monkeypatch.setattr(supervisor.os, "isatty", lambda descriptor: next(answers))
    polite = f"trap 'echo bye > bye; exit 0' TERM; kill -HUP $PPID; {FOREVER}"
    run = Run(tmp_path, silent_port, {"web": polite})
    assert (tmp_path / "bye").exists()
    assert run.said.endswith("Stopped.\n")


def test_sigint_stops_the_site_also_where_a_script_had_started_it_in_the_background(tmp_path, silent_port, ignored):
    ignored(signal.SIGINT)
    assert Run(tmp_path, silent_port, {"web": STOP + FOREVER}).said.endswith("Stopped.\n")


def test_a_site_that_was_started_with_nohup_outlives_its_terminal(tmp_path, silent_port, ignored):
    ignored(signal.SIGHUP)
    outliving = f"kill -HUP $PPID; sleep 0.1; echo still here > here; {STOP} {FOREVER}"
    Run(tmp_path, silent_port, {"web": outliving})
    assert (tmp_path / "here").exists()


def test_a_second_signal_does_not_wait(tmp_path, silent_port):
    stubborn = f"trap 'sleep 0.4; {STOP}' TERM; {STOP} {FOREVER}"
    run = Run(tmp_path, silent_port, {"web": stubborn}, stop_timeout_seconds=3600.0)
    assert "web    | did not wait for it to stop" in run.said


def test_the_same_signal_from_make_and_from_the_terminal_is_one_wish(tmp_path, silent_port):
    polite = f"trap 'sleep 0.2; echo bye > bye; exit 0' TERM; {STOP} {STOP} {FOREVER}"
    Run(tmp_path, silent_port, {"web": polite})
    assert (tmp_path / "bye").exists()


def test_what_a_killed_child_started_goes_with_it(tmp_path, silent_port):
    once = f"if test -e group; then {STOP} {FOREVER}; fi; ({FOREVER}) & echo $$ > group; kill -9 $$"
    run = Run(tmp_path, silent_port, {"web": once})
    assert "web    | was ended by SIGKILL" in run.said
    group = int((tmp_path / "group").read_text())
    wait_for("the end of its group", lambda: group_is_gone(group))


def test_a_program_that_is_not_there_is_said_and_the_others_go_on(tmp_path, silent_port):
    after_a_while = f"while test $(ls run/pids | wc -l) -lt 2; do sleep 0.01; done; {STOP} {FOREVER}"
    run = Run(tmp_path, silent_port, {"light": None, "web": after_a_while})
    assert "light  | cannot be started ([Errno 2] No such file or directory: '/no/such/program')" in run.said
    assert run.said.rstrip().endswith("Stopped.")


def test_lines_go_to_the_log_and_the_important_ones_to_the_screen(tmp_path, silent_port):
    talking = f"echo 'x INFO fine'; echo 'x ERROR broken'; echo 'no end\\c'; {STOP} exit 0"
    run = Run(tmp_path, silent_port, {"web": talking})
    assert (tmp_path / "run" / "logs" / "web.log").read_text() == "x INFO fine\nx ERROR broken\nno end\n"
    assert "web    | x ERROR broken" in run.said
    assert "INFO" not in run.said


def test_every_line_is_shown_when_asked_for(tmp_path, silent_port):
    run = Run(tmp_path, silent_port, {"web": f"echo 'x INFO fine'; {STOP} exit 0"}, shows_everything=True)
    assert "web    | x INFO fine" in run.said


def test_those_who_wait_for_the_site_start_at_its_first_answer(tmp_path):
    class Answer(BaseHTTPRequestHandler):
        asked = 0

        def do_GET(self):
            Answer.asked += 1
            self.send_error(500) if Answer.asked == 1 else self.send_error(404)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        run = Run(tmp_path, server.server_address, {"train": STOP + FOREVER}, train={"waits_for_the_site": True})
        server.shutdown()
    assert (run.was_ready, Answer.asked) == (1, 2)
    assert set(run.pids[0]) == {"train"}
    assert run.pids[-1] == {}
