"""`rollbook integration` with a database: added, tested, looked into and run as an admin does it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.support.cli import run_cli

SIS = """
CREATE TABLE schools (no TEXT, title TEXT);
CREATE TABLE pupils (no TEXT, first TEXT, last TEXT, school TEXT, shoe_size TEXT);
INSERT INTO schools VALUES ('S1', 'Alder [High]');
INSERT INTO pupils VALUES ('007', 'Lia', 'Roe', 'S1', '38'), ('008', 'Ben', 'Ash', 'S1', '41');
"""
PEOPLE = """
SELECT no AS person_id, 'student' AS role, first AS first_name, last AS last_name, school AS org_id, shoe_size
FROM pupils
""".lstrip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that the operator allows, with a system's database in it."""
    with closing(sqlite3.connect(tmp_path / "sis.sqlite3")) as connection:
        connection.executescript(SIS)
    return tmp_path


def test_from_the_command_line_to_the_roster(rollbook_home: Path, folder: Path) -> None:
    """Added, tested, looked into, run: what the database holds stands in the roster."""
    rollbook = partial(run_cli, home=rollbook_home, env={"SOURCE_FOLDERS": str(folder)})
    (folder / "people.sql").write_text(PEOPLE)
    orgs = "query.orgs=SELECT no AS org_id, title AS name, 'school' AS type FROM schools"
    settings = ["engine=sqlite", f"database={folder / 'sis.sqlite3'}", orgs, f"query.people=@{folder / 'people.sql'}"]
    rollbook(["init"])
    rollbook(["integration", "add", "alder", "--source", "database", *_set(settings)])
    tested = rollbook(["integration", "test", "alder"]).stdout
    assert "ok  people  2  Not read, the layout has no such column: shoe_size." in tested
    shown = rollbook(["integration", "preview", "alder", "people", "--rows", "1"]).stdout
    assert "(not read)" in shown
    assert ("Lia" in shown, "Ben" in shown) == (True, False)
    assert "Alder [High]" in rollbook(["integration", "preview", "alder", "orgs"]).stdout
    assert "query.people = SELECT no AS person_id" in rollbook(["integration", "show", "alder"]).stdout
    done = rollbook(["run", "alder"]).stdout
    assert "alder, run 1: applied" in done
    assert re.search(r"^ user +2 *$", done, re.MULTILINE)


def test_a_statement_that_writes_is_never_stored(rollbook_home: Path, folder: Path) -> None:
    """An integration is not added with a statement that could change the school's data."""
    rollbook = partial(run_cli, home=rollbook_home)
    rollbook(["init"])
    settings = ["engine=sqlite", f"database={folder / 'sis.sqlite3'}", "query.people=DELETE FROM pupils"]
    done = rollbook(["integration", "add", "alder", "--source", "database", *_set(settings)], check=False)
    assert done.returncode != 0
    assert "query.people: Only a SELECT is allowed" in done.stderr
    assert "No integration yet" in rollbook(["integration", "list"]).stdout


def _set(settings: list[str]) -> list[str]:
    return [part for setting in settings for part in ("--set", setting)]
