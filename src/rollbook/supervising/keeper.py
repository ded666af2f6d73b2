"""
The keeper of one child: a small process that stands between it and the supervisor.

A supervisor that is killed at once (`kill -9`) can end nobody. Its keepers hear of its death from the kernel, and each
ends its child: it asks (SIGTERM), waits, then kills the child's whole process group. A supervisor that stops in
order sends its keepers SIGTERM, and the same happens. A second SIGTERM is hurry: nothing is waited for.

    python keeper.py PARENT GRACE COMMAND …

Run as a file, and importing little, so that it is there at once. The command is started by exec, never by fork alone:
Polars' threads do not survive a fork. It leads a process group of its own, and dies at once when its keeper does.
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_HEARD = (signal.SIGTERM, signal.SIGCHLD)


def keep(command: list[str], grace: float) -> int:
    """Run a command until it ends or somebody asks for its end; its exit code, 128 + n when signal n ended it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    keeper = os.getpid()
    child = os.fork()
    if child == 0:
        _become(command, keeper)
    with suppress(OSError):
        os.setpgid(child, child)  # as the child does itself: whoever comes first
    _wait(child, grace)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # it, if it is still there, and whatever it left behind
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def _wait(child: int, grace: float) -> None:
    """Until the child has ended, or has had its time after it was asked to. It is not reaped: its number stays its."""
    until: float | None = None
    while not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        left = 3600.0 if until is None else until - time.monotonic()
        if left <= 0:
            return
        heard = signal.sigtimedwait(_HEARD, left)
        if heard is not None and heard.si_signo == signal.SIGTERM:
            os.kill(child, signal.SIGTERM)
            until = time.monotonic() + (grace if until is None else 0)


def _become(command: list[str], keeper: int) -> None:
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
    die_with(keeper, signal.SIGKILL)
    os.execv(command[0], command)


def die_with(parent: int, number: signal.Signals) -> None:
    """Let the kernel send this process a signal when its parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_DEATH_SIGNAL, number)
    if os.getppid() != parent:  # it died before the kernel was told
        os._exit(1)


if __name__ == "__main__":
    die_with(int(sys.argv[1]), signal.SIGTERM)
    sys.exit(keep(sys.argv[3:], float(sys.argv[2])))
