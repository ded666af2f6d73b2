"""
DCID, ID and number of each thing, derived from the district's own ids.

They are three different key spaces that overlap on purpose: whoever joins by the wrong one gets another student,
school or section, as with a real server, and not an error.
"""

from simulators.model import Class, Org, Person
from simulators.schedule import FALL, SPRING, YEAR

OFFICE, GRADUATED = 0, 999999
YEAR_ID = 36  # 2026-27: the year it begins in, less 1990
TERMS = {
    YEAR: 0,
    FALL: 1,
    f"{FALL}-Q1": 2,
    f"{FALL}-Q2": 3,
    SPRING: 4,
    f"{SPRING}-Q3": 5,
    f"{SPRING}-Q4": 6,
}


def student_dcid(student: Person) -> int:
    return int(student.id) + 1


def student_number(student: Person) -> int:
    return int(student.number)


def student_id(student: Person) -> int:
    return student_number(student) + 3


def school_number(org: Org) -> int:
    """Departments belong to the district office, which is school 0."""
    return int(org.number) if org.kind == "school" else OFFICE


def school_dcid(org: Org) -> int:
    """The number of a neighbouring school."""
    area, digit = divmod(school_number(org), 10)
    return area * 10 + digit % 4 + 1


def serial(person: Person) -> int:
    """The running number of an employee or guardian."""
    return int(person.id[1:])


def users_dcid(employee: Person) -> int:
    return serial(employee) + 40


def staff_dcid(employee: Person, school: int) -> int:
    """SCHOOLSTAFF.DCID: one for each school of an employee."""
    return serial(employee) * 10_000 + school


def staff_id(employee: Person, school: int) -> int:
    return staff_dcid(employee, school) + 10_000


def section_dcid(class_: Class, course: int) -> int:
    """`course` is the place of the course in the catalogue, which never changes."""
    return int(class_.school_id) * 100_000 + course * 100 + class_.section


def section_id(class_: Class, course: int) -> int:
    return section_dcid(class_, course) + 1


def cc_dcid(student: Person, class_: Class, course: int) -> int:
    return student_number(student) * 100_000 + course * 100 + class_.section


def term_dcid(school: int, year_id: int, place: int) -> int:
    return (school * 100 + place) * 10 + YEAR_ID - year_id


def term_id(year_id: int, place: int) -> int:
    return year_id * 100 + place
