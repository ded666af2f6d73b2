"""What a run will ask of the roster, read while the processor is busy with its rows."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection

from rollbook.roster import bulk

T = TypeVar("T")

WORTH_IT = range(50_000, 5_000_000)
"""How many rows to come make it worth a connection of its own, and not yet a matter of memory."""

_MEMORY = "256MB"
"""What the database may use to put rows of one school together; less would go through its disk."""


class Ahead:
    """
    Questions asked before anybody needs the answer.

    What was not asked ahead is asked when it is needed, so nobody has to know what was.
    """

    def __init__(self) -> None:
        self._coming: dict[tuple[Any, ...], Future[Any]] = {}
        self._reader: ThreadPoolExecutor | None = None

    @contextmanager
    def reading(self, rows: int) -> Iterator[None]:
        """
        Read beside what the caller does, on a connection of its own.

        Not within a transaction, of which only its own connection sees what it wrote; and not on SQLite, which has no
        server that could work meanwhile.

        Args:
            rows: How many the caller is busy with.
        """
        if rows not in WORTH_IT or not bulk.is_postgres() or connection.in_atomic_block:
            yield
            return
        with ThreadPoolExecutor(1, "reader of the roster") as self._reader:
            self._reader.submit(_set_up)
            try:
                yield
            finally:
                for unwanted in self._coming.values():
                    unwanted.cancel()
                self._reader.submit(_hang_up)
                self._coming, self._reader = {}, None

    def ask(self, read: Callable[..., object], *about: Any) -> None:
        """Have something read by and by; what is asked first is read first."""
        if self._reader:
            self._coming[(read, *about)] = self._reader.submit(read, *about)

    def get(self, read: Callable[..., T], *about: Any) -> T:
        """What `read` gives."""
        coming = self._coming.pop((read, *about), None)
        found: T = coming.result() if coming else read(*about)
        return found


def _set_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET work_mem = '{_MEMORY}'")


def _hang_up() -> None:
    connection.close()  # that of the thread which calls this
