"""
A throw-away PostgreSQL server: made for one run of the benchmarks, removed afterwards.

Durability is PostgreSQL's default (fsync, full page writes and synchronous commit are on).
Autovacuum is off and every measurement is followed by a VACUUM (ANALYZE) and a checkpoint,
so that no contender pays for what the one before it left behind.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "listen_addresses": "127.0.0.1",
}

UNPRIVILEGED = ("postgres", "nobody")


class NoPostgres(Exception):
    """No PostgreSQL server can be started here."""


@dataclass(frozen=True)
class Cluster:
    """A running server on 127.0.0.1 and the few things the benchmarks ask of it."""

    programs: Path
    port: int

    def url(self, database: str) -> str:
        """The server trusts every local connection; the password is for clients that insist on one."""
        return f"postgresql://bench:bench@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make a fresh database and return its URL."""
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self.sql("postgres", f'CREATE DATABASE "{database}"')
        return self.url(database)

    def settle(self, database: str) -> None:
        """Do now what PostgreSQL would do during the day between two nights."""
        self.sql(database, "VACUUM (ANALYZE)")
        self.sql(database, "CHECKPOINT")

    def rows_touched(self, database: str, tables: str) -> int:
        """Count the rows ever inserted, updated or deleted in the tables that a SQL condition names."""
        answer = self.sql(
            database,
            f"SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables WHERE {tables}",
        )
        return int(answer)

    def version(self) -> str:
        return self.sql("postgres", "SHOW server_version")

    def sql(self, database: str, statement: str) -> str:
        command = [str(self.programs / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoPostgres(f"psql refused {statement!r}: {done.stderr.strip()}")
        return done.stdout.strip()


@contextmanager
def throwaway_cluster(work: Path) -> Iterator[Cluster]:
    """Start a server with its data under `work`; stop it and remove the data on the way out."""
    programs = find_programs()
    owner = server_user()
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=work))
    if owner:
        shutil.chown(home, owner)
    data, port = home / "data", free_port()
    try:
        call([programs / "initdb", "-D", data, "-U", "bench", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"], owner)
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options += f" -c port={port} -c unix_socket_directories={home}"
        call([programs / "pg_ctl", "-D", data, "-l", home / "log", "-w", "-o", options, "start"], owner)
        try:
            yield Cluster(programs, port)
        finally:
            call([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], owner)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def find_programs() -> Path:
    """The folder of the newest PostgreSQL server on PATH or in Debian's place."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: float(place.parent.name))
    if not places:
        raise NoPostgres("no initdb on PATH or in /usr/lib/postgresql; install PostgreSQL or choose --database sqlite")
    return places[-1]


def server_user() -> str | None:
    """Whom to run the server as: PostgreSQL refuses root, so root lends it to someone else."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return name
    raise NoPostgres(f"PostgreSQL refuses to run as root, and none of {', '.join(UNPRIVILEGED)} exists")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def call(command: list[str | Path], user: str | None) -> None:
    """
    Run one of PostgreSQL's own programs as `user`.

    Output goes to a file, not to a pipe: the server would inherit the pipe and keep it open for ever.
    """
    group = pwd.getpwnam(user).pw_gid if user else None
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            stdout=output,
            stderr=output,
            cwd="/",
            check=False,
            user=user,
            group=group,
            extra_groups=[] if user else None,
        )
        if done.returncode:
            output.seek(0)
            raise NoPostgres(f"{Path(command[0]).name} failed: {output.read().strip()}")
