"""The database of a hub on disk, asked from outside."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg


def rows(query: str, home: Path, database: str) -> list[Any]:
    """
    The answer, on a connection of its own.

    Args:
        database: Address of the PostgreSQL database; blank = SQLite in the home.
    """
    if database:
        with psycopg.connect(database) as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return, unused-ignore]
    with closing(sqlite3.connect(home / "rollbook.sqlite3", timeout=30)) as connection:
        return connection.execute(query).fetchall()
