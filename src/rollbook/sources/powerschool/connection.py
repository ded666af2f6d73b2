"""How both kinds of PowerSchool source talk to the server, and what they do alike."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from rollbook.core.bindings import with_required
from rollbook.core.errors import SettingsError, SourceError, SourceRefused
from rollbook.core.layout import Layout
from rollbook.sources.base import Setup, SourceKind, Tried, Works
from rollbook.sources.http import AccessRefused, Client, Limits, NotThere
from rollbook.sources.oauth import ClientCredentials
from rollbook.sources.powerschool.records import at
from rollbook.sources.pulling import Pull

PHOTO = "/ws/v1/student/{student}/photo"
# Big answers of a busy server take their time (reference: what published clients wait for).
_LIMITS = Limits(timeout=120)
# Where requests are sent while a server is closed.
_AWAY = ("message.powerschool.com",)
_USUAL_PAGE = 100
_COLUMNS = {
    "id": "student_dcid",
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name",
    "projected_graduation_year": "projected_graduation_year",
}
"""The column of the stream behind each name of `declaration.REQUIRED`."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def required(layout: Layout, kind: SourceKind, settings: Mapping[str, str]) -> Layout:
    """
    The layout with the required fields of a student as the settings have them.

    Raises:
        SettingsError: One of them is not known.
    """
    names = kind.listed(settings, "required")
    if unknown := sorted(set(names) - set(_COLUMNS)):
        raise SettingsError(f"required names {', '.join(unknown)}; it may name: {', '.join(_COLUMNS)}.")
    return with_required(layout, "students", [_COLUMNS[name] for name in names])


def counted(answer: Any, host: str) -> int:
    """
    The count in an answer.

    Raises:
        SourceRefused: There is none.
    """
    with suppress(KeyError, TypeError, ValueError):
        return int(answer["count"])
    raise SourceRefused(f"{host} was asked for a count, and answered in an unknown form. Nothing was changed.")


class Server:
    """A PowerSchool server, as a plugin sees it."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        url = setup.value("url")
        trusted = setup.value("authorities")
        plain = Client(setup, url, limits=_LIMITS, away=_AWAY, authorities=trusted)
        auth = ClientCredentials(
            setup, plain, setup.value("client_id"), setup.value("client_secret"), path="oauth/access_token"
        )
        self.client = Client(setup, url, auth=auth, limits=_LIMITS, away=_AWAY, authorities=trusted)
        self._metadata: Mapping[str, Any] | None = None

    @property
    def start_year(self) -> int:
        """The calendar year in which the school year begins that is read."""
        if text := self.setup.value("school_year"):
            return int(text)
        now = self.setup.now()
        return now.year if now.month >= 7 else now.year - 1

    def metadata(self) -> Mapping[str, Any]:
        """Versions and page sizes; `plugin_id` only with a token of a plugin."""
        if self._metadata is None:
            found = self.client.json("/ws/v1/metadata")
            self._metadata = found.get("metadata") or {} if isinstance(found, Mapping) else {}
        return self._metadata

    def page_size(self, resource: str) -> int:
        """The largest page that the administrator allows the plugin."""
        with suppress(TypeError, ValueError):
            return max(1, int(self.metadata()[f"{resource}_max_page_size"]))
        return _USUAL_PAGE

    def district(self) -> dict[str, str]:
        """The district as a record; called by the name of its server where the plugin may not read its own."""
        found: Any = None
        try:
            found = self.client.json("/ws/v1/district")
        except AccessRefused as error:
            if error.status != 403:
                raise
        return {"key": "district", "name": str(at(found, "district", "name") or self.client.host)}

    def today(self) -> str:
        """
        The day at the server; blank where it does not say. The shape of the answer differs between versions; a date
        stands in all.
        """
        with suppress(SourceRefused):
            if found := _DAY.search(self.client.get("/ws/v1/time").body.decode("utf-8", "replace")):
                return found.group()
        return ""

    def photo(self, pull: Pull, student: object) -> str | None:
        """The reference to the photo of a student (STUDENTS.DCID); None where there is none."""
        try:
            received = self.client.get(PHOTO.format(student=student)).body
        except NotThere:
            return None
        return pull.photo("students", received, f"student:{student}")


def tried(what: str, ask: Callable[[], Tried | int | None]) -> Iterator[Tried]:
    """One line of a test of the connection: what `ask` finds, its count, or why it could not."""
    try:
        found = ask()
        yield found if isinstance(found, Tried) else Tried(what, Works.YES, count=found)
    except (SourceError, SettingsError) as error:
        yield Tried(what, Works.NO, str(error))


def try_server(server: Server) -> Iterator[Tried]:
    """Sign in, version and district: with what every test of the connection begins."""

    def sign_in() -> Tried:
        told = server.metadata()
        if told.get("plugin_id"):
            return Tried("Sign in", Works.YES, f"PowerSchool {told.get('powerschool_version', '')}")
        return Tried("Sign in", Works.NO, "The server does not know the plugin of these credentials.")

    yield from tried("Sign in", sign_in)
    yield from tried("District", lambda: Tried("District", Works.YES, server.district()["name"]))


def try_photo(server: Server, student: object) -> Tried:
    """Whether the path for photos answers for one student."""
    try:
        server.client.get(PHOTO.format(student=student))
    except NotThere:
        note = "Nothing lies at the path for photos: this server has none there, or this student has no photo."
        return Tried("Photos", Works.UNSURE, note)
    return Tried("Photos", Works.YES)
