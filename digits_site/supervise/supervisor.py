"""The loop that keeps the site's processes running, and stops them in order: web, beat, workers, broker.

One thread waits for everything at once: output, deaths, signals, the first answer. SIGHUP starts everything but the
broker again, so that a new release is served; visitors wait meanwhile. Left out on purpose: what the processes are
(`processes.py`) and what has to be true before they start (`place.py`, `prepare.py`)."""

import os
import selectors
import signal
import time
from collections.abc import Callable

from digits_site.supervise.child import Child
from digits_site.supervise.output import Screen
from digits_site.supervise.probe import Probe

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_WAIT_SECONDS = 1.0
# Workers start after the site's first answer, so that they don't delay it; but they don't wait for it forever.
WORKERS_WAIT_SECONDS = 10.0
ASK_AGAIN_SECONDS = 0.3
SAME_WISH_SECONDS = 0.3
NEVER = float("inf")


class Supervisor:
    """Runs `children` until a signal says stop.

    `make_probe` asks the site for a page; `on_ready` is called at its first answer, `on_change` when a process id
    changed."""

    def __init__(
        self,
        children: list[Child],
        screen: Screen,
        *,
        make_probe: Callable[[], Probe],
        on_ready: Callable[[], None],
        on_change: Callable[[dict[str, int]], None],
        stop_timeout_seconds: float,
        shows_everything: bool = False,
    ) -> None:
        self.children, self.screen = children, screen
        self._make_probe, self._on_ready, self._on_change = make_probe, on_ready, on_change
        self._stop_timeout_seconds = stop_timeout_seconds
        self._shows_everything = shows_everything
        self._selector = selectors.DefaultSelector()
        self._start_at: dict[Child, float] = {}
        self._ask_at = NEVER
        self._renewing: dict[Child, float] = {}
        self._is_to_renew = False
        self._has_terminal = os.isatty(2)
        self._stop_signals = 0
        self._last_stop_signal = float("-inf")

    def run(self) -> None:
        wake_up, old_handlers = self._listen_for_signals()
        try:
            self._plan_the_start()
            while not self._stop_signals:
                self._turn(self._seconds_to_wait())
                self._renew_if_asked()
                self._start_what_is_due()
                self._ask_for_a_page_if_due()
            self._stop()
        finally:
            for child in self.children:
                if child.pid:
                    child.kill()
            self._restore_signals(wake_up, old_handlers)

    # Signals

    def _listen_for_signals(self) -> tuple[tuple[int, int], dict]:
        # Every signal writes a byte into a pipe, so that the selector wakes up however the signal fell.
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self._selector.register(reader, selectors.EVENT_READ, lambda: os.read(reader, 1000))
        old_handlers = {signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda *_: None)}
        for number in STOP_SIGNALS:
            # What `nohup` had ignored stays so; SIGINT stops the site also where a script's `&` had it ignored.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                old_handlers[number] = signal.signal(number, self._count_stop_signal)
        return (reader, writer), old_handlers

    def _count_stop_signal(self, number: int, frame: object) -> None:
        # A terminal that was closed sends the same signal as somebody who wants the new release.
        if number == signal.SIGHUP and not (self._has_terminal and not os.isatty(2)):
            self._is_to_renew = True
            return
        # `make` passes on a signal that its whole group was sent: what comes at once is the same wish, not a second.
        now = time.monotonic()
        if now - self._last_stop_signal > SAME_WISH_SECONDS:
            self._stop_signals += 1
        self._last_stop_signal = now

    def _restore_signals(self, wake_up: tuple[int, int], old_handlers: dict) -> None:
        for number, handler in old_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for descriptor in wake_up:
            os.close(descriptor)

    # Running

    def _plan_the_start(self) -> None:
        now = time.monotonic()
        for child in self.children:
            self._start_at[child] = now + (WORKERS_WAIT_SECONDS if child.process.waits_for_the_site else 0.0)
        self._start_what_is_due()
        self._ask_at = now

    def _turn(self, seconds: float) -> None:
        """Wait for something to happen, at most `seconds`, and attend to it."""
        for key, _ in self._selector.select(max(seconds, 0.0)):
            key.data()
        for child in self.children:
            if child.pid and (status := child.has_ended()) is not None:
                self._bury(child, status)

    def _seconds_to_wait(self) -> float:
        soonest = min([*self._start_at.values(), self._ask_at])
        return min(soonest - time.monotonic(), LONGEST_WAIT_SECONDS)

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for child in [child for child, due in self._start_at.items() if due <= now]:
            del self._start_at[child]
            try:
                child.start(now)
            except OSError as error:
                self._try_again_later(child, f"cannot be started ({error})", lived_seconds=0.0)
            else:
                self._selector.register(
                    child.output, selectors.EVENT_READ, lambda child=child: self._show_output(child)
                )
                self._tell_change()

    def _show_output(self, child: Child) -> None:
        for line in child.read_lines():
            if self._shows_everything or (child.filter.shows(line) and child.process.shows_output and line):
                self.screen.line(child.name, line)
        if child.output_has_ended:
            self._selector.unregister(child.output)

    def _bury(self, child: Child, status: int) -> None:
        while not child.output_has_ended:
            self._show_output(child)
        child.forget()
        if self._renewing.pop(child, None) is not None and not self._stop_signals:
            self._start_at[child] = time.monotonic()
        elif not self._stop_signals:
            self._try_again_later(child, describe(status), lived_seconds=time.monotonic() - child.started_at)
        self._tell_change()

    def _try_again_later(self, child: Child, what: str, *, lived_seconds: float) -> None:
        seconds = child.backoff.after(lived_seconds)
        self._start_at[child] = time.monotonic() + seconds
        self.screen.line(child.name, f"{what}; starting it again in {seconds:g} s")
        if child.backoff.is_often:
            for line in child.tail:
                self.screen.line(child.name, f"  {line}")
            self.screen.line(
                child.name,
                f"ended {child.backoff.failures} times in a row, last with the lines above; "
                f"all of them are in {child.log.path}. {child.process.remedy}".rstrip(),
            )

    def _tell_change(self) -> None:
        self._on_change({child.name: child.pid for child in self.children if child.pid})

    # A new release

    def _renew_if_asked(self) -> None:
        """Ask all but the broker to end, each in good order; what has ended is started again from what lies there."""
        now = time.monotonic()
        if self._is_to_renew:
            self._is_to_renew = False
            self.screen.say("Starting the processes again ...")
            for child in self.children:
                if child.pid and child.process.is_renewed and child not in self._renewing:
                    child.ask_to_stop()
                    self._renewing[child] = now + self._stop_timeout_seconds
        for child, deadline in self._renewing.items():
            if child.pid and deadline <= now:
                child.kill()

    # The first answer

    def _ask_for_a_page_if_due(self) -> None:
        if time.monotonic() >= self._ask_at:
            probe = self._make_probe()
            self._selector.register(probe, selectors.EVENT_READ, lambda: self._hear_the_answer(probe))
            self._ask_at = NEVER

    def _hear_the_answer(self, probe: Probe) -> None:
        self._selector.unregister(probe)
        if probe.take_answer():
            self._on_ready()
            self._start_those_who_waited()
        else:
            self._ask_at = time.monotonic() + ASK_AGAIN_SECONDS

    def _start_those_who_waited(self) -> None:
        for child in self._start_at:
            if child.process.waits_for_the_site and not child.backoff.failures:
                self._start_at[child] = time.monotonic()

    # Stopping

    def _stop(self) -> None:
        self.screen.say("\nStopping ... (Ctrl-C again: at once)")
        self._start_at.clear()
        for order in sorted({child.process.stop_order for child in self.children}):
            self._stop_together([child for child in self.children if child.process.stop_order == order])
        self.screen.say("Stopped.")

    def _stop_together(self, children: list[Child]) -> None:
        deadline = time.monotonic() + self._stop_timeout_seconds
        for child in children:
            if child.pid:
                child.ask_to_stop()
        while self._any_lives(children) and time.monotonic() < deadline and self._stop_signals < 2:
            self._turn(min(deadline - time.monotonic(), LONGEST_WAIT_SECONDS))
        for child in children:
            if child.pid:
                self.screen.line(
                    child.name, "did not wait for it to stop" if self._stop_signals > 1 else "did not stop"
                )
                child.kill()
        while self._any_lives(children):
            self._turn(LONGEST_WAIT_SECONDS)

    @staticmethod
    def _any_lives(children: list[Child]) -> bool:
        return any(child.pid for child in children)


def describe(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
