"""The database, its tables, and its clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from rollbook.cli.checkup.finding import Finding, error, ok, warning

OLDEST_POSTGRESQL = 140_000
_DRIFT = timedelta(seconds=5)


def is_there() -> bool:
    """Whether there is something to connect to; connecting would make an SQLite file."""
    return connection.vendor != "sqlite" or Path(str(connection.settings_dict["NAME"])).exists()


def database() -> Iterator[Finding]:
    """Whether the database can be used, and by this version."""
    is_sqlite = connection.vendor == "sqlite"
    if not is_there():
        yield error("database", "There is none yet.", "rollbook init")
        return
    try:
        yield _sqlite() if is_sqlite else _postgresql()
        yield _tables()
    except DatabaseError as failed:
        said = str(failed).strip().splitlines() or [type(failed).__name__]
        mend = (
            "Move the file away, and take a copy back."
            if is_sqlite
            else "Check DATABASE_URL, and that the server runs."
        )
        yield error("database", f"It cannot be used: {said[0]}", mend)


def clock() -> Iterator[Finding]:
    """Nothing that happened may lie in the future, and the database has to live in the same time."""
    before = datetime.now(UTC)
    if not is_there():
        yield ok("clock", f"{before:%Y-%m-%d %H:%M} UTC.")
        return
    try:
        theirs = _value("SELECT clock_timestamp()") if connection.vendor == "postgresql" else None
        now = datetime.now(UTC)
        last = _last_run()
    except DatabaseError:
        return  # told already
    mend = "Let the machine set its clock (NTP): schedules and log-ins depend on it."
    drift = max(before - theirs, theirs - now) if isinstance(theirs, datetime) else timedelta(0)
    if drift > _DRIFT:
        yield error("clock", f"It differs from the database's by {drift.total_seconds():.0f} seconds.", mend)
    elif last and last > now + _DRIFT:
        yield error("clock", f"It says {now:%Y-%m-%d %H:%M} UTC, but the last run is from {last:%Y-%m-%d %H:%M}.", mend)
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC.")


def _sqlite() -> Finding:
    mode, sound, version = (
        _value(query) for query in ("PRAGMA journal_mode", "PRAGMA quick_check(1)", "SELECT sqlite_version()")
    )
    if sound != "ok":
        return error("database", f"The file is damaged: {sound}", "Stop the hub, and take a copy of the file back.")
    if mode != "wal":
        return warning(
            "database", f"SQLite writes with the journal {mode}.", "Keep the home on a disk of this machine."
        )
    return ok("database", f"SQLite {version}, with a write-ahead log.")


def _postgresql() -> Finding:
    number, version = (_value(f"SHOW {name}") for name in ("server_version_num", "server_version"))
    if int(str(number)) < OLDEST_POSTGRESQL:
        return error("database", f"PostgreSQL {version} is too old.", "Use PostgreSQL 14 or newer.")
    return ok("database", f"PostgreSQL {version} answers.")


def _tables() -> Finding:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return error("tables", "They are not those of this version.", "rollbook init")
    return ok("tables", "All are there.")


def _last_run() -> datetime | None:
    from rollbook.runs.models import Run

    with connection.cursor() as cursor:
        has_runs = "runs_run" in connection.introspection.table_names(cursor)
    return Run.objects.order_by("-pk").values_list("created", flat=True).first() if has_runs else None


def _value(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return row[0] if row else None
