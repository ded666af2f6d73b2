"""The paths of Aeries' API v5."""

from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus

from simulators.aeries import codes
from simulators.aeries.access import SITE, Guarded, needs
from simulators.aeries.answers import Refused, page, whole_number
from simulators.aeries.keys import Row
from simulators.aeries.past import clock
from simulators.aeries.people import Record, extended_row
from simulators.aeries.world import World
from simulators.http.messages import Answer, Request, as_html
from simulators.http.routes import route

API = f"{SITE}/api/v5"
SCHOOL = API + "/schools/{sc}"
STUDENTS = SCHOOL + "/students"
CHANGES = "/{yyyy}/{month}/{dom}/{hour}/{minute}"
FEEDS = {
    "student": "Student Data",
    "contact": "Contacts",
    "program": "Student Programs",
    "test": "Student Data",
    "class": "Class Schedules/History",
    "enrollment": "Enrollment History",
}
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


class Aeries(Guarded):
    """Aeries SIS as a client meets it; the options are those of `Guarded`."""

    # The system and its schools -------------------------------------------------------------------------

    @route("GET", API + "/systeminfo")
    @needs(certificate=False)
    def systeminfo(self, world: World, request: Request) -> Row:
        return {
            "AeriesVersion": "9.26.9.11",
            "DatabaseYear": _year_name(world.year),
            "AvailableDatabaseYears": [_year_name(int(year)) for year in self.options["years"].split(",")],
            "LocalTimeZoneName": "Eastern Standard Time",
            "CurrentDateTime": f"{clock(self.district.night).isoformat()}.1234567-04:00",
        }

    @route("GET", API + "/schools")
    @needs()
    def schools(self, world: World, request: Request) -> list[Row]:
        return world.school_rows()

    @route("GET", SCHOOL)
    @needs()
    def school(self, world: World, request: Request, sc: str) -> Row | list[Row]:
        found = [row for row in world.school_rows() if row["SchoolCode"] == whole_number(sc, "School Code")]
        if not found:
            raise Refused(HTTPStatus.NOT_FOUND, "Invalid School Code")
        return found[0] if self.options["one_school"] == "object" else found

    @route("GET", SCHOOL + "/terms")
    @needs()
    def terms(self, world: World, request: Request, sc: str) -> list[Row]:
        return world.term_rows() if whole_number(sc, "School Code") in world.schools else []

    @route("GET", API + "/codes/{table}/{field}")
    def codes(self, request: Request, table: str, field: str) -> Answer:
        """The server is Windows: a name of a device in a path never reaches the application."""
        if {table.lower(), field.lower()} & _DEVICES:
            return as_html("404 - File or directory not found.", HTTPStatus.NOT_FOUND)
        return self._codes(request, table=table, field=field)

    @needs()
    def _codes(self, world: World, request: Request, table: str, field: str) -> list[Row]:
        return codes.rows(table, field)

    # Students -------------------------------------------------------------------------------------------

    @route("GET", STUDENTS, STUDENTS + "/grade/{grade}", STUDENTS + "/sn/{sn}")
    @needs("Student Data")
    def students(self, world: World, request: Request, sc: str, grade: str = "", sn: str = "") -> list[Row]:
        found = self._records(world, sc)
        if grade:
            found = [one for one in found if world.student_row(one)["Grade"] == whole_number(grade, "Grade")]
        if sn:
            found = [one for one in found if one.number == whole_number(sn, "Student Number")]
        return [world.student_row(record) for record in page(found, request, self.faults)]

    @route("GET", STUDENTS + "/{id}")
    @needs("Student Data")
    def student(self, world: World, request: Request, sc: str, id: str) -> list[Row]:
        """The school does not matter; each row of the student comes back."""
        return [world.student_row(record) for record in self._of(world, sc, id, any_school=True)]

    @route("GET", STUDENTS + "/{id}/extended")
    @needs("Student Data")
    def extended(self, world: World, request: Request, sc: str, id: str) -> list[Row]:
        return [extended_row(record) for record in page(self._of(world, sc, id), request, self.faults)]

    @route("GET", STUDENTS + "/{id}/programs")
    @needs("Student Programs")
    def programs(self, world: World, request: Request, sc: str, id: str) -> list[Row]:
        code = request.query.get("code", "")
        rows = _each(self._of(world, sc, id), world.program_rows)
        return [row for row in rows if code in ("", row["ProgramCode"])]

    @route("GET", SCHOOL + "/contacts", SCHOOL + "/contacts/{id}")
    @needs("Contacts")
    def contacts(self, world: World, request: Request, sc: str, id: str = "0") -> list[Row]:
        """Of one student the school does not matter, and each contact comes once."""
        if id == "0":
            return _each(self._of(world, sc, id), world.contact_rows)
        return _each(self._of(world, sc, id, any_school=True)[:1], world.contact_rows)

    @route("GET", SCHOOL + "/StudentPictures", SCHOOL + "/StudentPictures/{id}")
    @needs("Student Pictures")
    def pictures(self, world: World, request: Request, sc: str, id: str = "0") -> list[Row]:
        school = self._school(world, sc)
        found = [one for one in world.photographed(school) if id in ("0", str(int(one.person.id)))]
        return [world.picture_row(record) for record in page(found, request, self.faults)]

    @route("GET", SCHOOL + "/enrollment/{id}", SCHOOL + "/enrollment/{id}/year/{yyyy}")
    @needs("Enrollment History")
    def enrollment(self, world: World, request: Request, sc: str, id: str, yyyy: str = "") -> list[Row]:
        rows = _each(self._of(world, sc, id), world.enrollment_rows)
        return [row for row in rows if yyyy in ("", row["AcademicYear"])]

    @route("GET", API + "/enrollment/{id}", API + "/enrollment/{id}/year/{yyyy}")
    @needs("Enrollment History")
    def enrollment_anywhere(self, world: World, request: Request, id: str, yyyy: str = "") -> list[Row]:
        student = whole_number(id, "Student ID")
        found = world.records_of.get(student, []) if student else [one for own in world.records.values() for one in own]
        return [row for row in _each(found, world.enrollment_rows) if yyyy in ("", row["AcademicYear"])]

    # Staff, courses and classes -------------------------------------------------------------------------

    @route("GET", API + "/staff")
    @needs("Staff Data")
    def staff(self, world: World, request: Request) -> list[Row]:
        """Any field of a row works as a filter."""
        rows = [world.staff_row(number) for number in world.staff]
        wanted = {name.lower(): value for name, value in request.query.items() if name.lower() != "databaseyear"}
        return [
            row for row in rows if wanted.items() <= {name.lower(): str(value) for name, value in row.items()}.items()
        ]

    @route("GET", API + "/staff/{id}")
    @needs("Staff Data")
    def one_of_staff(self, world: World, request: Request, id: str) -> Row:
        number = whole_number(id, "Staff ID")
        if number not in world.staff:
            raise Refused(HTTPStatus.NOT_FOUND, "Invalid Staff ID")
        return world.staff_row(number)

    @route("GET", SCHOOL + "/teachers", SCHOOL + "/teachers/{tn}")
    @needs("Teacher Data")
    def teachers(self, world: World, request: Request, sc: str, tn: str = "") -> list[Row]:
        rows = world.teacher_rows(whole_number(sc, "School Code"))
        return [row for row in rows if tn in ("", str(row["TeacherNumber"]))]

    @route("GET", API + "/courses")
    @needs("Course Data")
    def courses(self, world: World, request: Request) -> list[Row]:
        return world.course_rows()

    @route("GET", API + "/courses/{id}")
    @needs("Course Data")
    def course(self, world: World, request: Request, id: str) -> Row:
        return _only((row for row in world.course_rows() if row["ID"] == id), "Invalid Course ID")

    @route("GET", SCHOOL + "/sections")
    @needs("Master Schedule")
    def sections(self, world: World, request: Request, sc: str) -> list[Row]:
        school = whole_number(sc, "School Code")
        return [world.section_row(school, number) for number in world.sections.get(school, ())]

    @route("GET", SCHOOL + "/sections/{number}")
    @needs("Master Schedule")
    def section(self, world: World, request: Request, sc: str, number: str) -> Row:
        school, asked = whole_number(sc, "School Code"), whole_number(number, "Section Number")
        found = (world.section_row(school, one) for one in world.sections.get(school, ()) if one == asked)
        return _only(found, "Invalid Section Number")

    @route("GET", SCHOOL + "/sections/{number}/students")
    @needs("Class Schedules/History")
    def roster(self, world: World, request: Request, sc: str, number: str) -> list[Row]:
        school, asked = whole_number(sc, "School Code"), whole_number(number, "Section Number")
        return world.roster_rows(school, asked) if asked in world.sections.get(school, ()) else []

    @route("GET", SCHOOL + "/classes", SCHOOL + "/classes/{id}")
    @needs("Class Schedules/History")
    def classes(self, world: World, request: Request, sc: str, id: str = "0") -> list[Row]:
        return _each(self._of(world, sc, id), world.class_rows)

    # What changed ---------------------------------------------------------------------------------------

    @route("GET", API + "/StudentDataChanges/{area}" + CHANGES)
    @needs()
    def student_changes(self, world: World, request: Request, area: str, **when: str) -> list[Row]:
        if area.lower() not in FEEDS:
            raise Refused(HTTPStatus.BAD_REQUEST, "Invalid Data Area")
        self.check(request, FEEDS[area.lower()])
        since, lists_deleted = _moment(**when), self.options["lists_deleted"] == "yes"
        return world.student_changes(area.lower(), since, lists_deleted=lists_deleted)

    @route("GET", API + "/CourseDataChanges" + CHANGES)
    @needs("Course Data")
    def course_changes(self, world: World, request: Request, **when: str) -> list[Row]:
        """Courses stay as they are all year."""
        _moment(**when)
        return []

    @route("GET", API + "/SectionDataChanges" + CHANGES)
    @needs("Master Schedule")
    def section_changes(self, world: World, request: Request, **when: str) -> list[Row]:
        return world.section_changes("section", _moment(**when))

    @route("GET", API + "/SectionRosterDataChanges" + CHANGES)
    @needs("Class Schedules/History")
    def roster_changes(self, world: World, request: Request, **when: str) -> list[Row]:
        return world.section_changes("roster", _moment(**when))

    @route("GET", API + "/StaffDataChanges" + CHANGES)
    @needs("Staff Data")
    def staff_changes(self, world: World, request: Request, **when: str) -> list[Row]:
        return world.staff_changes(_moment(**when))

    # Whose rows -----------------------------------------------------------------------------------------

    def _school(self, world: World, sc: str) -> int:
        """A list of one school's people cannot be had of the district as a whole."""
        school = whole_number(sc, "School Code")
        if school == 0:
            raise Refused(HTTPStatus.BAD_REQUEST, "Invalid School Code")
        return school if school in world.schools else -1

    def _records(self, world: World, sc: str) -> list[Record]:
        return world.records.get(self._school(world, sc), [])

    def _of(self, world: World, sc: str, id: str, *, any_school: bool = False) -> list[Record]:
        """The records of one student, in one school or in any; student 0 is everybody in the school."""
        student = whole_number(id, "Student ID")
        if student == 0:
            return self._records(world, sc)
        school = whole_number(sc, "School Code")
        return [one for one in world.records_of.get(student, []) if any_school or one.school == school]


def _each(records: Iterable[Record], rows: Callable[[Record], Iterable[Row]]) -> list[Row]:
    return [row for record in records for row in rows(record)]


def _only(rows: Iterable[Row], otherwise: str) -> Row:
    for row in rows:
        return row
    raise Refused(HTTPStatus.NOT_FOUND, otherwise)


def _year_name(year: int) -> str:
    return f"{year}-{year + 1}"


def _moment(yyyy: str, month: str, dom: str, hour: str, minute: str) -> str:
    """The moment a change feed starts at; its numbers come with a zero in front or without."""
    try:
        server_time = datetime(int(yyyy), int(month), int(dom), int(hour), int(minute))  # noqa: DTZ001
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "Invalid Date") from None
    return server_time.isoformat()
