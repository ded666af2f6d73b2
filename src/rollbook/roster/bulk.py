"""
Frames in and out of Django's own connection, many rows at a time.

PostgreSQL: COPY both ways. SQLite: `executemany` and `fetchmany`; nothing but Django's connection may open that
file. All values travel as canonical text (see `core.schema`), and this module alone knows how each database
writes them.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import datetime
from itertools import chain
from typing import Any

import polars as pl
from django.db import connection, models

from rollbook.core.frames import BATCH
from rollbook.roster import pgcopy
from rollbook.roster.pgcopy import Shared

COPIED_AT_ONCE = 20_000
BOUND_AT_ONCE = 2_000
"""How many rows are made ready at a time: what fits the processor's cache is made in half the time."""

INSERTED_AT_ONCE = 50
"""How many rows a statement of SQLite has: each costs as much again as a row."""

SORTED_AT_ONCE = 4_096
"""The cache, in KiB, in which SQLite sorts keys: it sorts as much at a time, and ours is beyond the processor's own."""


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


def insert(
    model: type[models.Model],
    frames: Iterable[pl.DataFrame],
    shared: Mapping[str, Shared] | None = None,
    into: str = "",
) -> None:
    """
    Add rows to a model's table.

    Args:
        frames: All with the same columns, named as the model's fields; text in canonical form, integers as such.
            Names that begin with `_` stand for further integers.

        shared: Fields that have one value in all rows.

        into: Another table with those columns.
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        return
    shared = shared or {}
    names = first.columns
    target = (
        f"{quoted(into or model._meta.db_table)} ({', '.join(quoted(_column(model, n)) for n in (*shared, *names))})"
    )
    most = COPIED_AT_ONCE if is_postgres() else BOUND_AT_ONCE
    parts = (part for frame in chain([first], frames) for part in frame.iter_slices(most))
    with connection.cursor() as cursor:
        if is_postgres():
            types = {name: _type(model, name) for name in names}
            with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN (FORMAT binary)") as copy:
                for block in _one_ahead(pgcopy.blocks(parts, types, list(shared.values()))):
                    copy.write(block)
            return
        values = ", ".join([*map(_literal, shared.values()), *["%s"] * len(names)])
        for part in parts:
            _insert_into_sqlite(cursor, f"INSERT INTO {target} VALUES", f"({values})", _as_sqlite(model, part).rows())


def _insert_into_sqlite(cursor: Any, insert: str, values: str, rows: Sequence[tuple[Any, ...]]) -> None:
    even = len(rows) - len(rows) % INSERTED_AT_ONCE
    together = [list(chain(*rows[at : at + INSERTED_AT_ONCE])) for at in range(0, even, INSERTED_AT_ONCE)]
    cursor.executemany(f"{insert} {', '.join([values] * INSERTED_AT_ONCE)}", together)
    cursor.executemany(f"{insert} {values}", rows[even:])


def _one_ahead(blocks: Iterator[pgcopy.Block]) -> Iterator[pgcopy.Block]:
    """Makes one block while the one before it is on its way."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = maker.submit(next, blocks, None)
            yield block


def _column(model: type[models.Model], name: str) -> str:
    return name if name.startswith("_") else column_of(model, name)


def _type(model: type[models.Model], name: str) -> str:
    """PostgreSQL's name of a column's type."""
    return "bigint" if name.startswith("_") else str(model._meta.get_field(name).db_type(connection))


def _literal(value: Shared) -> str:
    """As it stands in SQL: binding what is the same in each row takes a third of the time of an insert into SQLite."""
    if isinstance(value, datetime):
        return f"'{connection.ops.adapt_datetimefield_value(value)}'"
    return "NULL" if value is None else str(value)


def _as_sqlite(model: type[models.Model], frame: pl.DataFrame) -> pl.DataFrame:
    """SQLite keeps booleans as 1 and 0."""
    flags = [
        name
        for name in frame.columns
        if not name.startswith("_") and isinstance(model._meta.get_field(name), models.BooleanField)
    ]
    return frame.with_columns((pl.col(name) == "true").cast(pl.Int8) for name in flags)


