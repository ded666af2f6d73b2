"""
Whether a server can be asked for changes only, and from when on.

Servers that ignore the filter on dateLastModified, refuse it or leave the date away are common, so none is trusted:
a date in the far future must give nobody, one in the far past everybody.
"""

from datetime import UTC, date, datetime, timedelta

from rollbook.core.errors import SourceRefused
from rollbook.sources.http import AccessRefused, Client
from rollbook.sources.oneroster.listing import Listing, Terms

FUTURE, PAST = "2099-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"


def since(moment: str) -> str:
    """The filter for what changed after a moment."""
    return f"dateLastModified>'{moment}'"


def are_offered(client: Client, collection: str, terms: Terms) -> bool:
    """
    Whether the filter of a collection does what it says.

    Raises:
        AccessRefused: The collection itself may not be read.
    """
    everybody = Listing(client, collection, terms).peek(1)
    try:
        late = Listing(client, collection, terms, since(FUTURE)).peek(1)
        early = Listing(client, collection, terms, since(PAST)).peek(1)
    except AccessRefused:
        raise
    except SourceRefused:
        return False
    if late.rows or late.total:
        return False
    return (early.total, bool(early.rows)) == (everybody.total, bool(everybody.rows))


def not_after(moment: str, clock: datetime | None) -> str:
    """
    A moment, or the time at which reading began where that is before it.

    What changes on a page that was read already, while later pages are read, must not fall behind the mark.

    Args:
        clock: The server's, where it sends it.
    """
    try:
        if clock is None or len(moment) == 10 or datetime.fromisoformat(moment) <= clock:
            return moment
    except (ValueError, TypeError):  # in no form that can be read, or without a zone
        return moment
    return _written(clock)


def earlier(moment: str, minutes: int) -> str:
    """
    A moment some minutes before another, written as that one; blank where it cannot be read.

    A server that only knows days is asked from the day before on.
    """
    try:
        if len(moment) == 10:
            return (date.fromisoformat(moment) - timedelta(days=1)).isoformat()
        then = datetime.fromisoformat(moment) - timedelta(minutes=minutes)
    except (ValueError, OverflowError):
        return ""
    return _written(then)


def _written(moment: datetime) -> str:
    text = (moment.astimezone(UTC) if moment.tzinfo else moment).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    return f"{text}Z" if moment.tzinfo else text
