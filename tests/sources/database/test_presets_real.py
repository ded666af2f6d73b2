"""Presets against the databases of real systems, filled with demo people: every number of their SOURCE.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest

from rollbook.runs.folder import RunFolder
from rollbook.runs.models import WRITTEN, Run
from tests.journeys.support import Hub, found
from tests.sources.database.hubs import carry, hub, integrate
from tests.sources.database.servers import Made, on_mariadb, on_postgres
from tests.support.mariadb import MariaDBServer
from tests.support.postgres import PostgresServer

__all__ = ["hub"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def gibbon(mariadb_server: MariaDBServer, shared_data: Path) -> Iterator[Made]:
    """Gibbon's demo database."""
    with on_mariadb(mariadb_server) as made:
        mariadb_server.load(made.address.database, shared_data / "gibbon-mysql" / "gibbon_demo.sql")
        yield made


@pytest.fixture
def rosariosis(postgres_server: PostgresServer, shared_data: Path) -> Iterator[Made]:
    """RosarioSIS's tables with the people of Gibbon's demo."""
    with on_postgres(postgres_server) as made:
        load(postgres_server.url(made.address.database), shared_data / "rosariosis-pg" / "rosariosis_demo.sql")
        yield made


def load(url: str, dump: Path) -> None:
    """Carry out a dump of pg_dump, whose rows stand in COPY blocks."""
    with psycopg.connect(url, autocommit=True) as connection:
        statement: list[str] = []
        lines = iter(dump.read_text("utf-8").splitlines(keepends=True))
        for line in lines:
            if line.startswith(("--", "\\")) or (not statement and not line.strip()):
                continue
            statement.append(line)
            if not line.rstrip().endswith(";"):
                continue
            if line.startswith("COPY "):
                with connection.cursor().copy("".join(statement)) as copy:
                    while (row := next(lines)) != "\\.\n":
                        copy.write(row)
            else:
                connection.execute("".join(statement))
            statement = []


def received(run: Run) -> dict[str, int]:
    """Sheet -> rows that came."""
    return {file["sheet"]: file["rows"] for file in run.files}


def codes(run: Run) -> Counter[tuple[str, str]]:
    """(code, statement) -> how often."""
    return Counter((issue.code, issue.file) for issue in found(run))


def rejected(run: Run, sheet: str) -> pl.DataFrame:
    """The rows of a sheet that were not taken, as they came."""
    folder = RunFolder.of(run)
    lines = folder.rejected().filter(pl.col("file") == f"query.{sheet}")["line"]
    return pl.read_parquet(folder.rows / sheet / "*.parquet").filter(pl.col("_line").is_in(lines.implode()))


def test_gibbon(hub: Hub, gibbon: Made) -> None:
    """All of Gibbon's demo arrives: 1,178 people and 3,764 memberships; what leads nowhere is reported row by row."""
    run = carry(integrate(hub, gibbon, preset="gibbon"))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert received(run) == {
        "orgs": 1, "terms": 8, "people": 1178, "roles": 165, "relationships": 1788, "courses": 126, "classes": 242,
        "enrollments": 3764,
    }  # fmt: skip
    people = set(pl.read_parquet(RunFolder.of(run).rows / "people" / "*.parquet")["person_id"])
    families, staff = rejected(run, "relationships"), rejected(run, "roles")
    for table, named, rows in (
        ("gibbonFamilyAdult", set(families["contact_id"]) - people, 747),
        ("gibbonFamilyChild", set(families["student_id"]) - people, 495),
        ("gibbonStaff", set(staff["person_id"]) - people, 106),
    ):
        _, ids = gibbon.read(f"SELECT LPAD(gibbonPersonID, 10, '0') AS id FROM {table}")
        assert sum(one in named for (one,) in ids) == rows, f"rows of {table} whose person does not exist"
    memberships = rejected(run, "enrollments")
    assert sum(one not in people for one in memberships["person_id"]) == 15
    assert sum(one == "00002589" for one in memberships["class_id"]) == 3
    assert codes(run)["reference-dropped", "query.classes"] == 4, "four classes have no course"


def test_rosariosis(hub: Hub, rosariosis: Made) -> None:
    """392 students, 62 of staff, 660 contacts and a parent, 226 classes and 3,483 memberships arrive whole."""
    run = carry(integrate(hub, rosariosis, preset="rosariosis"))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert {name: len(hub.roster(name)) for name in ("org", "academic_session", "user", "relationship")} == {
        "org": 1, "academic_session": 7, "user": 392 + 62 + 660 + 1, "relationship": 759 + 1,
    }  # fmt: skip
    assert {name: len(hub.roster(name)) for name in ("course", "class", "enrollment")} == {
        "course": 126, "class": 226, "enrollment": 3483,
    }  # fmt: skip
    assert Counter(row["role"] for row in hub.roster("role").values()) == {
        "student": 392, "teacher": 48, "siteAdministrator": 14,
    }  # fmt: skip
    assert {code for code, _ in codes(run)} == {"unmapped-code", "duplicate-email"}
