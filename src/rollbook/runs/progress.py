"""What a run tells whoever watches it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class HandBackAsked(Exception):
    """The carrier is to stop here and let another go on."""


class CancelAsked(Exception):
    """The run is to end here."""


class Progress(Protocol):
    """Somebody who watches a run."""

    def step(self, name: str) -> None:
        """
        A step begins.

        Raises:
            HandBackAsked, CancelAsked, LostRun: It is not to be begun.
        """

    def expect(self, rows: int) -> None:
        """So many rows will be written."""

    def advance(self, rows: int) -> None:
        """So many more rows are written."""


class Quiet:
    """Nobody watches."""

    def step(self, name: str) -> None:
        """Say nothing."""

    def expect(self, rows: int) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""


class Stopwatch:
    """Seconds of wall time for each step."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step, and tell that it begins."""
        self.progress.step(name)
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - begun, 3)
