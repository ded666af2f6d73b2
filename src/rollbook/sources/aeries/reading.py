"""The streams of Aeries, one after the other: everything, or what has changed."""

import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from rollbook.sources.aeries import records
from rollbook.sources.aeries.api import Api, System
from rollbook.sources.aeries.changes import AREAS, WHOLE_SCHOOL_AT, Changes, changes
from rollbook.sources.aeries.photos import newest
from rollbook.sources.aeries.records import Row, number_of, text_of
from rollbook.sources.aeries.students import Students
from rollbook.sources.aeries.words import Words
from rollbook.sources.aeries.years import Years
from rollbook.sources.base import Setup
from rollbook.sources.http import NotThere

if TYPE_CHECKING:
    from rollbook.sources.pulling import Pull

CLASSES, SECTIONS, COURSES, STAFF, TEACHERS = (
    "Class Schedules/History", "Master Schedule", "Course Data", "Staff Data", "Teacher Data",
)  # fmt: skip
# Fewer changed students than this are always asked for one by one.
_FEW = 20


class _Known(TypedDict):
    """What is remembered of a school until the next run."""

    students: int
    homerooms: list[int]


_NOTHING: _Known = {"students": 0, "homerooms": []}


class Reading:
    """
    One pull.

    Args:
        system: What Aeries said of itself at the beginning.
    """

    def __init__(self, setup: Setup, api: Api, pull: "Pull", system: System) -> None:
        self.setup, self.api, self.pull = setup, api, pull
        self.today, self.words, self.years = system.clock.date(), Words(api), Years(api)
        self.schools: dict[int, Row] = {}
        self.students = Students(setup, api, pull, self.schools, self.words, self.today)
        self._teachers: dict[int, list[Row]] = {}

    def find_schools(self) -> None:
        """
        The schools to read: those that the integration names, or all that are open this year.

        Raises:
            SourceRefused: Their terms are of another year.
        """
        wanted = set(self.setup.schools)
        for row in sorted(self.api.rows("schools"), key=lambda row: number_of(row, "SchoolCode")):
            code = number_of(row, "SchoolCode")
            is_open = bool(row.get("Terms")) and not text_of(row, "InactiveStatusCode")
            if str(code) in wanted if wanted else is_open:
                self.schools[code] = row
                self.years.terms(text_of(records.clean(term), "StartDate") for term in row.get("Terms") or [])

    def everything(self) -> None:
        """All streams, whole."""
        self._places()
        for school in self.schools:
            self.students.school(school)
        self.students.at_last()
        if self.students.has_contact_records:
            for school in self.schools:
                self.students.contacts(school)
        self._homerooms({})
        self._staff(self.api.rows("staff", STAFF))
        titles = self._courses(None)
        for school in self._with_sections():
            self._sections(self.api.rows(f"schools/{school}/sections", SECTIONS), titles)
            ask = partial(self.api.rows, f"schools/{school}/classes", CLASSES)
            self._seats(self.years.classes(ask), school)
        self._remember({})

    def what_changed(self, since: str, known: str) -> None:
        """
        Only what changed.

        Args:
            since, known: The marks of the last run.
        """
        before: dict[str, _Known] = json.loads(known)
        unread = {"contact": not self.students.has_contact_records, "program": not self.students.reads_programs}
        changed = changes(self.api, since, [area for area in AREAS if not unread.get(area)], self.schools)
        self._places()
        for school in self.schools:
            self._changed_students(school, changed, before.get(str(school), _NOTHING)["students"])
        self.students.at_last()
        if self.students.has_contact_records:
            for student in sorted(changed.students["student"] | changed.students["contact"]):
                if own := self.students.school_of.get(student):
                    self.students.contacts(own, student)
        self._homerooms(before)
        self._staff(row for number in sorted(changed.staff) for row in self._one(f"staff/{number}", STAFF))
        self._changed_sections(changed)
        for student in sorted(changed.students["class"]):
            for school in changed.schools[student] & set(self._with_sections()):
                self._seats(self.api.rows(f"schools/{school}/classes/{student}", CLASSES), school)
        self._remember(before)

    def pictures(self) -> None:
        """Photographs and nothing else."""
        page_size = max(1, int(self.setup.value("page_size")))
        for school in self.schools:
            for student, content in newest(self.api, school, page_size):
                if photo := self.pull.photo("pictures", content, f"student:{student}"):
                    record = {"StudentID": student, "Photo": photo}
                    self.pull.add("pictures", [record], f"schools/{school}/StudentPictures")
        self.pull.read("pictures", "StudentPictures")

    def _places(self) -> None:
        """Schools, their terms, and who teaches there."""
        self.pull.add("schools", map(records.school, self.schools.values()), "schools")
        for code, row in self.schools.items():
            self.pull.add("terms", records.terms(row, self.api.year), "schools")
            listed = self.api.rows(f"schools/{code}/teachers", TEACHERS)
            self._teachers[code] = [one for one in listed if not text_of(one, "InactiveStatusCode")]

    def _with_sections(self) -> list[int]:
        """Elementary schools have no sections, unless they have a master schedule beside their homerooms."""
        return [code for code, row in self.schools.items() if text_of(row, "ScheduleType") != "Elementary"]

    def _changed_students(self, school: int, changed: Changes, known: int) -> None:
        """The students of a school who changed, one by one, or all of them where many did."""
        students = changed.in_school(school)
        if len(students) > max(_FEW, known * WHOLE_SCHOOL_AT):
            self.students.school(school)
            return
        for student in sorted(students):
            self.students.one(student, school, changed.schools[student])

    # Staff ----------------------------------------------------------------------------------------------

    def _staff(self, rows: Iterable[Row]) -> None:
        teaches: dict[int, set[int]] = {}
        for school, teachers in self._teachers.items():
            for row in teachers:
                for place in (1, 2, 3):
                    teaches.setdefault(number_of(row, f"StaffID{place}"), set()).add(school)
        for row in rows:
            number, made = number_of(row, "ID"), records.staff(row, self.words)
            taught = teaches.get(number, set())
            places = dict.fromkeys([*records.staff_schools(row), *sorted(taught)])
            schools = [school for school in places if school in self.schools]
            if self.setup.schools and not schools:
                continue
            if made["PrimaryAeriesSchool"] not in self.schools:
                made["PrimaryAeriesSchool"] = None
            roles = [
                {
                    "ID": number,
                    "SchoolCode": school,
                    "Role": "teacher" if school in taught else "staff",
                    "RoleType": "primary" if school == schools[0] else "secondary",
                    "Standing": made["Standing"],
                }
                for school in schools
            ]
            self.pull.add("staff", [made], "staff")
            self.pull.add("staff_roles", roles, "staff")

    # Classes --------------------------------------------------------------------------------------------

    def _homerooms(self, before: Mapping[str, _Known]) -> None:
        """The homerooms that a student names now, or named in the last run: a teacher is replaced without notice."""
        for school in self.schools:
            named = {*self.students.homerooms.get(school, ()), *before.get(str(school), _NOTHING)["homerooms"]}
            teachers = {number_of(row, "TeacherNumber"): row for row in self._teachers[school]}
            rows = [{**teachers.get(n, {"SchoolCode": school}), "TeacherNumber": n} for n in sorted(named)]
            made = (records.homeroom(row, self.api.year) for row in rows)
            self.pull.add("homerooms", made, f"schools/{school}/teachers")

    def _courses(self, only: set[str] | None) -> dict[str, str]:
        """The titles of all courses; records of them, or of some only."""
        rows = self.api.rows("courses", COURSES)
        wanted = [row for row in rows if only is None or text_of(row, "ID") in only]
        self.pull.add("courses", map(records.course, wanted), "courses")
        return {text_of(row, "ID"): text_of(row, "LongDescription") or text_of(row, "Title") for row in rows}

    def _sections(self, rows: Iterable[Row], titles: dict[str, str]) -> None:
        for row in rows:
            path = f"schools/{row['SchoolCode']}/sections"
            title = titles.get(text_of(row, "CourseID"), "")
            self.pull.add("sections", [records.section(row, self.api.year, title)], path)
            self.pull.add("section_staff", records.section_staff(row, self.api.year), path)

    def _changed_sections(self, changed: Changes) -> None:
        if not (changed.courses or changed.sections):
            return
        titles = self._courses(changed.courses)
        for school, number in sorted(changed.sections):
            self._sections(self._one(f"schools/{school}/sections/{number}", SECTIONS), titles)

    def _seats(self, rows: Iterable[Row], school: int) -> None:
        known = self.students.school_of
        made = (records.seat(row, self.api.year, self.today) for row in rows if number_of(row, "StudentID") in known)
        self.pull.add("classes", made, f"schools/{school}/classes")

    # For the next run -----------------------------------------------------------------------------------

    def _one(self, path: str, area: str) -> list[Row]:
        """A single record; none where it was deleted meanwhile."""
        try:
            return self.api.rows(path, area)
        except NotThere:
            return []

    def _remember(self, before: Mapping[str, _Known]) -> None:
        """How many students a school has, and which homerooms: the next run of changes cannot ask for either."""
        made: dict[str, _Known] = {}
        for school in self.schools:
            known = before.get(str(school), _NOTHING)
            named = {*self.students.homerooms.get(school, ()), *known["homerooms"]}
            count = known["students"] or self.students.counts.get(school, 0)
            made[str(school)] = {"students": count, "homerooms": sorted(named)}
        self.pull.mark("schools", json.dumps(made))
