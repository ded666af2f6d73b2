"""The guard of saved statements: what it lets through in each dialect, and what it refuses."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.errors import SettingsError
from rollbook.sources.database.drivers import DRIVERS
from rollbook.sources.database.functions import HARMLESS_NAMES
from rollbook.sources.database.statements import check

DIALECTS = sorted(driver.dialect for driver in DRIVERS.values())

ALLOWED = {
    "postgres": [
        "SELECT a::text, array_to_string(array_agg(b ORDER BY c), ';') FROM t",
        "WITH x AS (SELECT 1 AS n) SELECT n FROM x",
        "(SELECT a FROM t) UNION ALL (SELECT b FROM u) ORDER BY 1",
        "SELECT string_agg(a, ';' ORDER BY a) FILTER (WHERE b) FROM t",
        "SELECT a FROM (VALUES (1), (2)) v(a)",
        "SELECT a FROM t, LATERAL (SELECT 1 AS b) u WHERE EXISTS (SELECT 1 FROM w)",
        "SELECT json_build_object('a', 1), to_char(now(), 'YYYY')",
        "SELECT 'DROP TABLE t; --' AS harmless -- DELETE FROM t",
        "SELECT a FROM t;;",
    ],
    "mysql": [
        "SELECT GROUP_CONCAT(DISTINCT a ORDER BY b SEPARATOR ';') FROM t",
        "SELECT CONCAT(a, b), LPAD(a, 3, '0'), IFNULL(a, b), IF(a, b, c), FIND_IN_SET(a, b) FROM `t`",
        "SELECT REGEXP_REPLACE(a, 'b', 'c'), CONVERT(a USING utf8mb4), @@version FROM t",
    ],
    "tsql": [
        "SELECT TOP 10 a FROM dbo.t WITH (NOLOCK) OPTION (MAXDOP 1)",
        "SELECT STRING_AGG(a, ';') WITHIN GROUP (ORDER BY a), CONVERT(varchar(10), d, 23), ISNULL(a, b) FROM [t]",
        "SELECT STUFF((SELECT ',' + x FROM y FOR XML PATH(''), TYPE).value('.', 'nvarchar(max)'), 1, 1, '')",
        "SELECT a AS [commit] FROM other.dbo.t",
    ],
    "oracle": [
        "SELECT LISTAGG(a, ';') WITHIN GROUP (ORDER BY a), TO_CHAR(d, 'YYYY-MM-DD'), NVL(a, b) FROM t",
        "SELECT a FROM t START WITH x IS NULL CONNECT BY PRIOR a = b",
        "SELECT DECODE(a, 1, 2), q'[it's]' FROM dual WHERE ROWNUM < 3",
    ],
    "sqlite": [
        "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT n FROM x",
        "SELECT strftime('%Y', d), ifnull(a, b), printf('%d', a), group_concat(a, ';'), a || b FROM t",
    ],
}

REFUSED = {
    "postgres": {
        "INSERT INTO t VALUES (1)": "Only a SELECT",
        "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x": "no SELECT",
        "WITH x AS (SELECT 1) UPDATE t SET a = 1": "Only a SELECT",
        "SELECT a INTO b FROM t": "writes",
        "SELECT a FROM t FOR UPDATE": "locks rows",
        "SELECT a FROM t FOR SHARE": "locks rows",
        "SELECT 1; DROP TABLE t": "2 statements",
        "EXPLAIN ANALYZE DELETE FROM t": "Only a SELECT",
        "COPY t TO PROGRAM 'sh'": "Only a SELECT",
        "DO $$ BEGIN END $$": "Only a SELECT",
        "SELECT pg_read_file('x')": "pg_read_file is not known to be harmless",
        "SELECT pg_catalog.pg_read_file('x')": "pg_catalog.pg_read_file",
        "SELECT \"pg_read_file\"('x')": "pg_read_file",
        "SELECT * FROM dblink('x', 'y') AS t(a int)": "dblink",
        "SELECT * FROM ROWS FROM (pg_ls_dir('.')) AS x": "pg_ls_dir",
        "SELECT lo_import('x')": "lo_import",
        "SELECT nextval('s')": "nextval",
        "SELECT set_config('transaction_read_only', 'off', false)": "set_config",
        "SELECT query_to_xml('DELETE FROM t', true, true, '')": "query_to_xml",
        "SELECT pg_sleep(60)": "pg_sleep",
        "SELECT pg_advisory_lock(1)": "pg_advisory_lock",
        "SELECT a FROM t WHERE b = $1": "parameter",
        "SELECT a FROM t WHERE b = %s": "parameter",
        "VALUES (1)": "Only a SELECT",
        "SELECT (": "could not be read",
        "": "no statement",
    },
    "mysql": {
        "SELECT LOAD_FILE('/x')": "LOAD_FILE",
        "SELECT a FROM t INTO OUTFILE '/x'": "could not be read",
        "SELECT a INTO @x FROM t": "writes",
        "SELECT @a := 1": "variable",
        "SELECT 1 /*!50000 , SLEEP(60) */": "comment",
        "SELECT 1 /*M!100000 , SLEEP(60) */": "comment",
        "SELECT a FROM t LOCK IN SHARE MODE": "locks rows",
        "SELECT GET_LOCK('a', 1)": "GET_LOCK",
        "SELECT BENCHMARK(1, MD5('a'))": "BENCHMARK",
        "SELECT sys_exec('sh')": "sys_exec",
        "CALL p()": "Only a SELECT",
        "LOAD DATA INFILE '/x' INTO TABLE t": "",
        "SET @@global.read_only = 0": "Only a SELECT",
    },
    "tsql": {
        "EXEC xp_cmdshell 'dir'": "Only a SELECT",
        "SELECT a INTO b FROM t": "writes",
        "SELECT a FROM t WITH (UPDLOCK)": "UPDLOCK",
        "SELECT a FROM t WITH (TABLOCKX, NOLOCK)": "TABLOCKX",
        "SELECT * FROM OPENROWSET('a', 'b', 'c')": "OPENROWSET",
        "SELECT * FROM OPENQUERY(far, 'SELECT 1')": "OPENQUERY",
        "SELECT * FROM OPENDATASOURCE('a', 'b').db.dbo.t": "",
        "SELECT a FROM far.db.dbo.t": "another server",
        "SELECT dbo.own(a) FROM t": "dbo.own",
        "SELECT NEXT VALUE FOR dbo.s": "NEXTVALUEFOR",
        "SELECT @a = 1": "variable",
        "SELECT a FROM t COMMIT": "COMMIT is a statement",
        "SELECT a FROM t SHUTDOWN": "SHUTDOWN is a statement",
        "SELECT a ROLLBACK": "",
        "SELECT a CHECKPOINT": "CHECKPOINT is a statement",
        "SELECT 1 WAITFOR DELAY '1:00'": "could not be read",
    },
    "oracle": {
        "SELECT a FROM t@far": "another server",
        "SELECT UTL_HTTP.REQUEST('http://x') FROM dual": "UTL_HTTP.REQUEST",
        "SELECT HTTPURITYPE('http://x').getclob() FROM dual": "",
        "SELECT s.nextval FROM dual": "sequence",
        "SELECT * FROM TABLE(p.f())": "",
        "SELECT a FROM t FOR UPDATE NOWAIT": "locks rows",
        "BEGIN p; END;": "",
        "WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM dual": "could not be read",
    },
    "sqlite": {
        "ATTACH 'x' AS y": "Only a SELECT",
        "PRAGMA query_only = OFF": "Only a SELECT",
        "SELECT load_extension('x')": "load_extension",
        "SELECT writefile('a', 'b')": "writefile",
        "SELECT readfile('a')": "readfile",
    },
}


@pytest.mark.parametrize("dialect, statement", [(d, one) for d, those in ALLOWED.items() for one in those])
def test_reads_are_let_through(dialect: str, statement: str) -> None:
    """What a school's administrator would write to read tables is let through, as it was written."""
    assert check(statement, dialect, "query.users") == statement.rstrip(";")


