"""The command line as a user meets it: a process of its own, with its own settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.environment import SETTINGS

NOTHING: Mapping[str, str] = {}


def run_cli(
    args: Sequence[str | Path],
    home: Path,
    database_url: str | None = None,
    *,
    check: bool = True,
    timeout: float = 120,
    env: Mapping[str, str] = NOTHING,
) -> subprocess.CompletedProcess[str]:
    """
    Run `rollbook ARGS` to its end, as `python -m rollbook.cli`.

    Args:
        args: What follows `rollbook` on the command line.

        home: `ROLLBOOK_HOME`; also the current folder, so that nothing relative reaches the repository.

        database_url: `DATABASE_URL`; None or blank means SQLite inside `home`.

        check: An exit code other than 0 fails the test, showing what was printed.
    """
    done = subprocess.run(
        command(args),
        cwd=home,
        env={**environment(home, database_url), **env},
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )
    if check and done.returncode:
        raise AssertionError(
            f"rollbook {' '.join(map(str, args))} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done


@contextmanager
def running_cli(
    args: Sequence[str | Path], home: Path, database_url: str | None = None, *, env: Mapping[str, str] = NOTHING
) -> Iterator[subprocess.Popen[str]]:
    """
    Keep `rollbook ARGS` running for the length of the block, then end it as Ctrl-C or systemd would (SIGTERM).

    What it prints goes to `home`/cli.log. It is the test's part to wait until it is ready.
    """
    with (home / "cli.log").open("a") as log:
        process = subprocess.Popen(
            command(args),
            cwd=home,
            env={**environment(home, database_url), **env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def command(args: Sequence[str | Path]) -> list[str]:
    return [sys.executable, "-m", "rollbook.cli", *map(str, args)]


def environment(home: Path, database_url: str | None) -> dict[str, str]:
    own = {name: text for name, text in os.environ.items() if not name.startswith(SETTINGS)}
    env = own | {"ROLLBOOK_HOME": str(home), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "120"}
    env |= {"SFTP_PORT": "0"}  # any free one: hubs of several tests run side by side
    return env | ({"DATABASE_URL": database_url} if database_url else {})
