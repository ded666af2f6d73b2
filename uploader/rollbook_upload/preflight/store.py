"""
The records of one check, in a database of its own that disappears with it.

A district has more records than should be held in memory. SQLite spills to a file that it deletes by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

PLACE = ("key", "ended", "sheet", "file", "line", "repeats", "placeholder")


class Table:
    """
    The records of one entity.

    Args:
        fields: The fields that any of its rules gives.
    """

    def __init__(self, store: Store, entity: str, fields: Sequence[str]) -> None:
        self.store, self.entity, self.fields = store, entity, list(fields)
        self.name = f"r_{entity}"
        columns = [*(f'"{name}"' for name in PLACE), *(f'"f_{name}"' for name in fields)]
        store.run(f"CREATE TABLE {self.name} (id INTEGER PRIMARY KEY, {', '.join(columns)})")
        self._marks = ", ".join("?" * len(columns))

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add records: the values of `PLACE`, then those of the fields."""
        self.store.many(f"INSERT INTO {self.name} VALUES (NULL, {self._marks})", rows)

    def index(self) -> None:
        """Make keys quick to find; called once all records are there."""
        self.store.run(f"CREATE INDEX {self.name}_key ON {self.name} (key)")

    def has(self, field: str) -> bool:
        """Whether any rule gives the field."""
        return field in self.fields

    def rows(self, where: str = "1", order: str = "id", values: Sequence[Any] = ()) -> Iterator[sqlite3.Row]:
        """The records that fit a condition."""
        return self.store.run(f"SELECT * FROM {self.name} WHERE {where} ORDER BY {order}", values)

    def drop(self, numbers: Iterable[int]) -> None:
        """Take records away."""
        self.store.many(f"DELETE FROM {self.name} WHERE id = ?", ((number,) for number in numbers))

    def set(self, field: str, changes: Iterable[tuple[Any, int]]) -> None:
        """Change a field: new value and number of each record."""
        self.store.many(f'UPDATE {self.name} SET "f_{field}" = ? WHERE id = ?', changes)


class Store:
    """All tables of one check."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
            self.run(f"PRAGMA {setting}")
        self.tables: dict[str, Table] = {}

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def run(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """One statement."""
        return self._connection.execute(statement, values)

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows, at once."""
        self.run("BEGIN")
        self._connection.executemany(statement, rows)
        self.run("COMMIT")

    def table(self, entity: str, fields: Sequence[str]) -> Table:
        """Make the table of an entity."""
        self.tables[entity] = Table(self, entity, fields)
        return self.tables[entity]
