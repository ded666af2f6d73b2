"""Sessions of PostgreSQL: those of former carriers are ended, so that no lock of theirs holds up the next."""

from typing import Any

from django.db import connection

_LIMITS = {"lock_timeout": "5min", "idle_in_transaction_session_timeout": "5min"}


def current() -> dict[str, Any] | None:
    """What tells this process's session from every other; None on SQLite, which has none."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        pid, started = cursor.fetchone()
    return {"pid": pid, "started": started}


def end(session: dict[str, Any] | None) -> None:
    """End a session, if it is still the same one; what its transaction wrote is gone with it."""
    if session is None or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE pid = %s AND backend_start = %s::timestamptz AND pid <> pg_backend_pid()",
            [session["pid"], session["started"]],
        )


def limit_waiting() -> None:
    """Nothing in this session waits, or makes others wait, for ever."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name, value in _LIMITS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
