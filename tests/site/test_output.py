"""Which lines of the processes reach the terminal, and what becomes of their logs."""

import contextlib
import io
import os
import threading

import pytest

from digits_site.supervise.output import Filter, Log, Screen


def read(path):
    return path.read_text().splitlines()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[2026-01-01 10:00:00 +0000] [7] [INFO] Booting worker", False),
        ("2026-01-01 10:00:00,1 INFO celery.beat: Starting", False),
        ("2026-01-01 10:00:00,1 WARNING training: the disk is nearly full", True),
        ("[2026-01-01 10:00:00 +0000] [7] [ERROR] no more", True),
        ("a line without a level", True),
    ],
)
def test_lines_are_shown_by_their_level(line, shown):
    assert Filter().shows(line) is shown


def test_a_traceback_is_shown_with_the_error_before_it():
    shows = Filter().shows
    lines = ["x INFO a: fine", "more of it", "x ERROR a: broken", "Traceback:", "  File ...", "x INFO a: fine again"]
    assert [shows(line) for line in lines] == [False, False, True, True, True, False]


def test_a_level_named_far_into_a_line_is_no_level():
    assert Filter().shows("x" * 80 + " INFO ")


def test_a_log_that_is_full_starts_anew_and_keeps_the_last_ones(tmp_path):
    log = Log(tmp_path / "web.log", most_bytes=10, keep=2)
    for word in ("first-line", "second-line", "third-line", "fourth"):
        log.write(word)
    assert read(tmp_path / "web.log") == ["fourth"]
    assert read(tmp_path / "web.1.log") == ["third-line"]
    assert read(tmp_path / "web.2.log") == ["second-line"]
    assert not (tmp_path / "web.3.log").exists()


def test_a_log_that_cannot_be_written_is_no_reason_to_stop(tmp_path):
    (tmp_path / "logs").write_text("a file where the folder should be")
    log = Log(tmp_path / "logs" / "web.log")
    log.write("line")
    assert (tmp_path / "logs").is_file()


def test_a_pipe_that_nobody_reads_stops_nothing():
    reader, writer = os.pipe()
    with open(writer, "w") as stream:
        screen = Screen(stream)
        for _ in range(200):
            screen.line("web", "x" * 1000)
        os.set_blocking(reader, False)
        assert b"web    | xxx" in os.read(reader, 4096)
        os.close(reader)


def test_a_terminal_that_is_gone_stops_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    stream = open(writer, "w")  # noqa: SIM115 (closing it would raise what the screen swallows)
    Screen(stream).say("anybody there")
    assert not stream.closed


def test_a_stream_in_memory_is_written_plainly():
    stream = io.StringIO()
    Screen(stream).line("web", Screen(stream).strong("hello"))
    assert stream.getvalue() == "web    | hello\n"


def test_what_is_said_surely_waits_for_a_reader():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(writer, b"x" * 65536):
            pass
    os.set_blocking(writer, True)
    taken = []
    with open(reader, "rb") as pipe, open(writer, "w") as stream:
        reading = threading.Thread(target=lambda: taken.append(pipe.read()))
        saying = threading.Thread(target=Screen(stream).say_surely, args=["the password"])
        saying.start()
        reading.start()
        saying.join()
        stream.close()
        reading.join()
    assert taken[0].endswith(b"xthe password\n")
