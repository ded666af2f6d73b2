"""One child of the supervisor: its start, its output line by line, its end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rollbook.supervising.restarts import Crashes, Policy

_KEEPER = str(Path(__file__).with_name("keeper.py"))
_CHUNK, _LONGEST_LINE = 65_536, 1_000_000
_MARGIN = 5  # seconds a keeper has for itself, beyond what it gives its child


@dataclass(frozen=True)
class Program:
    """
    A command that is kept running.

    Args:
        grace: Seconds it has to stop by itself before it is killed.

        must_start: A hub whose program ends before all are ready is not started at all. Later it is only restarted.

        pass_fds: Open files that it inherits, such as a listening socket.
    """

    name: str
    command: tuple[str, ...]
    grace: float = 15
    must_start: bool = False
    pass_fds: tuple[int, ...] = ()


class Child:
    """A program and the process that runs it now, if one does."""

    def __init__(self, program: Program, policy: Policy) -> None:
        self.program = program
        self.crashes = Crashes(policy)
        self.due: float | None = None  # when to start it again
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._rest = b""

    def start(self) -> None:
        """Start the program under a keeper, in a session of its own: a Ctrl-C at the terminal is not for it."""
        self.due, self._started, self._rest = None, time.monotonic(), b""
        first = [sys.executable, "-I", "-S", _KEEPER, str(os.getpid()), str(self.program.grace)]
        self._process = subprocess.Popen(
            [*first, *self.program.command],
            pass_fds=self.program.pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.set_blocking(self.output.fileno(), False)

    @property
    def output(self) -> IO[bytes]:
        """What it prints, on standard output and standard error. Its keeper holds it open: it ends when both have."""
        assert self._process
        assert self._process.stdout
        return self._process.stdout

    @property
    def is_running(self) -> bool:
        """Whether it was started and its end was not noticed yet."""
        return self._process is not None

    def ended(self) -> int | None:
        """The exit code of the process once it has ended."""
        return self._process.poll() if self._process else None

    def lines(self) -> Iterator[str]:
        """The whole lines that it printed since the last call; at its end the rest."""
        while chunk := self._read():
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            if len(self._rest) > _LONGEST_LINE:
                lines, self._rest = [*lines, self._rest], b""
            yield from (line.decode(errors="replace").rstrip("\r") for line in lines)

    def close(self) -> tuple[str, float]:
        """Take leave of a process that has ended: its last unfinished line, and how many seconds it ran."""
        self.output.close()
        self._process = None
        return self._rest.decode(errors="replace"), time.monotonic() - self._started

    def ask_to_stop(self) -> None:
        """Ask; when it was asked before, let it be killed."""
        if self._process:
            self._process.terminate()

    def must_have_ended_by(self) -> float:
        """When to lose patience with the keeper itself, if it is asked now."""
        return time.monotonic() + self.program.grace + _MARGIN

    def kill(self) -> None:
        """Kill the keeper, and by that the program."""
        if self._process:
            self._process.kill()

    def _read(self) -> bytes:
        with suppress(BlockingIOError):
            return os.read(self.output.fileno(), _CHUNK)
        return b""
