"""A run on its way: its folder, its stopwatch, its phases, and what it has found so far."""

import resource
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from rollbook.landing.contents import NOTHING
from rollbook.runs import clock, filenames
from rollbook.runs.models import WRITTEN, Phase, Run, State
from rollbook.runs.progress import Progress, Stopwatch

if TYPE_CHECKING:
    from rollbook.landing.readers import Note
    from rollbook.runs.folder import RunFolder
    from rollbook.runs.passing import Passed

_FINDINGS = ("mode", "counts", "issue_counts", "severities", "held", "files", "basis")


class Journey:
    """
    What the steps of a run share.

    `input` is where the files of the run lie, `notes` what was found when they were fetched; `seen` are their bytes, as
    they lay there when the run began to read; `passed` what was found in rows that were checked while they were landed;
    `same` is the run after which the roster agrees with all that was read.
    `attempts` says in which folder the files of each phase lie: where they were finished, else under this fence.
    """

    def __init__(self, run: Run, progress: Progress) -> None:
        self.run, self.progress = run, progress
        self.attempts: dict[str, int] = dict.fromkeys(Phase, run.fence) | run.finished
        self.input, self.seen = Path(), NOTHING
        self.notes: list[Note] = []
        self.passed: Passed = {}
        self.same: Run | None = None
        self._begun: set[Phase] = set()
        self.watch = Stopwatch(progress)
        self.watch.seconds = dict(run.seconds)

    @cached_property
    def folder(self) -> "RunFolder":
        """The files of the run."""
        from rollbook.runs.folder import RunFolder  # needs Polars: a run that reads nothing does without

        return RunFolder(self.run.folder, self.attempts)

    def of_phase(self, phase: Phase) -> Path:
        """The folder of a phase."""
        return filenames.of_phase(self.run.folder, self.attempts, phase)

    @contextmanager
    def step(self, state: State | None, name: str) -> Iterator[None]:
        """Enter a state of the run, unless it is there already, and time what happens in it."""
        if state and state != self.run.state:
            started = {"started": timezone.now()} if self.run.started is None else {}
            self.run.move(state, **started)
        with self.watch.step(name):
            yield

    def begins(self, phase: Phase) -> bool:
        """Whether the phase is still to be done; its folder is empty when the journey comes to it."""
        if not self.run.lacks(phase):
            return False
        if phase not in self._begun:
            self._begun.add(phase)
            folder = self.of_phase(phase)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        return True

    def finish(self, phase: Phase) -> None:
        """Keep a phase: from now on its files count, and whoever takes the run over goes on behind it."""
        self.run.record(**self._kept(phase))

    def forget(self, *phases: Phase) -> None:
        """Do phases again: what they were made from has changed."""
        self.run.record(finished=self._finished_but(phases))
        self.attempts |= dict.fromkeys(phases, self.run.fence)

    def _finished_but(self, again: Collection[Phase]) -> dict[str, int]:
        return {phase: fence for phase, fence in self.run.finished.items() if phase not in again}

    def _kept(self, phase: Phase) -> dict[str, Any]:
        finished = self.run.finished | {phase.value: self.run.fence}
        return self._found() | {"finished": finished, "attempts": 0}

    def _found(self) -> dict[str, Any]:
        return {name: getattr(self.run, name) for name in _FINDINGS} | self.figures()

    def end(self, state: State, phase: Phase) -> None:
        """The last move of this journey, together with the end of its last phase: there is nothing to carry then."""
        self.run.move(state, ended=timezone.now(), error="", lease_until=None, **self._kept(phase))
        filenames.drop_other_attempts(self.run.folder, self.attempts)

    def applied(self) -> None:
        """The roster holds the plan; a report is still to be written. Belongs into the transaction of the writes."""
        state = State.APPLIED_WITH_ERRORS if self.has_errors else State.APPLIED
        # A heartbeat cannot write beside a long transaction of SQLite: the lease begins anew with the commit.
        lease = {"lease_until": clock.now() + timedelta(seconds=settings.RUN_LEASE)} if self.run.lease_until else {}
        self.run.finished.pop(Phase.REPORT, None)  # that of a plan which waited for approval: there will be another
        self.attempts[Phase.REPORT] = self.run.fence
        self.run.move(state, ended=timezone.now(), error="", **self._kept(Phase.APPLY), **lease)

    def release(self, phase: Phase) -> None:
        """Everything is done, and nobody need carry the run any more."""
        self.run.record(lease_until=None, **self._kept(phase))
        filenames.drop_other_attempts(self.run.folder, self.attempts)

    def hand_back(self) -> None:
        """Let another carrier go on behind the last finished phase."""
        self.run.record(lease_until=clock.now(), worker="", holder={}, seconds=self.watch.seconds)

    def figures(self) -> dict[str, Any]:
        """Seconds of each step, and the most memory this process ever had, in MB."""
        unit = 1024 if sys.platform != "darwin" else 1024 * 1024
        return {
            "seconds": self.watch.seconds,
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1),
        }

    def fail(self, message: str) -> None:
        """The run stopped; the roster was not changed, unless it had been written before."""
        self._stop(State.FAILED, message)

    def cancel(self) -> None:
        """Somebody asked the run to stop; the roster was not changed."""
        self._stop(State.CANCELLED, "The run was cancelled. The roster was not changed.")

    def _stop(self, state: State, message: str) -> None:
        self.run.refresh_from_db(fields=["state"])
        if self.run.state in WRITTEN:  # only its report is missing
            self.run.record(lease_until=None)
        elif self.run.approved:
            self.wait_again(message)
        elif state in self.run.moves():
            self.run.counts = {}  # what was planned and never happened
            self.run.move(state, ended=timezone.now(), error=message, lease_until=None, **self._found())

    def wait_again(self, reason: str) -> None:
        """An approval came to nothing: the plan waits for a person as before, and says why."""
        waiting = State.HELD if self.run.held else State.TESTED
        self.run.move(waiting, error=reason, approved=None, lease_until=None)

    def retry(self, reason: str, seconds: float, *again: Phase) -> None:
        """
        Back to the queue, for something that time can mend.

        Args:
            again: The phases to do again.
        """
        later = clock.now() + timedelta(seconds=seconds)
        changes: dict[str, Any] = {"not_before": later, "retries": self.run.retries + 1, "error": reason}
        changes |= {"worker": "", "holder": {}, "seconds": self.watch.seconds}
        self.run.refresh_from_db(fields=["state"])
        if self.run.approved or self.run.state in WRITTEN:
            self.run.record(lease_until=clock.now(), **changes)
        else:
            changes["finished"] = self._finished_but(again)
            self._queue_again(changes)

    def _queue_again(self, changes: dict[str, Any]) -> None:
        """Another run of the integration may wait there by now: it will do what this one wanted."""
        try:
            with transaction.atomic():
                self.run.move(State.QUEUED, lease_until=None, **changes)
        except IntegrityError:
            self.fail(f"{changes['error']} Another run of the integration waits already and takes its place.")

    @property
    def has_errors(self) -> bool:
        """Some rows were not taken."""
        return bool(self.run.severities.get("error"))
