"""
A throw-away PostgreSQL server, alone in a temporary folder.

Tests use it through the fixtures of conftest.py. As a command it lends the server to another command, whose
`DATABASE_URL` it then is: `python -m tests.support.postgres python -m pytest`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support import servers
from tests.support.certificates import Certificates, make_certificates
from tests.support.environment import TEST_DATABASE
from tests.support.tools import find_postgres_bin

USER = "rollbook"

_ACCOUNT = ("PostgreSQL", "postgres")

# Fast and forgetful: nothing here outlives the tests.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class PostgresServer:
    """Where a running server listens: a socket only this user can reach, and a port (TLS or not) with a password."""

    folder: Path
    port: int
    password: str
    certificates: Certificates

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def tcp_url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database by a name nobody used; dropped afterwards, open connections or not."""
        name = f"test_{secrets.token_hex(6)}"
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield name
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server(bin_folder: Path) -> Iterator[PostgresServer]:
    """Start a server; stop it and remove its folder whatever happened in between."""
    # Short: the path of a socket has 107 bytes at most. Outside pytest's folders: only their owner may enter those.
    folder = Path(tempfile.mkdtemp(prefix="rollbook-pg-", dir="/tmp"))
    server = PostgresServer(folder, free_port(), secrets.token_hex(12), make_certificates(folder))
    try:
        _init(server, bin_folder)
        process = _start(server, bin_folder)
        try:
            _wait(server, process)
            yield server
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _init(server: PostgresServer, bin_folder: Path) -> None:
    password_file = server.folder / "password"
    password_file.write_text(server.password)
    account = servers.account(*_ACCOUNT)
    servers.lend(server.folder, account)
    # fmt: off
    command: list[str | Path] = [
        bin_folder / "initdb", "--pgdata", server.folder / "data", "--username", USER, "--pwfile", password_file,
        "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync",
    ]
    # fmt: on
    done = subprocess.run(command, cwd=server.folder, capture_output=True, text=True, **account)
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _start(server: PostgresServer, bin_folder: Path) -> subprocess.Popen[bytes]:
    listen = {
        "listen_addresses": "127.0.0.1",
        "port": str(server.port),
        "unix_socket_directories": str(server.folder),
        "unix_socket_permissions": "0700",
        "ssl": "on",
        "ssl_cert_file": str(server.certificates.certificate),
        "ssl_key_file": str(server.certificates.key),
    }
    options = [part for name, value in (SETTINGS | listen).items() for part in ("-c", f"{name}={value}")]
    command = [str(bin_folder / "postgres"), "-D", str(server.folder / "data"), *options]
    return servers.start(server.folder, command, "INT", servers.account(*_ACCOUNT))


def _wait(server: PostgresServer, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    # A URL with a socket folder and no port means 5432; this server's socket is named after its own port.
    (server.folder / ".s.PGSQL.5432").symlink_to(server.folder / f".s.PGSQL.{server.port}")
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            psycopg.connect(server.url("postgres")).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{(server.folder / 'log').read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: it does not wait for clients
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main(command: list[str]) -> int:
    bin_folder = find_postgres_bin()
    if bin_folder is None:
        print("PostgreSQL is not installed, so this was left out:", *command, file=sys.stderr)
        return 1 if os.environ.get("REQUIRE_TEST_TOOLS") else 0
    with postgres_server(bin_folder) as server, server.database() as database:
        return subprocess.run(command, env=os.environ | {TEST_DATABASE: server.url(database)}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
