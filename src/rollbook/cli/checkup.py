"""What `rollbook doctor` looks at. Each look gives findings; none of them changes anything."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

OLDEST_POSTGRESQL = 140_000
LEAST_FREE, SOON_FULL = 200_000_000, 2_000_000_000
_DRIFT = timedelta(seconds=5)


class Level(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    WARNING = "warning"  # works, and could be better
    PROBLEM = "problem"  # does not work, or is not safe


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, how it is, and how to mend it."""

    level: Level
    about: str
    text: str
    mend: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything. Where the settings cannot be read, nothing else can be looked at."""
    import django

    try:
        django.setup()
    except Exception as error:
        yield _problem("settings", f"They cannot be used: {error}", "Correct the environment variable, or unset it.")
        return
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (_settings, _home, _keys, _storage, _database, _clock)
    for look in looks:
        yield from look()


def _ok(about: str, text: str) -> Finding:
    return Finding(Level.OK, about, text)


def _warning(about: str, text: str, mend: str) -> Finding:
    return Finding(Level.WARNING, about, text, mend)


def _problem(about: str, text: str, mend: str) -> Finding:
    return Finding(Level.PROBLEM, about, text, mend)


def _settings() -> Iterator[Finding]:
    from django.conf import settings

    others = set(settings.ALLOWED_HOSTS) - {"localhost", "127.0.0.1", "[::1]"}
    if "*" in others:
        yield _warning("settings", "ALLOWED_HOSTS takes any name.", "Set it to the names that people type.")
    if others and not settings.SESSION_COOKIE_SECURE:
        yield _warning(
            "settings",
            "Other machines may open the pages, and HTTPS is not on.",
            "Put a proxy with a certificate in front, and set HTTPS=on.",
        )
    yield _ok("settings", f"They can be read. The hub answers to {', '.join(settings.ALLOWED_HOSTS)}.")


def _home() -> Iterator[Finding]:
    from django.conf import settings

    home: Path = settings.ROLLBOOK_HOME
    try:
        with tempfile.NamedTemporaryFile(dir=home):
            pass
    except OSError as error:
        yield _problem("home", f"Nothing can be written to {home} ({error.strerror}).", "Make it writable for the hub.")
        return
    if home.stat().st_mode & stat.S_IRWXO:
        yield _warning("home", f"Everybody on this machine may look into {home}.", f"chmod o= {home}")
    else:
        yield _ok("home", f"{home} can be written to, and only by those it belongs to.")


def _keys() -> Iterator[Finding]:
    from django.conf import settings

    files = [path for path in (settings.ROLLBOOK_HOME / "keys").glob("*") if path.is_file()]
    if named := os.environ.get("SECRET_KEY_FILE"):
        files.append(Path(named))
    loose = [path for path in files if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    for path in loose:
        yield _problem("keys", f"{path} can be read by others.", f"chmod 600 {path}")
    if not loose:
        yield _ok("keys", f"{len(files)} of them, for their owner alone." if files else "SECRET_KEY is set.")


def _storage() -> Iterator[Finding]:
    from django.conf import settings

    free = shutil.disk_usage(settings.ROLLBOOK_HOME).free
    text = f"{free / 1e9:,.1f} GB are free for runs and reports."
    if free < LEAST_FREE:
        yield _problem("storage", text, "Make room: a run that finds none fails.")
    elif free < SOON_FULL:
        yield _warning("storage", text, "Make room before a large delivery comes.")
    else:
        yield _ok("storage", text)


def _database() -> Iterator[Finding]:
    from django.db import DatabaseError, connection

    is_sqlite = connection.vendor == "sqlite"
    if not _has_database():
        yield _problem("database", "There is none yet.", "rollbook init")
        return
    try:
        yield from _sqlite(connection) if is_sqlite else _postgresql(connection)
        yield _tables(connection)
    except DatabaseError as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        mend = (
            "Move the file away, and take a copy back."
            if is_sqlite
            else "Check DATABASE_URL, and that the server runs."
        )
        yield _problem("database", f"It cannot be used: {said[0]}", mend)


def _has_database() -> bool:
    """Whether there is something to connect to; connecting would make an SQLite file."""
    from django.db import connection

    return connection.vendor != "sqlite" or Path(str(connection.settings_dict["NAME"])).exists()


def _sqlite(connection: "BaseDatabaseWrapper") -> Iterator[Finding]:
    mode, sound, version = (
        _value(connection, query)
        for query in ("PRAGMA journal_mode", "PRAGMA quick_check(1)", "SELECT sqlite_version()")
    )
    if sound != "ok":
        yield _problem("database", f"The file is damaged: {sound}", "Stop the hub, and take a copy of the file back.")
    elif mode != "wal":
        yield _warning(
            "database", f"SQLite writes with the journal {mode}.", "Keep the home on a disk of this machine."
        )
    else:
        yield _ok("database", f"SQLite {version}, with a write-ahead log.")


def _postgresql(connection: "BaseDatabaseWrapper") -> Iterator[Finding]:
    number, version = (_value(connection, f"SHOW {name}") for name in ("server_version_num", "server_version"))
    if int(str(number)) < OLDEST_POSTGRESQL:
        yield _problem("database", f"PostgreSQL {version} is too old.", "Use PostgreSQL 14 or newer.")
    else:
        yield _ok("database", f"PostgreSQL {version} answers.")


def _tables(connection: "BaseDatabaseWrapper") -> Finding:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return _problem("tables", "They are not those of this version.", "rollbook init")
    return _ok("tables", "All are there.")


def _clock() -> Iterator[Finding]:
    """Nothing that happened may lie in the future, and the database has to live in the same time."""
    from django.db import DatabaseError, connection

    now = datetime.now(UTC)
    if not _has_database():
        yield _ok("clock", f"{now:%Y-%m-%d %H:%M} UTC.")
        return
    try:
        theirs = _value(connection, "SELECT clock_timestamp()") if connection.vendor == "postgresql" else now
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
        last = _last_run() if "runs_run" in tables else None
    except DatabaseError:
        return  # told already
    mend = "Let the machine set its clock (NTP): schedules and log-ins depend on it."
    if isinstance(theirs, datetime) and abs(theirs - now) > _DRIFT:
        yield _problem(
            "clock", f"It differs from the database's by {abs(theirs - now).total_seconds():.0f} seconds.", mend
        )
    elif last and last > now + _DRIFT:
        yield _problem(
            "clock", f"It says {now:%Y-%m-%d %H:%M} UTC, but the last run is from {last:%Y-%m-%d %H:%M}.", mend
        )
    else:
        yield _ok("clock", f"{now:%Y-%m-%d %H:%M} UTC.")


def _last_run() -> datetime | None:
    from rollbook.runs.models import Run

    return Run.objects.order_by("-pk").values_list("created", flat=True).first()


def _value(connection: "BaseDatabaseWrapper", query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return row[0] if row else None
