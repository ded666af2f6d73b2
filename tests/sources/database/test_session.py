"""Reading real databases: values, limits, snapshots, and what is said when something goes wrong."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from rollbook.core.errors import RollbookError, SettingsError, SourceRefused, SourceUnavailable
from rollbook.sources.database.address import Address, Limits
from rollbook.sources.database.drivers import DRIVERS
from rollbook.sources.database.session import session
from tests.sources.database.servers import Made, on_mariadb, on_postgres, on_sqlite
from tests.support.mariadb import MariaDBServer
from tests.support.postgres import PostgresServer, free_port

PUPILS = """
CREATE TABLE pupils (id INTEGER PRIMARY KEY, name VARCHAR(40), born DATE, paid DECIMAL(12, 2), score DOUBLE PRECISION);
INSERT INTO pupils VALUES (7, 'Zoë ''O'' 李', '2011-05-20', 12.50, 0.1);
INSERT INTO pupils VALUES (8, '', NULL, NULL, 100023)
"""
MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i AS id FROM n"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 0 FROM n) SELECT COUNT(*) AS c FROM n"


def test_values_come_as_text(made: Made) -> None:
    """Every database gives the same text for the same values; blank and NULL stay two things."""
    made.script(PUPILS)
    columns, rows = made.read("SELECT id, name, born, paid, score FROM pupils ORDER BY id")
    assert columns == ["id", "name", "born", "paid", "score"]
    paid = "12.5" if made.driver.kind == "sqlite" else "12.50"  # SQLite keeps no scale
    assert rows == [("7", "Zoë 'O' 李", "2011-05-20", paid, "0.1"), ("8", "", None, None, "100023")]


def test_no_rows_still_have_columns(made: Made) -> None:
    """An empty result says which columns it would have had."""
    made.script(PUPILS)
    assert made.read("SELECT id, name AS called FROM pupils WHERE id > 100 -- nobody") == (["id", "called"], [])


def test_many_rows_come_in_parts(made: Made) -> None:
    """A big result is streamed, in order and complete."""
    made.script(PUPILS)
    with session(made.driver, made.address, Limits()) as opened:
        statement = (
            "SELECT i AS id FROM generate_series(1, 25000) i" if made.driver.kind == "postgresql" else
            "SELECT seq AS id FROM seq_1_to_25000" if made.driver.kind == "mysql" else MANY.format(25_000)
        )  # fmt: skip
        frames = list(opened.read(statement, "query.users").frames)
    assert [frame.height for frame in frames] == [10_000, 10_000, 5_000]
    assert [row[0] for frame in frames for row in frame.rows()] == [str(i) for i in range(1, 25_001)]


def test_more_rows_than_allowed_are_refused(made: Made) -> None:
    """A statement with one row too many is refused, not cut."""
    made.script(PUPILS)
    assert len(made.read("SELECT id FROM pupils", Limits(rows=2))[1]) == 2
    with pytest.raises(SourceRefused, match="more than 1 rows"):
        made.read("SELECT id FROM pupils", Limits(rows=1))


def test_first_rows_only(made: Made) -> None:
    """A preview takes the first rows and lets the rest be."""
    made.script(PUPILS)
    with session(made.driver, made.address, Limits(rows=1)) as opened:
        frames = list(opened.read("SELECT id FROM pupils ORDER BY id", "query.users", first=1).frames)
    assert [frame.rows() for frame in frames] == [[("7",)]]


def test_a_statement_that_takes_too_long_is_stopped(made: Made) -> None:
    """The statement's time is limited by the database itself, and the run may be tried again."""
    slow = {
        "postgresql": "SELECT pg_sleep(30)",
        "mysql": "SELECT SUM(a.seq * b.seq) AS x FROM seq_1_to_100000 a, seq_1_to_100000 b",
        "sqlite": ENDLESS,
    }[made.driver.kind]
    with pytest.raises(SourceUnavailable, match="took too long"):
        made.read(slow, Limits(seconds=1))


def test_all_statements_see_one_moment(made: Made) -> None:
    """What is written while a pull goes on is not in it."""
    made.script(PUPILS)
    with session(made.driver, made.address, Limits()) as opened:
        before = [f.height for f in opened.read("SELECT id FROM pupils", "query.users").frames]
        if made.driver.kind == "sqlite":  # a reader keeps a writer out until it has gone
            with pytest.raises(Exception, match="locked"):
                made.script("PRAGMA busy_timeout = 0; DELETE FROM pupils")
        else:
            made.run("DELETE FROM pupils")
        after = [f.height for f in opened.read("SELECT id FROM pupils", "query.users").frames]
    assert before == after == [2]


