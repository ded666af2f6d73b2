"""A run that is killed at any point: the roster is as before or as planned, never between, and the next run works."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rollbook.core import schema
from simulators.district import build
from simulators.sheets import make_sheets, write
from tests.support import answers
from tests.support.cli import command, environment, run_cli

TABLES = [*(f"roster_{entity.name}" for entity in schema.ENTITIES), "roster_link", "integrations_integration"]
APPLIED = ("applied", "applied_with_errors")
SETTINGS = ["layout=hub_v1", "absence=deactivate", *(f"limit_{n}=100" for n in ("deactivate", "update", "create"))]

Dump = dict[str, list[Any]]


class World:
    """A hub on disk whose district goes to and fro between two nights."""

    def __init__(self, home: Path, database: str) -> None:
        self.home, self.database = home, database
        for night in (0, 1):
            write(make_sheets(build(students=120, night=night), "hub_v1"), home / f"night{night}")
        self.night = 0
        self.cli("init")
        self.cli("integration", "add", "sis", "--source", "sheets", *(part for s in SETTINGS for part in ("--set", s)))

    def cli(self, *args: str) -> None:
        """A command to its end."""
        run_cli(args, self.home, self.database)

    @property
    def run(self) -> list[str]:
        """The command of tonight's run."""
        return ["run", "sis", "--from", str(self.home / f"night{self.night}"), "--json"]

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """Tonight's run under way; killed as the block ends."""
        env = environment(self.home, self.database)
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command(self.run), cwd=self.home, env=env, stdin=quiet, stdout=quiet, stderr=quiet)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def rows(self, query: str) -> list[Any]:
        """The answer of the database, on a connection of its own."""
        return answers.rows(query, self.home, self.database)

    def dump(self) -> Dump:
        """Every column of every row of the roster."""
        return {table: sorted(self.rows(f"SELECT * FROM {table}"), key=lambda row: str(row[0])) for table in TABLES}

    def state(self) -> str:
        """Where the latest run stands; blank before the first."""
        found = self.rows("SELECT state FROM runs_run ORDER BY id DESC LIMIT 1")
        return str(found[0][0]) if found else ""

    def latest(self) -> int:
        """The number of the latest run, or 0."""
        return int(self.rows("SELECT COALESCE(MAX(id), 0) FROM runs_run")[0][0])

    def survives(self, kill: Callable[[subprocess.Popen[bytes]], None]) -> bool:
        """
        Kill tonight's run, look at the roster, and carry the run again; then it is the other night.

        Returns:
            The run had not written yet.
        """
        before, latest = self.dump(), self.latest()
        with self.started() as process:
            kill(process)
        left = self.dump()
        was_applied = self.latest() > latest and self.state() in APPLIED
        assert (left != before) == was_applied, "the run and the roster do not agree on what was done"
        self.cli(*self.run)
        assert self.state() in APPLIED
        after = self.dump()
        assert left == (after_without_count(after, left) if was_applied else before)
        assert after["roster_user"] != before["roster_user"]
        self.night = 1 - self.night
        return not was_applied


def after_without_count(after: Dump, left: Dump) -> Dump:
    """The dump after a run that found nothing to do; the integration may count such runs."""
    return {**after, "integrations_integration": left["integrations_integration"]}


@pytest.fixture
def world(rollbook_home: Path, database: str) -> World:
    return World(rollbook_home, database)


def _until(is_so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and not is_so():
        time.sleep(0.002)


def at_apply(world: World, delay: float) -> Callable[[subprocess.Popen[bytes]], None]:
    """Kill as soon as the run says that it applies, or a moment later."""
    earlier = world.latest()

    def kill(process: subprocess.Popen[bytes]) -> None:
        _until(lambda: world.latest() > earlier and world.state() in ("applying", *APPLIED), process)
        time.sleep(delay)

    return kill


def after(seconds: float) -> Callable[[subprocess.Popen[bytes]], None]:
    """Kill after so long, wherever the run is by then."""
    return lambda _: time.sleep(seconds)


def test_a_killed_run_leaves_nothing_half_done(world: World) -> None:
    """Killed while it reads, as it begins to write and while it writes: the roster is as before or as planned."""
    for kill in (at_apply(world, 0.01), after(1.5), at_apply(world, 0), at_apply(world, 0.05)):
        world.survives(kill)


@pytest.mark.slow
def test_a_run_killed_at_any_time_leaves_nothing_half_done(world: World) -> None:
    """Killed 24 times, at moments spread over the whole run and close together where it writes."""
    dice = random.Random(7)
    for number in range(24):
        world.survives(after(dice.uniform(0.5, 6)) if number % 3 == 0 else at_apply(world, dice.uniform(0, 0.3)))


def test_a_run_killed_between_two_tables_leaves_nothing_half_done(rollbook_home: Path, fresh_postgres: str) -> None:
    """Killed while writing enrollments waits for a lock, so certainly with some tables written and others not."""
    world = World(rollbook_home, fresh_postgres)
    assert world.survives(_held_up_at(world, "enrollment"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "entity", [entity.name for entity in schema.ENTITIES if not entity.name.startswith("household")]
)
def test_a_run_killed_at_each_table_leaves_nothing_half_done(
    rollbook_home: Path, fresh_postgres: str, entity: str
) -> None:
    """Killed at each entity in turn, once while all is new and once while things change."""
    world = World(rollbook_home, fresh_postgres)
    assert world.survives(_held_up_at(world, entity))
    world.survives(_held_up_at(world, entity))


def _held_up_at(world: World, entity: str) -> Callable[[subprocess.Popen[bytes]], None]:
    """Let a run go on until it wants to write this entity, or has nothing to write there."""
    waiting = f"SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'roster_{entity}'::regclass"

    def kill(process: subprocess.Popen[bytes]) -> None:
        with psycopg.connect(world.database) as blocker:
            blocker.execute(f"LOCK TABLE roster_{entity} IN SHARE MODE")  # others may read it and not write it
            _until(lambda: bool(world.rows(waiting)), process)
            process.send_signal(signal.SIGKILL)
            process.wait()

    return kill
