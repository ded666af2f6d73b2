"""The district in Illuminate's words. Ids are numbers that follow from the district's own ids."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from simulators.model import GRADES, Address, Class, District, Org, Person, Relationship

DISTRICT_SITE, RESERVED_SITE = 9999999, 9999998
GRADUATE, PRE_KINDERGARTEN = 14, 15
NORMAL_SESSION = 1
LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "vi": "Vietnamese"}
# Illuminate keeps a state's own numbers: these are California's.
ETHNICITIES = {
    "americanIndianOrAlaskaNative": "100",
    "asian": "299",
    "blackOrAfricanAmerican": "600",
    "nativeHawaiianOrOtherPacificIslander": "399",
    "white": "700",
}
TERM_TYPES = {"schoolYear": "Year", "semester": "Semester", "gradingPeriod": "Quarter"}

Row = tuple[Any, ...]


@dataclass
class Table:
    """The rows of one resource, in the order of `keys`; `named` makes the objects of those that are asked for."""

    keys: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)

    def named(self, rows: Iterable[Row]) -> list[dict[str, Any]]:
        return [dict(zip(self.keys, row, strict=True)) for row in rows]

    def place(self, key: str) -> int:
        return self.keys.index(key)


def table(keys: str, rows: Iterable[Row]) -> Table:
    return Table(tuple(keys.split()), list(rows))


class Words:
    """The district's ids and values, as Illuminate says them."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.year = next(iter(district.sessions.values())).school_year
        self._courses = {key: 1000 + place for place, key in enumerate(district.courses)}  # a course never goes

    def site(self, org_id: str) -> int:
        """The site of a school; whatever is no school belongs to the district's own site."""
        org = self.district.orgs[org_id]
        return int(org.number) if org.kind == "school" else DISTRICT_SITE

    def course(self, course_id: str) -> int:
        return self._courses[course_id]

    def section(self, class_: Class) -> int:
        return (self.site(class_.school_id) * 10_000 + self.course(class_.course_id)) * 100 + class_.section

    @staticmethod
    def student(person: Person) -> int:
        return 500_000 + int(person.number)

    @staticmethod
    def employee(person: Person) -> int:
        return 7000 + int(person.number)

    @staticmethod
    def grade(grade: str) -> int:
        """`GradeLevels` says which grade it is: 1 is kindergarten."""
        return GRADES.index(grade) + 1


