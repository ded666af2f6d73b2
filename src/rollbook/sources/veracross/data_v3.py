"""
The Data API v3: its endpoints, their scopes, and codes with what they mean.

A coded field is a number whose meaning differs from school to school. Before a record is kept, the number becomes
`{"code": …, "text": …}`, so that a stream reads `grade_level.text` ("Kindergarten") or `grade_level.code` (20).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date

from rollbook.core.errors import SourceError, SourceRefused, SourceUnavailable
from rollbook.sources.base import Setup
from rollbook.sources.http import AccessRefused, Client, NotThere, Reply
from rollbook.sources.oauth import ClientCredentials
from rollbook.sources.veracross.listing import Ask, Page, Record, count, pages
from rollbook.sources.veracross.rates import pace
from rollbook.sources.veracross.site import day_of

PATHS = {
    "grading_periods": "academics/config/grading_periods",
    "students": "students",
    "staff_faculty": "staff_faculty",
    "parents": "parents",
    "contact_info": "contact_info",
    "households": "households",
    "relationships": "relationships",
    "rooms": "academics/rooms",
    "courses": "academics/courses",
    "classes": "academics/classes",
    "permissions": "academics/permissions",
    "enrollments": "academics/enrollments",
}
"""Stream -> path, in the order in which they are read."""
BY_YEAR = ("grading_periods", "classes", "permissions", "enrollments")
"""Streams that are asked for one school year."""
BY_CHANGE = ("relationships", "permissions", "enrollments")
"""
Streams that a pull of changes asks for what was modified. The others are joined to each other (the telephone of a
student stands in another list), so half of one would be half of all.
"""
CODED = (
    "grading_periods",
    "students",
    "staff_faculty",
    "parents",
    "households",
    "relationships",
    "classes",
    "permissions",
)
"""Streams with codes whose meaning is in value lists."""
MODIFIED = "on_or_after_last_modified_date"
Meanings = dict[str, dict[str, str]]
"""Field -> code as text -> what it means."""


def scope(stream: str) -> str:
    """The permission that a stream needs: `academics.classes:list`."""
    return f"{PATHS[stream].replace('/', '.')}:list"


class DataV3:
    """
    The lists of one school.

    Args:
        streams: Those that are to be read: no token is asked for more.
    """

    def __init__(self, setup: Setup, streams: tuple[str, ...], size: int) -> None:
        self.setup, self.streams, self.size = setup, streams, size
        self.school = setup.value("school").strip()
        self.accounts = Client(setup, setup.value("accounts_url"))
        self._auth = self._credentials(" ".join(map(scope, streams)))
        self._client = Client(setup, setup.value("url"), auth=self._auth, pace=pace(setup.now))

    def granted(self, streams: tuple[str, ...]) -> bool:
        """
        Whether the application may have the scopes of some streams. The token is given back: only ten may live.

        Raises:
            AccessRefused: The id and the secret are not accepted.

            NotThere: The school is not known.

            SourceUnavailable: Try again later.
        """
        wanted = {scope(stream) for stream in streams}
        client = {name: self.setup.value(name) for name in ("client_id", "client_secret")}
        form = {"grant_type": "client_credentials", "scope": " ".join(sorted(wanted))}
        try:
            answer = self.accounts.post_form(f"{self.school}/oauth/token", form | client).json()
        except (AccessRefused, NotThere):
            raise
        except SourceRefused:  # 400 invalid_scope: one that is missing fails the whole request
            return False
        with suppress(SourceError):  # where it cannot be given back, it runs out within the hour
            self.accounts.post_form(f"{self.school}/oauth/revoke", client | {"token": str(answer.get("access_token"))})
        return wanted <= set(str(answer.get("scope", "")).split())

    def only(self, streams: tuple[str, ...]) -> None:
        """Go on with a token for these streams alone."""
        self.streams = streams
        self._auth.scope = " ".join(map(scope, streams))

    def today(self) -> date:
        """The day by the clock of the site; raises as `read` does."""
        return day_of(self._reply(self.streams[0], 1, 1, {}), self.setup)

    def count(self, stream: str, params: Mapping[str, str]) -> int:
        """How many records a stream has; raises as `read` does."""
        return count(self._asking(stream, params), self.size)

    def read(self, stream: str, params: Mapping[str, str], meanings: Meanings) -> Iterator[list[Record]]:
        """
        All records of a stream, page by page, with their codes explained.

        Raises:
            Moved: The list changed while it was read.

            AccessRefused: The application lacks the scope; the message names it.
        """
        for page in pages(self._asking(stream, params), self.size, stream, ("id",)):
            yield [explained(record, meanings) for record in page.records]

    def meanings(self, stream: str, params: Mapping[str, str]) -> Meanings:
        """The value lists of a stream, by the name of the field: their order means nothing."""
        answer = self._reply(stream, 1, 1, params, {"X-API-Value-Lists": "include"}).json()
        return {
            name: {str(item.get("id")): str(item.get("description")) for item in one.get("items") or ()}
            for one in answer.get("value_lists") or ()
            for name in one.get("fields") or ()
        }

    def _asking(self, stream: str, params: Mapping[str, str]) -> Ask:
        def ask(number: int, size: int) -> Page:
            return Page(_data(self._reply(stream, number, size, params)))

        return ask

    def _reply(
        self,
        stream: str,
        number: int,
        size: int,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        paged = {"X-Page-Number": str(number), "X-Page-Size": str(size)} | dict(headers or {})
        try:
            return self._client.json_reply(f"{self.school}/v3/{PATHS[stream]}", params, paged)
        except AccessRefused as error:
            raise AccessRefused(
                f"{self._client.host} does not let the application read {stream} ({error.status}). Nothing was "
                f"changed. Give the application the scope {scope(stream)} in Veracross, or name {stream} under "
                "Streams to leave out.",
                error.status,
            ) from error

    def _credentials(self, scopes: str) -> ClientCredentials:
        setup = self.setup
        return ClientCredentials(
            setup,
            self.accounts,
            setup.value("client_id"),
            setup.value("client_secret"),
            path=f"{self.school}/oauth/token",
            scope=scopes,
            style="body",
        )


def explained(record: Record, meanings: Meanings) -> Record:
    """A record whose codes say what they mean; a code that no list has means itself."""
    for name, texts in meanings.items():
        code = record.get(name)
        if code is not None and not isinstance(code, dict | list):
            record[name] = {"code": code, "text": texts.get(str(code), str(code))}
    return record


def _data(reply: Reply) -> list[Record]:
    answer = reply.json()
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise SourceUnavailable("Veracross answered a list with something else. Nothing was changed.")
    return data
