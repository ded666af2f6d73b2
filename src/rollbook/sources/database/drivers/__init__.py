"""The kinds of databases there are: one module for each."""

from rollbook.sources.database.drivers.base import Driver
from rollbook.sources.database.drivers.mysql import MySQL
from rollbook.sources.database.drivers.oracle import Oracle
from rollbook.sources.database.drivers.postgresql import PostgreSQL
from rollbook.sources.database.drivers.sqlite import SQLite
from rollbook.sources.database.drivers.sqlserver import SQLServer

DRIVERS: dict[str, Driver] = {
    driver.kind: driver for driver in (PostgreSQL(), MySQL(), SQLServer(), Oracle(), SQLite())
}
