"""
SchoolTool's OneRoster 1.1 service.

Known are the form of its address and the token call (the public client of a RIC: ajhardin11/CNYRIC-OneRoster-Client):
the token at `/Token` below the base, by HTTP Basic and without a scope, and a slash at the end of lists.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from rollbook.core.errors import SettingsError
from rollbook.sources.base import Setup, Tried, Works
from rollbook.sources.http import Auth, NoAuth
from rollbook.sources.oauth import ClientCredentials
from rollbook.sources.oneroster.source import OneRosterSource
from rollbook.sources.schooltool.declaration import KIND, NOT_IN_ONEROSTER

BASE = "/STAPIService/ims/oneroster/v1p1"


class Service(OneRosterSource):
    """The service, with a client id and secret, or open to everybody."""

    kind = KIND

    def __init__(self, setup: Setup) -> None:
        self.is_open = setup.value("mode") == "open"
        if self.is_open and not setup.flag("open_understood"):
            raise SettingsError(
                "An address without credentials shows every student to anybody who knows it. Nothing was read. Ask the "
                "district to close it, or set open_understood=on to read it all the same."
            )
        super().__init__(setup)

    def address(self) -> str:
        """The base: what was given, without a `/Token` at its end, or the usual path at a host."""
        given = self.setup.value("url").strip().rstrip("/")
        if given.casefold().endswith("/token"):
            given = given[: -len("/token")]
        return given if urlsplit(given).path.strip("/") else f"{given}{BASE}"

    @property
    def has_slashes(self) -> bool:
        """They do."""
        return True

    def auth_for(self, scope: str) -> Auth:
        """One token for everything."""
        if self.is_open:
            return NoAuth()
        tokens = self._to(f"{self.url}/Token", NoAuth())
        return ClientCredentials(
            self.setup, tokens, self.setup.value("client_id"), self.setup.value("client_secret"), lifetime=1200.0
        )

    def test(self) -> Iterator[Tried]:
        """See `Source.test`; also what the service cannot give at all."""
        if self.is_open:
            note = "It answers without credentials: personal data is open to anybody who knows the address."
            yield Tried("Protection", Works.UNSURE, note)
        yield from super().test()
        yield Tried(NOT_IN_ONEROSTER, Works.UNSURE, "OneRoster has no place for them; an export can bring them.")
