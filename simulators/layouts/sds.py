"""Microsoft School Data Sync: the classic v1 files, which have no guardians, and v2.1."""

from datetime import date

from simulators.model import District, Org, Person
from simulators.table import Row, Sheet, sheet

STAFF_ROLES = {
    "Nurse": "nurse",
    "Office Manager": "officeStaff",
    "SIS Administrator": "itAdmin",
    "Principal": "principal",
}
CONTACT_ROLES = {"mother": "parent", "father": "parent", "grandparent": "relative"}


def _us_date(value: date | None) -> str:
    return f"{value.month}/{value.day}/{value.year}" if value else ""


def _grade_v1(grade: str) -> str:
    return "KG" if grade == "KG" else str(int(grade))


def sheets_v1(district: District) -> list[Sheet]:
    students, teachers, classes = district.of_role("student"), district.of_role("teacher"), district.classes
    return [
        sheet(
            "School.csv",
            (_school_v1(district, school) for school in district.of_kind("school")),
        ),
        sheet(
            "Section.csv",
            (_section_v1(district, key) for key in classes),
            holds="class",
            id="SIS ID",
            title="Section Name",
        ),
        sheet(
            "Student.csv",
            (
                {
                    "SIS ID": s.id,
                    "School SIS ID": s.org_ids[0],
                    "First Name": s.given,
                    "Last Name": s.family,
                    "Username": s.username,
                    "Password": "",
                    "State ID": s.state_id,
                    "Secondary Email": s.email,
                    "Student Number": s.number,
                    "Middle Name": s.middle,
                    "Grade": _grade_v1(s.grade),
                    "Status": "Active",
                    "Birthdate": _us_date(s.birth_date),
                    "Graduation Year": s.graduation_year,
                }
                for s in students
            ),
            holds="person",
            id="SIS ID",
            given="First Name",
            family="Last Name",
            email="Secondary Email",
            grade="Grade",
            date="Birthdate",
        ),
        sheet(
            "Teacher.csv",
            (
                {
                    "SIS ID": t.id,
                    "School SIS ID": org,
                    "First Name": t.given,
                    "Last Name": t.family,
                    "Username": t.username,
                    "Password": "",
                    "State ID": "",
                    "Teacher Number": t.number,
                    "Status": "Active",
                    "Middle Name": t.middle,
                    "Secondary Email": t.email,
                    "Title": t.title,
                    "Qualification": "",
                }
                for t in teachers
                for org in t.org_ids
            ),
            holds="person",
            id="SIS ID",
            given="First Name",
            family="Last Name",
            email="Secondary Email",
        ),
        _roster(district, "StudentEnrollment.csv", "student"),
        _roster(district, "TeacherRoster.csv", "teacher"),
    ]


def _school_v1(district: District, school: Org) -> Row:
    head = next(p for p in district.of_role("administrator") if p.org_ids[0] == school.id and p.title == "Principal")
    place = school.address
    return {
        "SIS ID": school.id,
        "Name": school.name,
        "School Number": school.number,
        "School NCES_ID": "",
        "State ID": school.state_id,
        "Grade Low": _grade_v1(school.grades[0]),
        "Grade High": _grade_v1(school.grades[-1]),
        "Principal SIS ID": head.id,
        "Principal Name": f"{head.given} {head.family}",
        "Principal Secondary Email": head.email,
        "Address": place.street,
        "City": place.city,
        "State": place.state,
        "Country": place.country,
        "Zip": place.postal_code,
        "Phone": school.phone,
        "Zone": "",
    }


def _section_v1(district: District, key: str) -> Row:
    class_ = district.classes[key]
    course, terms = district.courses[class_.course_id], [district.sessions[term] for term in class_.session_ids]
    return {
        "SIS ID": class_.id,
        "School SIS ID": class_.school_id,
        "Section Name": class_.title,
        "Section Number": class_.section,
        "Term SIS ID": terms[0].id,
        "Term Name": terms[0].title,
        "Term StartDate": _us_date(terms[0].start),
        "Term EndDate": _us_date(terms[-1].end),
        "Course SIS ID": course.id,
        "Course Name": course.title,
        "Course Number": course.id,
        "Course Description": "",
        "Course Subject": course.subject,
        "Periods": class_.period,
        "Status": "Active",
    }


