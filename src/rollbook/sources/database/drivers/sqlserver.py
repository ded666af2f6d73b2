"""
Microsoft SQL Server, by pymssql.

It has no read-only transaction: what protects it is the guard of statements, a transaction that is always rolled
back, and an account that may only read.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from rollbook.sources.database.address import SECONDS_FOR_A_LOCK, SECONDS_TO_CONNECT, Address, Limits
from rollbook.sources.database.drivers.base import Answer, Cause, Driver, Trouble, parts, prepared
from rollbook.sources.database.tls import authorities_file
from rollbook.sources.database.values import text

# https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
_CODES = {
    **dict.fromkeys((4060, 18452, 18456, 18470, 18487, 18488), Cause.LOGIN),
    **dict.fromkeys((229, 230, 262, 297, 300, 916), Cause.RIGHTS),
    **dict.fromkeys((102, 156, 207, 208, 209, 245, 4104, 8120), Cause.STATEMENT),
    **dict.fromkeys((1222, 20003), Cause.TIMEOUT),
    **dict.fromkeys((1205, 3960, 3961), Cause.MOVED),
    **dict.fromkeys((3906, 3908), Cause.READ_ONLY),
    **dict.fromkeys((20002, 20006, 20009, 20017, 20047, 40613, 10928, 10929), Cause.UNREACHABLE),
}
_ABOUT_A_VALUE = {245}  # "conversion failed when converting the varchar value '…'"
_ENVIRONMENT = Lock()
_SNAPSHOT_ALLOWED = "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()"


class SQLServer(Driver):
    """
    Microsoft SQL Server, and Azure SQL Database.

    Where the database allows snapshots (`ALLOW_SNAPSHOT_ISOLATION`), all statements see one moment; where it does
    not, each sees its own, since holding locks over the tables of a working system is worse.
    """

    kind, title, dialect, module = "sqlserver", "Microsoft SQL Server", "tsql", "pymssql"
    port, extra = 1433, "sqlserver"

    def connect(self, address: Address, limits: Limits) -> Any:
        with _freetds(address):
            connection = self.load().connect(**self.arguments(address, limits))
        with prepared(connection):
            is_snapshot = self.is_snapshot(connection)
            with connection.cursor() as cursor:
                for command in self.commands(is_snapshot):
                    cursor.execute(command)
        return connection

    def arguments(self, address: Address, limits: Limits) -> dict[str, Any]:
        """How to connect."""
        return {
            "server": address.reached_at,
            "port": str(address.port or self.port),
            "user": address.user,
            "password": address.password,
            "database": address.database,
            "login_timeout": SECONDS_TO_CONNECT,
            "timeout": limits.seconds,
            "appname": "rollbook",
            "charset": "UTF-8",
            "encryption": "require" if address.encrypted else "off",
            "read_only": True,
            "autocommit": True,
            "use_datetime2": True,
        }

    def commands(self, is_snapshot: bool) -> tuple[str, ...]:
        """What is said to the server before anything is read."""
        return (
            f"SET LOCK_TIMEOUT {SECONDS_FOR_A_LOCK * 1000}",
            "SET DEADLOCK_PRIORITY LOW",
            "SET QUOTED_IDENTIFIER ON",
            "SET DATEFORMAT ymd",
            f"SET TRANSACTION ISOLATION LEVEL {'SNAPSHOT' if is_snapshot else 'READ COMMITTED'}",
            "BEGIN TRANSACTION",
        )

    def ask(self, connection: Any, statement: str, limits: Limits) -> Answer:
        cursor = connection.cursor()
        cursor.execute(statement)
        names = tuple(column[0] for column in cursor.description or ())
        return Answer(names, (text,) * len(names), parts(cursor))

    def version(self, connection: Any) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT CAST(SERVERPROPERTY('ProductVersion') AS varchar(64))")
            return f"Microsoft SQL Server {cursor.fetchone()[0]}"

    def is_snapshot(self, connection: Any) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(_SNAPSHOT_ALLOWED)
            allowed = cursor.fetchone()
        return bool(allowed and allowed[0] == 1)

    def trouble(self, error: Exception) -> Trouble:
        said = error.args[0] if error.args else 0
        code, words = said if isinstance(said, tuple) else (said, "")
        cause = _CODES.get(code, Cause.OTHER)
        shown = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
        return Trouble(cause, str(code or ""), shown if cause is Cause.STATEMENT and code not in _ABOUT_A_VALUE else "")

    def leave(self, connection: Any) -> None:
        with suppress(Exception):
            connection._conn.cancel()
        connection.close()


def settings_of_freetds(authorities: str) -> str:
    """
    The file that tells FreeTDS to verify the server; pymssql has no other way to say so.

    https://www.freetds.org/userguide/freetdsconf.html: without `ca file`, nothing is verified.
    """
    return f"[global]\nencryption = require\nca file = {authorities}\ncheck certificate hostname = yes\n"


@contextmanager
def _freetds(address: Address) -> Iterator[None]:
    """While it connects, FreeTDS reads the file that FREETDSCONF names, which is the same for all threads."""
    if not address.encrypted:
        yield
        return
    with _ENVIRONMENT, authorities_file(address) as trusted, tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "freetds.conf"
        settings.write_text(settings_of_freetds(trusted))
        before = os.environ.get("FREETDSCONF")
        os.environ["FREETDSCONF"] = str(settings)
        try:
            yield
        finally:
            if before is None:
                del os.environ["FREETDSCONF"]
            else:
                os.environ["FREETDSCONF"] = before
