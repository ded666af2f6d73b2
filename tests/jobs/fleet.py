"""Workers that are killed at random, and a hub whose roster is compared with that of one where nobody was."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from simulators.district import build
from simulators.sheets import make_sheets, write
from tests.jobs.hubs import FAST, SETTINGS, TABLES, HubOnDisk
from tests.support.cli import command, environment
from tests.support.waiting import until

DISTRICTS = ("north", "south", "west")
NOT_COMPARED = {"date_created", "date_last_modified"}  # when, which no two hubs have in common
ENDED = "('applied', 'applied_with_errors')"

Dump = dict[str, list[Any]]


class Districts(HubOnDisk):
    """Three tenants whose districts go to and fro between two nights; their ids are the same in every hub."""

    def __init__(self, home: Path, database: str) -> None:
        super().__init__(home, database)
        self.night = 0
        settings = dict(text.split("=") for text in SETTINGS)
        self.python(
            "import uuid\n"
            "from rollbook.accounts.models import Tenant\n"
            "from rollbook.integrations.models import Integration\n"
            f"for name in {DISTRICTS}:\n"
            "    tenant = Tenant.objects.create(slug=name, name=name.title())\n"
            f"    settings = {settings} | {{'path': {str(home)!r} + '/sent/' + name}}\n"
            "    namespace = uuid.uuid5(uuid.NAMESPACE_DNS, name)\n"
            "    Integration.objects.create(\n"
            "        tenant=tenant, name=name, source='sheets', settings=settings, namespace=namespace)\n"
        )

    def send(self) -> None:
        """Each district sends its sheets of the next night, and a run of each is asked for."""
        for number, name in enumerate(DISTRICTS):
            sheets = make_sheets(build(students=60, seed=number, night=self.night % 2), "hub_v1")
            write(sheets, self.home / "sent" / name)
        self.night += 1
        self.enqueue(*DISTRICTS)

    @property
    def are_ended(self) -> bool:
        """Nothing is left to be done for any run."""
        query = "SELECT COUNT(*) FROM runs_run WHERE state = 'queued' OR lease_until IS NOT NULL"
        return not self.rows(query)[0][0]

    def states(self) -> set[str]:
        """The states in which there are runs."""
        return {state for (state,) in self.rows("SELECT DISTINCT state FROM runs_run")}

    def dump(self) -> Dump:
        """Every row of the roster, without what tells the time."""
        return {table: self._content(table) for table in TABLES}

    def _content(self, table: str) -> list[Any]:
        names = [column for column in self._columns(table) if column not in NOT_COMPARED]
        quoted = ", ".join(f'"{name}"' for name in names)
        query = f"SELECT {quoted} FROM {table}"
        return sorted(tuple(map(_plain, row)) for row in self.rows(query))

    def _columns(self, table: str) -> list[str]:
        if self.database:
            query = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY 1"
            return [name for (name,) in self.rows(query) if name != "id"]
        return sorted(row[1] for row in self.rows(f"PRAGMA table_info({table})") if row[1] != "id")


def _plain(value: object) -> str:
    """As both databases say it."""
    if isinstance(value, bool):
        value = int(value)
    return str(value).replace("-", "")


class Fleet:
    """Workers of one hub."""

    def __init__(self, hub: Districts, number: int, dice: random.Random) -> None:
        self.hub, self.dice, self.kills = hub, dice, 0
        self._workers: dict[str, subprocess.Popen[bytes]] = {
            f"w{n + 1}": self._start(f"w{n + 1}") for n in range(number)
        }

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        env = environment(self.hub.home, self.hub.database) | FAST | {"RUN_ATTEMPTS": "1000"}
        with (self.hub.home / "fleet.log").open("ab") as log:
            return subprocess.Popen(
                command(["worker", "--name", name]),
                cwd=self.hub.home,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill_one(self) -> None:
        """One of the processes that make up the workers, whichever; a worker that is gone is started anew."""
        name, worker = self.dice.choice(list(self._workers.items()))
        with suppress(psutil.NoSuchProcess):
            family = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
            self.dice.choice(family[-1:] * 2 + family).kill()  # more often the one that carries
            self.kills += 1
        if not until(lambda: worker.poll() is None, 0.05) or worker.poll() is not None:
            self._workers[name] = self._start(name)

    def restart(self) -> None:
        """Start those that are gone."""
        for name, worker in self._workers.items():
            if worker.poll() is not None:
                self._workers[name] = self._start(name)

    def stop(self) -> None:
        """As Ctrl-C does."""
        for worker in self._workers.values():
            worker.send_signal(signal.SIGTERM)
        for worker in self._workers.values():
            worker.wait(30)


@contextmanager
def workers(hub: Districts, number: int, dice: random.Random) -> Iterator[Fleet]:
    """So many workers at work for the length of the block."""
    fleet = Fleet(hub, number, dice)
    try:
        yield fleet
    finally:
        fleet.stop()


def survive(hub: Districts, fleet: Fleet, rounds: int, kills: int) -> None:
    """
    Let every district send at least `rounds` times, until so many processes were killed at random moments of the runs.
    """
    while hub.night < rounds or fleet.kills < kills:
        hub.send()
        most = fleet.kills + -(-kills // rounds)
        while fleet.kills < most and not hub.are_ended:
            time.sleep(fleet.dice.uniform(0, 0.9))
            fleet.kill_one()
        fleet.restart()
        assert until(lambda: hub.are_ended, 120), f"{hub.states()}: a run did not end"
