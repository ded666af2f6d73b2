"""What the other tests stand on: each fixture of conftest.py, tried for real."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest
from django.db import connection
from hypothesis import settings
from playwright.sync_api import Page, expect

from tests.support.cli import run_cli
from tests.support.environment import TEST_DATABASE
from tests.support.mariadb import MariaDBServer
from tests.support.postgres import PostgresServer


def test_settings_of_the_shell_do_not_reach_the_tests() -> None:
    """A DATABASE_URL in the developer's shell is never the database of the tests."""
    shell = {**os.environ, "DATABASE_URL": "postgresql://live@example.org/live", "ROLLBOOK_HOME": "/srv/rollbook"}
    shell.pop(TEST_DATABASE, None)
    script = "import tests.support.environment, os; print(os.environ.get('DATABASE_URL'), os.environ['ROLLBOOK_HOME'])"
    done = subprocess.run([sys.executable, "-c", script], env=shell, capture_output=True, text=True, check=True)
    database, home = done.stdout.split()
    assert database == "None"
    assert "rollbook-tests-" in home
    assert not Path(home).exists(), "the home of the tests outlived them"


def test_home_is_empty(rollbook_home: Path) -> None:
    """Every test starts with a home of its own and nothing in it."""
    assert list(rollbook_home.iterdir()) == []


def test_postgres_answers_on_its_socket(postgres_url: str) -> None:
    """The session's PostgreSQL answers at the URL a hub would be given."""
    with psycopg.connect(postgres_url) as session:
        assert str(_value(session, "SELECT version()")).startswith("PostgreSQL")


def test_postgres_asks_for_a_password_on_its_port(postgres_server: PostgresServer) -> None:
    """The port takes the right password and no other."""
    with psycopg.connect(postgres_server.tcp_url("postgres")) as session:
        assert _value(session, "SELECT current_user") == "rollbook"
    wrong = postgres_server.tcp_url("postgres").replace(postgres_server.password, "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


@pytest.mark.parametrize("attempt", [1, 2])
def test_fresh_postgres_is_empty(fresh_postgres: str, attempt: int) -> None:
    """What one test leaves in its database no other test finds."""
    with psycopg.connect(fresh_postgres) as session:
        session.execute(f"CREATE TABLE only_here AS SELECT {attempt} AS attempt")
        assert _value(session, "SELECT attempt FROM only_here") == attempt


def test_postgres_ends_with_its_session(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """A server that is lent to a command is gone when the command is, also when it fails."""
    script = "import os, sys; print(os.environ['ROLLBOOK_TEST_DATABASE_URL'].split('host=')[1]); sys.exit(3)"
    lend = [sys.executable, "-m", "tests.support.postgres", sys.executable, "-c", script]
    done = subprocess.run(lend, capture_output=True, text=True)
    assert done.returncode == 3
    assert not Path(done.stdout.strip()).exists()


def test_mariadb_answers_by_name_and_password(mariadb_server: MariaDBServer) -> None:
    """The session's MariaDB takes the right password and no other, and a new database is empty."""
    with mariadb_server.database() as name, mariadb_server.connect(name) as session, session.cursor() as cursor:
        assert cursor.execute("SHOW TABLES") == 0
    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        pymysql.connect(host="127.0.0.1", port=mariadb_server.port, user=mariadb_server.reader, password="wrong")


def test_mariadb_reader_may_only_read(mariadb_server: MariaDBServer) -> None:
    """The account that a hub is given can change nothing."""
    with mariadb_server.database() as name:
        told = {"host": "127.0.0.1", "port": mariadb_server.port, "database": name}
        with (
            pymysql.connect(**told, user=mariadb_server.reader, password=mariadb_server.password) as session,
            session.cursor() as cursor,
            pytest.raises(pymysql.OperationalError, match="CREATE command denied"),
        ):
            cursor.execute("CREATE TABLE only_here (x INTEGER)")


def test_database_comes_in_both_kinds(database: str, request: pytest.FixtureRequest) -> None:
    """A test with `database` runs on SQLite and on PostgreSQL."""
    kind = request.node.callspec.params["database"]
    assert urlsplit(database).scheme == {"sqlite": "", "postgres": "postgresql"}[kind]


@pytest.mark.django_db
def test_django_uses_the_database_it_was_lent() -> None:
    """Django's tables are there, in SQLite or in the PostgreSQL that `make test-all` lends."""
    assert connection.vendor == ("postgresql" if TEST_DATABASE in os.environ else "sqlite")
    assert "accounts_member" in connection.introspection.table_names()


def test_command_that_fails_shows_why(rollbook_home: Path) -> None:
    """A command that ends badly fails its test, with what it printed."""
    with pytest.raises(AssertionError, match="rollbook no-such-command ended with"):
        run_cli(["no-such-command"], rollbook_home)
    assert run_cli(["no-such-command"], rollbook_home, check=False).stderr != ""


def test_page_draws(page: Page) -> None:
    """Chromium lays a page out and takes its picture."""
    page.set_content("<h1>Northfield</h1><p>Ada and Ben</p>")
    expect(page.get_by_role("heading")).to_have_text("Northfield")
    width, height = struct.unpack(">II", page.screenshot()[16:24])
    assert (width, height) == (1280, 800)


def test_sample_data_is_there(shared_data: Path) -> None:
    """The folder of sample data holds some."""
    assert any(shared_data.iterdir())


def test_hypothesis_is_settled_in_ci() -> None:
    """In CI hypothesis tries the same examples every time."""
    assert settings().derandomize == bool(os.environ.get("CI"))


def _value(session: psycopg.Connection, query: str) -> object:
    row = session.execute(query).fetchone()
    assert row is not None
    return row[0]
