"""
The supervisor: starts programs in order, starts each again when it ends, stops them in the opposite order.

One thread waits for everything at once: signals, what the children print, and the next restart. The end of one child
never touches another.
"""

import logging
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from rollbook.supervising.child import Child, Program
from rollbook.supervising.restarts import Policy

log = logging.getLogger("rollbook.serve")

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK = 0.2  # seconds between two looks while something is expected to come or to end


class Supervisor:
    """
    Keeps programs running until somebody asks for the end: Ctrl-C, SIGTERM, or a closed terminal.

    Args:
        programs: In the order of their start; the last one is stopped first.

        tell: Is given each line that a program prints, with the program's name.
    """

    def __init__(
        self, programs: Sequence[Program], tell: Callable[[str, str], None], policy: Policy | None = None
    ) -> None:
        self._children = [Child(program, policy or Policy()) for program in programs]
        self._tell = tell
        self._asked = self._in_a_hurry = self._is_stopping = False
        self._selector = selectors.DefaultSelector()

    def run(self, announce: Callable[[], None], is_ready: Callable[[], bool], seconds: float = 60) -> bool:
        """
        Run until asked to stop.

        Args:
            announce: Called once, when the programs are ready.

            is_ready: Whether they are; asked again and again, for as many `seconds` as a start may take.

        Returns:
            False when the programs did not become ready: one ended first, or the time was over.
        """
        with self._signals():
            try:
                return self._start(announce, is_ready, seconds) and self._keep()
            finally:
                self._stop()

    def _start(self, announce: Callable[[], None], is_ready: Callable[[], bool], seconds: float) -> bool:
        until = time.monotonic() + seconds
        for child in self._children:
            self._launch(child)
        while not self._asked:
            if is_ready():
                announce()
                return True
            needed = all(child.is_running for child in self._children if child.program.must_start)
            if not needed or time.monotonic() > until:
                return False
            self._turn(_LOOK)
            self._launch_those_due()
        return True

    def _keep(self) -> bool:
        while not self._asked:
            dues = [child.due for child in self._children if child.due is not None]
            self._turn(max(0.0, min(dues) - time.monotonic()) if dues else None)
            self._launch_those_due()
        return True

    def _stop(self) -> None:
        """One after the other, the last one first: the web pages answer until everything else has ended."""
        self._is_stopping = True
        for child in reversed(self._children):
            child.ask_to_stop()
            until, hurried = child.must_have_ended_by(), False
            while child.is_running:
                if time.monotonic() > until:
                    child.kill()
                elif self._in_a_hurry and not hurried:
                    child.ask_to_stop()
                    hurried = True
                self._turn(_LOOK)

    def _launch(self, child: Child) -> None:
        child.start()
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _launch_those_due(self) -> None:
        for child in self._children:
            if child.due is not None and child.due <= time.monotonic() and not self._asked:
                log.info("Starting %s again.", child.program.name)
                self._launch(child)

    def _turn(self, timeout: float | None) -> None:
        """Wait until something happens, then pass on what was printed and notice who has ended."""
        for key, _ in self._selector.select(timeout):
            if isinstance(key.data, Child):
                self._pass_on(key.data)
            else:
                key.data()
        for child in self._children:
            if (code := child.ended()) is not None:
                self._take_leave(child, code)

    def _pass_on(self, child: Child) -> None:
        for line in child.lines():
            self._tell(child.program.name, line)

    def _take_leave(self, child: Child, code: int) -> None:
        self._pass_on(child)
        self._selector.unregister(child.output)
        rest, seconds = child.close()
        if rest:
            self._tell(child.program.name, rest)
        if self._asked or self._is_stopping:
            return
        wait = child.crashes.wait_after(seconds)
        child.due = time.monotonic() + wait
        name, ended = child.program.name, _how(code)
        if child.crashes.given_up:
            log.error(
                "%s %s, %d times in a row, and is given up for now. What it wrote above says why. The rest of the hub "
                "goes on. It is tried once more in %.0f seconds; or restart the hub.",
                *(name, ended, child.crashes.in_a_row, wait),
            )
        else:
            log.warning("%s %s. It starts again in %.0f seconds. The rest of the hub goes on.", name, ended, wait)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Hear signals as events of the loop: a byte in a socket for each, whatever the loop is waiting for."""
        here, there = socket.socketpair()
        here.setblocking(False)
        there.setblocking(False)
        before = {number: signal.signal(number, self._hear) for number in (*_STOPS, signal.SIGCHLD)}
        woken = signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
        self._selector.register(here, selectors.EVENT_READ, lambda: here.recv(4096))
        try:
            yield
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            here.close()
            there.close()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and self._asked:
            self._in_a_hurry = True  # Ctrl-C again
        if number in _STOPS:
            self._asked = True


def _how(code: int) -> str:
    """How a process ended, from its keeper's exit code; a keeper that was killed itself has a negative one."""
    number = -code if code < 0 else code - 128
    if number > 0 and number in {s.value for s in signal.Signals}:
        return f"was ended by {signal.Signals(number).name}"
    return f"ended with exit code {code}"
