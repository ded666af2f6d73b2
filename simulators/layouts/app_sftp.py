"""
The sheets of a school app with an SFTP drop: staff apart, students and families together.

A person at two schools, and a guardian of two students, has two rows with the same Unique ID.
"""

from collections.abc import Iterator

from simulators.model import District, Person
from simulators.table import Sheet, sheet

RELATIONSHIP_TYPES = {"mother": "Parent", "father": "Parent", "guardian": "Guardian", "grandparent": "Relative"}


def sheets(district: District) -> list[Sheet]:
    return [
        sheet(
            "Staff.csv",
            "Unique ID,Employee ID,Role,Title,Department,First Name,Middle Name,Last Name,Email 1,Email 2,Phone 1,Phone 2,Image URL,"
            "Home Language,Organization ID",
            (
                (p.id, p.number, p.role.title(), p.title, p.department, p.given, p.middle, p.family, p.email, "", p.phone, p.mobile, "")
                + (p.language, org)
                for p in district.of_role("teacher", "staff", "administrator")
                for org in p.org_ids
            ),
            holds="person",
            id="Unique ID",
            given="First Name",
            family="Last Name",
            email="Email 1",
        ),
        sheet(
            "Users.csv",
            "Unique ID,Student ID,Role,Title,First Name,Middle Name,Last Name,Email 1,Email 2,Phone 1,Phone 2,Image URL,Home Language,"
            "Grade,Homeroom,Organization ID",
            (*_students(district), *_families(district)),
            holds="person",
            id="Unique ID",
            given="First Name",
            family="Last Name",
            email="Email 1",
            role="Role",
            grade="Grade",
        ),
        sheet(
            "Relationships.csv",
            "Parent Unique ID,Student Unique ID,Relationship Type,Primary,Portal Access,Emergency,Pickup,Custody,Lives With,Priority",
            (
                (r.contact_id, r.student_id, RELATIONSHIP_TYPES[r.kind], r.priority == 1, r.has_custody, r.is_emergency)
                + (r.may_pick_up, r.has_custody, r.lives_with, r.priority)
                for r in district.relationships
            ),
            holds="relationship",
            person="Student Unique ID",
        ),
        sheet(
            "Classes.csv",
            "Classroom ID,Classroom Name,Classroom Description,Organization ID",
            (
                (c.id, c.title, f"Period {c.period}, room {c.room}", c.school_id)
                for c in district.classes.values()
            ),
            holds="class",
            id="Classroom ID",
            title="Classroom Name",
        ),
        sheet(
            "Enrollments.csv",
            "Classroom ID,Person ID",
            ((e.class_id, e.person_id) for e in district.enrollments.values()),
            holds="enrollment",
            **{"class": "Classroom ID"},
            person="Person ID",
        ),
    ]


def _students(district: District) -> Iterator[tuple[object, ...]]:
    classes = district.classes
    homerooms = {e.person_id: e.class_id for e in district.enrollments.values() if classes[e.class_id].kind == "homeroom"}
    for s in district.of_role("student"):
        yield _user(s, "Student", s.number, s.grade, homerooms[s.id], s.org_ids[0])


def _families(district: District) -> Iterator[tuple[object, ...]]:
    """A guardian's row is repeated for each student, whose number it carries."""
    for r in district.relationships:
        student = district.people[r.student_id]
        role = RELATIONSHIP_TYPES[r.kind]
        yield _user(district.people[r.contact_id], role, student.number, "", "", student.org_ids[0])


def _user(person: Person, role: str, student_number: str, grade: str, homeroom: str, org: str) -> tuple[object, ...]:
    return (
        (person.id, student_number, role, "", person.given, person.middle, person.family, person.email, "")
        + (person.mobile or person.phone, person.phone if person.mobile else "", "", person.language, grade, homeroom, org)
    )  # fmt: skip
