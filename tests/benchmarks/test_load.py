"""The tools that keep a site busy: what they send, how they read answers, and how a day's visitors are spread."""

import json

import numpy as np
import pytest

from benchmarks.load import crowd, day, wire
from benchmarks.load.drawn import bodies
from recognizer import recognition, submissions

pytestmark = pytest.mark.slow

WHOLE = b"HTTP/1.1 201 Created\r\nSet-Cookie: visitor=abc; Path=/\r\nContent-Length: 11\r\n\r\n" + b'{"id": 123}'


def test_an_answer_is_whole_when_its_last_byte_has_come():
    incoming = wire.Incoming()
    assert [incoming.feed(bytes([byte])) for byte in WHOLE[:-1]] == [None] * (len(WHOLE) - 1)
    answer = incoming.feed(WHOLE[-1:])
    assert (answer.status, answer.body, answer.cookies()) == (201, b'{"id": 123}', {"visitor": "abc"})


def test_an_answer_without_a_body_ends_with_its_head():
    assert wire.Incoming().feed(b"HTTP/1.1 204 No Content\r\n\r\n").status == 204


def test_an_answer_of_unknown_length_is_refused():
    with pytest.raises(wire.ProtocolError, match="Content-Length"):
        wire.Incoming().feed(b"HTTP/1.1 200 OK\r\n\r\n")


def test_a_request_carries_the_cookies_and_the_token_of_them():
    data = wire.request("POST", "/x", "host", cookies={"csrftoken": "t", "visitor": "v"}, body=b"{}")
    assert b"Cookie: csrftoken=t; visitor=v\r\n" in data
    assert b"X-CSRFToken: t\r\n" in data
    assert data.endswith(b"Content-Length: 2\r\nX-CSRFToken: t\r\n\r\n{}")


def test_generated_drawings_are_ones_that_the_site_reads():
    for body in bodies(12, seed=3):
        drawing = json.loads(body)
        assert submissions.of_strokes(**drawing).seen.reason != "empty"


def test_more_people_come_in_the_evening_than_at_night():
    moments = np.array(day.arrivals(20_000, 24.0, np.random.default_rng(1)))
    evening, night = ((moments >= start) & (moments < start + 2) for start in (19, 7))
    assert evening.sum() > 3 * night.sum()
    assert (np.diff(moments) >= 0).all()


@pytest.mark.django_db(transaction=True)
def test_a_crowd_counts_every_drawing_that_was_stored(live_server):
    from recognizer.models import Drawing

    port = int(live_server.url.rpartition(":")[2])
    tally = crowd.run(("localhost", port), bodies(8, seed=4), clients=3, seconds=0.5)
    assert not tally.errors
    assert len(tally.milliseconds) >= 3
    assert sorted(tally.ids) == sorted(Drawing.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_crowd_with_a_rate_sends_no_more_than_that(live_server):
    recognition.forget()
    port = int(live_server.url.rpartition(":")[2])
    tally = crowd.run(("localhost", port), bodies(8, seed=4), clients=3, seconds=0.5, rate=8.0)
    assert not tally.errors
    assert 1 <= len(tally.milliseconds) <= 4  # at 0, 1/8, 2/8 and 3/8 of a second, and no more before the half is over
    assert len(tally.ids) == len(tally.milliseconds) + 3  # with the first drawing of each


def test_what_is_late_counts_from_when_it_was_due(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(crowd.time, "perf_counter", lambda: now[0])
    clock = crowd._Clock(0.5)
    clock.first("a client", 10.2)
    assert list(clock.ready()) == []
    assert clock.seconds_left() == pytest.approx(0.2)
    now[0] = 12.0  # its answer took that long
    assert list(clock.ready()) == [("a client", 10.2)]
    clock.next("a client")
    clock.first("another", 13.0)
    assert list(clock.ready()) == [("a client", 10.7)]
    # "another" was never asked; "a client" should have sent at 11.2, 11.7 and 12.2, too, before 12.5
    assert clock.stop(12.5) == 3
    assert clock.seconds_left() is None


def test_a_rate_at_which_connections_would_idle_is_refused():
    with pytest.raises(ValueError, match="only from 8 on"):
        crowd.run(("localhost", 1), [b"{}"], clients=32, seconds=1, rate=7.5)
