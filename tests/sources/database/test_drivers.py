"""
What each driver is told, and what its errors mean.

There is no Oracle and no SQL Server to test against: for these two, this is what can be shown without one, and that a
server which cannot prove who it is gets no password.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rollbook.core.errors import RollbookError, SettingsError, SourceRefused, SourceUnavailable
from rollbook.sources.database.address import Address, Limits
from rollbook.sources.database.drivers import DRIVERS
from rollbook.sources.database.drivers.base import Cause
from rollbook.sources.database.drivers.mysql import MySQL
from rollbook.sources.database.drivers.oracle import Oracle
from rollbook.sources.database.drivers.postgresql import PostgreSQL
from rollbook.sources.database.drivers.sqlserver import SQLServer, settings_of_freetds
from rollbook.sources.database.session import session
from tests.support.certificates import Certificates, make_certificates

ALDER = Address("sis", "db.alder.example", 0, "hub", "pa55word")
LIMITS = Limits(rows=1000, seconds=60)


def test_tls_is_on_unless_somebody_says_otherwise() -> None:
    """Every driver verifies the certificate and the host by default."""
    assert PostgreSQL().arguments(ALDER, "/ca")["sslmode"] == "verify-full"
    assert SQLServer().arguments(ALDER, LIMITS)["encryption"] == "require"
    assert Oracle().arguments(ALDER)["protocol"] == "tcps"
    for context in (MySQL().arguments(ALDER, LIMITS)["ssl"], Oracle().arguments(ALDER)["ssl_context"]):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
    assert "check certificate hostname = yes" in settings_of_freetds("/ca")


def test_postgres_takes_nothing_from_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password file or a Kerberos ticket of the hub's own account is never offered to a school's database."""
    told = PostgreSQL().arguments(ALDER, "/ca")
    assert (told["passfile"], told["gssencmode"]) == ("/dev/null", "disable")


