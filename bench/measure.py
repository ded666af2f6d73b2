"""One process, measured from outside: wall clock, processor time and peak memory."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class ContenderFailed(Exception):
    """A contender could not do its task; the others go on."""


@dataclass(frozen=True)
class Process:
    """
    How one process ended.

    `peak_mb` is the largest resident set of any one process of the tree: what the
    kernel accounts for a child once it has been waited for.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    exit_code: int
    stdout: str
    stderr: str


def measure(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str | None] | None = None,
) -> Process:
    """
    Run `command` to its end, with our own environment as `environment` changes it (None takes a variable away).

    The process that measures must stay small (no data frames in it): the kernel counts
    the memory of the parent, as it was at the fork, towards the peak of the child.

    Raises:
        ContenderFailed: When the command is missing or does not end with exit code 0.
    """
    os.sync()  # nobody pays for the unwritten pages of the one before
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=changed_environment(environment or {})
            )
        except OSError as error:
            raise ContenderFailed(f"{command[0]} does not start: {error.strerror}") from error
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except KeyboardInterrupt:
            child.kill()
            raise
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        process = Process(
            seconds=seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss / 1024,
            exit_code=child.returncode,
            stdout=whole_text(out),
            stderr=whole_text(err),
        )
    if process.exit_code:
        raise ContenderFailed(f"exit code {process.exit_code}: {last_lines(process.stderr)}")
    return process


def changed_environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Ours with changes; a setting under which Python compiles every module anew at each start is not passed on."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in {**inherited, **changes}.items() if value is not None}


def whole_text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def last_lines(text: str) -> str:
    """The end of what a program said on stderr: there it tells what went wrong."""
    lines = [line.strip() for line in text.strip().splitlines()[-3:]]
    return " / ".join(lines) or "it said nothing"
