"""
PowerSchool by its REST interface: `/ws/v1`, and `/ws/contacts` for contacts.

There are no lists of a whole district but of students and schools: everything else is asked school by school, rosters
section by section, contacts student by student. Lists are counted first and then paged; there is no filter by change.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from rollbook.core.bindings import with_fields, without_sheets
from rollbook.core.errors import SourceRefused
from rollbook.core.layout import Layout
from rollbook.sources.base import Setup, Source, SourceKind, Tried
from rollbook.sources.powerschool import records
from rollbook.sources.powerschool.connection import Server, counted, required, tried, try_photo, try_server
from rollbook.sources.powerschool.declaration import REST
from rollbook.sources.powerschool.records import Record
from rollbook.sources.powerschool.terms import with_parents
from rollbook.sources.pulling import TRIES, Moved, Pull

ENROLLED = "school_enrollment.enroll_status==(A,P)"
_STUDENT = {
    "expansions": "demographics,addresses,phones,school_enrollment,ethnicity_race,contact_info,schedule_setup",
    "extensions": "studentcorefields",
    "q": ENROLLED,
}
_STAFF = {"expansions": "addresses,emails,phones,school_affiliations"}
# What `/ws/v1` does not say.
_UNSEEN = (
    "user.family_key",
    "user.meal_status",
    "user.job_title",
    "user.department",
    "class.location",
    "class.grades",
    "class.subjects",
    "course.subjects",
)

_AT_A_SCHOOL = {
    "staff": "Staff of the first school",
    "term": "Terms of the first school",
    "course": "Courses of the first school",
    "section": "Sections of the first school",
}


class PowerSchool(Source):
    """Goes from school to school."""

    kind: ClassVar[SourceKind] = REST

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> Layout:
        """Without what the interface does not say, and without contacts where they are switched off."""
        off = ["allergies", *(["contacts"] if REST.value(settings, "contacts") != "on" else [])]
        seen = with_fields(without_sheets(super().layout(settings), off), dict.fromkeys(_UNSEEN, ""))
        return required(seen, REST, settings)

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.server = Server(setup)

    def pull(self, pull: Pull) -> None:
        """The district, its students, then each school that the integration is limited to."""
        pull.add("district", [self.server.district()], "/ws/v1/district")
        schools = self._listing("/ws/v1/district/school", "school")
        pull.add("schools", map(records.school, schools), "/ws/v1/district/school")
        wanted = [one for one in schools if not self.setup.schools or str(one["id"]) in self.setup.schools]
        enrolled = self._students(pull, wanted)
        if pull.wants("contacts"):
            self._contacts(pull, enrolled)
        courses: dict[Any, Record] = {}
        for school in wanted:
            path = f"/ws/v1/school/{school['id']}"
            terms = self._terms(pull, path)
            for course in self._listing(f"{path}/course", "course"):
                if course["id"] not in courses:
                    pull.add("courses", [records.course(course)], f"{path}/course")
                courses[course["id"]] = course
            staff = self._listing(f"{path}/staff", "staff", _STAFF)
            pull.add("staff", (records.employee(one, school["id"]) for one in staff), f"{path}/staff")
            users = {one["id"]: one.get("users_dcid") for one in staff}
            for section in self._sections(pull, path, courses, terms):
                teacher = users.get(section.get("staff_id"))
                if teacher is not None:
                    row = records.teaching(section, teacher, terms[section["term_id"]])
                    pull.add("section_teachers", [row], f"{path}/section")
                self._seats(pull, section, enrolled)

    # People ----------------------------------------------------------------------------------------------

    def _students(self, pull: Pull, schools: list[Record]) -> dict[int, Any]:
        """Read the students; the DCID of each with that of their school."""
        limited = [f"/ws/v1/school/{school['id']}/student" for school in schools]
        digits = int(self.setup.value("state_id_digits") or 0)
        enrolled: dict[int, Any] = {}
        for path in limited if self.setup.schools else ["/ws/v1/district/student"]:
            pull.expect("students", self._count(path, _STUDENT), by="student_dcid")
            for page in self._pages(path, "student", _STUDENT):
                rows = [records.student(one, digits) for one in page]
                enrolled |= {row["student_dcid"]: row["school_dcid"] for row in rows}
                if self.setup.flag("photos"):
                    rows = [row | {"photo": self.server.photo(pull, row["student_dcid"])} for row in rows]
                pull.add("students", rows, path)
        return enrolled

    def _contacts(self, pull: Pull, enrolled: Mapping[int, Any]) -> None:
        """One answer holds all contacts of a student, so there is nothing to count."""
        pull.read("contacts", "/ws/contacts/student")
        today = self.setup.now().date()
        for student, school in enrolled.items():
            reply = self.server.client.json_reply(f"/ws/contacts/student/{student}")
            found: Iterable[Record] = [] if reply.status == 204 else records.members(reply.json())
            rows = (row for one in found for row in records.contact(one, student, school, today))
            pull.add("contacts", rows, "/ws/contacts/student")

    # Teaching --------------------------------------------------------------------------------------------

    def _terms(self, pull: Pull, path: str) -> dict[Any, Record]:
        """The terms of all years by DCID; those of the year that is read become a stream."""
        terms = self._listing(f"{path}/term", "term")
        year = [records.term(one) for one in terms if one.get("start_year") == self.server.start_year]
        pull.add("terms", with_parents(year, "term_dcid"), f"{path}/term")
        return {one["id"]: one for one in terms}

    def _sections(
        self, pull: Pull, path: str, courses: Mapping[Any, Record], terms: Mapping[Any, Record]
    ) -> list[Record]:
        """
        The sections of the year that is read.

        Raises:
            SourceRefused: The server has only sections of other years for it.
        """
        year = self.server.start_year
        found = self._listing(f"{path}/section", "section", {"q": f"term.start_year=={year}"})
        mine = [one for one in found if records.at(terms.get(one.get("term_id")), "start_year") == year]
        if found and not mine:
            raise SourceRefused(
                f"{self.server.client.host} answered for another school year than {year}-{(year + 1) % 100:02}. "
                "Nothing was changed. Check the school year in the settings."
            )
        rows = (records.section(one, courses.get(one.get("course_id"))) for one in mine)
        pull.add("sections", rows, f"{path}/section")
        return mine

    def _seats(self, pull: Pull, section: Record, enrolled: Mapping[int, Any]) -> None:
        """Who sits in a section; of those who left the district nothing is known here."""
        path = f"/ws/v1/section/{section['id']}/section_enrollment"
        found = self._short_listing(path, "section_enrollment")
        rows = (records.seat(one, section["school_id"]) for one in found if one.get("student_id") in enrolled)
        pull.add("enrollments", rows, "/ws/v1/section/section_enrollment")

    # Lists -----------------------------------------------------------------------------------------------

    def _count(self, path: str, params: Mapping[str, str] | None = None) -> int:
        asked = {name: value for name, value in (params or {}).items() if name == "q"}
        return counted(records.at(self.server.client.json(f"{path}/count", asked), "resource"), self.server.client.host)

    def _page(self, path: str, resource: str, page: int, params: Mapping[str, str]) -> list[Record]:
        asked = {**params, "page": page, "pagesize": self.server.page_size(resource)}
        return records.listed(self.server.client.json(path, asked), resource)

    def _pages(self, path: str, resource: str, params: Mapping[str, str]) -> Iterator[list[Record]]:
        """Pages until one is empty, or until as many records came as there are."""
        there, read, page = self._count(path, params), 0, 1
        while read < there and (found := self._page(path, resource, page, params)):
            yield found
            read, page = read + len(found), page + 1

    def _listing(self, path: str, resource: str, params: Mapping[str, str] | None = None) -> list[Record]:
        """
        A list that is short enough to be held, each record once, as many as the server counts.

        Raises:
            Moved: It did not hold still.
        """
        for _ in range(TRIES):
            found = {one["id"]: one for page in self._pages(path, resource, params or {}) for one in page}
            if len(found) == self._count(path, params):
                return list(found.values())
        raise Moved(resource)

    def _short_listing(self, path: str, resource: str) -> list[Record]:
        """A list that one page most often holds: when that page is not full, there is nothing to count."""
        found = self._page(path, resource, 1, {})
        return found if len(found) < self.server.page_size(resource) else self._listing(path, resource)

    # Test ------------------------------------------------------------------------------------------------

    def test(self) -> Iterator[Tried]:
        """The server, students, and what the first school has; a permission that is missing is named by its path."""
        yield from try_server(self.server)
        yield from tried("Schools", lambda: self._count("/ws/v1/district/school"))
        yield from tried("Students", lambda: self._count("/ws/v1/district/student", _STUDENT))
        for what, title in _AT_A_SCHOOL.items():
            yield from tried(title, partial(self._count_at_first_school, what))
        if self.setup.value("contacts") == "on":
            yield from tried("Contacts of a student", self._try_contacts)
        if self.setup.flag("photos"):
            yield from tried("Photos", lambda: try_photo(self.server, self._first_student()))

    def _count_at_first_school(self, what: str) -> int:
        found = self._page("/ws/v1/district/school", "school", 1, {})
        if not found:
            raise SourceRefused("The plugin may see no school at all. Nothing was changed.")
        return self._count(f"/ws/v1/school/{found[0]['id']}/{what}")

    def _first_student(self) -> object:
        found = self._page("/ws/v1/district/student", "student", 1, {"q": ENROLLED})
        if not found:
            raise SourceRefused("There is no student who is enrolled. Nothing was changed.")
        return found[0]["id"]

    def _try_contacts(self) -> int:
        reply = self.server.client.json_reply(f"/ws/contacts/student/{self._first_student()}")
        return 0 if reply.status == 204 else len(records.members(reply.json()))