@pytest.mark.parametrize(
    "commands, ends",
    [
        (PostgreSQL().commands(LIMITS), "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        (MySQL().commands(LIMITS, "MySQL 8.4.3"), "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"),
        (Oracle().commands(), "SET TRANSACTION READ ONLY"),
        (SQLServer().commands(is_snapshot=True), "BEGIN TRANSACTION"),
    ],
)
def test_reading_begins_in_a_transaction(commands: tuple[str, ...], ends: str) -> None:
    """The last that is said before the first statement opens the transaction that reads."""
    assert commands[-1] == ends


def test_the_time_of_a_statement_is_limited_by_the_server() -> None:
    """Each server is told how long a statement may take, in the unit that it understands."""
    assert "SET statement_timeout = 60000" in PostgreSQL().commands(LIMITS)
    assert "SET SESSION max_execution_time = 60000" in MySQL().commands(LIMITS, "MySQL 8.4.3")
    assert "SET SESSION max_statement_time = 60" in MySQL().commands(LIMITS, "MariaDB 10.11.19")
    assert SQLServer().arguments(ALDER, LIMITS)["timeout"] == 60


def test_sql_server_reads_a_snapshot_only_where_it_may() -> None:
    """Without snapshots SQL Server reads what is committed: it never holds locks over a working system."""
    assert "SET TRANSACTION ISOLATION LEVEL SNAPSHOT" in SQLServer().commands(is_snapshot=True)
    assert "SET TRANSACTION ISOLATION LEVEL READ COMMITTED" in SQLServer().commands(is_snapshot=False)


@pytest.mark.parametrize(
    "kind, said, cause",
    [
        ("sqlserver", (18456, b"Login failed for user 'hub'."), Cause.LOGIN),
        ("sqlserver", (229, b"The SELECT permission was denied"), Cause.RIGHTS),
        ("sqlserver", (208, b"Invalid object name 'pupils'."), Cause.STATEMENT),
        ("sqlserver", (3960, b"Snapshot isolation transaction aborted"), Cause.MOVED),
        ("sqlserver", (20009, b"Unable to connect"), Cause.UNREACHABLE),
        ("mysql", 1142, Cause.RIGHTS),
        ("mysql", 1213, Cause.MOVED),
        ("mysql", 4711, Cause.OTHER),
    ],
)
def test_codes_of_errors_are_understood(kind: str, said: object, cause: Cause) -> None:
    """The number of an error says who must act next."""
    driver = DRIVERS[kind]
    error = driver.load().OperationalError(said, "words")
    assert driver.trouble(error).cause is cause


@pytest.mark.parametrize(
    "code, cause",
    [
        ("ORA-01017", Cause.LOGIN),
        ("ORA-00942", Cause.STATEMENT),
        ("ORA-01555", Cause.MOVED),
        ("ORA-01456", Cause.READ_ONLY),
        ("DPY-4024", Cause.TIMEOUT),
        ("ORA-99999", Cause.OTHER),
    ],
)
def test_codes_of_oracle_are_understood(code: str, cause: Cause) -> None:
    """Oracle's errors are told by their code."""

    class Said:
        full_code, message = code, f"{code}: words\nHelp: a page"

    driver = DRIVERS["oracle"]
    assert driver.trouble(driver.load().DatabaseError(Said())).cause is cause


def test_a_value_in_an_error_of_sql_server_is_not_shown() -> None:
    """`Conversion failed when converting the varchar value …` names a person's data."""
    error = SQLServer().load().OperationalError((245, b"Conversion failed when converting the varchar value 'Roe'"))
    assert SQLServer().trouble(error).words == ""


@pytest.mark.parametrize("kind", ["mysql", "sqlserver", "oracle"])
def test_a_driver_that_is_not_there_is_named(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the driver, the message says what to install."""
    driver = DRIVERS[kind]
    monkeypatch.setattr(type(driver), "module", "no_such_driver")
    with pytest.raises(SettingsError, match=rf"pip install 'rollbook\[{kind}\]'"):
        driver.load()


# Servers that cannot prove who they are --------------------------------------------------------------


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """A certificate that no machine trusts."""
    return make_certificates(tmp_path)


def test_oracle_believes_no_unknown_certificate(certificates: Certificates) -> None:
    """The TLS of an Oracle server is verified before anything is said."""
    with _impostor(_talk_tls(certificates)) as (port, heard):
        address = Address("sis", "localhost", port, "hub", "pa55word")
        with pytest.raises(RollbookError) as refused, session(DRIVERS["oracle"], address, LIMITS):
            pass
    assert isinstance(refused.value, SourceRefused), refused.value
    assert "could not prove who it is" in str(refused.value)
    assert b"pa55word" not in heard


def test_oracle_that_speaks_no_tls(certificates: Certificates) -> None:
    """A server that answers in the clear learns nothing."""
    with _impostor(lambda connection, heard: heard.extend(connection.recv(4096))) as (port, heard):
        address = Address("sis", "localhost", port, "hub", "pa55word")
        with pytest.raises((SourceRefused, SourceUnavailable)), session(DRIVERS["oracle"], address, LIMITS):
            pass
    assert b"pa55word" not in heard


@pytest.mark.parametrize("offers_tls", [True, False])
def test_sql_server_believes_no_unknown_certificate(certificates: Certificates, offers_tls: bool) -> None:
    """A server without TLS, or with a certificate that nobody knows, never hears the log-in."""
    talk = _talk_tds(certificates if offers_tls else None)
    with _impostor(talk) as (port, heard):
        address = Address("sis", "localhost", port, "hub", "pa55word")
        with pytest.raises((SourceRefused, SourceUnavailable)), session(DRIVERS["sqlserver"], address, LIMITS):
            pass
    assert heard, "the driver did not come as far as the server"
    assert LOGIN not in heard


def test_sql_server_with_a_known_certificate_gets_the_log_in(certificates: Certificates) -> None:
    """The test above proves something: with the authority trusted, the same server does hear the log-in."""
    with _impostor(_talk_tds(certificates)) as (port, heard):
        address = Address("sis", "localhost", port, "hub", "pa55word", authorities=certificates.authority)
        with pytest.raises((SourceRefused, SourceUnavailable)), session(DRIVERS["sqlserver"], address, LIMITS):
            pass
    assert LOGIN in heard


def test_sql_server_believes_no_certificate_of_another_host(tmp_path: Path) -> None:
    """A certificate that a trusted authority made out to somebody else is no proof."""
    certificates = make_certificates(tmp_path, "elsewhere.example")
    with _impostor(_talk_tds(certificates)) as (port, heard):
        address = Address("sis", "localhost", port, "hub", "pa55word", authorities=certificates.authority)
        with pytest.raises((SourceRefused, SourceUnavailable)), session(DRIVERS["sqlserver"], address, LIMITS):
            pass
    assert heard
    assert LOGIN not in heard


LOGIN = b"LOGIN7"
_PRELOGIN, _LOGIN7, _ENCRYPT_ON, _ENCRYPT_NOT = 0x12, 0x10, 1, 2
Talk = Callable[[socket.socket, bytearray], object]


@contextmanager
def _impostor(talk: Talk) -> Iterator[tuple[int, bytearray]]:
    """A server on a port of its own that talks to whoever comes, and keeps what it heard."""
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, suppress(OSError, struct.error):
                    connection.settimeout(5)
                    talk(connection, heard)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], heard
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _context(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # TLS inside TDS ends with the server's word
    return context


def _talk_tls(certificates: Certificates) -> Talk:
    def talk(connection: socket.socket, heard: bytearray) -> None:
        with _context(certificates).wrap_socket(connection, server_side=True) as secure:
            heard.extend(secure.recv(4096))

    return talk


def _talk_tds(certificates: Certificates | None) -> Talk:
    """
    As far as a log-in goes in TDS: the first packet agrees on TLS, whose handshake comes wrapped in such packets.

    https://learn.microsoft.com/openspecs/windows_protocols/ms-tds (2.2.6.5 PRELOGIN).
    """

    def talk(connection: socket.socket, heard: bytearray) -> None:
        heard.extend(_packet(connection)[1])
        encryption = _ENCRYPT_ON if certificates else _ENCRYPT_NOT
        answer = bytes.fromhex("00000b00060100110001ff") + bytes([16, 0, 0, 0, 0, 0, encryption])
        connection.sendall(struct.pack(">BBHHBB", 4, 1, 8 + len(answer), 0, 1, 0) + answer)
        if certificates is None:
            _hear(_packet(connection), heard)
            return
        come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
        secure = _context(certificates).wrap_bio(come, go, server_side=True)
        while True:
            try:
                secure.do_handshake()
                break
            except ssl.SSLWantReadError:
                _send(connection, go)
                come.write(_packet(connection)[1])
        _send(connection, go)
        while data := connection.recv(4096):
            come.write(data)
            with suppress(ssl.SSLWantReadError):
                told = secure.read(4096)
                _hear((told[0], told), heard)
                return

    return talk


def _hear(packet: tuple[int, bytes], heard: bytearray) -> None:
    heard.extend(LOGIN if packet[0] == _LOGIN7 else packet[1])


def _packet(connection: socket.socket) -> tuple[int, bytes]:
    head = connection.recv(8, socket.MSG_WAITALL)
    kind, _, length = struct.unpack(">BBH", head[:4])
    return kind, connection.recv(length - 8, socket.MSG_WAITALL)


def _send(connection: socket.socket, go: ssl.MemoryBIO) -> None:
    if data := go.read():
        connection.sendall(struct.pack(">BBHHBB", _PRELOGIN, 1, 8 + len(data), 0, 1, 0) + data)
