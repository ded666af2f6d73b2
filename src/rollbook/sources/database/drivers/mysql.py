"""MySQL and MariaDB, by PyMySQL; what the server writes as text stays as it wrote it."""

import socket
from typing import Any

from rollbook.sources.database.address import SECONDS_FOR_A_LOCK, SECONDS_TO_CONNECT, Address, Limits
from rollbook.sources.database.drivers.base import Answer, Cause, Driver, Text, Trouble, parts, prepared
from rollbook.sources.database.tls import context
from rollbook.sources.database.values import number, text

# https://mariadb.com/kb/en/mariadb-error-codes/ and https://dev.mysql.com/doc/mysql-errors/8.4/en/
_CODES = {
    **dict.fromkeys((1040, 1053, 1129, 1203, 1226, 2002, 2003, 2006, 2013), Cause.UNREACHABLE),
    **dict.fromkeys((1044, 1045, 1049, 1130, 1251, 1275, 1524, 1698, 2059), Cause.LOGIN),
    **dict.fromkeys((1142, 1143, 1227, 1370), Cause.RIGHTS),
    **dict.fromkeys((1052, 1054, 1055, 1056, 1064, 1066, 1109, 1140, 1146, 1176, 1305), Cause.STATEMENT),
    **dict.fromkeys((1205, 1317, 1969, 3024), Cause.TIMEOUT),
    **dict.fromkeys((1213, 1412), Cause.MOVED),
    **dict.fromkeys((1290, 1792), Cause.READ_ONLY),
    2026: Cause.TLS,
}
_FLOAT, _DOUBLE, _BIT, _GEOMETRY = 4, 5, 16, 255
_STRINGS = range(249, 255)  # of bytes, where their character set is binary
_OTHER_TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' "
    "AND engine <> 'InnoDB' LIMIT 1"
)
_ONE_LIST = 16 * 1024 * 1024


class MySQL(Driver):
    """
    MySQL and MariaDB.

    The mode of SQL is set, because the guard of statements reads them in it: with other modes, quotes and
    backslashes would mean something else to the server. The read-only transaction refuses changed rows but not CREATE
    or DROP, which would end it: those are left to the guard and to the rights of the account.
    """

    kind, title, dialect, module, port, extra = "mysql", "MySQL or MariaDB", "mysql", "pymysql", 3306, "mysql"

    def connect(self, address: Address, limits: Limits) -> Any:
        connection = self.load().Connection(**self.arguments(address, limits), defer_connect=True)
        connection.connect(socket.create_connection((address.pinned, connection.port)) if address.pinned else None)
        with prepared(connection), connection.cursor() as cursor:
            for command in self.commands(limits, self.version(connection)):
                cursor.execute(command)
        return connection

    def arguments(self, address: Address, limits: Limits) -> dict[str, Any]:
        """How to connect."""
        secure = {"ssl": context(address)} if address.encrypted else {"ssl_disabled": True}
        return {
            "host": address.host,
            "port": address.port or self.port,
            "user": address.user,
            "password": address.password,
            "database": address.database,
            "charset": "utf8mb4",
            "connect_timeout": SECONDS_TO_CONNECT,
            "read_timeout": limits.seconds + SECONDS_FOR_A_LOCK,  # the server says sooner what took too long
            "conv": self.load().converters.encoders,
            "local_infile": False,
            **secure,
        }

    def commands(self, limits: Limits, version: str) -> tuple[str, ...]:
        """What is said to the server before anything is read."""
        is_mariadb = "mariadb" in version.casefold()
        return (
            "SET SESSION sql_mode = ''",
            f"SET SESSION max_statement_time = {limits.seconds}"
            if is_mariadb
            else f"SET SESSION max_execution_time = {limits.seconds * 1000}",
            f"SET SESSION lock_wait_timeout = {SECONDS_FOR_A_LOCK}",
            f"SET SESSION net_write_timeout = {limits.seconds}",
            f"SET SESSION group_concat_max_len = {_ONE_LIST}",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        )

    def ask(self, connection: Any, statement: str, limits: Limits) -> Answer:
        cursor = connection.cursor(self.load().cursors.SSCursor)
        cursor.execute(statement)
        described = cursor.description or ()
        return Answer(tuple(c[0] for c in described), tuple(_text(c[1]) for c in described), parts(cursor))

    def leave(self, connection: Any) -> None:
        if connection._result:  # or PyMySQL would first read every row that is still to come
            connection._result.unbuffered_active = False
        connection._force_close()

    def version(self, connection: Any) -> str:
        found: str = connection.get_server_info()
        if "MariaDB" not in found:
            return f"MySQL {found}"
        return f"MariaDB {found.removeprefix('5.5.5-').partition('-')[0]}"  # told so for clients of old MySQL

    def is_snapshot(self, connection: Any) -> bool:
        """Only InnoDB has one: a table of MyISAM is always as it is at the moment."""
        with connection.cursor() as cursor:
            cursor.execute(_OTHER_TABLES)
            return cursor.fetchone() is None

    def trouble(self, error: Exception) -> Trouble:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        if "certificate verify failed" in str(error) or "SSL" in str(error):
            return Trouble(Cause.TLS, str(code or ""))
        if isinstance(error, OSError):
            return Trouble(Cause.UNREACHABLE)
        cause = _CODES.get(code, Cause.OTHER)
        return Trouble(cause, str(code or ""), str(error.args[1]) if cause is Cause.STATEMENT else "")


def _text(kind: int) -> Text | None:
    """What makes our text of the server's."""
    if kind in (_FLOAT, _DOUBLE):
        return lambda shown: None if shown is None else number(shown)
    return {_BIT: _bit, _GEOMETRY: text}.get(kind, text if kind in _STRINGS else None)


def _bit(value: bytes | None) -> str | None:
    """BIT(1) is the nearest that MySQL has to a boolean."""
    return {None: None, b"\0": "false", b"\1": "true"}.get(value) or text(value)
