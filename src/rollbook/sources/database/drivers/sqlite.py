"""SQLite, by Python's own sqlite3: a file on the hub's machine, opened for reading."""

import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rollbook.sources.database.address import Address, Limits
from rollbook.sources.database.drivers.base import Answer, Cause, Driver, Trouble, parts, prepared
from rollbook.sources.database.values import text

_INSTRUCTIONS_BETWEEN_LOOKS = 100_000
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
# https://www.sqlite.org/rescode.html
_CODES = {
    **dict.fromkeys((5, 6, 10, 15), Cause.UNREACHABLE),
    **dict.fromkeys((3, 14, 26, 11), Cause.LOGIN),
    **dict.fromkeys((8, 23), Cause.READ_ONLY),
    1: Cause.STATEMENT,
    9: Cause.TIMEOUT,
}
_PRIMARY = 0xFF


class SQLite(Driver):
    """
    SQLite.

    SQLite itself is told to allow only what a SELECT does, so nothing but the one file can be opened.
    """

    kind, title, dialect, module, is_file = "sqlite", "SQLite", "sqlite", "sqlite3", True

    def connect(self, address: Address, limits: Limits) -> Any:
        uri = f"file:{quote(str(Path(address.database).absolute()))}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        with prepared(connection):
            for command in self.commands():
                connection.execute(command)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.set_authorizer(_only_reading)
        return connection

    def commands(self) -> tuple[str, ...]:
        """What is said before anything is read."""
        return ("PRAGMA query_only = ON", "PRAGMA busy_timeout = 20000", "PRAGMA trusted_schema = OFF", "BEGIN")

    def ask(self, connection: Any, statement: str, limits: Limits) -> Answer:
        connection.set_progress_handler(_Clock(limits.seconds), _INSTRUCTIONS_BETWEEN_LOOKS)
        cursor = connection.execute(statement)
        names = tuple(column[0] for column in cursor.description or ())
        return Answer(names, (text,) * len(names), parts(cursor))

    def version(self, connection: Any) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def trouble(self, error: Exception) -> Trouble:
        code = getattr(error, "sqlite_errorcode", None)
        cause = Cause.OTHER if code is None else _CODES.get(code & _PRIMARY, Cause.OTHER)
        return Trouble(cause, getattr(error, "sqlite_errorname", ""), str(error) if cause is Cause.STATEMENT else "")


class _Clock:
    """Stops a statement whose time is over."""

    def __init__(self, seconds: int) -> None:
        self._end = time.monotonic() + seconds

    def __call__(self) -> int:
        return time.monotonic() > self._end


def _only_reading(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY
