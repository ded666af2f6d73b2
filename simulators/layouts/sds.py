"""Microsoft School Data Sync: the classic v1 files, which have no guardians, and v2.1."""

from datetime import date

from simulators.model import District, Org, Person
from simulators.table import Sheet, sheet

STAFF_ROLES = {"Nurse": "nurse", "Office Manager": "officeStaff", "SIS Administrator": "itAdmin", "Principal": "principal"}
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
            "SIS ID,Name,School Number,School NCES_ID,State ID,Grade Low,Grade High,Principal SIS ID,Principal Name,"
            "Principal Secondary Email,Address,City,State,Country,Zip,Phone,Zone",
            (_school_v1(district, school) for school in district.of_kind("school")),
        ),
        sheet(
            "Section.csv",
            "SIS ID,School SIS ID,Section Name,Section Number,Term SIS ID,Term Name,Term StartDate,Term EndDate,"
            "Course SIS ID,Course Name,Course Number,Course Description,Course Subject,Periods,Status",
            (_section_v1(district, key) for key in classes),
            holds="class",
            id="SIS ID",
            title="Section Name",
        ),
        sheet(
            "Student.csv",
            "SIS ID,School SIS ID,First Name,Last Name,Username,Password,State ID,Secondary Email,Student Number,Middle Name,Grade,"
            "Status,Birthdate,Graduation Year",
            (
                (s.id, s.org_ids[0], s.given, s.family, s.username, "", s.state_id, s.email, s.number, s.middle, _grade_v1(s.grade))
                + ("Active", _us_date(s.birth_date), s.graduation_year)
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
            "SIS ID,School SIS ID,First Name,Last Name,Username,Password,State ID,Teacher Number,Status,Middle Name,Secondary Email,"
            "Title,Qualification",
            (
                (t.id, org, t.given, t.family, t.username, "", "", t.number, "Active", t.middle, t.email, t.title, "")
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


def _school_v1(district: District, school: Org) -> tuple[object, ...]:
    head = next(p for p in district.of_role("administrator") if p.org_ids[0] == school.id and p.title == "Principal")
    place = school.address
    return (
        (school.id, school.name, school.number, "", school.state_id, _grade_v1(school.grades[0]), _grade_v1(school.grades[-1]))
        + (head.id, f"{head.given} {head.family}", head.email)
        + (place.street, place.city, place.state, place.country, place.postal_code, school.phone, "")
    )


def _section_v1(district: District, key: str) -> tuple[object, ...]:
    class_ = district.classes[key]
    course, terms = district.courses[class_.course_id], [district.sessions[term] for term in class_.session_ids]
    return (
        (class_.id, class_.school_id, class_.title, class_.section, terms[0].id, terms[0].title)
        + (_us_date(terms[0].start), _us_date(terms[-1].end), course.id, course.title, course.id, "", course.subject)
        + (class_.period, "Active")
    )


def _roster(district: District, name: str, role: str) -> Sheet:
    return sheet(
        name,
        "Section SIS ID,SIS ID",
        ((e.class_id, e.person_id) for e in district.enrollments.values() if e.role == role),
        holds="enrollment",
        **{"class": "Section SIS ID"},
        person="SIS ID",
    )


def sheets_v21(district: District) -> list[Sheet]:
    people, courses = district.people, district.courses
    return [
        sheet("orgs.csv", "sourcedId,name,type,parentSourcedId", ((o.id, o.name, o.kind, o.parent_id) for o in district.orgs.values())),
        sheet(
            "academicSessions.csv",
            "sourcedId,title,type,schoolYear,startDate,endDate",
            ((s.id, s.title, s.kind, s.school_year, s.start, s.end) for s in district.sessions.values()),
        ),
        sheet(
            "users.csv",
            "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms",
            ((p.id, _login(p), p.given, p.family, "", "", p.email, p.phone, p.mobile) for p in people.values()),
            holds="person",
            id="sourcedId",
            given="givenName",
            family="familyName",
            email="email",
        ),
        sheet(
            "roles.csv",
            "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate",
            (
                (p.id, org, STAFF_ROLES.get(p.title, p.role), "SY2027", p.grade, org == p.org_ids[0], p.entry_date, "")
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
            "sourcedId,orgSourcedId,title,code,schoolYearSourcedId,subject,grade",
            ((c.id, c.org_id, c.title, c.id, c.session_id, c.subject, c.grade) for c in courses.values()),
        ),
        sheet(
            "classes.csv",
            "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code",
            ((c.id, c.school_id, c.title, c.session_ids, c.course_id, f"{c.course_id}-{c.section}") for c in district.classes.values()),
            holds="class",
            id="sourcedId",
            title="title",
        ),
        sheet(
            "enrollments.csv",
            "classSourcedId,userSourcedId,role",
            ((e.class_id, e.person_id, e.role) for e in district.enrollments.values()),
            holds="enrollment",
            **{"class": "classSourcedId"},
            person="userSourcedId",
        ),
        sheet(
            "demographics.csv",
            "userSourcedId,sex,birthDate,birthCity,birthState,birthCountry,ethnicityCodes,raceCodes",
            (
                (s.id, {"F": "female", "M": "male", "X": "other"}[s.gender], s.birth_date, s.birth_city, s.birth_state, s.birth_country)
                + ("hispanicOrLatinoEthnicity" if s.is_hispanic else "", s.races)
                for s in district.of_role("student")
            ),
            date="birthDate",
            person="userSourcedId",
        ),
        sheet(
            "relationships.csv",
            "userSourcedId,relationshipUserSourcedId,relationshipRole",
            ((r.student_id, r.contact_id, CONTACT_ROLES.get(r.kind, r.kind)) for r in district.relationships if people[r.contact_id].email),
            holds="relationship",
            person="userSourcedId",
        ),
    ]


def _login(person: Person) -> str:
    """A user name with a domain, which this layout asks for; guardians sign in with their own address."""
    own = person.email if person.role == "guardian" else ""
    return own or f"{person.username}@harrowcreek.example"