def test_writing_is_refused_by_the_database(made: Made) -> None:
    """Even what the guard of statements would let through cannot write."""
    made.script(PUPILS)
    with session(made.driver, made.address, Limits()) as opened:
        assert opened.refuses_writing("pupils")
    with pytest.raises(RollbookError):
        made.read("DELETE FROM pupils")
    assert len(made.read("SELECT id FROM pupils")[1]) == 2


def test_an_account_that_may_write_is_refused_too(mariadb_server: MariaDBServer) -> None:
    """The transaction refuses writing, not only the rights of the account."""
    with on_mariadb(mariadb_server) as made:
        made.script(PUPILS)
        with pytest.raises(SourceRefused, match="says 1792"):
            made.read("DELETE FROM pupils", user="rollbook")


def test_an_unknown_column_is_named(made: Made) -> None:
    """What the database says about the statement is shown to whoever wrote it."""
    made.script(PUPILS)
    with pytest.raises(SettingsError, match="nope") as refused:
        made.read("SELECT nope FROM pupils")
    assert "query.users" in str(refused.value)


def test_columns_of_one_name_are_refused(made: Made) -> None:
    """Two columns with one name would be one column of the sheet."""
    with pytest.raises(SettingsError, match="two columns are called a"):
        made.read("SELECT 1 AS a, 2 AS a")


def test_a_value_in_an_error_is_not_shown(postgres_server: PostgresServer) -> None:
    """A database that names a person's data in its error is quoted by its code only."""
    with on_postgres(postgres_server) as made:
        made.script(PUPILS)
        with pytest.raises(SourceRefused, match="22P02") as refused:
            made.read("SELECT CAST(name AS integer) AS x FROM pupils")
    assert "Zoë" not in str(refused.value)


@pytest.mark.parametrize("column", ["CAST('x' AS bytea)", "ARRAY['a', 'b']"])
def test_values_without_text_are_refused(postgres_server: PostgresServer, column: str) -> None:
    """Bytes and lists are refused by name of the column, with what to do."""
    with on_postgres(postgres_server) as made, pytest.raises(SettingsError, match="the column photo holds values"):
        made.read(f"SELECT {column} AS photo")


def test_postgres_values_that_python_cannot_hold(postgres_server: PostgresServer) -> None:
    """Dates without end, years before Christ, booleans, guids and long numbers keep their text."""
    with on_postgres(postgres_server) as made:
        _, rows = made.read(
            "SELECT CAST('infinity' AS date) AS a, CAST('0044-03-15 BC' AS date) AS b, TRUE AS c, FALSE AS d, "
            "CAST('7f0c2d1e-0000-4000-8000-000000000011' AS uuid) AS e, CAST(1e20 AS float8) AS f, "
            "CAST('NaN' AS numeric) AS g, CAST('{\"a\": 1}' AS jsonb) AS h"
        )
    guid, big = "7f0c2d1e-0000-4000-8000-000000000011", "100000000000000000000"
    assert rows == [("infinity", "0044-03-15 BC", "true", "false", guid, big, "NaN", '{"a": 1}')]


def test_mysql_values_keep_their_zeros(mariadb_server: MariaDBServer) -> None:
    """Zero-filled numbers, impossible dates, bits, enums and long lists come as the server shows them."""
    with on_mariadb(mariadb_server) as made:
        made.script(
            "SET SESSION sql_mode = ''; CREATE TABLE t (a INT(5) ZEROFILL, b DATE, c BIT(1), d ENUM('x', 'y'), e YEAR, "
            "f BINARY(16), g TIME); INSERT INTO t VALUES (7, '0000-00-00', 1, 'y', 2026, UNHEX(MD5('')), '08:30:00')"
        )
        assert made.read("SELECT * FROM t")[1] == [
            ("00007", "0000-00-00", "true", "y", "2026", "d41d8cd98f00b204e9800998ecf8427e", "08:30:00")
        ]
        _, rows = made.read("SELECT GROUP_CONCAT(seq) AS long_list FROM seq_1_to_10000")
    assert len(rows[0][0]) == len(",".join(map(str, range(1, 10_001))))


