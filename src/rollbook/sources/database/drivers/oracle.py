"""Oracle Database, by oracledb in thin mode: nothing of Oracle's own is installed."""

import datetime
from typing import Any

from rollbook.sources.database.address import SECONDS_TO_CONNECT, Address, Limits
from rollbook.sources.database.drivers.base import BATCH, Answer, Cause, Driver, Trouble, parts, prepared
from rollbook.sources.database.tls import context
from rollbook.sources.database.values import text

# https://docs.oracle.com/en/error-help/db/
_CODES = {
    **dict.fromkeys(("ORA-01017", "ORA-01045", "ORA-28000", "ORA-28001", "ORA-12514", "DPY-6001"), Cause.LOGIN),
    **dict.fromkeys(("ORA-01031", "ORA-41900"), Cause.RIGHTS),
    **dict.fromkeys(("ORA-00904", "ORA-00918", "ORA-00923", "ORA-00933", "ORA-00936", "ORA-00942"), Cause.STATEMENT),
    **dict.fromkeys(("ORA-01013", "ORA-00040", "ORA-00054", "DPY-4024"), Cause.TIMEOUT),
    **dict.fromkeys(("ORA-01555", "ORA-08177"), Cause.MOVED),
    **dict.fromkeys(("ORA-01456", "ORA-16000"), Cause.READ_ONLY),
    **dict.fromkeys(("DPY-6000", "DPY-6005", "DPY-4011", "DPY-1001", "ORA-03113", "ORA-12541"), Cause.UNREACHABLE),
    **dict.fromkeys(("ORA-00018", "ORA-00020", "ORA-01033", "ORA-01034", "ORA-12516"), Cause.UNREACHABLE),
}


class Oracle(Driver):
    """Oracle Database from 12.1."""

    kind, title, dialect, module, port, extra = "oracle", "Oracle", "oracle", "oracledb", 1521, "oracle"

    def connect(self, address: Address, limits: Limits) -> Any:
        connection = self.load().connect(**self.arguments(address))
        with prepared(connection):
            connection.call_timeout = limits.seconds * 1000
            connection.outputtypehandler = self._fetched
            with connection.cursor() as cursor:
                for command in self.commands():
                    cursor.execute(command)
        return connection

    def arguments(self, address: Address) -> dict[str, Any]:
        """How to connect: the service is the database's name."""
        secure = {"ssl_context": context(address), "ssl_server_dn_match": True} if address.encrypted else {}
        return {
            "host": address.reached_at,
            "port": address.port or self.port,
            "service_name": address.database,
            "user": address.user,
            "password": address.password,
            "protocol": "tcps" if address.encrypted else "tcp",
            "tcp_connect_timeout": SECONDS_TO_CONNECT,
            "program": "rollbook",
            **secure,
        }

    def commands(self) -> tuple[str, ...]:
        """What is said to the server before anything is read: how it makes text of values, and what the snapshot is."""
        return (
            "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'",
            "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF'",
            "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
            "SET TRANSACTION READ ONLY",
        )

    def ask(self, connection: Any, statement: str, limits: Limits) -> Answer:
        cursor = connection.cursor()
        cursor.arraysize = cursor.prefetchrows = BATCH
        cursor.execute(statement)
        described = cursor.description or ()
        dates = self.load().DB_TYPE_DATE
        texts = tuple(_day if column[1] is dates else text for column in described)
        return Answer(tuple(column[0] for column in described), texts, parts(cursor))

    def version(self, connection: Any) -> str:
        return f"Oracle {connection.version}"

    def trouble(self, error: Exception) -> Trouble:
        said = error.args[0] if error.args else None
        code = getattr(said, "full_code", "") or ""
        if "certificate" in str(error.__cause__ or error).casefold():
            return Trouble(Cause.TLS, code)
        cause = _CODES.get(code, Cause.OTHER)
        words = str(getattr(said, "message", "")).partition("\n")[0]
        return Trouble(cause, code, words if cause is Cause.STATEMENT else "")

    def _fetched(self, cursor: Any, metadata: Any) -> Any:
        """Numbers with all their digits, long texts as text."""
        oracledb = self.load()
        if metadata.type_code is oracledb.DB_TYPE_NUMBER:
            return cursor.var(oracledb.DB_TYPE_VARCHAR, arraysize=cursor.arraysize)
        if metadata.type_code in (oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_NCLOB):
            return cursor.var(oracledb.DB_TYPE_LONG, arraysize=cursor.arraysize)
        return None


def _day(value: datetime.datetime | None) -> str | None:
    """A DATE of Oracle always has a time; midnight is none."""
    if value is not None and value.time() == datetime.time():
        return value.date().isoformat()
    return text(value)
