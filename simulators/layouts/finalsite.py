"""Tab-delimited constituent sheets; ImportID is the left-most column of people."""

from collections.abc import Iterable

from simulators.model import Address, Class, District, Person
from simulators.table import Row, Sheet, sheet

RELATIONSHIP_TYPES = {"mother": "Mother", "father": "Father", "guardian": "Guardian", "grandparent": "Grandparent"}
_MEANING = {"id": "ImportID", "given": "FirstName", "family": "LastName", "email": "email_primary"}


def sheets(district: District) -> list[Sheet]:
    return [
        _tabbed(
            "fs_faculty.txt",
            (
                {
                    **_person(p, "Email_Work"),
                    "Title1": p.title,
                    "Department1": p.department,
                    **_locations(district, p),
                    "HireDate": p.entry_date,
                }
                for p in district.of_role("teacher", "staff", "administrator")
            ),
            holds="person",
            **_MEANING,
        ),
        _tabbed(
            "fs_student.txt",
            (
                {
                    **_person(p, "Email_School"),
                    "BirthDate": p.birth_date,
                    "GradeLevel": p.grade,
                    "ClassYear": p.graduation_year,
                    "School": p.org_ids[0],
                    "EntryDate": p.entry_date,
                    "EnrollmentStatus": "Enrolled",
                    "StudentID": p.number,
                    "StateID": p.state_id,
                }
                for p in district.of_role("student")
            ),
            holds="person",
            **_MEANING,
            grade="GradeLevel",
            date="BirthDate",
        ),
        _tabbed(
            "fs_parent.txt",
            (_person(p, "Email_Home") for p in district.of_role("guardian")),
            holds="person",
            **_MEANING,
        ),
        _tabbed(
            "fs_relationship.txt",
            (
                {
                    "ImportID": r.student_id,
                    "RelatedImportID": r.contact_id,
                    "RelationshipType": RELATIONSHIP_TYPES[r.kind],
                    "PortalAccess": r.has_custody,
                    "Primary": r.priority == 1,
                    "Financial": r.has_custody,
                }
                for r in district.relationships
            ),
            holds="relationship",
            person="ImportID",
        ),
        _classes(district),
        _tabbed(
            "fs_enrollment.txt",
            (
                {
                    "ImportID": e.person_id,
                    "ClassID": e.class_id,
                    "Role": e.role,
                    "StartDate": e.begin,
                    "EndDate": e.end,
                    "Primary": e.is_primary,
                }
                for e in district.enrollments.values()
            ),
            holds="enrollment",
            class_="ClassID",
            person="ImportID",
            role="Role",
        ),
    ]


def _tabbed(name: str, rows: Iterable[Row], *, holds: str, **meaning: str) -> Sheet:
    return sheet(name, rows, holds=holds, delimiter="\t", **meaning)


def _person(p: Person, email_kind: str) -> Row:
    home = p.address or Address("", "", "", "", "")
    return {
        "ImportID": p.id,
        "Username": p.username,
        "HouseholdID": p.household_ids,
        "Prefix": p.prefix,
        "FirstName": p.given,
        "MiddleName": p.middle,
        "LastName": p.family,
        "Suffix": p.suffix,
        "PreferredName": p.preferred,
        "Gender": p.gender,
        "HomeLanguage": p.language,
        email_kind: p.email,
        "email_primary": p.email,
        "Phone_Home": p.phone,
        "Phone_Cell": p.mobile,
        "Address1": home.street,
        "City": home.city,
        "State": home.state,
        "Zip": home.postal_code,
        "Country": home.country,
    }


def _locations(district: District, person: Person) -> Row:
    names = [district.orgs[org].name for org in person.org_ids]
    return {"Location1": names[0], "Location2": names[1] if len(names) > 1 else ""}


def _classes(district: District) -> Sheet:
    teachers = district.teachers_of()
    return _tabbed(
        "fs_classes.txt",
        (_class(district, class_, teachers[class_.id]) for class_ in district.classes.values()),
        holds="class",
        id="ClassID",
        title="ClassName",
    )


def _class(district: District, class_: Class, teachers: list[str]) -> Row:
    course, terms = district.courses[class_.course_id], [district.sessions[key] for key in class_.session_ids]
    return {
        "ClassID": class_.id,
        "ClassName": class_.title,
        "CourseCode": course.id,
        "CourseName": course.title,
        "Section": class_.section,
        "Subject": course.subject,
        "Grade": class_.grade,
        "Term": terms[0].title,
        "SchoolYear": terms[0].school_year,
        "StartDate": terms[0].start,
        "EndDate": terms[-1].end,
        "Period": class_.period,
        "Room": class_.room,
        "SchoolID": class_.school_id,
        "TeacherImportID1": teachers[0],
        "TeacherImportID2": teachers[1] if len(teachers) > 1 else "",
    }
