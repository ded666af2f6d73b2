"""
One school year's database: the district in Aeries' own terms.

What a page needs is looked up here in lists that are made once a night; the rows themselves are made when they are
asked for, so that a large district fits in memory.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from simulators.aeries import campus, people
from simulators.aeries.codes import grade_number
from simulators.aeries.keys import Row, school_code, staff_id, student_number, teacher_number, years_before
from simulators.aeries.past import Past
from simulators.aeries.people import Record
from simulators.aeries.pictures import has_picture, picture_row
from simulators.model import Class, District, Enrollment, Org, Person
from simulators.schedule import YEAR

STAFF_ROLES = ("teacher", "staff", "administrator")


class World:
    """
    Args:
        years_back: 0 is the district's own year; 1 is the database of the year before, in which everybody is a grade
            lower and those in kindergarten now are not there yet.

        is_legacy: Keys as older versions wrote them.
    """

    def __init__(self, district: District, past: Past, years_back: int = 0, *, is_legacy: bool = False) -> None:
        self.district, self.past, self.years_back, self.is_legacy = district, past, years_back, is_legacy
        self.year = district.sessions[YEAR].start.year - years_back
        self.schools = {school_code(org): org for org in district.of_kind("school")}
        self._opened = district.sessions[YEAR].start
        self._contacts = district.contacts()
        self._number_sections()
        self._seat_people()
        self._list_staff()
        self._list_students()

    # Lists that are made once ---------------------------------------------------------------------------

    def _number_sections(self) -> None:
        courses = {course: place for place, course in enumerate(sorted(self.district.courses), 1)}
        self.sections: dict[int, dict[int, Class]] = {code: {} for code in self.schools}
        self._number: dict[str, int] = {}
        for class_ in self.district.classes.values():
            code = int(class_.school_id)
            if campus.has_section(self.schools[code], class_):
                self._number[class_.id] = number = courses[class_.course_id] * 100 + class_.section
                self.sections[code][number] = class_

    def _seat_people(self) -> None:
        """Who sits in which class, and who teaches it."""
        self._schedule: dict[str, list[tuple[Enrollment, date | None]]] = defaultdict(list)
        self._roster: dict[str, list[tuple[Enrollment, date | None]]] = defaultdict(list)
        self._homeroom_of: dict[str, Class] = {}
        ended = [] if self.years_back else self.past.ended
        for one, end in (*((one, None) for one in self.district.enrollments.values()), *ended):
            class_ = self.district.classes[one.class_id]
            if one.role == "student" and one.class_id in self._number:
                self._schedule[one.person_id].append((one, end))
                self._roster[one.class_id].append((one, end))
            elif one.role == "student" and class_.kind == "homeroom":
                self._homeroom_of[one.person_id] = class_
        self._teachers_of = self.district.teachers_of()

    def _list_staff(self) -> None:
        now = [(person, None) for person in self.district.of_role(*STAFF_ROLES)]
        former = [] if self.years_back else list(self.past.former_staff.values())
        self.staff: dict[int, tuple[Person, date | None]] = {
            staff_id(one.id): (one, left) for one, left in now + former
        }
        self.teachers: dict[int, dict[int, Person]] = {code: {} for code in self.schools}
        for person in self.district.of_role("teacher"):
            for code in map(int, person.org_ids):
                self.teachers[code][teacher_number(self.past.seat(person.id), code)] = person
        self._rooms = {
            self._teachers_of[class_.id][0]: class_.room
            for class_ in self.district.classes.values()
            if class_.kind == "homeroom" and self._teachers_of.get(class_.id)
        }

    def _list_students(self) -> None:
        self.records: dict[int, list[Record]] = {code: [] for code in self.schools}
        self.records_of: dict[int, list[Record]] = {}
        for person in self.district.of_role("student"):
            if grade_number(person.grade) >= self.years_back:
                self._add(person, list(self._records(person)))
        for person, left in () if self.years_back else self.past.leavers.values():
            enter = person.entry_date
            self._add(person, [Record(person, int(person.org_ids[0]), student_number(person), "N", enter, left)])
        for records in self.records.values():
            records.sort(key=lambda record: record.number)

    def _add(self, person: Person, records: list[Record]) -> None:
        self.records_of[int(person.id)] = records
        for record in records:
            self.records[record.school].append(record)

    def _records(self, person: Person) -> Iterator[Record]:
        """The student's own school; for some a second one, a row of a school they left, or one they will go to."""
        own, student, number = self.schools[int(person.org_ids[0])], int(person.id), student_number(person)
        yield Record(person, school_code(own), number, "", person.entry_date)
        other = self._neighbour(own)
        if student % 29 == 0:
            yield Record(person, other, number + 900_000, "C", person.entry_date)
        elif student % 31 == 0:
            yield Record(person, other, number + 900_000, "N", self._opened, date(self._opened.year, 8, 28))
        elif student % 37 == 0:
            yield Record(person, other, number + 900_000, "*", None)

    def _neighbour(self, school: Org) -> int:
        codes = list(self.schools)
        return codes[(codes.index(school_code(school)) + 1) % len(codes)]

    # Schools --------------------------------------------------------------------------------------------

    def school_rows(self) -> list[Row]:
        terms, principals = self.term_rows(), {}
        for one in self.district.of_role("administrator"):
            if one.title == "Principal":
                principals[one.org_ids[0]] = one
        rows = [campus.school_row(org, terms, principals.get(org.id)) for org in self.schools.values()]
        return rows + [campus.other_school_row(*other, rows[0]) for other in campus.OTHER_SCHOOLS]

    def term_rows(self) -> list[Row]:
        return [campus.term_row(session, self.years_back) for session in self.district.sessions.values()]

    # People ---------------------------------------------------------------------------------------------

    def student_row(self, record: Record) -> Row:
        relationships = self._contacts.get(record.person.id)
        guardian = self.district.people[relationships[0].contact_id] if relationships else None
        row = people.student_row(record, self.homeroom(record), guardian, self.years_back)
        if self.is_legacy:
            row["AtRiskPoints"] = f"{row.pop('EarlyWarningPoints'):.4f}"
        return row

    def homeroom(self, record: Record) -> int:
        """The number of the homeroom's teacher in the student's own school; 0 where there is none."""
        class_ = self._homeroom_of.get(record.person.id)
        if class_ is None or int(class_.school_id) != record.school:
            return 0
        teacher = self._teachers_of[class_.id][0]
        return teacher_number(self.past.seat(teacher), record.school)

    def contact_rows(self, record: Record) -> Iterator[Row]:
        key = "CorrespondanceLanguageCode" if self.is_legacy else "CorrespondenceLanguageCode"
        return people.contact_rows(record, self._contacts.get(record.person.id, ()), self.district.people, key)

    def program_rows(self, record: Record) -> Iterator[Row]:
        return people.program_rows(record, self.year)

    def staff_row(self, number: int) -> Row:
        person, left = self.staff[number]
        return people.staff_row(person, [int(org) for org in person.org_ids if org.isdigit()], left)

    def teacher_rows(self, school: int) -> list[Row]:
        return [
            people.teacher_row(person, number, school, self._rooms.get(person.id, ""))
            for number, person in self.teachers.get(school, {}).items()
        ]

    def photographed(self, school: int) -> list[Record]:
        """The records of a school that its list of pictures has."""
        return [record for record in self.records[school] if has_picture(int(record.person.id))]

    def picture_row(self, record: Record) -> Row:
        key = "PermanentID" if self.is_legacy else "StudentID"
        return picture_row(int(record.person.id), record.school, self.year, key)

    # Classes --------------------------------------------------------------------------------------------

    def course_rows(self) -> list[Row]:
        return [campus.course_row(course) for course in self.district.courses.values()]

    def section_row(self, school: int, number: int) -> Row:
        class_ = self.sections[school][number]
        staff = [
            campus.Teaching(self.district.people[teacher], place == 0)
            for place, teacher in enumerate(self._teachers_of.get(class_.id, ()))
        ]
        staff += self._former(class_)
        return campus.section_row(class_, number, staff, sum(end is None for _, end in self._roster[class_.id]))

    def _former(self, class_: Class) -> Iterator[campus.Teaching]:
        """Those whose place a teacher of the class took over stay listed, as inactive."""
        for teacher in () if self.years_back else self._teachers_of.get(class_.id, ()):
            if former := self.past.former_staff.get(self.past.former_teachers.get(teacher, "")):
                yield campus.Teaching(former[0], is_primary=False, left=former[1])

    def roster_rows(self, school: int, number: int) -> list[Row]:
        class_ = self.sections[school][number]
        return [self._class_row(one, end) for one, end in self._roster[class_.id]]

    def class_rows(self, record: Record) -> list[Row]:
        """The schedule of a student in one school."""
        taken = [
            (one, end)
            for one, end in self._schedule.get(record.person.id, ())
            if int(self.district.classes[one.class_id].school_id) == record.school
        ]
        return [self._class_row(one, end, place) for place, (one, end) in enumerate(taken, 1)]

    def _class_row(self, one: Enrollment, end: date | None, place: int = 1) -> Row:
        class_ = self.district.classes[one.class_id]
        return campus.class_row(one, class_, self._number[one.class_id], place, end, self.years_back)

    def enrollment_rows(self, record: Record) -> Iterator[Row]:
        """This year's row, and the year before in the same school."""
        if record.status == "*":
            return
        grade = grade_number(record.person.grade) - self.years_back
        enter = years_before(record.enter, self.years_back)
        yield campus.enrollment_row(record, self.year, grade, self.homeroom(record), enter, record.leave)
        if grade > 0 and not record.status:
            opened, closed = date(self.year - 1, 8, 25), date(self.year, 6, 12)
            yield campus.enrollment_row(record, self.year - 1, grade - 1, 0, opened, closed)

    # What changed ---------------------------------------------------------------------------------------

    def student_changes(self, area: str, since: str, *, lists_deleted: bool) -> list[Row]:
        """The students with a change in an area; of somebody who was deleted, the row that was."""
        rows = []
        for key in self._changed(area, since):
            for record in self.records_of.get(int(key), ()):
                rows.append(_student_key(int(key), record.school, record.number))
            if lists_deleted and (gone := self.past.deleted.get(key)):
                rows.append(_student_key(int(key), int(gone.org_ids[0]), student_number(gone)))
        return rows

    def section_changes(self, area: str, since: str) -> list[Row]:
        return [
            {"SchoolCode": int(self.district.classes[key].school_id), "SectionNumber": self._number[key]}
            for key in self._changed(area, since)
            if key in self._number
        ]

    def staff_changes(self, since: str) -> list[Row]:
        return [{"ID": staff_id(key)} for key in self._changed("staff", since)]

    def _changed(self, area: str, since: str) -> list[str]:
        """Each once, in the order of the changes; `since` is ISO text of the server's own time."""
        if self.years_back:
            return []
        found = (one.key for one in self.past.changes if one.area == area and one.when.isoformat() >= since)
        return list(dict.fromkeys(found))


def _student_key(student: int, school: int, number: int) -> Row:
    return {"StudentID": student, "SchoolCode": school, "StudentNumber": number}
