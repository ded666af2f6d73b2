"""`made`: a database on each kind of server that tests have, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.database.servers import Made, on_mariadb, on_postgres, on_sqlite


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgres), "mysql", "sqlite"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Made]:
    """An empty database: the test runs once on PostgreSQL, once on MariaDB and once on SQLite."""
    match request.param:
        case "postgresql":
            opened = on_postgres(request.getfixturevalue("postgres_server"))
        case "mysql":
            opened = on_mariadb(request.getfixturevalue("mariadb_server"))
        case _:
            opened = on_sqlite(tmp_path)
    with opened as database:
        yield database
