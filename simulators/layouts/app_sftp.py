"""
The sheets of a school app with an SFTP drop: staff apart, students and families together.

A person at two schools, and a guardian of two students, has two rows with the same Unique ID.
"""

from collections.abc import Iterator

from simulators.model import District, Person
from simulators.table import Row, Sheet, sheet

RELATIONSHIP_TYPES = {"mother": "Parent", "father": "Parent", "guardian": "Guardian", "grandparent": "Relative"}


def sheets(district: District) -> list[Sheet]:
    return [
        sheet(
            "Staff.csv",
            (
                {
                    "Unique ID": p.id,
                    "Employee ID": p.number,
                    "Role": p.role.title(),
                    "Title": p.title,
                    "Department": p.department,
                    "First Name": p.given,
                    "Middle Name": p.middle,
                    "Last Name": p.family,
                    "Email 1": p.email,
                    "Email 2": "",
                    "Phone 1": p.phone,
                    "Phone 2": p.mobile,
                    "Image URL": "",
                    "Home Language": p.language,
                    "Organization ID": org,
                }
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
            (
                {
                    "Parent Unique ID": r.contact_id,
                    "Student Unique ID": r.student_id,
                    "Relationship Type": RELATIONSHIP_TYPES[r.kind],
                    "Primary": r.priority == 1,
                    "Portal Access": r.has_custody,
                    "Emergency": r.is_emergency,
                    "Pickup": r.may_pick_up,
                    "Custody": r.has_custody,
                    "Lives With": r.lives_with,
                    "Priority": r.priority,
                }
                for r in district.relationships
            ),
            holds="relationship",
            person="Student Unique ID",
        ),
        sheet(
            "Classes.csv",
            (
                {
                    "Classroom ID": c.id,
                    "Classroom Name": c.title,
                    "Classroom Description": f"Period {c.period}, room {c.room}",
                    "Organization ID": c.school_id,
                }
                for c in district.classes.values()
            ),
            holds="class",
            id="Classroom ID",
            title="Classroom Name",
        ),
        sheet(
            "Enrollments.csv",
            ({"Classroom ID": e.class_id, "Person ID": e.person_id} for e in district.enrollments.values()),
            holds="enrollment",
            class_="Classroom ID",
            person="Person ID",
        ),
    ]


def _students(district: District) -> Iterator[Row]:
    classes = district.classes
    homerooms = {
        e.person_id: e.class_id for e in district.enrollments.values() if classes[e.class_id].kind == "homeroom"
    }
    for s in district.of_role("student"):
        yield _user(s, "Student", s.number, s.grade, homerooms[s.id], s.org_ids[0])


def _families(district: District) -> Iterator[Row]:
    """A guardian's row is repeated for each student, whose number it carries."""
    for r in district.relationships:
        student = district.people[r.student_id]
        role = RELATIONSHIP_TYPES[r.kind]
        yield _user(district.people[r.contact_id], role, student.number, "", "", student.org_ids[0])


def _user(person: Person, role: str, student_number: str, grade: str, homeroom: str, org: str) -> Row:
    return {
        "Unique ID": person.id,
        "Student ID": student_number,
        "Role": role,
        "Title": "",
        "First Name": person.given,
        "Middle Name": person.middle,
        "Last Name": person.family,
        "Email 1": person.email,
        "Email 2": "",
        "Phone 1": person.mobile or person.phone,
        "Phone 2": person.phone if person.mobile else "",
        "Image URL": "",
        "Home Language": person.language,
        "Grade": grade,
        "Homeroom": homeroom,
        "Organization ID": org,
    }
