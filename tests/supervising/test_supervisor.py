"""The supervisor, with real processes."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from rollbook.supervising.child import Program
from rollbook.supervising.restarts import Policy
from rollbook.supervising.supervisor import Supervisor
from tests.support.processes import is_running
from tests.support.waiting import until

QUICK = Policy(first=0.05, longest=0.1, steady=60, crashes=3, rest=3600)
STEADY = r"import os, signal; os.write(1, b'up %d\n' % os.getpid()); signal.pause()"
# Ends in order when asked, and says so.
ORDERLY = r"""
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("stopped", flush=True), sys.exit(0)))
os.write(1, b"up %d\n" % os.getpid())
while True:
    signal.pause()
"""
# Hears nothing, and has a child in its process group that hears nothing either.
DEAF = r"""
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
os.write(1, b"up %d\n" % os.getpid())
time.sleep(600)
"""


def program(name: str, script: str, grace: float = 10, must_start: bool = False) -> Program:
    return Program(name, (sys.executable, "-c", script), grace, must_start)


class Heard:
    """What the programs printed, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def ups(self, name: str) -> list[int]:
        """The processes of a program that came up."""
        return [int(line.split()[1]) for of, line in self.lines if of == name and line.startswith("up")]


def run_until(programs: list[Program], heard: Heard, done: Callable[[], bool], policy: Policy = QUICK) -> bool:
    """Run a supervisor until something is true; stop it as Ctrl-C would."""

    def is_ready() -> bool:
        if done():
            signal.raise_signal(signal.SIGINT)
        return False

    return Supervisor(programs, heard, policy).run(lambda: None, is_ready)


def test_a_child_that_ends_is_started_again_and_no_other() -> None:
    """The end of one child is mended, and the other one never notices."""
    heard = Heard()
    programs = [program("steady", STEADY), program("brief", "import os; print('up', os.getpid())")]
    assert run_until(programs, heard, lambda: len(heard.ups("brief")) >= 2)
    assert len(set(heard.ups("brief"))) >= 2
    assert len(heard.ups("steady")) == 1


def test_a_child_in_a_crash_loop_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """A child that always ends at once is not restarted for ever; the hub says so and goes on without it."""
    heard = Heard()
    programs = [program("steady", STEADY), program("broken", "print('up 1'); raise SystemExit(3)")]
    with caplog.at_level(logging.WARNING):
        assert run_until(programs, heard, lambda: "given up" in caplog.text)
    assert "broken ended with exit code 3, 3 times in a row, and is given up for now." in caplog.text
    assert len(heard.ups("broken")) == 3
    assert len(heard.ups("steady")) == 1


def test_the_last_one_is_stopped_first() -> None:
    """Each child has ended in order before the one that was started earlier is asked."""
    heard = Heard()
    names = ["web", "worker", "extra"]
    assert run_until([program(name, ORDERLY) for name in names], heard, lambda: len(heard.lines) == 3)
    assert heard.lines[3:] == [(name, "stopped") for name in reversed(names)]


def test_a_deaf_child_is_killed_with_its_own_children() -> None:
    """Who does not stop in time is killed, and so is everything it started."""
    heard = Heard()
    assert run_until([program("deaf", DEAF, grace=0.2)], heard, lambda: len(heard.ups("deaf")) == 2)
    assert until(lambda: not any(map(is_running, heard.ups("deaf"))))


def test_a_start_without_the_necessary_is_no_start() -> None:
    """When a program that must start does not, the others are stopped and the supervisor says no."""
    heard = Heard()
    programs = [program("web", "raise SystemExit(1)", must_start=True), program("worker", ORDERLY)]
    assert not Supervisor(programs, heard, QUICK).run(lambda: None, lambda: False)
    assert not any(map(is_running, heard.ups("worker")))


def test_a_killed_keeper_takes_its_child_along(caplog: pytest.LogCaptureFixture) -> None:
    """No child is left behind that nobody keeps; a new one is started."""
    heard = Heard()
    killed: list[int] = []

    def done() -> bool:
        if heard.ups("deaf") and not killed:
            killed.append(parent(heard.ups("deaf")[0]))
            os.kill(killed[0], signal.SIGKILL)
        return len(heard.ups("deaf")) >= 3

    assert run_until([program("deaf", DEAF, grace=0.2)], heard, done)
    assert "deaf was ended by SIGKILL" in caplog.text
    assert not is_running(heard.ups("deaf")[0])
    for process in heard.ups("deaf"):  # a grandchild may go on when keeper and child are both killed
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def test_all_output_arrives() -> None:
    """A flood of lines neither blocks the child nor loses one, and a last line without its end is passed on too."""
    heard = Heard()
    script = "import sys; [print(n) for n in range(20_000)]; sys.stdout.write('the end')"
    assert run_until([program("loud", script)], heard, lambda: ("loud", "the end") in heard.lines)
    assert [line for _, line in heard.lines[:20_001]] == [*map(str, range(20_000)), "the end"]


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    """After kill -9 on the supervisor whole process groups end, even of a child that hears no signal."""
    script = """
from tests.supervising.test_supervisor import *
programs = [program("orderly", ORDERLY), program("deaf", DEAF, grace=0.5)]
Supervisor(programs, lambda *line: print(*line, flush=True)).run(lambda: None, lambda: False)
"""
    log = tmp_path / "log"
    with log.open("w") as output:
        supervisor = subprocess.Popen([sys.executable, "-c", script], stdout=output, stderr=output)
    ups = re.compile(r"up (\d+)")
    assert until(lambda: len(ups.findall(log.read_text())) == 3), log.read_text()
    processes = [int(number) for number in ups.findall(log.read_text())]
    supervisor.kill()
    supervisor.wait()
    assert until(lambda: not any(map(is_running, processes)))


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
