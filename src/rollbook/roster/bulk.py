"""
Frames in and out of Django's own connection, many rows at a time.

PostgreSQL: COPY both ways. SQLite: `executemany` and `fetchmany`; nothing but Django's connection may open that
file. All values travel as canonical text (see `core.schema`), and this module alone knows how each database
writes them.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
from django.db import connection, models

BATCH = 100_000


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
    column = f"{table}.{quoted(field.column)}"  # type: ignore[union-attr]
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
        with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv, NULL '\\N')", params or None) as copy:
            for block in copy:
                out.write(block)
    if not out.tell():
        return pl.DataFrame(schema=schema)
    loose = _loose(schema)
    out.seek(0)
    frame = pl.read_csv(out, has_header=False, schema=loose, null_values="\\N")
    return frame.with_columns(pl.col(n) == "t" for n, t in schema.items() if t == pl.Boolean).cast(schema)  # type: ignore[arg-type]


def _loose(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as the driver gives it: PostgreSQL writes booleans as t and f, SQLite as 1 and 0."""
    boolean = pl.String if is_postgres() else pl.Int64
    return {name: boolean if dtype == pl.Boolean else dtype for name, dtype in schema.items()}


def insert(table: str, frame: pl.DataFrame) -> None:
    """
    Add rows to a table.

    Args:
        frame: Columns named as in the table; text in canonical form, integers and booleans as such.
    """
    columns = ", ".join(quoted(name) for name in frame.columns)
    with connection.cursor() as cursor:
        if is_postgres():
            with cursor.copy(f"COPY {quoted(table)} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')") as copy:
                for part in frame.iter_slices(BATCH):
                    copy.write(
                        part.write_csv(include_header=False, quote_style="non_numeric", null_value="\\N").encode()
                    )
            return
        marks = ", ".join(["%s"] * frame.width)
        for part in frame.iter_slices(BATCH):
            cursor.executemany(f"INSERT INTO {quoted(table)} ({columns}) VALUES ({marks})", part.rows())


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
        insert(name, frame.select(order))
        if is_postgres():
            cursor.execute(f"ANALYZE {name}")
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
    Load an empty table first and build its keys afterwards, where the database gains by it.

    Does nothing for a table that has rows: its readers need the indexes, and few rows come.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quoted(table)})")
        if not is_postgres() or cursor.fetchone()[0]:
            yield
            return
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
            [table],
        )
        constraints = cursor.fetchall()
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s AND indexname <> ALL(%s)",
            [table, [name for name, _ in constraints]],
        )
        indexes = cursor.fetchall()
        for name, _ in constraints:
            cursor.execute(f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {quoted(name)}")
        yield
        for name, definition in constraints:
            cursor.execute(f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(name)} {definition}")
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute(f"ANALYZE {quoted(table)}")
