"""One made database on each kind of server that tests have, and what it takes to read it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from rollbook.sources.database.address import Address, Limits
from rollbook.sources.database.drivers import DRIVERS
from rollbook.sources.database.drivers.base import Driver
from rollbook.sources.database.session import session
from tests.support.mariadb import MariaDBServer
from tests.support.postgres import PostgresServer


@dataclass(frozen=True)
class Made:
    """A database with the tables that a test makes in it."""

    driver: Driver
    address: Address
    run: Callable[[str], Any]

    def script(self, statements: str) -> None:
        """Run statements that semicolons part."""
        for statement in filter(str.strip, statements.split(";")):
            self.run(statement)

    def read(
        self, statement: str, limits: Limits | None = None, **changes: Any
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and the rows that a statement gives, over a connection of its own."""
        with session(self.driver, replace(self.address, **changes), limits or Limits()) as opened:
            table = opened.read(statement, "query.users")
            frames = list(table.frames)
        assert all(kind == pl.String for frame in frames for kind in frame.dtypes)
        return list(table.columns), [row for frame in frames for row in frame.rows()]


@contextmanager
def on_postgres(server: PostgresServer) -> Iterator[Made]:
    """A new PostgreSQL database, reached by TLS."""
    with server.database() as name, psycopg.connect(server.url(name), autocommit=True) as connection:
        address = Address(name, "localhost", server.port, "rollbook", server.password)
        address = replace(address, authorities=server.certificates.authority)
        yield Made(DRIVERS["postgresql"], address, connection.execute)


@contextmanager
def on_mariadb(server: MariaDBServer) -> Iterator[Made]:
    """A new MariaDB database, reached by TLS, by the account that may only read."""
    with server.database() as name, server.connect(name) as connection, connection.cursor() as cursor:
        connection.autocommit(True)
        address = Address(name, "localhost", server.port, server.reader, server.password)
        yield Made(DRIVERS["mysql"], replace(address, authorities=server.certificates.authority), cursor.execute)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Made]:
    """A new SQLite file."""
    file = folder / "sis.sqlite3"
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        yield Made(DRIVERS["sqlite"], Address(str(file)), connection.execute)
    finally:
        connection.close()
