"""Reads the lists of an Illuminate server into streams."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rollbook.core.errors import RollbookError, SettingsError, SourceRefused
from rollbook.sources.base import Setup, Source, Tried, Works
from rollbook.sources.http import AccessRefused, Auth, Client
from rollbook.sources.illuminate.declaration import KIND
from rollbook.sources.illuminate.listing import Listing, Row
from rollbook.sources.illuminate.profile import Method, profile_of
from rollbook.sources.oauth import ClientCredentials, Signed
from rollbook.sources.pulling import Moved, Pull

if TYPE_CHECKING:
    from rollbook.core.layout import Layout

NEEDED = ("grade_levels", "sites", "students")
_API = "/rest_server.php"
_LEAVES = {"users": "exit_date", "students": "leave_date", "enrollment": "leave_date", "rosters": "leave_date"}
_STANDS_ON = {"roles": "users", "rosters": "sections"}
_NAMES = {"class.terms": "terms", "class.course": "courses"}
_ROLE_TYPES = dict.fromkeys(("true", "t", "1", "y"), "primary") | dict.fromkeys(("false", "f", "0", "n"), "secondary")
_ETHNICITIES = ("primary_ethnicity", "secondary_ethnicity", "tertiary_ethnicity")


class Illuminate(Source):
    """One integration's way into its Illuminate."""

    kind = KIND

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        url = setup.value("url")
        self.profile = profile_of(setup.value("profile"))
        self.client = Client(setup, url, auth=_auth(setup, url))
        self.year = setup.value("academic_year") or _school_year(setup.now().date())
        self.parameters = {self.profile.date_parameter: setup.value("date")} if setup.value("date") else {}
        self._stable: dict[str, bytes] = {}
        self._grades: dict[str, tuple[int, str]] = {}

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> "Layout":
        """The streams that are not left out."""
        from rollbook.core.bindings import with_fields, without_sheets

        profile_of(cls.kind.value(settings, "profile"))
        out = set(cls.kind.listed(settings, "without"))
        whole = super().layout(settings)
        if unknown := out - {sheet.name for sheet in whole.sheets if sheet.name not in NEEDED}:
            raise SettingsError(f"There is no stream {', '.join(sorted(unknown))} that could be left out.")
        out |= {stream for stream, other in _STANDS_ON.items() if other in out}
        bound = with_fields(whole, {field: "" for field, stream in _NAMES.items() if stream in out})
        return without_sheets(_without_teachers(bound) if "users" in out else bound, out)

    def pull(self, pull: Pull) -> None:
        for method in self.profile.methods.values():
            if pull.wants(method.stream):
                self._read(pull, method)

    def _read(self, pull: Pull, method: Method) -> None:
        """
        One stream, proven: as many rows as were counted, and no two with the same key.

        A list that does have two such rows is taken when a second reading gives the very same answers.
        """
        stream, kept = method.stream, 0
        listing = Listing(self.client, method, max(1, int(self.setup.value("page_size"))), self.parameters)
        pull.read(stream, method.name)
        for rows in listing.pages():
            taken = list(self._taken(method, rows))
            pull.add(stream, taken, method.name)
            kept += len(taken)
        if not listing.rows:
            pull.only_changes(stream)  # an empty list is also what an access key without the permission gets
        elif not kept:
            raise SourceRefused(
                f"{self.client.host} ({method.name}) gave no row of the academic year {self.year}. Nothing was "
                "changed. Look at the academic year in the settings, and at the current year in Illuminate."
            )
        if pull.spool.distinct(stream, _landed(pull, method)) != kept:
            digest = listing.digest.digest()
            if self._stable.get(stream) != digest:
                self._stable[stream] = digest
                raise Moved(stream)

    def _taken(self, method: Method, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows of the year, under the names of the layout, with what the hub makes of them."""
        for row in rows:
            record = row | {column: _at(row, path) for column, path in method.names.items()}
            if str(record.get("academic_year") or self.year) != self.year:
                continue
            if any(str(record.get(column)) in values for column, values in method.leave_out.items()):
                continue
            yield record | self._made(method.stream, record)

    def _made(self, stream: str, row: Row) -> Row:
        """Members that the layout reads and Illuminate does not have in one piece."""
        made: Row = {}
        if leave := _LEAVES.get(stream):
            made["status"] = "inactive" if self._is_over(row.get(leave)) else ""
        match stream:
            case "grade_levels":
                if (order := str(row.get("sort_order"))).isdecimal():
                    self._grades[str(row.get("grade_level_id"))] = (int(order), str(row.get("short_name")))
            case "sites":
                is_district = str(row.get("site_id")) in self.profile.district_sites
                is_district |= str(row.get("site_type_name")).upper() == "DISTRICT"
                made["kind"] = "district" if is_district else "school"
                made["parent"] = None if is_district else row.get("parent_site_id")
                made["grades"] = self._range(row.get("start_grade_level_id"), row.get("end_grade_level_id"))
            case "courses":
                made["grades"] = self._range(row.get("low_grade_level_id"), row.get("high_grade_level_id"))
            case "students":
                made["races"] = [row[name] for name in _ETHNICITIES if row.get(name)]
            case "enrollment":
                made["role_type"] = _ROLE_TYPES.get(str(row.get("is_primary_ada")).lower())
        return made

    def _range(self, first: Any, last: Any) -> list[str]:
        """The grades from one to another, in the order that the list of grade levels gives them."""
        ends = [self._grades.get(str(grade)) for grade in (first, last)]
        if ends[0] is None or ends[1] is None:
            return []
        low, high = ends[0][0], ends[1][0]
        return [name for place, name in sorted(self._grades.values()) if low <= place <= high]

    def _is_over(self, leave: Any) -> bool:
        """Whether a leave date lies behind; one that cannot be read ends nothing."""
        try:
            day = date.fromisoformat(str(leave)[:10])
        except ValueError:
            return False
        today = self.setup.now().date()
        return day < today or (day == today and self.setup.value("leave_date") == "day_after")

    # The test of the connection ---------------------------------------------------------------------------

    def test(self) -> Iterator[Tried]:
        wanted = {sheet.name for sheet in self.layout(self.setup.settings).sheets}
        for place, method in enumerate(m for m in self.profile.methods.values() if m.stream in wanted):
            listing = Listing(self.client, method, 1, self.parameters)
            try:
                page = listing.page(1, 1)
            except RollbookError as error:
                if place == 0:
                    yield Tried("Sign in", Works.NO, str(error))
                    if not isinstance(error, AccessRefused) or error.status == 401:
                        return
                yield Tried(method.name, Works.NO, str(error))
                continue
            if place == 0:
                yield Tried("Sign in", Works.YES)
            yield self._judged(method, page.rows, page.total)

    def _judged(self, method: Method, rows: list[Row], total: int) -> Tried:
        """What one row tells: whether the profile fits."""
        if not rows:
            note = "Empty: either there is nothing, or the access key may not read it, or no school year is on."
            return Tried(method.name, Works.UNSURE, note, total)
        columns = self.layout(self.setup.settings).sheet(method.stream).columns
        paths = [(c.name, method.names.get(c.name, (c.name,))) for c in columns if c.required]
        if lacking := [name for name, path in paths if path[0] not in rows[0]]:
            note = f"Rows have no {', '.join(lacking)}; they have {', '.join(sorted(rows[0]))}. Set the profile right."
            return Tried(method.name, Works.NO, note, total)
        return Tried(method.name, Works.YES, count=total)


def _auth(setup: Setup, url: str) -> Auth:
    if setup.value("auth") == "oauth1":
        keys = [setup.value(name) for name in ("consumer_token", "consumer_secret", "user_token", "user_secret")]
        return Signed(setup, *keys)
    parts = urlsplit(url)
    root = parts._replace(path=parts.path.partition(_API)[0], query="").geturl()
    return ClientCredentials(
        setup,
        Client(setup, root),
        setup.value("client_id"),
        setup.value("client_secret"),
        path="?OAuth2_AccessToken",
        style="body",
    )


def _without_teachers(layout: "Layout") -> "Layout":
    """The layout in which sections say nothing of who teaches them, as nobody says who that is."""
    kept = {s.name: tuple(r for r in s.rules if s.name != "sections" or r.entity == "class") for s in layout.sheets}
    return replace(layout, sheets=tuple(replace(s, rules=kept[s.name]) for s in layout.sheets))


def _school_year(today: date) -> str:
    """The year in which the school year ends: a new one begins in July."""
    return str(today.year + (today.month >= 7))


def _at(row: Row, path: tuple[str, ...]) -> Any:
    from rollbook.landing.spool import at

    return at(row, path)


def _landed(pull: Pull, method: Method) -> tuple[str, ...]:
    """The columns of the key that are kept; a setting may have left one out."""
    kept = {column.name for column in pull.layout.sheet(method.stream).columns}
    return tuple(column for column in method.key if column in kept)
