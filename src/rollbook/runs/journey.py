"""A run on its way: its folder, its stopwatch, and what it has found so far."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from rollbook.runs.models import Run, State
from rollbook.runs.progress import Progress, Stopwatch

if TYPE_CHECKING:
    from rollbook.runs.folder import RunFolder

_FINDINGS = ("mode", "counts", "issue_counts", "severities", "held", "files", "basis")


class Journey:
    """What the steps of a run share."""

    def __init__(self, run: Run, progress: Progress) -> None:
        self.run, self.progress = run, progress
        run.folder.mkdir(parents=True, exist_ok=True)
        self.watch = Stopwatch(progress)

    @cached_property
    def folder(self) -> "RunFolder":
        """The files of the run."""
        from rollbook.runs.folder import RunFolder  # needs Polars: a run that reads nothing does without

        return RunFolder(self.run.folder)

    @contextmanager
    def step(self, state: State | None, name: str) -> Iterator[None]:
        """Enter a state of the run, and time what happens in it."""
        if state:
            started = {"started": timezone.now()} if self.run.started is None else {}
            self.run.move(state, **started)
        with self.watch.step(name):
            yield

    def end(self, state: State, **changes: Any) -> None:
        """The last move of this journey; keeps what was found."""
        found = {name: getattr(self.run, name) for name in _FINDINGS}
        self.run.move(state, ended=timezone.now(), **found, **self.figures(), **changes)

    def figures(self) -> dict[str, Any]:
        """Seconds of each step, and the most memory this process ever had, in MB."""
        unit = 1024 if sys.platform != "darwin" else 1024 * 1024
        return {
            "seconds": self.watch.seconds,
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1),
        }

    def fail(self, message: str) -> None:
        """The run stopped; the roster was not changed."""
        self.run.refresh_from_db(fields=["state"])
        if State.FAILED in self.run.moves():
            self.run.counts = {}  # what was planned and never happened
            self.end(State.FAILED, error=message)

    @property
    def has_errors(self) -> bool:
        """Some rows were not taken."""
        return bool(self.run.severities.get("error"))
