"""
Run the contenders in turn.

A round of nights: every contender gets a fresh database, then each task is done by
one contender after the other before the next task begins. So all of them meet the
same state of the machine, and each finds its own database as its last night left it.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.cluster import Cluster
from bench.contenders import Contender, Programs
from bench.inputs import Inputs
from bench.measure import ContenderFailed
from bench.results import Case, Failure, Measurement, Results
from bench.tasks import NO_DATABASE, POSTGRESQL, Task

FILES = {
    Task.OTHER_BYTES: "other_bytes",
    Task.TEST: "night1",
    Task.CHANGED: "night1",
}
"""Which input a task reads, where that is not night 0."""

WRITES = {Task.FIRST, Task.CHANGED, Task.UNDO}
"""Tasks that must write to the roster, so that the "no rows touched" of the others means something."""


@dataclass
class Bench:
    """Everything that stays the same from round to round."""

    programs: Programs
    work: Path
    results: Results
    cluster: Cluster | None = None

    def play(
        self,
        database: str,
        contenders: Iterable[type[Contender]],
        tasks: Iterable[Task],
        inputs: Inputs,
        students: int,
        rounds: int,
    ) -> None:
        """Do the tasks with all contenders; one that fails is left out of what follows."""
        wanted = set(tasks)
        order = [task for task in Task if task in wanted]
        inputs.warm()
        for number in range(1, rounds + 1):
            home = Path(tempfile.mkdtemp(prefix="round-", dir=self.work))
            cluster = self.cluster if database == POSTGRESQL else None
            try:
                in_play = [kind(self.programs, home / kind.name) for kind in contenders]
                failed = Round(self.results, cluster, number, database, students, inputs).run(in_play, order)
            finally:
                shutil.rmtree(home)
            contenders = [kind for kind in contenders if kind.name not in failed]


@dataclass
class Round:
    results: Results
    cluster: Cluster | None
    number: int
    database: str
    students: int
    inputs: Inputs

    def run(self, contenders: Iterable[Contender], tasks: Iterable[Task]) -> set[str]:
        """Do one round and return the names of the contenders that failed in it."""
        in_play = [each for each in contenders if self.tried("prepare", each, self.prepare)]
        names = {each.name for each in contenders}
        for task in tasks:
            for contender in [each for each in in_play if task in each.tasks]:
                if not self.tried(task, contender, partial(self.carry, task)):
                    in_play.remove(contender)
        return names - {each.name for each in in_play}

    def tried(self, step: str, contender: Contender, work: Callable[[Contender], None]) -> bool:
        try:
            work(contender)
        except ContenderFailed as error:
            self.results.failures.append(Failure(self.case(contender, step), str(error)))
            self.say(contender, step, f"failed, and is left out: {error}")
            return False
        return True

    def prepare(self, contender: Contender) -> None:
        contender.home.mkdir()
        if self.database == NO_DATABASE:
            return
        if self.cluster:
            contender.database_url = self.cluster.create(contender.name)
        contender.prepare()

    def carry(self, task: Task, contender: Contender) -> None:
        before = self.rows_touched(contender)
        outcome = contender.carry(task, getattr(self.inputs, FILES.get(task, "night0")))
        if self.cluster:
            self.cluster.settle(contender.name)
        after = self.rows_touched(contender)
        touched = None if before is None or after is None else after - before
        if touched == 0 and task in WRITES:
            raise ContenderFailed(f"wrote no row to the tables where {contender.tables}")
        process = outcome.process
        self.results.measurements.append(
            Measurement(
                case=self.case(contender, task),
                round=self.number,
                seconds=process.seconds,
                cpu_seconds=process.cpu_seconds,
                peak_mb=process.peak_mb,
                rows_touched=touched,
                steps=dict(outcome.steps),
            )
        )
        self.say(contender, task, f"{process.seconds:8.2f} s {process.peak_mb:6.0f} MB")

    def case(self, contender: Contender, step: str) -> Case:
        return Case(contender.name, step, self.database, self.students)

    def rows_touched(self, contender: Contender) -> int | None:
        return self.cluster.rows_touched(contender.name, contender.tables) if self.cluster else None

    def say(self, contender: Contender, step: str, text: str) -> None:
        """Progress goes to stderr; the tables alone go to stdout."""
        head = f"{self.students:>9,} students  {self.database:<10}  round {self.number}"
        print(f"{head}  {contender.name:<12} {step:<12} {text}", file=sys.stderr, flush=True)