@pytest.mark.parametrize(
    "dialect, statement, why", [(d, s, w) for d, those in REFUSED.items() for s, w in those.items()]
)
def test_everything_else_is_refused(dialect: str, statement: str, why: str) -> None:
    """What writes, locks, waits, runs code, or reaches files and other servers is refused, and why is said."""
    with pytest.raises(SettingsError, match="Nothing was read") as refused:
        check(statement, dialect, "query.users")
    assert why in str(refused.value)
    assert str(refused.value).startswith("query.users: ")


names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=12, max_size=30).map("zz_{}".format)


@given(
    names, st.sampled_from(DIALECTS), st.sampled_from(["SELECT {}(a) FROM t", "SELECT a FROM {}(1)", "SELECT x.{}(a)"])
)
def test_no_unknown_function_passes(name: str, dialect: str, shape: str) -> None:
    """A function that nobody knows is refused wherever it stands."""
    with pytest.raises(SettingsError, match="is not known to be harmless"):
        check(shape.format(name), dialect, "query.users")


WRITES = ["INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE t (a int)"]
PLACES = ["{}", "SELECT 1; {}", "{}; SELECT 1", "WITH x AS ({}) SELECT 1", "SELECT ({})", "SELECT a FROM ({}) x"]


@given(
    st.sampled_from(WRITES),
    st.sampled_from(PLACES),
    st.sampled_from(["", " ", "\n", "/* */", "--\n", ";"]),
    st.sampled_from(["", " ", "\n", ";", " -- x"]),
    st.sampled_from(DIALECTS),
    st.booleans(),
)
def test_no_write_passes(write: str, place: str, before: str, after: str, dialect: str, is_lower: bool) -> None:
    """Wherever a write is put, and whatever stands around it, it is refused."""
    statement = before + place.format(write) + after
    with pytest.raises(SettingsError):
        check(statement.lower() if is_lower else statement, dialect, "query.users")


@given(st.text(), st.sampled_from(DIALECTS))
def test_any_text_is_judged(text: str, dialect: str) -> None:
    """Whatever is written, the guard answers: it lets it through or refuses it, and never breaks."""
    with suppress(SettingsError):
        assert check(text, dialect, "query.users")


def test_a_literal_is_not_a_statement() -> None:
    """Words in quotes are values."""
    for dialect in DIALECTS:
        assert check("SELECT 'DELETE FROM t; pg_read_file()' AS a", dialect, "query.users")


def test_a_very_long_statement_is_refused() -> None:
    """A text of a megabyte is not parsed at all."""
    with pytest.raises(SettingsError, match="at most 50000 characters"):
        check("SELECT " + "1," * 500_000 + "1", "postgres", "query.users")


def test_every_dialect_has_its_functions() -> None:
    """Each kind of database has a list of harmless functions."""
    assert sorted(HARMLESS_NAMES) == DIALECTS
