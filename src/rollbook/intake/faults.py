"""What a sender is told when the hub is at fault, whichever way it sends."""

from django.db import DatabaseError, InterfaceError, OperationalError

NO_DATABASE = "The hub's database is away. Nothing was changed; try again later."
NO_DISK = "The hub has no room, or its disk fails. The file is not stored; try again later."
NO_IDEA = "Something went wrong inside the hub. The file is not stored; try again later."


def is_database_fault(failure: BaseException) -> bool:
    """Whether the database is away or busy, rather than the hub wrong."""
    return isinstance(failure, OperationalError | InterfaceError | DatabaseError)
