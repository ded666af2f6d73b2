"""
Child processes that never outlive the hub.

A child is started by exec, never by fork alone: Polars' threads do not survive a fork. It leads a process group of
its own, so that whatever it starts ends with it; and on Linux the kernel ends it when its parent dies, even by kill -9.

Run as a module this file is the first moment of such a child: `python -m rollbook.cli.children PARENT COMMAND …`.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_GRACE = 15


class Stopped(Exception):
    """Somebody asked this process to stop: Ctrl-C, SIGTERM, or the terminal was closed."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Within the block a signal to stop raises `Stopped`."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running(command: Sequence[str], *, pass_fds: Sequence[int] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a child running for the length of the block; its whole process group ends with the block."""
    first = [sys.executable, "-m", "rollbook.cli.children", str(os.getpid())]
    child = subprocess.Popen([*first, *command], pass_fds=pass_fds, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield child
    finally:
        try:
            _signal_group(child, signal.SIGTERM)
            child.wait(_GRACE)
        except (subprocess.TimeoutExpired, Stopped, KeyboardInterrupt):
            pass  # it had its time, or somebody is in a hurry
        finally:
            _signal_group(child, signal.SIGKILL)
            child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _become(parent: int, command: list[str]) -> None:
    """Tie this process to its parent's life, then become the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the kernel was told
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