def tables(district: District) -> dict[str, Table]:
    """Every resource, by its name in the address."""
    words = Words(district)
    return {
        "Sites": _sites(words),
        "GradeLevels": _grade_levels(),
        "Terms": _terms(words),
        "Courses": _courses(words),
        "MasterSchedule": _master_schedule(words),
        "Students": _students(words),
        "Enrollment": _enrollment(words),
        "Rosters": _rosters(words),
        "Users": _users(words),
        "Roles": _roles(words),
        "StudentContacts": _contacts(words),
        "Assessments": table("assessment_id title", []),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _or_null(text: str) -> str | None:
    return text or None


def _sites(words: Words) -> Table:
    """The district is a site and the parent of all others; its number comes as text, theirs do not."""
    orgs = words.district.orgs.values()
    [office] = [org for org in orgs if org.kind == "district"]
    reserved = (RESERVED_SITE, "Reserved", *_SITE_BLANKS, "DISTRICT", *_BLANK_ADDRESS, "", None, None, DISTRICT_SITE)
    return table(
        "site_id site_name state_school_id start_grade_level_id end_grade_level_id site_type_name address address2 "
        "city state zip local_site_code num_hours num_weeks parent_site_id",
        [*(_school(words, org) for org in orgs if org.kind == "school"), reserved, _office(office)],
    )


_SITE_BLANKS: Row = (None, None, None)
_BLANK_ADDRESS: Row = ("", "", "", "", "")


def _school(words: Words, org: Org) -> Row:
    first, last = words.grade(org.grades[0]), words.grade(org.grades[-1])
    kind = "ELEMENTARY" if "KG" in org.grades else "HIGH" if "12" in org.grades else "MIDDLE"
    place = _address(org.address)
    return (
        words.site(org.id), org.name, org.state_id, first, last, kind, *place, org.number, None, None, DISTRICT_SITE
    )  # fmt: skip


def _office(org: Org) -> Row:
    place = _address(org.address)
    return (str(DISTRICT_SITE), org.name, org.state_id, 1, 13, "DISTRICT", *place, org.number, None, None,
            DISTRICT_SITE)  # fmt: skip


def _address(address: Address) -> Row:
    return address.street, "", address.city, address.state, address.postal_code


def _grade_levels() -> Table:
    """The short name of a grade is a number, but a text for kindergarten."""
    rows: list[Row] = [(1, "K", "Kindergarten", 5, "KN", 2)]
    rows += [(grade + 1, grade, f"Grade {grade}", grade + 5, grade, grade + 2) for grade in range(1, 13)]
    rows += [(GRADUATE, 99, "Graduate", None, None, 15), (PRE_KINDERGARTEN, "PK", "Pre-Kindergarten", 4, "PK", 1)]
    return table("grade_level_id short_name long_name standard_age state_id sort_order", rows)


def _terms(words: Words) -> Table:
    """Each site has its own session, so each has the terms of the year as its own."""
    sessions = list(words.district.sessions.values())
    return table(
        "site_id term_name term_num start_date end_date term_type session_type_id academic_year local_term_id",
        (
            (site, one.title, number, _day(one.start), _day(one.end), TERM_TYPES[one.kind], NORMAL_SESSION,
             one.school_year, f"{site}-{one.id}")
            for site in map(words.site, (org.id for org in words.district.of_kind("school")))
            for number, one in enumerate(sessions, start=1)
        ),
    )  # fmt: skip


def _courses(words: Words) -> Table:
    district = words.district
    taught: dict[str, list[int]] = {key: [] for key in district.courses}
    for school in district.of_kind("school"):
        for course in district.courses.values():
            if course.grade in school.grades:
                taught[course.id].append(words.site(school.id))
    return table(
        "course_id school_course_id full_name short_name department_name low_grade_level_id high_grade_level_id "
        "site_id_list active",
        (
            (words.course(c.id), c.id, c.title, c.title[:20], c.subject, words.grade(c.grade), words.grade(c.grade),
             ",".join(map(str, taught[c.id])), True)
            for c in district.courses.values()
        ),
    )  # fmt: skip


def _master_schedule(words: Words) -> Table:
    """A row for each section, term and teacher: a section that two teach comes twice."""
    return table(
        "section_id site_id term_name course_id user_id period room_number academic_year primary_teacher "
        "local_term_id session_type_id",
        _scheduled(words),
    )


def _scheduled(words: Words) -> Iterator[Row]:
    district, teachers = words.district, words.district.teachers_of()
    for one in district.classes.values():
        site = words.site(one.school_id)
        for place, teacher in enumerate(teachers.get(one.id, [None])):
            user = teacher and words.employee(district.people[teacher])
            for session in map(district.sessions.__getitem__, one.session_ids):
                yield (words.section(one), site, session.title, words.course(one.course_id), user, one.period,
                       one.room, session.school_year, place == 0 and user is not None, f"{site}-{session.id}",
                       NORMAL_SESSION)  # fmt: skip


def _students(words: Words) -> Table:
    return table(
        "student_id local_student_id state_student_id last_name first_name middle_name name_suffix aka_first_name "
        "birth_date gender primary_ethnicity secondary_ethnicity is_hispanic email primary_language address "
        "city state zip phone graduation_year site_id grade_level_id academic_year entry_date leave_date",
        (
            (words.student(s), s.id, s.state_id, s.family, s.given, _or_null(s.middle), _or_null(s.suffix),
             _or_null(s.preferred), _day(s.birth_date), s.gender, *_ethnicities(s), s.is_hispanic, _or_null(s.email),
             LANGUAGES.get(s.language, s.language), *_home(s.address), _or_null(s.phone), s.graduation_year,
             words.site(s.org_ids[0]), words.grade(s.grade), words.year, _day(s.entry_date), None)
            for s in words.district.of_role("student")
        ),
    )  # fmt: skip


def _ethnicities(person: Person) -> Row:
    first, second, *_ = *(ETHNICITIES[race] for race in person.races), None, None
    return first, second


def _home(address: Address | None) -> Row:
    return (address.street, address.city, address.state, address.postal_code) if address else (None,) * 4


def _enrollment(words: Words) -> Table:
    return table(
        "local_student_id site_id entry_date leave_date grade_level_id academic_year session_type_id is_primary_ada "
        "exit_code",
        (
            (s.id, words.site(s.org_ids[0]), _day(s.entry_date), None, words.grade(s.grade), words.year,
             NORMAL_SESSION, True, None)
            for s in words.district.of_role("student")
        ),
    )  # fmt: skip


def _rosters(words: Words) -> Table:
    """Site and section come as text here, and as numbers elsewhere."""
    return table(
        "local_student_id section_id course_id user_id entry_date leave_date site_id academic_year", _seats(words)
    )


def _seats(words: Words) -> Iterator[Row]:
    district, teachers = words.district, words.district.teachers_of()
    heads = {
        one.id: (
            str(words.section(one)),
            words.course(one.course_id),
            words.employee(district.people[teachers[one.id][0]]) if one.id in teachers else None,
            str(words.site(one.school_id)),
        )
        for one in district.classes.values()
    }
    for one in district.enrollments.values():
        if one.role == "student":
            section, course, user, site = heads[one.class_id]
            yield one.person_id, section, course, user, _day(one.begin), None, site, words.year


def _users(words: Words) -> Table:
    """Employees, with a password that no reader wants."""
    return table(
        "user_id local_user_id user_last_name user_first_name user_middle_name gender email_address username password "
        "job_title hire_date exit_date active phone1 phone2",
        (
            (words.employee(p), p.id, p.family, p.given, _or_null(p.middle), p.gender, p.email, p.username,
             f"pw-{p.username}", _or_null(p.title), _day(p.entry_date), None, True, _or_null(p.phone),
             _or_null(p.mobile))
            for p in words.district.of_role("teacher", "staff", "administrator")
        ),
    )  # fmt: skip


ROLES = {"teacher": "Teacher", "staff": "Office Staff", "administrator": "Administrator"}


def _roles(words: Words) -> Table:
    people = words.district.of_role(*ROLES)
    return table(
        "local_user_id site_id role_name academic_year session_type_id",
        (
            (p.id, site, ROLES[p.role], words.year, NORMAL_SESSION)
            for p in people
            for site in dict.fromkeys(map(words.site, p.org_ids))
        ),
    )


def _contacts(words: Words) -> Table:
    """A row for each student and contact."""
    people = words.district.people
    return table(
        "local_student_id contact_id contact_last_name contact_first_name address city state zip phone_1 phone_type_1 "
        "phone_2 phone_type_2 legal_guardian primary_contact contact_type email_address correspondence_language "
        "restraining_order family_household_id emergency_contact",
        (_contact(people[one.contact_id], one) for one in words.district.relationships),
    )


def _contact(person: Person, one: Relationship) -> Row:
    language = LANGUAGES.get(person.language, person.language)
    return (one.student_id, person.id, person.family, person.given, *_home(person.address), _or_null(person.phone),
            "Home" if person.phone else None, _or_null(person.mobile), "Cell" if person.mobile else None,
            one.has_custody, one.priority == 1, one.kind.capitalize(), _or_null(person.email), language, False,
            person.household_ids[0], one.is_emergency)  # fmt: skip