@contextmanager
def staged(model: type[models.Model], frame: pl.DataFrame) -> Iterator[str]:
    """The name of a temporary table that holds `frame`, as `insert` takes it."""
    name = "stage"
    columns = [
        f"CAST(0 AS BIGINT) AS {quoted(c)}" if c.startswith("_") else quoted(column_of(model, c)) for c in frame.columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {name} AS SELECT {', '.join(columns)} "
            f"FROM {quoted(model._meta.db_table)} WHERE 1 = 0"
        )
        insert(model, [frame], into=name)
        if is_postgres():
            # Few rows are to be looked up in the index, not found by reading the table: no disk turns any more.
            cursor.execute("SET random_page_cost = 1.1")
            cursor.execute(f"ANALYZE {name} ({quoted(column_of(model, frame.columns[0]))})")
        else:  # SQLite would read the whole stage for each row that it is joined to
            cursor.execute(f"CREATE INDEX temp.stage_key ON {name} ({quoted(frame.columns[0])})")
        yield name
        cursor.execute(f"DROP TABLE {name}")


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Run a statement; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def is_empty(model: type[models.Model]) -> bool:
    """No row of the table is there."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quoted(model._meta.db_table)})")
        return not cursor.fetchone()[0]


@contextmanager
def loading(model: type[models.Model], shared: Mapping[str, Shared]) -> Iterator[Mapping[str, Shared]]:
    """
    Load an empty table first and build its keys afterwards.

    Args:
        shared: Fields that have one value in all rows.

    Yields:
        Those that `insert` has to be given: PostgreSQL is told them once, as what a row has by default.
    """
    with connection.cursor() as cursor:
        if is_postgres():
            build = [*_drop_on_postgres(cursor, model._meta.db_table), *_by_default(cursor, model, shared)]
            yield {}
        else:
            build = _drop_on_sqlite(cursor, model._meta.db_table)
            yield shared
        with nullcontext() if is_postgres() else _sorting_in_cache(cursor):
            for statement in build:
                cursor.execute(statement)


def _by_default(cursor: Any, model: type[models.Model], shared: Mapping[str, Shared]) -> list[str]:
    """Make shared values the defaults; the statements that bring the defaults of before back."""
    table, columns = model._meta.db_table, {column_of(model, name): value for name, value in shared.items()}
    cursor.execute(
        "SELECT attname, pg_get_expr(adbin, adrelid) FROM pg_attribute "
        "LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
        "WHERE attrelid = %s::regclass AND attname = ANY(%s)",
        [table, list(columns)],
    )
    before = {c: f"SET DEFAULT {default}" if default else "DROP DEFAULT" for c, default in cursor.fetchall()}
    meanwhile = {c: f"SET DEFAULT {_literal(value)}" for c, value in columns.items()}
    change, back = (
        f"ALTER TABLE {quoted(table)} {', '.join(f'ALTER {quoted(c)} {default}' for c, default in defaults.items())}"
        for defaults in (meanwhile, before)
    )
    cursor.execute(change)
    return [back]


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
    return [*keys, *(definition for _, definition in indexes)]


def _drop_on_sqlite(cursor: Any, table: str) -> list[str]:
    """Drop the indexes, among them the key (see the migration `sqlite_keys`); the statements that build them again."""
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL", [table]
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {quoted(name)}")
    return [definition for _, definition in indexes]


@contextmanager
def _sorting_in_cache(cursor: Any) -> Iterator[None]:
    """SQLite sorts a few MB of keys and puts them into a file, in half the time that all of them take in memory."""
    cursor.execute("PRAGMA cache_size")
    usual = cursor.fetchone()[0]
    cursor.execute(f"PRAGMA cache_size = -{SORTED_AT_ONCE}")
    try:
        yield
    finally:
        cursor.execute(f"PRAGMA cache_size = {usual}")
