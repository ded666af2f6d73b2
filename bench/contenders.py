"""
The contenders: how each is started, and what it can do.

Every contender is a program of its own, measured from outside. One object stands
for one contender during one round: it has a fresh database and a fresh home.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from bench.measure import ContenderFailed, Process, measure
from bench.tasks import Task

NIGHTS = {Task.FIRST, Task.SAME, Task.OTHER_BYTES, Task.CHANGED}


@dataclass(frozen=True)
class Programs:
    """Where the contenders' programs are."""

    peers_python: str
    rollbook: str


@dataclass(frozen=True)
class Outcome:
    """One measured process, with the seconds of each step where the contender tells them."""

    process: Process
    steps: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Contender(ABC):
    """One contender in one round; `home` is an empty folder of its own."""

    name: ClassVar[str]
    tasks: ClassVar[set[Task]]
    tables: ClassVar[str] = "false"
    """SQL condition on pg_stat_user_tables: where this contender keeps the roster."""

    programs: Programs
    home: Path
    database_url: str = ""

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """What an admin would do once, before the first load; not measured."""

    @abstractmethod
    def carry(self, task: Task, files: Path, /) -> Outcome:
        """Do one task on one folder of input files."""


class Dlt(Contender):
    """dlt as the targets name it: every load is an upsert."""

    name = "dlt"
    tasks = NIGHTS
    tables = r"schemaname = 'roster' AND relname NOT LIKE '\_dlt%'"

    def carry(self, task: Task, files: Path, /) -> Outcome:
        return Outcome(run_peer(self.programs, "dlt_postgres", files, self.database_url, self.home, self.form(task)))

    def form(self, _task: Task) -> str:
        return "upsert"


class DltAppend(Dlt):
    """dlt at its quickest: the first load appends to empty tables, later ones skip unchanged rows."""

    name = "dlt-append"

    def form(self, task: Task) -> str:
        return "append" if task is Task.FIRST else "skip"


class Pandas(Contender):
    name = "pandas"
    tasks = NIGHTS
    tables = r"schemaname = 'public' AND relname NOT LIKE 'staging\_%'"

    def carry(self, _task: Task, files: Path, /) -> Outcome:
        url = self.database_url or f"sqlite:///{self.home / 'pandas.sqlite3'}"
        return Outcome(run_peer(self.programs, "pandas_sqlalchemy", files, url))


class PolarsCheck(Contender):
    name = "polars"
    tasks = {Task.CHECK}

    def carry(self, _task: Task, files: Path, /) -> Outcome:
        return Outcome(run_check(self.programs, "polars_check", files))


class FrictionlessCheck(Contender):
    name = "frictionless"
    tasks = {Task.CHECK}

    def carry(self, _task: Task, files: Path, /) -> Outcome:
        return Outcome(run_check(self.programs, "frictionless_check", files))


def run_check(programs: Programs, module: str, files: Path) -> Process:
    process = run_peer(programs, module, files)
    errors = json.loads(process.stdout)["errors"]
    if errors:
        raise ContenderFailed(f"found {errors} errors in files that have none")
    return process


def run_peer(programs: Programs, module: str, *arguments: str | Path) -> Process:
    return measure([programs.peers_python, "-m", f"bench.peers.{module}", *arguments])
