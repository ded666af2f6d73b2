"""The heartbeat: while a run is carried its lease is renewed, and its progress is there for others to see."""

import logging
import threading
from datetime import timedelta
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection

from rollbook.runs import clock
from rollbook.runs.models import LostRun, Run
from rollbook.runs.progress import CancelAsked, HandBackAsked, Progress, Quiet

log = logging.getLogger(__name__)


class Lease:
    """
    Keeps the lease of one run for the length of a `with` block, and is the run's `Progress`.

    Args:
        stopping: Set when the carrier is to stop at the next step and let another go on.
    """

    def __init__(self, run: Run, stopping: threading.Event, watcher: Progress | None = None) -> None:
        self.run, self.stopping, self.watcher = run, stopping, watcher or Quiet()
        self.now, self.done, self.expected = "", 0, 0
        self._over, self._is_lost, self._is_cancelled = threading.Event(), False, run.cancel_asked
        self._thread = threading.Thread(target=self._beat, name=f"lease of run {run.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def step(self, name: str) -> None:
        """A step begins, unless the run is lost, cancelled or to be handed back."""
        if self._is_lost:
            raise LostRun(f"Run {self.run.pk} was taken over by another worker. This one wrote nothing more.")
        if self._is_cancelled and name != "report":
            raise CancelAsked
        if self.stopping.is_set():
            raise HandBackAsked
        self.now, self.done, self.expected = name, 0, 0
        self.watcher.step(name)

    def expect(self, rows: int) -> None:
        """So many rows will be written."""
        self.expected = rows
        self.watcher.expect(rows)

    def advance(self, rows: int) -> None:
        """So many more rows are written."""
        self.done += rows
        self.watcher.advance(rows)

    def _beat(self) -> None:
        try:
            while not self._over.wait(settings.RUN_HEARTBEAT):
                try:
                    self._renew()
                except DatabaseError as error:  # busy or away; the fence decides when it is back
                    log.warning("The lease of run %s could not be renewed: %s", self.run.pk, type(error).__name__)
                    connection.close()
        finally:
            connection.close()

    def _renew(self) -> None:
        mine = Run.objects.filter(pk=self.run.pk, fence=self.run.fence)
        renewed = mine.filter(lease_until__isnull=False).update(
            lease_until=clock.now() + timedelta(seconds=settings.RUN_LEASE),
            step=self.now,
            rows_done=self.done,
            rows_expected=self.expected,
        )
        found = Run.objects.filter(pk=self.run.pk).values("fence", "cancel_asked").first()
        self._is_lost = found is None or found["fence"] != self.run.fence
        self._is_cancelled = bool(renewed and found and found["cancel_asked"])