def _roster(district: District, name: str, role: str) -> Sheet:
    return sheet(
        name,
        (
            {"Section SIS ID": e.class_id, "SIS ID": e.person_id}
            for e in district.enrollments.values()
            if e.role == role
        ),
        holds="enrollment",
        class_="Section SIS ID",
        person="SIS ID",
    )


def sheets_v21(district: District) -> list[Sheet]:
    people, courses = district.people, district.courses
    return [
        sheet(
            "orgs.csv",
            (
                {"sourcedId": o.id, "name": o.name, "type": o.kind, "parentSourcedId": o.parent_id}
                for o in district.orgs.values()
            ),
        ),
        sheet(
            "academicSessions.csv",
            (
                {
                    "sourcedId": s.id,
                    "title": s.title,
                    "type": s.kind,
                    "schoolYear": s.school_year,
                    "startDate": s.start,
                    "endDate": s.end,
                }
                for s in district.sessions.values()
            ),
        ),
        sheet(
            "users.csv",
            (
                {
                    "sourcedId": p.id,
                    "username": _login(p),
                    "givenName": p.given,
                    "familyName": p.family,
                    "password": "",
                    "activeDirectoryMatchId": "",
                    "email": p.email,
                    "phone": p.phone,
                    "sms": p.mobile,
                }
                for p in people.values()
            ),
            holds="person",
            id="sourcedId",
            given="givenName",
            family="familyName",
            email="email",
        ),
        sheet(
            "roles.csv",
            (
                {
                    "userSourcedId": p.id,
                    "orgSourcedId": org,
                    "role": STAFF_ROLES.get(p.title, p.role),
                    "sessionSourcedId": "SY2027",
                    "grade": p.grade,
                    "isPrimary": org == p.org_ids[0],
                    "roleStartDate": p.entry_date,
                    "roleEndDate": "",
                }
                for p in people.values()
                if p.role != "guardian"
                for org in p.org_ids
            ),
            role="role",
            grade="grade",
            person="userSourcedId",
        ),
        sheet(
            "courses.csv",
            (
                {
                    "sourcedId": c.id,
                    "orgSourcedId": c.org_id,
                    "title": c.title,
                    "code": c.id,
                    "schoolYearSourcedId": c.session_id,
                    "subject": c.subject,
                    "grade": c.grade,
                }
                for c in courses.values()
            ),
        ),
        sheet(
            "classes.csv",
            (
                {
                    "sourcedId": c.id,
                    "orgSourcedId": c.school_id,
                    "title": c.title,
                    "sessionSourcedIds": c.session_ids,
                    "courseSourcedId": c.course_id,
                    "code": f"{c.course_id}-{c.section}",
                }
                for c in district.classes.values()
            ),
            holds="class",
            id="sourcedId",
            title="title",
        ),
        sheet(
            "enrollments.csv",
            (
                {"classSourcedId": e.class_id, "userSourcedId": e.person_id, "role": e.role}
                for e in district.enrollments.values()
            ),
            holds="enrollment",
            class_="classSourcedId",
            person="userSourcedId",
        ),
        sheet(
            "demographics.csv",
            (
                {
                    "userSourcedId": s.id,
                    "sex": {"F": "female", "M": "male", "X": "other"}[s.gender],
                    "birthDate": s.birth_date,
                    "birthCity": s.birth_city,
                    "birthState": s.birth_state,
                    "birthCountry": s.birth_country,
                    "ethnicityCodes": "hispanicOrLatinoEthnicity" if s.is_hispanic else "",
                    "raceCodes": s.races,
                }
                for s in district.of_role("student")
            ),
            date="birthDate",
            person="userSourcedId",
        ),
        sheet(
            "relationships.csv",
            (
                {
                    "userSourcedId": r.student_id,
                    "relationshipUserSourcedId": r.contact_id,
                    "relationshipRole": CONTACT_ROLES.get(r.kind, r.kind),
                }
                for r in district.relationships
                if people[r.contact_id].email
            ),
            holds="relationship",
            person="userSourcedId",
        ),
    ]


def _login(person: Person) -> str:
    """A user name with a domain, which this layout asks for; guardians sign in with their own address."""
    own = person.email if person.role == "guardian" else ""
    return own or f"{person.username}@harrowcreek.example"
