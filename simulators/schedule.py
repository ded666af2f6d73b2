"""The school year, what is taught in it, and which students sit in which class."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from simulators.model import GRADES, Class, Course, District, Enrollment, Org, Person, Session

YEAR, FALL, SPRING = "SY2027", "SY2027-S1", "SY2027-S2"
CLASS_SIZE = 28


@dataclass(frozen=True)
class Subject:
    """A column of the timetable; `sessions` is when it meets."""

    code: str
    title: str
    area: str
    sced: str
    sessions: tuple[str, ...] = (YEAR,)
    by_specialist: bool = False


ELEMENTARY = (
    Subject("HR", "Homeroom", "Homeroom", "22"),
    Subject("ELA", "Reading & Writing", "English Language Arts", "01"),
    Subject("MAT", "Mathematics", "Mathematics", "02"),
    Subject("SCI", "Science", "Science", "03"),
    Subject("MUS", "Music", "Arts, Music & Drama", "05", by_specialist=True),
    Subject("PED", "Physical Education", "Physical Education", "08", by_specialist=True),
)
MIDDLE = (
    Subject("HR", "Homeroom", "Homeroom", "22"),
    Subject("ELA", "English", "English Language Arts", "01"),
    Subject("MAT", "Mathematics", "Mathematics", "02"),
    Subject("SCI", "Science", "Science", "03"),
    Subject("SOC", "Social Studies", "Social Studies", "04"),
    Subject("LAN", "Español", "World Languages", "24"),
    Subject("PED", "Physical Education", "Physical Education", "08"),
    Subject("ART", "Studio Art", "Arts, Music & Drama", "05"),
)
HIGH = (
    *MIDDLE[:5],
    Subject("LAN", "Français", "World Languages", "24", (FALL, SPRING)),
    Subject("PED", "Physical Education", "Physical Education", "08", (FALL, SPRING)),
    Subject("ART", "Ceramics, Drawing & Design", "Arts, Music & Drama", "05", (FALL,)),
    Subject("HEA", "Health", "Physical Education", "08", (SPRING,)),
)


def subjects(grade: str) -> tuple[Subject, ...]:
    level = GRADES.index(grade)
    return ELEMENTARY if level < 6 else MIDDLE if level < 9 else HIGH


def course_id(subject: Subject, grade: str) -> str:
    return f"{subject.code}{grade}"


def add_year(district: District) -> None:
    """The year, its two semesters, and two grading periods in each."""
    for session in (
        Session(YEAR, "2026-27 School Year", "schoolYear", date(2026, 8, 24), date(2027, 6, 11), ""),
        Session(FALL, "Fall Semester", "semester", date(2026, 8, 24), date(2027, 1, 15), YEAR),
        Session(f"{FALL}-Q1", "Quarter 1", "gradingPeriod", date(2026, 8, 24), date(2026, 10, 30), FALL),
        Session(f"{FALL}-Q2", "Quarter 2", "gradingPeriod", date(2026, 10, 31), date(2027, 1, 15), FALL),
        Session(SPRING, "Spring Semester", "semester", date(2027, 1, 16), date(2027, 6, 11), YEAR),
        Session(f"{SPRING}-Q3", "Quarter 3", "gradingPeriod", date(2027, 1, 16), date(2027, 3, 26), SPRING),
        Session(f"{SPRING}-Q4", "Quarter 4", "gradingPeriod", date(2027, 3, 27), date(2027, 6, 11), SPRING),
    ):
        district.sessions[session.id] = session


def add_courses(district: District, owner: Org) -> None:
    for grade in GRADES:
        for subject in subjects(grade):
            shown = "Kindergarten" if grade == "KG" else f"Grade {int(grade)}"
            key = course_id(subject, grade)
            district.courses[key] = Course(
                key, f"{subject.title}, {shown}", subject.area, subject.sced, grade, owner.id, YEAR
            )


def add_classes(district: District) -> None:
    """As many sections of each course as the students who are there need, and one where there are none."""
    sizes: dict[tuple[str, str], int] = {}
    for student in district.of_role("student"):
        cohort = (student.org_ids[0], student.grade)
        sizes[cohort] = sizes.get(cohort, 0) + 1
    for school in district.of_kind("school"):
        for grade in school.grades:
            sections = max(1, -(-sizes.get((school.id, grade), 0) // CLASS_SIZE))
            for period, subject in enumerate(subjects(grade)):
                for section in range(1, sections + 1):
                    class_ = _class(district, school, grade, subject, period, section)
                    district.classes[class_.id] = class_


def _class(district: District, school: Org, grade: str, subject: Subject, period: int, section: int) -> Class:
    course = district.courses[course_id(subject, grade)]
    return Class(
        id=f"{school.number}-{course.id}-{section:02}",
        title=f"{course.title} ({section})",
        course_id=course.id,
        school_id=school.id,
        section=section,
        grade=grade,
        kind="homeroom" if subject.code == "HR" else "scheduled",
        period=str(period),
        room=f"{school.number[-1]}{GRADES.index(grade):02}{chr(64 + section)}",
        session_ids=subject.sessions,
    )


class Timetable:
    """Which classes a cohort chooses from: section after section of each course."""

    def __init__(self, district: District) -> None:
        self.district = district
        self._sections: dict[tuple[str, str], dict[str, list[Class]]] = {}
        for class_ in district.classes.values():
            courses = self._sections.setdefault((class_.school_id, class_.grade), {})
            courses.setdefault(class_.course_id, []).append(class_)

    def sections(self, class_: Class) -> list[Class]:
        """All sections of the course of a class in its school, itself included."""
        return self._sections[class_.school_id, class_.grade][class_.course_id]

    def seats(self, student: Person, rank: int) -> Iterator[Class]:
        """
        The classes of the student who is number `rank` in a cohort.

        Below grade 6 a section stays together all day; from grade 6 on the
        students of a section are spread over the sections of the next subject.
        """
        together = GRADES.index(student.grade) < 6
        for period, sections in enumerate(self._sections[student.org_ids[0], student.grade].values()):
            shift = 0 if together else rank // len(sections) * period
            yield sections[(rank + shift) % len(sections)]

    def enroll(
        self, person: Person, class_: Class, *, is_primary: bool = False, begin: date | None = None
    ) -> Enrollment:
        """Give a person a seat, or a class its teacher, from `begin` (or the first day) to the last day."""
        meets = [self.district.sessions[key] for key in class_.session_ids]
        role = "student" if person.role == "student" else "teacher"
        first, last = meets[0].start, meets[-1].end
        start = min(max(first, begin or first), last)
        enrollment = Enrollment(f"{class_.id}-{person.id}", class_.id, person.id, role, is_primary, start, last)
        self.district.enrollments[enrollment.id] = enrollment
        return enrollment


def seat_students(district: District) -> None:
    timetable, ranks = Timetable(district), dict[tuple[str, str], int]()
    for student in district.of_role("student"):
        cohort = (student.org_ids[0], student.grade)
        ranks[cohort] = rank = ranks.get(cohort, -1) + 1
        for class_ in timetable.seats(student, rank):
            timetable.enroll(student, class_)