def test_mysql_modes_are_those_of_the_guard(mariadb_server: MariaDBServer) -> None:
    """Quotes mean to the server what they mean to the guard, whatever mode the server is in."""
    with on_mariadb(mariadb_server) as made:
        made.run("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'")
        try:
            assert made.read("SELECT \"it\" AS a, 'it\\'s' AS b")[1] == [("it", "it's")]
        finally:
            made.run("SET GLOBAL sql_mode = DEFAULT")


def test_sqlite_opens_no_other_file(tmp_path: Path) -> None:
    """SQLite itself refuses to open a second file, to write one, and to make one that is not there."""
    with on_sqlite(tmp_path) as made:
        made.script(PUPILS)
        for statement in (f"ATTACH '{tmp_path}/other' AS other", "PRAGMA query_only = OFF"):
            with pytest.raises(SourceRefused, match="SQLITE_AUTH"):
                made.read(statement)
        with pytest.raises(SourceRefused, match="SQLITE_CANTOPEN"):
            made.read("SELECT 1", database=str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


# Logging in ------------------------------------------------------------------------------------------


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgres), "mysql"])
def server(request: pytest.FixtureRequest) -> PostgresServer | MariaDBServer:
    """A server, once of each kind."""
    name = {"postgresql": "postgres_server", "mysql": "mariadb_server"}[request.param]
    found: PostgresServer | MariaDBServer = request.getfixturevalue(name)
    return found


def _opened(server: PostgresServer | MariaDBServer, **changes: object) -> str:
    """The version that a server tells whoever logs in."""
    kind = "postgresql" if isinstance(server, PostgresServer) else "mysql"
    told = {
        "database": "postgres" if kind == "postgresql" else "mysql",
        "host": "localhost",
        "port": server.port,
        "user": "rollbook",
        "password": server.password,
        "authorities": server.certificates.authority,
    }
    address = Address(**{**told, **changes})  # type: ignore[arg-type]
    with session(DRIVERS[kind], address, Limits()) as opened:
        return opened.version


def test_version_is_told(server: PostgresServer | MariaDBServer) -> None:
    """Whoever logs in by TLS learns what the server is."""
    assert _opened(server).split()[0] in ("PostgreSQL", "MariaDB")


def test_an_unknown_certificate_is_refused(server: PostgresServer | MariaDBServer) -> None:
    """A server whose certificate this machine does not trust gets no password."""
    with pytest.raises(SourceRefused, match="could not prove who it is"):
        _opened(server, authorities="")


def test_a_certificate_of_another_host_is_refused(server: PostgresServer | MariaDBServer) -> None:
    """A good certificate for another name is no proof; the address that was allowed is the one that is used."""
    with pytest.raises(SourceRefused, match="could not prove who it is"):
        _opened(server, host="db.alder.example", pinned="127.0.0.1")


def test_the_name_is_verified_and_the_allowed_address_used(server: PostgresServer | MariaDBServer) -> None:
    """The host name is checked against the certificate while the connection goes to the address that was allowed."""
    assert _opened(server, host="localhost", pinned="127.0.0.1")


def test_tls_off_is_a_choice(server: PostgresServer | MariaDBServer) -> None:
    """Without TLS a server that offers it is read all the same, when somebody chose that."""
    assert _opened(server, encrypted=False, authorities="")


def test_a_wrong_authority_is_named(server: PostgresServer | MariaDBServer) -> None:
    """A text that is no certificate is a mistake in the settings."""
    with pytest.raises(SettingsError, match="tls_ca is no certificate"):
        _opened(server, authorities="not a certificate")


@pytest.mark.parametrize("changes", [{"password": "wrong-pa55"}, {"user": "nobody"}, {"database": "no_such"}])
def test_a_refused_log_in(server: PostgresServer | MariaDBServer, changes: dict[str, str]) -> None:
    """A wrong password, user or database is said, without the password."""
    with pytest.raises(SourceRefused, match="did not let the hub in") as refused:
        _opened(server, **changes)
    assert "wrong-pa55" not in str(refused.value)


def test_a_server_that_is_away_may_come_back(server: PostgresServer | MariaDBServer) -> None:
    """Nobody listening is tried again later."""
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        _opened(server, port=free_port())


def test_the_password_is_nowhere(server: PostgresServer | MariaDBServer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither an address that is shown nor the log holds the password."""
    caplog.set_level(logging.DEBUG)
    _opened(server)
    shown = repr(Address("sis", password="pa55word"))
    assert "pa55word" not in shown
    assert server.password not in caplog.text
