"""What COPY is sent in binary is what PostgreSQL then holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.roster import pgcopy

TYPES = {"id": "uuid", "key": "bigint", "count": "integer", "day": "date", "flag": "boolean", "name": "varchar(64)"}
SCHEMA = dict.fromkeys(TYPES, pl.String) | {"key": pl.Int64, "count": pl.Int64}
SHARED = [7, None, datetime(2026, 11, 22, 1, 2, 3, 456789, UTC)]
READ = "replace(id::text, '-', ''), key, count, day::text, flag::text, name"

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=64)
ROWS = st.lists(
    st.tuples(
        st.uuids().map(lambda u: u.hex) | st.none(),
        st.integers(-(2**63), 2**63 - 1) | st.none(),
        st.integers(-(2**31), 2**31 - 1) | st.none(),
        st.dates(date(1000, 1, 1)).map(date.isoformat) | st.none(),
        st.sampled_from(["true", "false", None]),
        TEXT | st.none(),
    ),
    max_size=12,
)


def _copied(url: str, frames: Sequence[pl.DataFrame]) -> list[tuple[Any, ...]]:
    """The rows of the frames, in order, as the server gives them back after a COPY."""
    shared, columns = "tenant bigint, run bigint, since timestamptz", ", ".join(f"{n} {t}" for n, t in TYPES.items())
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE copied ({shared}, {columns}, place serial)")
        names = ", ".join(["tenant", "run", "since", *TYPES])
        with cursor.copy(f"COPY copied ({names}) FROM STDIN (FORMAT binary)") as copy:
            for block in pgcopy.blocks(frames, TYPES, SHARED):
                copy.write(block)
        return cursor.execute(f"SELECT tenant, run, since, {READ} FROM copied ORDER BY place").fetchall()


@given(parts=st.lists(ROWS, max_size=3))
def test_every_value_arrives_as_it_is(postgres_url: str, parts: list[list[tuple[Any, ...]]]) -> None:
    """Ids, numbers, days, flags, texts and blanks arrive unchanged and in order, after the shared values."""
    frames = [pl.DataFrame(rows, schema=SCHEMA, orient="row") for rows in parts]
    expected = [(*SHARED, *row) for rows in parts for row in rows]
    assert _copied(postgres_url, frames) == expected


def test_an_id_of_another_length_is_refused(postgres_url: str) -> None:
    """An id that is none is refused by the server; it never shifts the cells behind it."""
    frame = pl.DataFrame([("abcd", 1, 1, None, None, "x"), ("0" * 32, 1, 1, None, None, "y")], SCHEMA, orient="row")
    with pytest.raises(psycopg.DataError):
        _copied(postgres_url, [frame])
