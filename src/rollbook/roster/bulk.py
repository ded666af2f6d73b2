"""
Frames in and out of Django's own connection, many rows at a time.

PostgreSQL: COPY both ways. SQLite: `executemany` and `fetchmany`; nothing but Django's connection may open that
file. All values travel as canonical text (see `core.schema`), and this module alone knows how each database
writes them.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import Any

import polars as pl
from django.db import connection, models

from rollbook.core.frames import BATCH


def is_postgres() -> bool:
    """The hub runs on PostgreSQL, rather than on SQLite."""
    return connection.vendor == "postgresql"


def quoted(name: str) -> str:
    """A name as it stands in SQL."""
    return str(connection.ops.quote_name(name))


def column_of(model: type[models.Model], name: str) -> str:
    """The database column of a model's field."""
    column: str = model._meta.get_field(name).column  # type: ignore[union-attr, assignment]
    return column


def as_text(model: type[models.Model], name: str, table: str = "t") -> str:
    """SQL that reads a field as canonical text (numbers and booleans of the row's own columns stay as they are)."""
    field = model._meta.get_field(name)
    column = f"{table}.{quoted(column_of(model, name))}"
    if isinstance(field, models.UUIDField | models.ForeignKey) and is_postgres():
        return f"replace({column}::text, '-', '')"
    if isinstance(field, models.BooleanField) and not is_postgres():
        return f"CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
    return f"{column}::text" if is_postgres() else f"CAST({column} AS TEXT)"


def select(sql: str, schema: dict[str, Any], params: Sequence[Any] = ()) -> pl.DataFrame:
    """
    The rows of a query.

    Args:
        sql: A SELECT whose columns are those of `schema`, in order.
    """
    with connection.cursor() as cursor:
        if not is_postgres():
            cursor.execute(sql, params)
            batches = [
                pl.DataFrame(rows, schema=_loose(schema), orient="row")
                for rows in iter(lambda: cursor.fetchmany(BATCH), [])
            ]
            return pl.concat([pl.DataFrame(schema=schema), *(b.cast(schema) for b in batches)])  # type: ignore[arg-type]
        out = io.BytesIO()
        with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params or None) as copy:
            for block in copy:
                out.write(block)
    if not out.tell():
        return pl.DataFrame(schema=schema)
    loose = _loose(schema)
    out.seek(0)
    frame = pl.read_csv(out, has_header=False, schema=loose)
    return frame.with_columns(pl.col(n) == "t" for n, t in schema.items() if t == pl.Boolean).cast(schema)  # type: ignore[arg-type]


def _loose(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as the driver gives it: PostgreSQL writes booleans as t and f, SQLite as 1 and 0."""
    boolean = pl.String if is_postgres() else pl.Int64
    return {name: boolean if dtype == pl.Boolean else dtype for name, dtype in schema.items()}


def insert(table: str, frames: Iterable[pl.DataFrame]) -> None:
    """
    Add rows to a table.

    Args:
        frames: All with the same columns, named as in the table; text in canonical form, integers as such.
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        return
    columns = ", ".join(quoted(name) for name in first.columns)
    with connection.cursor() as cursor:
        if is_postgres():
            with cursor.copy(f"COPY {quoted(table)} ({columns}) FROM STDIN (FORMAT csv)") as copy:
                for block in _one_ahead(_as_csv(frame) for frame in chain([first], frames)):
                    copy.write(block)
            return
        marks = ", ".join(["%s"] * first.width)
        for frame in chain([first], frames):
            cursor.executemany(f"INSERT INTO {quoted(table)} ({columns}) VALUES ({marks})", frame.rows())


def _as_csv(frame: pl.DataFrame) -> bytes:
    """Blanks are always null and never an empty text, so null is what stands between two commas."""
    return frame.write_csv(include_header=False).encode()


def _one_ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Makes one block while the one before it is on its way."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = maker.submit(next, blocks, None)
            yield block


def for_table(model: type[models.Model], frame: pl.DataFrame) -> pl.DataFrame:
    """Canonical text of fields -> the values and column names of the model's table."""
    renamed = {name: column_of(model, name) for name in frame.columns}
    if not is_postgres():
        flags = [
            n
            for n in frame.columns
            if isinstance(model._meta.get_field(n), models.BooleanField) and frame[n].dtype == pl.String
        ]
        frame = frame.with_columns((pl.col(n) == "true").cast(pl.Int8).alias(n) for n in flags)
    return frame.rename(renamed)


@contextmanager
def staged(model: type[models.Model], frame: pl.DataFrame) -> Iterator[str]:
    """The name of a temporary table that holds `frame` (columns of the model's table, and `_` ones as integers)."""
    name = "stage"
    own = [quoted(c) for c in frame.columns if not c.startswith("_")]
    further = [f", CAST(0 AS BIGINT) AS {quoted(c)}" for c in frame.columns if c.startswith("_")]
    order = [c for c in frame.columns if not c.startswith("_")] + [c for c in frame.columns if c.startswith("_")]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {name} AS SELECT {', '.join(own)}{''.join(further)} "
            f"FROM {quoted(model._meta.db_table)} WHERE 1 = 0"
        )
        insert(name, [frame.select(order)])
        if is_postgres():
            cursor.execute(f"ANALYZE {name}")
        else:  # SQLite would read the whole stage for each row that it is joined to
            cursor.execute(f"CREATE INDEX temp.stage_key ON {name} ({quoted(order[0])})")
        yield name
        cursor.execute(f"DROP TABLE {name}")


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Run a statement; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


@contextmanager
def without_indexes(model: type[models.Model]) -> Iterator[None]:
    """
    Load an empty table first and build its keys afterwards.

    Does nothing for a table that has rows: its readers need the indexes, and few rows come.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quoted(table)})")
        if cursor.fetchone()[0]:
            yield
            return
        build = _drop_on_postgres(cursor, table) if is_postgres() else _drop_on_sqlite(cursor, table)
        yield
        for statement in build:
            cursor.execute(statement)


def _drop_on_postgres(cursor: Any, table: str) -> list[str]:
    """Drop keys and indexes; the statements that build them again."""
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        [table],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes "
        "WHERE schemaname = current_schema() AND tablename = %s AND indexname <> ALL(%s)",
        [table, [name for name, _ in constraints]],
    )
    indexes = cursor.fetchall()
    for name, _ in constraints:
        cursor.execute(f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}")
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {quoted(name)}")
    keys = [f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(n)} {definition}" for n, definition in constraints]
    return [*keys, *(definition for _, definition in indexes), f"ANALYZE {quoted(table)}"]


def _drop_on_sqlite(cursor: Any, table: str) -> list[str]:
    """Drop the indexes; the statements that build them again. SQLite keeps the primary key's own."""
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL", [table]
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {quoted(name)}")
    return [definition for _, definition in indexes]
