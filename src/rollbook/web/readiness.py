"""Whether the hub can serve people now. Each look says what is missing, for the log."""

import tempfile
import threading
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from rollbook.jobs import presence
from rollbook.migrations import expected

_lock = threading.Lock()
_last: list[str] = []


def missing() -> list[str]:
    """What keeps the hub from serving; empty when nothing does."""
    try:
        return [*_database(), *_storage(), *_workers()]
    except DatabaseError as error:
        return [f"The database does not answer ({type(error).__name__}).", *_storage()]


def changed(now: list[str]) -> bool:
    """Whether this process found something else the last time; notes it. A probe comes every few seconds."""
    with _lock:
        before, _last[:] = list(_last), now
    return before != now


def _database() -> Iterator[str]:
    if expected() - set(MigrationRecorder(connection).applied_migrations()):
        yield "The database is not prepared for this version."


def _storage() -> Iterator[str]:
    try:
        with tempfile.TemporaryFile(dir=settings.ROLLBOOK_HOME / "runs"):
            pass
    except OSError as error:
        yield f"Nothing can be written to the folder of runs ({error.strerror})."


def _workers() -> Iterator[str]:
    if presence.workers().are_missed:
        yield "No worker has been heard of lately."
