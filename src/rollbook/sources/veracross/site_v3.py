"""Reading a site through the Data API v3."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from rollbook.core.errors import SourceError
from rollbook.sources.base import Setup, Tried, Works
from rollbook.sources.http import AccessRefused, NotThere
from rollbook.sources.veracross.data_v3 import BY_CHANGE, BY_YEAR, CODED, MODIFIED, PATHS, DataV3, scope
from rollbook.sources.veracross.records import Known
from rollbook.sources.veracross.sessions import Sessions
from rollbook.sources.veracross.site import MARK, counted, mark, page_size, site, verdict

if TYPE_CHECKING:
    from rollbook.sources.pulling import Pull

_NEW_YEAR = 7
"""The month in which a school year begins to count as the current one."""


class SiteV3:
    """One site; `left_out` are streams that are not read."""

    def __init__(self, setup: Setup, left_out: Collection[str]) -> None:
        self.setup = setup
        self.streams = tuple(stream for stream in PATHS if stream not in left_out)
        self.data = DataV3(setup, self.streams, page_size(setup))

    def pull(self, pull: "Pull") -> None:
        """Read every stream; raises as `Source.pull` does."""
        statuses = frozenset(status.lower() for status in self.setup.listed("statuses"))
        today = self.data.today()
        pull.mark(MARK, mark(today, self.setup))
        known = Known(today, Sessions(self._year(today)), statuses)
        for stream in self.streams:
            self._read(pull, stream, known)
        pull.add("sessions", known.sessions.records(), PATHS["grading_periods"])
        pull.add("campuses", ({"id": code, "name": name} for code, name in known.campuses.items()), "value lists")
        pull.add("site", [site(self.setup, has_campuses=bool(known.campuses))], "settings")

    def _read(self, pull: "Pull", stream: str, known: Known) -> None:
        params = _params(stream, known.sessions.year)
        if stream in BY_CHANGE and (since := (pull.since or {}).get(MARK)):
            params |= {MODIFIED: since}
        meanings = self.data.meanings(stream, params) if stream in CODED else {}
        known.learn(stream, meanings)
        for records in self.data.read(stream, params, meanings):
            if stream == "grading_periods":
                known.sessions.add(records)
                continue
            wanted = list(known.told(stream, records))
            pull.add(stream, wanted, PATHS[stream])
            pull.expect(stream, len(wanted), by="id")
        if stream != "grading_periods":
            pull.read(stream, PATHS[stream])

    def _year(self, today: date) -> int:
        """The calendar year in which the school year begins that is read."""
        return int(self.setup.value("school_year") or today.year - (today.month < _NEW_YEAR))

    # The test of the connection --------------------------------------------------------------------------

    def test(self) -> Iterator[Tried]:
        """Sign in, with one scope after the other where not all are granted, then count."""
        try:
            granted = self._granted()
        except NotThere:
            yield Tried("Sign in", Works.NO, "There is no school of this route. Check the school route.")
            return
        except AccessRefused:
            yield Tried("Sign in", Works.NO, "The client id and secret are not accepted. Check both, and the school.")
            return
        except SourceError as error:
            yield Tried("Sign in", verdict(error), str(error))
            return
        yield Tried("Sign in", Works.YES, "Data API v3")
        yield from (Tried(stream, Works.NO, _lacking(stream)) for stream in self.streams if stream not in granted)
        if granted:
            self.data.only(granted)
            yield from self._counts(granted)

    def _granted(self) -> tuple[str, ...]:
        """The streams whose scopes the application has: all at once, or each tried alone."""
        if self.data.granted(self.streams):
            return self.streams
        return tuple(stream for stream in self.streams if self.data.granted((stream,)))

    def _counts(self, streams: Iterable[str]) -> Iterator[Tried]:
        try:
            year = self._year(self.data.today())
        except SourceError as error:
            yield Tried("School year", verdict(error), str(error))
            return
        for stream in streams:
            note = f"School year {year}." if stream in BY_YEAR else ""
            yield counted(stream, partial(self.data.count, stream, _params(stream, year)), _lacking(stream), note)


def _params(stream: str, year: int) -> dict[str, str]:
    return {"school_year": str(year)} if stream in BY_YEAR else {}


def _lacking(stream: str) -> str:
    return f"The application lacks the scope {scope(stream)}. Grant it in Veracross, or leave {stream} out."
