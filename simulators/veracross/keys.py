"""
The numbers that Veracross gives: made from the district's own ids, so they stay from night to night.

People of all kinds share one space of numbers. Every number is below 2**53, which JSON can carry.
"""

from simulators.model import GRADES, Class, Course, Enrollment, Relationship

KINDERGARTEN = 20
_SUBJECTS = ("HR", "ELA", "MAT", "SCI", "MUS", "PED", "SOC", "LAN", "ART", "HEA")
_KINDS = {"G": 2_000_000, "E": 3_000_000, "F": 4_000_000}
_STUDENTS = 1_000_000


def person_pk(key: str) -> int:
    return _KINDS[key[0]] + int(key[1:]) if key[0] in _KINDS else _STUDENTS + int(key)


def household_pk(key: str) -> int:
    """`H000123B` is the second household of the family whose first is `H000123`."""
    return int(key[1:7]) * 2 + key.endswith("B")


def grade_code(grade: str) -> int:
    """A code, not a number to count with: Kindergarten comes after grade 12."""
    return KINDERGARTEN if grade == "KG" else int(grade)


def course_pk(course: Course) -> int:
    return _course(course.id, course.grade) + 100_000


def class_pk(class_: Class) -> int:
    return int(class_.school_id) * 1_000_000 + _course(class_.course_id, class_.grade) * 100 + class_.section


def enrollment_pk(enrollment: Enrollment, class_: Class) -> int:
    """A student is in one school and one grade, so subject and section tell their enrollments apart."""
    subject = _course(class_.course_id, class_.grade) // 100
    return person_pk(enrollment.person_id) * 10_000 + subject * 100 + class_.section


def permission_pk(enrollment: Enrollment, class_: Class) -> int:
    return class_pk(class_) * 100_000 + int(enrollment.person_id[1:])


def relationship_pk(relationship: Relationship) -> int:
    """A family has at most two guardians, with an even and an odd number."""
    return person_pk(relationship.student_id) * 2 + int(relationship.contact_id[1:]) % 2


def _course(key: str, grade: str) -> int:
    return _SUBJECTS.index(key.removesuffix(grade)) * 100 + GRADES.index(grade)
