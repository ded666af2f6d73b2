"""Rollbook as a contender: its real command line, as an operator would call it."""

import json
from pathlib import Path
from typing import Any

from bench.contenders import NIGHTS, Contender, Outcome
from bench.measure import ContenderFailed, Process, measure
from bench.tasks import Task

INTEGRATION = "bench"


class Rollbook(Contender):
    name = "rollbook"
    tasks = NIGHTS | {Task.TEST, Task.UNDO, Task.STARTUP, Task.CHECK}
    tables = r"relname LIKE 'roster\_%'"

    last_run = ""

    def prepare(self) -> None:
        self.call("init")
        self.call("integration", "add", INTEGRATION, "--source", "sheets", "--set", "layout=oneroster_11")

    def carry(self, task: Task, files: Path, /) -> Outcome:
        match task:
            case Task.CHECK:
                return Outcome(self.call("check", files, "--json"))
            case Task.TEST:
                return self.run(files, "--test")
            case Task.UNDO:
                return Outcome(self.call("undo", self.last_run))
            case Task.STARTUP:
                return Outcome(self.call("runs", INTEGRATION))
            case _:
                return self.run(files)

    def run(self, files: Path, *options: str) -> Outcome:
        process = self.call("run", INTEGRATION, *options, "--from", files, "--json")
        report = parse(process.stdout)
        rejected = sum(counts.get("reject", 0) for counts in report["counts"].values())
        if rejected:
            raise ContenderFailed(f"rejected {rejected} rows of files that have no errors")
        self.last_run = str(report["run"])
        return Outcome(process, steps=report["seconds"])

    def call(self, *arguments: str | Path) -> Process:
        """Without a `DATABASE_URL` the hub keeps its data in SQLite, in its home folder."""
        environment = {"ROLLBOOK_HOME": str(self.home), "DATABASE_URL": self.database_url or None}
        return measure([self.programs.rollbook, *arguments], environment=environment)


def parse(stdout: str) -> dict[str, Any]:
    """The object that `run --json` prints."""
    try:
        report: dict[str, Any] = json.loads(stdout)
    except json.JSONDecodeError as error:
        raise ContenderFailed(f"`run --json` printed no JSON: {stdout[:200]!r}") from error
    missing = {"run", "counts", "seconds"} - report.keys()
    if missing:
        raise ContenderFailed(f"`run --json` lacks {', '.join(sorted(missing))}")
    return report
