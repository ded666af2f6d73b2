"""The one clock that all workers share: that of the database."""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """
    What time it is for the database, also in the middle of a transaction.

    SQLite has no clock of its own beside that of its only machine.
    """
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found
