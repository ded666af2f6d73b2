"""The Data API v2: bare arrays, HTTP Basic, codes as words. Fields beyond those that clients read are not sure."""

from collections.abc import Iterator, Mapping
from datetime import date

from rollbook.core.errors import SourceRefused, SourceUnavailable
from rollbook.sources.base import Setup
from rollbook.sources.http import AccessRefused, Client, Reply
from rollbook.sources.oauth import basic
from rollbook.sources.veracross.listing import Page, Record, count, pages
from rollbook.sources.veracross.rates import pace
from rollbook.sources.veracross.site import day_of

KEYS = {
    "students": ("person_pk",),
    "facstaff": ("person_pk",),
    "parents": ("person_pk",),
    "households": ("household_pk",),
    "courses": ("course_pk",),
    "classes": ("class_pk",),
    "enrollments": ("class_fk", "student"),
}
"""Resource -> the fields that tell its records apart, in the order in which they are read."""
BY_CHANGE = ("enrollments",)
"""Resources that a pull of changes asks for what was modified."""
MODIFIED = "updated_after"


class DataV2:
    """The lists of one school."""

    def __init__(self, setup: Setup, size: int) -> None:
        self.setup, self.size = setup, size
        self.school = setup.value("school").strip()
        headers = basic(setup.value("user"), setup.value("password"))
        self._client = Client(setup, setup.value("url"), headers=headers, pace=pace(setup.now))

    def today(self) -> date:
        """The day by the clock of the site; raises as `read` does."""
        return day_of(self._reply("students", 1, 1, {}), self.setup)

    def count(self, stream: str) -> int:
        """How many records a resource has; raises as `read` does."""
        return count(lambda number, size: self._page(stream, number, size, {}), self.size)

    def read(self, stream: str, params: Mapping[str, str]) -> Iterator[Page]:
        """
        All pages of a resource.

        Raises:
            Moved: The list changed while it was read.

            SourceRefused: Its records have no key.

            AccessRefused: The account may not read the resource (403), or is not accepted at all (401).
        """

        def ask(number: int, size: int) -> Page:
            return self._page(stream, number, size, params)

        return pages(ask, self.size, stream, KEYS[stream])

    def _page(self, stream: str, number: int, size: int, params: Mapping[str, str]) -> Page:
        reply = self._reply(stream, number, size, params)
        records = _data(reply)
        if records and (missing := [name for name in KEYS[stream] if name not in records[0]]):
            raise SourceRefused(
                f"{self._client.host} sends {stream} without {' and '.join(missing)}: records cannot be told apart. "
                f"Nothing was changed. Name {stream} under Streams to leave out, or read the school through v3."
            )
        return Page(records, _total(reply))

    def _reply(self, stream: str, number: int, size: int, params: Mapping[str, str]) -> Reply:
        asked = {**params, "page": str(number), "count": str(size)}
        try:
            return self._client.json_reply(f"{self.school}/v2/{stream}.json", asked)
        except AccessRefused as error:
            if error.status == 401:
                raise
            raise AccessRefused(
                f"{self._client.host} does not let the API account read {stream}. Nothing was changed. Grant the "
                f"account {stream} in Veracross, or name {stream} under Streams to leave out.",
                error.status,
            ) from error


def _data(reply: Reply) -> list[Record]:
    data = reply.json()
    if not isinstance(data, list):
        raise SourceUnavailable("Veracross answered a list with something else. Nothing was changed.")
    return data


def _total(reply: Reply) -> int | None:
    said = reply.headers.get("x-total-count", "")
    return int(said) if said.isdecimal() else None
