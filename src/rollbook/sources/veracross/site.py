"""What both versions of the Data API have in common: the site itself, the size of pages, what a test says of a list."""

from collections.abc import Callable
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

from rollbook.core.errors import SettingsError, SourceError, SourceUnavailable
from rollbook.sources.base import Setup, Tried, Works
from rollbook.sources.http import AccessRefused, Reply

MARK = "modified"
_OVERLAP = timedelta(days=1)


def page_size(setup: Setup) -> int:
    """Records in a page, as many as both versions give at most."""
    return min(max(1, int(setup.value("page_size"))), 1000)


def site(setup: Setup, *, has_campuses: bool) -> dict[str, str]:
    """The record of the site itself: neither version says anything about it."""
    name = setup.value("school_name") or setup.value("school")
    return {"id": "site", "name": name, "type": "district" if has_campuses else "school"}


def day_of(reply: Reply, setup: Setup) -> date:
    """The day by the clock of the site, or else by ours."""
    try:
        return parsedate_to_datetime(reply.headers.get("date", "")).date()
    except ValueError:
        return setup.now().date()


def mark(today: date, setup: Setup) -> str:
    """
    From which day on the next pull asks for changes: both APIs compare days, so a whole one is read again.

    A site whose clock is ahead of ours is not trusted: changes of the days between would be lost.
    """
    return (min(today, setup.now().date()) - _OVERLAP).isoformat()


def counted(stream: str, count: Callable[[], int], lacking: str, note: str = "") -> Tried:
    """What a test of the connection says about a list; `lacking` when the permission is missing."""
    try:
        return Tried(stream, Works.YES, note, count())
    except AccessRefused:
        return Tried(stream, Works.NO, lacking)
    except (SourceError, SettingsError) as error:
        return Tried(stream, verdict(error), str(error))


def verdict(error: Exception) -> Works:
    """Whether something does not work, or only not now."""
    return Works.UNSURE if isinstance(error, SourceUnavailable) else Works.NO
