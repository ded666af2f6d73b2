"""PostgreSQL, by psycopg; what the server writes as text stays as it wrote it."""

from collections.abc import Generator
from functools import cache
from itertools import chain, islice
from typing import Any

from rollbook.sources.database.address import SECONDS_FOR_A_LOCK, SECONDS_TO_CONNECT, Address, Limits
from rollbook.sources.database.drivers.base import BATCH, Answer, Cause, Driver, Rows, Text, Trouble, prepared
from rollbook.sources.database.tls import authorities_file
from rollbook.sources.database.values import NoText, number

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_CLASSES = {
    **dict.fromkeys(("08", "53", "57", "58"), Cause.UNREACHABLE),
    **dict.fromkeys(("28", "3D"), Cause.LOGIN),
    "40": Cause.MOVED,
    "42": Cause.STATEMENT,
    "55": Cause.TIMEOUT,
}
_CODES = {"42501": Cause.RIGHTS, "57014": Cause.TIMEOUT, "25006": Cause.READ_ONLY}
_SAID = {
    Cause.TLS: ("certificate", "ssl error", "server does not support ssl", "root.crt", "ssl connection"),
    Cause.LOGIN: ("authentication failed", "no pg_hba.conf entry", "does not exist", "no password supplied"),
}
_BOOL, _FLOAT4, _FLOAT8, _BYTEA = 16, 700, 701, 17


class PostgreSQL(Driver):
    """
    PostgreSQL.

    Rows are streamed by libpq, not through a cursor of the server: the statement is one command for the server, so
    that its timeout holds for all of it, and libpq sends it by the protocol that takes no second statement.
    """

    kind, title, dialect, module, port = "postgresql", "PostgreSQL", "postgres", "psycopg", 5432

    def connect(self, address: Address, limits: Limits) -> Any:
        with authorities_file(address) as file:
            connection = self.load().connect(**self.arguments(address, file), autocommit=True)
        with prepared(connection):
            _as_text(connection)
            for command in self.commands(limits):
                connection.execute(command)
        return connection

    def arguments(self, address: Address, authorities: str) -> dict[str, Any]:
        """How to connect; nothing is taken from the environment or the home of the hub."""
        found = {
            "host": address.host,
            "hostaddr": address.pinned,
            "port": address.port or self.port,
            "dbname": address.database,
            "user": address.user,
            "password": address.password,
            "passfile": "/dev/null",
            "connect_timeout": SECONDS_TO_CONNECT,
            "application_name": "rollbook",
            "client_encoding": "UTF8",
            "gssencmode": "disable",
            "sslmode": "verify-full" if address.encrypted else "disable",
            "sslrootcert": authorities if address.encrypted else "",
        }
        return {name: value for name, value in found.items() if value}

    def commands(self, limits: Limits) -> tuple[str, ...]:
        """What is said to the server before anything is read."""
        return (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            f"SET statement_timeout = {limits.seconds * 1000}",
            f"SET lock_timeout = {SECONDS_FOR_A_LOCK * 1000}",
            f"SET idle_in_transaction_session_timeout = {limits.seconds * 1000}",
            "SET standard_conforming_strings = on",
            "SET datestyle = 'ISO, YMD'",
            "SET extra_float_digits = 1",
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )

    def ask(self, connection: Any, statement: str, limits: Limits) -> Answer:
        cursor = connection.cursor()
        stream = cursor.stream(statement, size=BATCH)
        first = next(stream, None)
        if first is None:  # then libpq has told nothing of the columns
            cursor.execute(f"SELECT * FROM (\n{statement}\n) AS nothing LIMIT 0")
        described = cursor.description or ()
        return Answer(
            tuple(column.name for column in described),
            tuple(_text(column.type_code) for column in described),
            _parts(first, stream),
        )

    def version(self, connection: Any) -> str:
        return f"PostgreSQL {connection.info.parameter_status('server_version')}"

    def trouble(self, error: Exception) -> Trouble:
        code = getattr(error, "sqlstate", None) or ""
        if not code:
            return Trouble(_without_code(str(error).casefold()))
        cause = _CODES.get(code) or _CLASSES.get(code[:2], Cause.OTHER)
        words = getattr(getattr(error, "diag", None), "message_primary", None)
        return Trouble(cause, code, words or "" if cause is Cause.STATEMENT else "")


def _as_text(connection: Any) -> None:
    """Take every value as the text that the server sends: no date is too early, none is infinite, no digit is lost."""
    from psycopg.types.string import TextLoader

    for oid in (0, *_known_types(), *_known_lists()):
        connection.adapters.register_loader(oid, TextLoader)


@cache
def _known_types() -> frozenset[int]:
    from psycopg import postgres

    return frozenset(known.oid for known in postgres.types)


@cache
def _known_lists() -> frozenset[int]:
    from psycopg import postgres

    return frozenset(known.array_oid for known in postgres.types if known.array_oid)


def _text(oid: int) -> Text | None:
    """What makes our text of the server's."""
    if oid == _BOOL:
        return {"t": "true", "f": "false"}.get
    if oid in (_FLOAT4, _FLOAT8):
        return lambda shown: None if shown is None else number(shown)
    if oid == _BYTEA or oid in _known_lists():
        return _refused
    return None


def _refused(value: str | None) -> None:
    if value is not None:
        raise NoText("bytea" if value.startswith("\\x") else "array")


def _parts(first: tuple[Any, ...] | None, stream: Generator[tuple[Any, ...]]) -> Rows:
    rest = iter(()) if first is None else chain((first,), stream)
    try:
        while rows := list(islice(rest, BATCH)):
            yield rows
    finally:
        stream.close()


def _without_code(said: str) -> Cause:
    """libpq has no codes for what goes wrong before the server answers."""
    for cause, words in _SAID.items():
        if any(word in said for word in words):
            return cause
    return Cause.UNREACHABLE
