"""
PowerSchool by named queries (PowerQueries): the plugin of the hub brings them, the server runs them.

Every answer is asked for in the order of its key, beginning after the last key that came: a row that is added or taken
away meanwhile shifts nothing, and the server never counts through the pages before. The rows are counted before, and
again when what came is another number.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, ClassVar

from rollbook.core.bindings import without_sheets
from rollbook.core.errors import SourceRefused
from rollbook.core.layout import Layout
from rollbook.sources.base import Setup, Source, SourceKind, Tried, Works
from rollbook.sources.http import AccessRefused, NotThere
from rollbook.sources.powerschool import words
from rollbook.sources.powerschool.connection import Server, counted, required, tried, try_photo, try_server
from rollbook.sources.powerschool.declaration import QUERY
from rollbook.sources.powerschool.plugin.queries import AFTER, SINCE, YEAR_ID, named_queries
from rollbook.sources.powerschool.terms import with_parents
from rollbook.sources.pulling import Moved, Pull

Row = dict[str, Any]
_API = "/ws/schema/query"
_CHANGED = "changed"
_OVERLAP = timedelta(days=1)  # times are dropped from the dates that are compared


class PowerSchoolQuery(Source):
    """Asks the queries one after the other."""

    kind: ClassVar[SourceKind] = QUERY

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> Layout:
        """Without contacts and allergies where they are switched off; with the required fields of the settings."""
        off = [name for name in ("contacts", "allergies") if QUERY.value(settings, name) != "on"]
        return required(without_sheets(super().layout(settings), off), QUERY, settings)

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.server = Server(setup)

    def pull(self, pull: Pull) -> None:
        """Every stream that is wanted; of people and classes only what has changed, where that is asked for."""
        since = (pull.since or {}).get(_CHANGED, "")
        if today := self.server.today():
            pull.mark(_CHANGED, (date.fromisoformat(today) - _OVERLAP).isoformat())
        pull.add("district", [self.server.district()], "/ws/v1/district")
        self._add(
            pull, "schools", lambda row: [row | {"grades": words.grades(row.get("low_grade"), row.get("high_grade"))}]
        )
        terms = [self._of_year(row, row["yearid"]) for page in self._pages("terms") for row in page]
        pull.add("terms", with_parents(terms, "term_dcid"), self._path("terms"))
        with_photo = self.setup.flag("photos")
        self._add(pull, "students", lambda row: [_student(row, self.server, pull if with_photo else None)], since)
        self._add(pull, "staff", lambda row: [_employee(row)], since)
        self._add(pull, "contacts", lambda row: _contact(row, self.setup.now().date()), since)
        self._add(pull, "allergies", _allergies, since)
        self._add(pull, "courses", lambda row: [row], since)
        self._add(pull, "sections", lambda row: [self._of_year(row, words.year_of_term(row["term_id"]))], since)
        self._add(pull, "section_teachers", lambda row: [_teaching(row)], since)
        self._add(pull, "enrollments", lambda row: [_seat(row)], since)

    def _add(self, pull: Pull, stream: str, make: Callable[[Row], list[Row]], since: str = "") -> None:
        if not pull.wants(stream):
            return
        path = self._path(stream)
        pull.read(stream, path)
        for page in self._pages(stream, since):
            pull.add(stream, (made for row in page for made in make(row)), path)

    def _of_year(self, row: Row, year_id: str) -> Row:
        """
        The row, if `year_id` is that of the year that was asked for.

        Raises:
            SourceRefused: It is of another.
        """
        wanted = self.server.start_year
        if year_id != str(words.year_id(wanted)):
            raise SourceRefused(
                f"{self.server.client.host} answered for another school year than {wanted}-{(wanted + 1) % 100:02}. "
                "Nothing was changed. Install the plugin of this hub again, and check the school year in the settings."
            )
        return row | {"ends_in": str(wanted + 1)}

    # Queries ---------------------------------------------------------------------------------------------

    def _pages(self, stream: str, since: str = "") -> Iterator[list[Row]]:
        """
        The rows of a query, page by page, in the order of its key.

        Raises:
            Moved: They came out of order, or are not as many as the server counts.
        """
        key, size = named_queries()[stream].key, self.server.page_size("schema_table_query")
        there, read, after = self._count(stream, since), 0, 0
        while True:
            found = self._ask(stream, since, after=str(after), pagesize=size).get("record") or []
            page: list[Row] = found if isinstance(found, list) else [found]
            for row in page:
                if int(row[key]) <= after:
                    raise Moved(stream)
                after = int(row[key])
            read += len(page)
            if page:
                yield page
            if not page or (len(page) < size and read == there):
                break
        if read != there and read != self._count(stream, since):
            raise Moved(stream)

    def _count(self, stream: str, since: str = "") -> int:
        return counted(self._ask(stream, since, "/count", after="0"), self.server.client.host)

    def _ask(
        self, stream: str, since: str, of: str = "", *, after: str, pagesize: int | None = None
    ) -> Mapping[str, Any]:
        query = named_queries()[stream]
        values = {AFTER: after, SINCE: since or "0", YEAR_ID: str(words.year_id(self.server.start_year))}
        body = {name: values[name] for name in query.arguments}
        params = {"page": 1, "pagesize": pagesize} if pagesize else None
        path = f"{self._path(stream)}{of}"
        try:
            found = self.server.client.ask("POST", path, params=params, body=body, wants_json=True).json()
        except AccessRefused as error:
            if error.status != 403:
                raise
            tables = sorted({field.partition(".")[0] for field in query.reads})
            raise AccessRefused(
                f"{self.server.client.host} does not let the plugin run the query {query.name}. Nothing was changed. "
                f"Let an administrator approve the plugin's access again: the query reads {', '.join(tables)}.",
                error.status,
            ) from None
        except NotThere:
            raise SourceRefused(
                f"{self.server.client.host} has no query {query.name}. Nothing was changed. Install the plugin of "
                "this hub, PowerSchool Query, in its present version."
            ) from None
        if not isinstance(found, Mapping):
            raise SourceRefused(f"{self.server.client.host} answered {path} in an unknown form. Nothing was changed.")
        return found

    def _path(self, stream: str) -> str:
        return f"{_API}/{named_queries()[stream].name}"

    # Test ------------------------------------------------------------------------------------------------

    def test(self) -> Iterator[Tried]:
        """The server, the plugin, then each query with its count."""
        yield from try_server(self.server)
        yield from tried("Plugin", self._plugin_works)
        for sheet in self.layout(self.setup.settings).sheets:
            if sheet.name != "district":
                yield from tried(sheet.help, partial(self._count, sheet.name))
        if self.setup.flag("photos"):
            yield from tried("Photos", self._photo_works)

    def _plugin_works(self) -> Tried:
        """What the server itself finds wrong with the plugin that is installed."""
        plugin_id = self.server.metadata().get("plugin_id")
        try:
            found = self.server.client.json(f"/ws/schema/plugin/{plugin_id}/validate")
        except (AccessRefused, NotThere):
            return Tried("Plugin", Works.UNSURE, "This server does not look plugins over.")
        problems = [str(one.get("message", "")) for one in found.get("results") or [] if one.get("level") == "ERROR"]
        if problems:
            return Tried("Plugin", Works.NO, f"The server finds fault with it: {'; '.join(problems[:5])}")
        return Tried("Plugin", Works.YES)

    def _photo_works(self) -> Tried:
        rows = self._ask("students", "", after="0", pagesize=self.server.page_size("schema_table_query")).get("record")
        found = [row["student_dcid"] for row in rows or [] if row.get("has_photo") == "1"]
        return try_photo(self.server, found[0]) if found else Tried("Photos", Works.UNSURE, "Nobody has a photo.")


# Rows as the streams have them ---------------------------------------------------------------------------


def _student(row: Row, server: Server, photos: Pull | None) -> Row:
    standing, still = words.status(row.get("enroll_status"))
    made = row | {"enrollment": standing, "standing": still, "last_day": words.last_day(row.get("exit_date", ""))}
    if row.get("projected_graduation_year") == "0":
        del made["projected_graduation_year"]
    if photos and row.get("has_photo") == "1":
        made["photo"] = server.photo(photos, row["student_dcid"])
    return made


def _employee(row: Row) -> Row:
    """Who belongs to no school belongs to the district office."""
    school = row.get("school_dcid") or "district"
    home = row.get("home_school_dcid") or "district"
    return row | {
        "org": school,
        "home_org": home,
        "role": words.role_of_staff(row.get("staff_status")),
        "role_type": "primary" if school == home else "secondary",
        "username": words.log_in(row.get("teacher_username"), row.get("admin_username"), row.get("email")),
    }


def _contact(row: Row, today: date) -> list[Row]:
    """Nothing for what ended before today."""
    if row.get("end_date", "9999") < today.isoformat() or row.get("is_active") == "0":
        return []
    return [row | {"role": "guardian" if row.get("custodial") == "1" else "contact"}]


def _allergies(row: Row) -> list[Row]:
    return [row | {"allergy": one, "text": one} for one in words.allergies(row.get("allergies", ""))]


def _teaching(row: Row) -> Row:
    role = row.get("role", "")
    return row | {
        "role_in_class": words.role_in_class(role),
        "is_primary": words.is_lead(role),
        "last_day": words.last_day(row.get("end_date", "")),
    }


def _seat(row: Row) -> Row:
    """Who left before the first day never sat there."""
    begin, end = row.get("entry_date", ""), row.get("exit_date", "")
    is_dropped = row.get("dropped") == "1" or bool(end and end <= begin)
    return row | {"last_day": words.last_day(end), "standing": "dropped" if is_dropped else "active"}
