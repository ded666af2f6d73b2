"""
The tables, in SQLite, night after night.

As in a real server nothing that left is forgotten: a student who is gone is transferred out, a class that was left is
a dropped enrollment with negative ids, and whoever no longer works here has a status that says so.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from simulators.model import District
from simulators.nights import FIRST_NIGHT
from simulators.powerschool.dictionary import COLUMNS, NUMBERS, key, stamp
from simulators.powerschool.rows import Row, rows

_LEAVING = {
    "students": "enroll_status = 2, exitdate = :today, exitcode = 'W1'",
    "cc": "termid = -abs(termid), sectionid = -abs(sectionid), dateleft = :today",
    "schoolstaff": "status = 2",
    "sectionteacher": "end_date = :today",
}
_GONE = {
    "students": "enroll_status not in (0, -1)",
    "cc": "termid < 0 or dateleft <= :today",
    "schoolstaff": "status = 2",
    "sectionteacher": "end_date <= :today",
}
_INDEXES = (
    "students(id)",
    "students(schoolid)",
    "sections(id)",
    "sections(schoolid)",
    "sections(course_number)",
    "cc(sectionid)",
    "cc(studentid)",
    "schoolstaff(id)",
    "schoolstaff(schoolid)",
    "schoolstaff(users_dcid)",
    "terms(schoolid, id)",
    "schools(school_number)",
    "studentrace(studentid)",
    "psm_studentcontact(studentid)",
    "sync_studentmap(studentid)",
    "studentcontactassoc(studentdcid)",
    "studentcontactassoc(personid)",
    "studentcontactdetail(studentcontactassocid)",
    "personemailaddressassoc(personid)",
    "personphonenumberassoc(personid)",
    "personaddressassoc(personid)",
)


def _to_char(value: Any, form: str = "") -> str | None:
    """Only the one form of dates that they are kept in."""
    if value is None:
        return None
    if form and form.upper() != "YYYY-MM-DD":
        raise ValueError(f"to_char: no form {form}")
    return str(value)[:10] if form else str(value)


def _nvl(value: Any, other: Any) -> Any:
    return other if value is None else value


# Of Oracle's own dialect, plugins here may use these functions and `listagg`.
_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {"to_char": (-1, _to_char), "nvl": (2, _nvl)}


class _ListAgg:
    """Oracle's `listagg(text, separator) within group (order by text)`."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._separator = ""

    def step(self, text: str | None, separator: str) -> None:
        self._separator = separator
        if text is not None:
            self._texts.append(text)

    def finalize(self) -> str | None:
        return self._separator.join(sorted(self._texts)) or None


def today(district: District) -> date:
    return FIRST_NIGHT + timedelta(days=district.night)


class Database:
    """The tables of one district. Whoever uses it sees to it that only one thread does at a time."""

    def __init__(self) -> None:
        self._tables = sqlite3.connect(":memory:", check_same_thread=False)
        self._tables.row_factory = sqlite3.Row
        for name, (count, function) in _FUNCTIONS.items():
            self._tables.create_function(name, count, function, deterministic=True)
        self._tables.create_aggregate("listagg", 2, _ListAgg)  # type: ignore[arg-type]
        for table in COLUMNS:
            self._tables.execute(f"create table {table} ({_columns(table)})")
        for place, index in enumerate(_INDEXES):
            self._tables.execute(f"create index i{place} on {index}")
        self._is_new = True

    def refresh(self, district: District) -> None:
        """Make the tables say what the district is tonight; what has changed is stamped with today."""
        for table, found in rows(district):
            if self._is_new:
                self._fill(table, found)
            else:
                self._change(table, found, today(district).isoformat())
        self._is_new = False

    def read(self, sql: str, values: Sequence[Any] | Row = ()) -> list[Row]:
        return [dict(row) for row in self._tables.execute(sql, values)]

    def keys(self, sql: str, values: Sequence[Any] = ()) -> list[int]:
        """The first column of what a query finds."""
        return [row[0] for row in self._tables.execute(sql, values)]

    def rows(self, table: str, column: str, values: Iterable[Any]) -> list[Row]:
        """The rows of a table whose column has one of these values, by their key."""
        wanted = list(values)
        marks = ", ".join("?" * len(wanted))
        return self.read(f"select * from {table} where {column} in ({marks}) order by {key(table)}", wanted)

    def _fill(self, table: str, found: Iterable[Row]) -> None:
        columns = COLUMNS[table]
        self._insert(table, ((*map(row.get, columns[:-1]), _first_stamp(table, row)) for row in found))

    def _insert(self, table: str, values: Iterable[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(COLUMNS[table]))
        self._tables.executemany(f"insert or replace into {table} values ({marks})", values)

    def _change(self, table: str, found: Iterable[Row], today: str) -> None:
        columns = COLUMNS[table][:-1]
        before = {row[0]: tuple(row)[:-1] for row in self._tables.execute(f"select * from {table}")}
        touched: list[tuple[Any, ...]] = []
        for row in found:
            values = tuple(map(row.get, columns))
            if before.pop(values[0], None) != values:
                touched.append((*values, f"{today} 02:00:00"))
        self._insert(table, touched)
        self._leave(table, list(before), today)

    def _leave(self, table: str, gone: list[int], today: str) -> None:
        """What becomes of the rows of those who are no longer there; where nothing does, they stay as they are."""
        if change := _LEAVING.get(table):
            self._tables.executemany(
                f"update {table} set {change}, {stamp(table)} = :today || ' 02:00:00'"
                f" where {key(table)} = :key and not ({_GONE[table]})",
                ({"today": today, "key": one} for one in gone),
            )


def _columns(table: str) -> str:
    made = [f"{column} {'integer' if column in NUMBERS[table] else 'text'}" for column in COLUMNS[table]]
    return ", ".join([f"{made[0]} primary key", *made[1:]])


def _first_stamp(table: str, row: Row) -> str | None:
    """One row in three was not touched since there are stamps."""
    number = row[key(table)]
    return None if number % 3 == 0 else f"2026-08-{number % 28 + 1:02} 10:00:00"
