"""A throw-away MariaDB server, alone in a temporary folder; tests use it through the fixtures of conftest.py."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests.support import servers
from tests.support.certificates import Certificates, make_certificates
from tests.support.postgres import free_port

USER, READER = "rollbook", "reader"

_ACCOUNT = ("MariaDB", "mysql")

# Fast and forgetful: nothing here outlives the tests.
SETTINGS = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--performance-schema=OFF",
    "--character-set-server=utf8mb4",
    "--max-connections=60",
    "--max-allowed-packet=64M",
)


@dataclass(frozen=True)
class MariaDBServer:
    """
    Where a running server listens.

    Args:
        password: Of `rollbook`, who may do everything, and of `reader`, who may only read.
    """

    folder: Path
    port: int
    password: str
    certificates: Certificates
    reader: str = READER

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database by a name nobody used; dropped afterwards."""
        name = f"test_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            self._run(f"DROP DATABASE {name}")

    def connect(self, database: str | None = None) -> Any:
        """A connection that may write."""
        return pymysql.connect(
            unix_socket=str(self.folder / "socket"), user=USER, password=self.password, database=database
        )

    def load(self, database: str, dump: Path) -> None:
        """Feed a file of statements to the command-line client."""
        with dump.open("rb") as statements:
            command = ["mariadb", "--no-defaults", "--socket", str(self.folder / "socket"), f"--user={USER}", database]
            subprocess.run(command, stdin=statements, env=os.environ | {"MYSQL_PWD": self.password}, check=True)

    def _run(self, statement: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)


def find_mariadb() -> Path | None:
    """The server program; Debian keeps it in a folder that is only on the path of root."""
    found = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found and shutil.which("mariadb-install-db") else None


@contextmanager
def mariadb_server(program: Path) -> Iterator[MariaDBServer]:
    """Start a server; stop it and remove its folder whatever happened in between."""
    # Short: the path of a socket has 107 bytes at most. Outside pytest's folders: only their owner may enter those.
    folder = Path(tempfile.mkdtemp(prefix="rollbook-my-", dir="/tmp"))
    try:
        server = MariaDBServer(folder, free_port(), secrets.token_hex(12), make_certificates(folder))
        _init(server)
        process = _start(server, program)
        try:
            _wait(server, process)
            yield server
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _init(server: MariaDBServer) -> None:
    account = servers.account(*_ACCOUNT)
    servers.lend(server.folder, account)
    # fmt: off
    command = [
        "mariadb-install-db", "--no-defaults", f"--datadir={server.folder / 'data'}", "--skip-test-db",
        "--auth-root-authentication-method=normal", "--innodb-log-file-size=16M", "--innodb-doublewrite=0",
    ]
    # fmt: on
    done = subprocess.run(command, cwd=server.folder, capture_output=True, text=True, **account)
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout}{done.stderr}")
    lines = (  # one statement a line
        f"CREATE USER {USER}@'%' IDENTIFIED BY '{server.password}';",
        f"GRANT ALL ON *.* TO {USER}@'%';",
        f"CREATE USER {READER}@'%' IDENTIFIED BY '{server.password}';",
        f"GRANT SELECT ON *.* TO {READER}@'%';",
    )
    (server.folder / "users.sql").write_text("\n".join(lines) + "\n")


def _start(server: MariaDBServer, program: Path) -> subprocess.Popen[bytes]:
    # fmt: off
    command = [
        str(program), "--no-defaults", f"--datadir={server.folder / 'data'}", "--bind-address=127.0.0.1",
        f"--port={server.port}", f"--socket={server.folder / 'socket'}", f"--pid-file={server.folder / 'pid'}",
        f"--init-file={server.folder / 'users.sql'}", f"--ssl-cert={server.certificates.certificate}",
        f"--ssl-key={server.certificates.key}", f"--ssl-ca={server.certificates.authority_file}", *SETTINGS,
    ]
    # fmt: on
    return servers.start(server.folder, command, "KILL", servers.account(*_ACCOUNT))


def _wait(server: MariaDBServer, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        if "ready for connections" in (server.folder / "log").read_text():
            return
        time.sleep(0.05)
    raise RuntimeError(f"MariaDB did not start:\n{(server.folder / 'log').read_text()[:5000]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)  # what it keeps is thrown away
    process.wait(timeout=10)
