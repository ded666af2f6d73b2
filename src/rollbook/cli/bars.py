"""Progress bars on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class TerminalProgress:
    """A spinner for each step, and a bar while rows are written."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, name: str) -> None:
        """A step begins."""
        if self._task is not None:
            self._bars.update(self._task, total=1, completed=1)
        self._task = self._bars.add_task(name.capitalize(), total=None)

    def expect(self, rows: int) -> None:
        """So many rows will be written."""
        if self._task is not None:
            self._bars.update(self._task, total=max(rows, 1))

    def advance(self, rows: int) -> None:
        """So many more rows are written."""
        if self._task is not None:
            self._bars.advance(self._task, rows)


@contextmanager
def bars() -> Iterator[TerminalProgress]:
    """Bars on standard error, gone when the run has ended."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield TerminalProgress(shown)
