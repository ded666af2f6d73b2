"""
pandas and SQLAlchemy as a careful engineer would write the sync: `python -m bench.peers.pandas_sqlalchemy DIR URL`.

Text columns, `sourcedId` as the primary key, one transaction, chunks. Empty tables
are filled directly. Otherwise the rows go to a staging table and one
INSERT .. SELECT .. ON CONFLICT DO UPDATE carries over those that differ.
"""

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from sqlalchemy import Column, Connection, MetaData, Table, Text, create_engine, event, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from bench.peers.contract import FILES, header

CHUNK_ROWS = 50_000
INSERT: dict[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def load(folder: Path, url: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", use_wal)
    with engine.begin() as connection:
        for name in FILES:
            load_file(folder / f"{name}.csv", connection)


def use_wal(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def load_file(path: Path, connection: Connection) -> None:
    columns = header(path)
    table, staging = table_of(path.stem, columns), table_of(f"staging_{path.stem}", columns)
    table.create(connection, checkfirst=True)
    if connection.execute(select(table.c.sourcedId).limit(1)).first() is None:
        fill(table, path, connection)
        return
    staging.drop(connection, checkfirst=True)
    staging.create(connection)
    fill(staging, path, connection)
    upsert(staging, table, connection)
    staging.drop(connection)


def table_of(name: str, columns: list[str]) -> Table:
    return Table(name, MetaData(), *(Column(column, Text, primary_key=column == "sourcedId") for column in columns))


def fill(table: Table, path: Path, connection: Connection) -> None:
    for chunk in pd.read_csv(path, dtype="str", chunksize=CHUNK_ROWS):
        chunk.to_sql(table.name, connection, if_exists="append", index=False)


def upsert(staging: Table, table: Table, connection: Connection) -> None:
    # SQLite's grammar wants a WHERE between SELECT and ON CONFLICT
    rows = select(staging).where(staging.c.sourcedId.is_not(None))
    insert = INSERT[connection.dialect.name](table).from_select(list(table.columns.keys()), rows)
    values = [column for column in table.columns if not column.primary_key]
    new = {column.name: insert.excluded[column.name] for column in values}
    differs = tuple_(*values).is_distinct_from(tuple_(*new.values()))
    connection.execute(insert.on_conflict_do_update(index_elements=["sourcedId"], set_=new, where=differs))


if __name__ == "__main__":
    load(Path(sys.argv[1]), sys.argv[2])
