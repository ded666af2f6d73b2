"""The pull of a OneRoster server, and the test of the connection to it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from rollbook.core.errors import SourceError
from rollbook.sources.base import Setup, Source, Tried, Works
from rollbook.sources.http import AccessRefused, Auth, Client, NoAuth, NotThere
from rollbook.sources.oauth import ClientCredentials, Signed
from rollbook.sources.oneroster import changes
from rollbook.sources.oneroster.declaration import KIND
from rollbook.sources.oneroster.listing import Listing, Page, Terms
from rollbook.sources.oneroster.shapes import Shapes
from rollbook.sources.pulling import Pull

# Orgs before users: whether an administrator is one of a school or of the district, its org says.
COLLECTIONS = {
    "orgs": "Organisations",
    "academicSessions": "Academic sessions",
    "courses": "Courses",
    "classes": "Classes",
    "users": "Users",
    "enrollments": "Enrollments",
    "demographics": "Demographics",
}
_SCOPES = "https://purl.imsglobal.org/spec/or/{version}/scope/"
ROSTER, DEMOGRAPHICS = "roster-core.readonly", "roster-demographics.readonly"


class OneRosterSource(Source):
    """A server of OneRoster 1.1 or 1.2."""

    kind = KIND

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.url = self.address()
        self.terms = Terms(
            max(1, int(setup.value("page_size"))),
            slash=self.has_slashes,
            sort=setup.flag("sort"),
            missing_is_empty=setup.flag("missing_is_empty"),
        )
        self.auth = self.auth_for(ROSTER)
        self._client = self._to(self.url, self.auth)
        # The permission for demographics is asked for apart, so that a key without it still reads the rest.
        self._apart = self._to(self.url, self.auth_for(DEMOGRAPHICS))

    # What a vendor's service does in its own way --------------------------------------------------------

    def address(self) -> str:
        """The base URL."""
        return self.setup.value("url").rstrip("/")

    @property
    def has_slashes(self) -> bool:
        """Addresses of lists end with a slash."""
        return self.setup.flag("slash")

    def auth_for(self, scope: str) -> Auth:
        """What proves who asks, for a scope of the standard."""
        key, secret = self.setup.value("client_id"), self.setup.value("client_secret")
        if self.setup.value("auth") == "oauth1":
            return Signed(self.setup, key, secret, method=self.setup.value("signature"))
        return ClientCredentials(
            self.setup,
            self._to(self.setup.value("token_url") or f"{self.url}/token", NoAuth()),
            key,
            secret,
            scope=self._scope(scope),
            style="body" if self.setup.value("client_in") == "body" else "basic",
        )

    def _scope(self, scope: str) -> str:
        said = self.setup.value("scopes").strip()
        if said:
            return "" if said == "none" else said
        version = "v1p1" if "/v1p1" in urlsplit(self.url).path else "v1p2"
        return _SCOPES.format(version=version) + scope

    def _to(self, url: str, auth: Auth) -> Client:
        return Client(self.setup, url, auth=auth, authorities=self.setup.value("authorities"))

    # The pull -------------------------------------------------------------------------------------------

    def pull(self, pull: Pull) -> None:
        """Every collection in turn; see `Source.pull`."""
        shapes = Shapes(ends_on_last_day=self.setup.value("end_dates") == "last_day")
        for collection in COLLECTIONS:
            if collection == "demographics" and not self.setup.flag("demographics"):
                continue
            if not (pull.wants(collection) or (collection in ("orgs", "users") and pull.wants("roles"))):
                continue
            try:
                self._read(pull, collection, shapes)
            except (AccessRefused, NotThere) as refused:
                if collection != "demographics":
                    raise
                pull.note("stream-refused", collection, detail=str(refused))

    def _read(self, pull: Pull, collection: str, shapes: Shapes) -> None:
        listing = Listing(self._client_of(collection), collection, self.terms)
        before = self._begin(pull, listing)
        moments = [before]
        for rows in listing.pages():
            moments.append(max((str(row.get("dateLastModified") or "") for row in rows), default=""))
            if pull.wants(collection):
                pull.add(collection, shapes.rows(collection, rows), listing.path)
            if collection == "users" and pull.wants("roles"):
                pull.add("roles", shapes.roles(rows), listing.path)
        if pull.wants(collection):
            pull.read(collection, listing.path)
            if listing.total is not None:
                pull.expect(collection, listing.total, by="sourcedId")
        if listing.duplicates:
            pull.note("pages-repeat", collection, count=listing.duplicates, detail=listing.path)
        if greatest := changes.not_after(max(moments), listing.clock):
            pull.mark(collection, greatest)

    def _begin(self, pull: Pull, listing: Listing) -> str:
        """Ask for changes only where that is wanted and works; the last moment that was seen before."""
        if pull.since is None or listing.collection == "orgs":
            return ""
        before = pull.since.get(listing.collection, "")
        start = changes.earlier(before, int(self.setup.value("overlap"))) if before else ""
        if start and changes.are_offered(listing.client, listing.collection, self.terms):
            listing.filter = changes.since(start)
            return before
        pull.note("changes-not-offered", listing.collection, detail=listing.path)
        return ""

    def _client_of(self, collection: str) -> Client:
        return self._apart if collection == "demographics" else self._client

    # The test -------------------------------------------------------------------------------------------

    def test(self) -> Iterator[Tried]:
        """See `Source.test`."""
        try:
            if isinstance(self.auth, ClientCredentials):
                self.auth.token()
                yield Tried("Sign in", Works.YES)
        except SourceError as error:
            yield Tried("Sign in", Works.NO, str(error))
            return
        for collection, title in COLLECTIONS.items():
            if collection != "demographics" or self.setup.flag("demographics"):
                yield self._try(collection, title)
        yield self._try_changes()

    def _try(self, collection: str, title: str) -> Tried:
        listing = Listing(self._client_of(collection), collection, self.terms)
        try:
            page = listing.peek(1)
            if collection == "users":
                return self._counted(listing, title, page)
        except AccessRefused as refused:
            scope = DEMOGRAPHICS if collection == "demographics" else ROSTER
            return Tried(title, Works.NO, f"{refused} The scope is {scope}.")
        except NotThere as error:
            return Tried(title, Works.UNSURE if collection == "demographics" else Works.NO, str(error))
        except SourceError as error:
            return Tried(title, Works.NO, str(error))
        if not page.rows:
            return Tried(title, Works.UNSURE, "Nothing came.", page.total)
        return Tried(title, Works.YES, "", page.total)

    def _counted(self, listing: Listing, title: str, page: Page) -> Tried:
        """People are counted also where the server does not count them."""
        if not page.rows:
            return Tried(title, Works.NO, "There is nobody. Look at the permissions and the school year.", 0)
        shape = "1.2 (roles)" if "roles" in page.rows[0] else "1.1 (role and orgs)"
        return Tried(title, Works.YES, f"Written as in {shape}.", listing.count())

    def _try_changes(self) -> Tried:
        what = "Changes only"
        try:
            works = changes.are_offered(self._client, "users", self.terms)
        except SourceError as error:
            return Tried(what, Works.UNSURE, str(error))
        if works:
            return Tried(what, Works.YES, "The filter on dateLastModified does what it says.")
        return Tried(
            what, Works.UNSURE, "The filter on dateLastModified is not carried out: every pull reads everything."
        )
