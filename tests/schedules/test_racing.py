"""Several workers that tick at the same moment, as processes of their own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support import answers
from tests.support.cli import environment, run_cli

REPOSITORY = Path(__file__).parents[2]
ASKED = "SELECT integration_id, COUNT(*) FROM runs_run GROUP BY integration_id"
SAID = "SELECT COUNT(*) FROM schedules_schedule WHERE last_outcome LIKE 'Queued run%'"
BEHIND = "SELECT COUNT(*) FROM schedules_schedule WHERE last_run_id IS NULL"


class Hub:
    """A hub with schedules that are all due."""

    def __init__(self, home: Path, database: str, schedules: int) -> None:
        self.home, self.database = home, database
        run_cli(["init"], home, database)
        self.end(self.start("prepare", str(schedules)))

    def start(self, *args: str) -> subprocess.Popen[str]:
        """A process of racing.py."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.schedules.racing", *args],
            cwd=REPOSITORY,
            env=environment(self.home, self.database),
            stdout=subprocess.PIPE,
            text=True,
        )

    def end(self, worker: subprocess.Popen[str]) -> int:
        """How many runs a worker queued, when it has ended."""
        said = worker.communicate(timeout=100)[0]
        return int(said or 0)

    def rows(self, query: str) -> list[Any]:
        """The answer of the database, on a connection of its own."""
        return answers.rows(query, self.home, self.database)

    def do(self, statement: str) -> None:
        """Change something behind the back of the hub."""
        if self.database:
            with psycopg.connect(self.database) as connection:
                connection.execute(statement)  # type: ignore[call-overload, unused-ignore]
            return
        with closing(sqlite3.connect(self.home / "rollbook.sqlite3", timeout=30)) as connection:
            connection.execute(statement)
            connection.commit()

    def number(self, query: str) -> int:
        return int(self.rows(query)[0][0])


def test_workers_never_double(rollbook_home: Path, database: str) -> None:
    """Three workers tick at the same moment: of 150 schedules each is queued once, by one of them."""
    hub = Hub(rollbook_home, database, 150)
    workers = [hub.start("tick") for _ in range(3)]
    time.sleep(1.5)  # all of them have started, or they only begin a little later
    (hub.home / "go").touch()
    queued = [hub.end(worker) for worker in workers]
    assert sum(queued) == 150
    assert {count for _, count in hub.rows(ASKED)} == {1}
    assert (len(hub.rows(ASKED)), hub.number(SAID)) == (150, 150)


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(rollbook_home: Path, database: str) -> None:
    """A worker killed in the midst leaves each schedule either untouched or queued; another does the rest."""
    hub = Hub(rollbook_home, database, 400)
    (hub.home / "go").touch()
    doomed = hub.start("tick")
    while doomed.poll() is None and hub.number(BEHIND) > 300:
        time.sleep(0.01)
    doomed.send_signal(signal.SIGKILL)
    hub.end(doomed)
    done = 400 - hub.number(BEHIND)
    assert done == len(hub.rows(ASKED))
    assert done < 400, "the worker was killed too late"
    assert hub.end(hub.start("tick")) == 400 - done
    assert {count for _, count in hub.rows(ASKED)} == {1}
