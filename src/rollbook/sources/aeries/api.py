"""
Requests to Aeries: the certificate, the school year of every answer, pages that prove each other.

Aeries answers from its default database when the wanted year is not there, and says nothing (section 3 of the vendor's
page "Building a Request"). So the year stands in every request, and is compared wherever an answer shows it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rollbook.core.errors import SettingsError, SourceRefused, SourceUnavailable
from rollbook.sources.aeries.records import Row, clean
from rollbook.sources.base import Setup
from rollbook.sources.http import AccessRefused, Client, Limits

if TYPE_CHECKING:
    from rollbook.sources.pulling import Moved

# One connection, two minutes for an answer, three tries: big answers are slow, and the server is the district's own.
LIMITS = Limits(timeout=120.0, tries=3)
_UNCHANGED = "Nothing was changed."
_ENDINGS = ("/login.aspx", "/api/v5", "/api")


@dataclass(frozen=True)
class System:
    """What Aeries says of itself. `clock` is its own time, without its zone."""

    version: str
    year: str
    years: tuple[str, ...]
    clock: datetime


class Api:
    """
    Aeries as one integration reads it.

    Raises:
        SettingsError: The academic year is no year.
    """

    def __init__(self, setup: Setup) -> None:
        self.year = first_year(setup.value("academic_year"))
        address = site(setup.value("url"))
        self._client = Client(setup, f"{address}/api/v5", headers={"AERIES-CERT": setup.value("token")}, limits=LIMITS)

    def system(self) -> System:
        """
        What Aeries says of itself for the wanted year. Needs no certificate.

        Raises:
            SourceRefused: It is another year that answers.
        """
        found = clean(_object(self._json("systeminfo")))
        system = System(
            str(found.get("AeriesVersion") or ""),
            str(found.get("DatabaseYear") or ""),
            tuple(str(year) for year in found.get("AvailableDatabaseYears") or ()),
            _clock(str(found.get("CurrentDateTime") or "")),
        )
        if first_year(system.year) != self.year:
            raise self.wrong_year(f"answers for {system.year}; it has {', '.join(system.years) or 'no other'}")
        return system

    def rows(self, path: str, area: str = "", **params: str) -> list[Row]:
        """
        All rows of a listing; a single object counts as a list of one.

        Args:
            area: The security area that the certificate needs, as Aeries names it.

        Raises:
            AccessRefused: The certificate lacks the area.
        """
        try:
            found = self._json(path, **params)
        except AccessRefused as refused:
            if not area:
                raise
            self._json("schools")  # needs no area: refused too when it is the certificate that is wrong
            raise AccessRefused(
                f"The certificate of Aeries may not read {area}. {_UNCHANGED} Give it the security area {area} "
                "under Security > API Security.",
                refused.status,
            ) from None
        return [clean(row) for row in (found if isinstance(found, list) else [found]) if isinstance(row, dict)]

    def pages(
        self, path: str, area: str, size: int, sound: Callable[[list[Row], Callable[[], list[Row]]], None] | None = None
    ) -> Iterator[list[Row]]:
        """
        A listing page by page.

        There is no total. Each page begins with the last row of the one before it: when that is another row, or none,
        something came or went meanwhile.

        Args:
            sound: Looks at each page, and can ask for it once more.

        Raises:
            Moved: The pages do not fit together.
        """
        read, last = 0, None
        while True:
            first, end = max(read, 1), read + size
            ask = self._page(path, area, first, end)
            page = ask()
            if sound:
                sound(page, ask)
            if read and (not page or _key(page[0]) != last):
                raise moved(path)
            new = page[1:] if read else page
            yield new
            if len(page) <= end - first:
                return
            read, last = read + len(new), _key(page[-1])

    def wrong_year(self, what: str) -> SourceRefused:
        """The error for an answer of another year."""
        return SourceRefused(
            f"Aeries {what}, and not for {self.year}-{self.year + 1} as this integration wants. {_UNCHANGED} Correct "
            "the academic year of the integration, or let the district open that year in Aeries."
        )

    def _page(self, path: str, area: str, first: int, end: int) -> Callable[[], list[Row]]:
        return lambda: self.rows(path, area, StartingRecord=str(first), EndingRecord=str(end))

    def _json(self, path: str, **params: str) -> Any:
        return self._client.json(path, {"DatabaseYear": str(self.year), **params})


def moved(stream: str) -> "Moved":
    """The error for answers that do not fit together; imported late, since the landing brings Polars along."""
    from rollbook.sources.pulling import Moved

    return Moved(stream)


def site(url: str) -> str:
    """The address of Aeries, whatever page of it was pasted."""
    address = url.strip().rstrip("/")
    for ending in _ENDINGS:
        if address.lower().endswith(ending):
            address = address[: -len(ending)].rstrip("/")
    return address


def first_year(text: str) -> int:
    """
    The year in which a school year starts: `2026`, `2026-27` and `2026-2027` are the same.

    Raises:
        SettingsError: It is no school year.
    """
    first, separator, second = text.strip().partition("-")
    is_year = len(first) == 4 and first.isascii() and first.isdecimal()
    if not is_year or (separator and second not in (str(int(first) + 1), str(int(first) + 1)[2:])):
        raise SettingsError(
            f"The academic year is the year in which it starts, for example 2026 for 2026-2027. {_UNCHANGED}"
        )
    return int(first)


def _object(found: Any) -> Row:
    """
    An answer that is one object.

    Raises:
        SourceUnavailable: It is something else.
    """
    if not isinstance(found, dict):
        raise SourceUnavailable(f"Aeries did not say which version it is. {_UNCHANGED} Check the web address.")
    return found


def _clock(text: str) -> datetime:
    """
    The server's own time, to the minute. The fraction of a second has seven digits, and its zone may be anything.

    Raises:
        SourceUnavailable: It has no time.
    """
    try:
        return datetime.strptime(text[:16], "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - the server's own zone is meant
    except ValueError:
        raise SourceUnavailable(f"Aeries did not say what time it is there. {_UNCHANGED}") from None


def _key(row: Row) -> tuple[str, str, str]:
    return str(row.get("SchoolCode")), str(row.get("StudentID")), str(row.get("StudentNumber", ""))
