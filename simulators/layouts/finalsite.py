"""Tab-delimited constituent sheets; ImportID is the left-most column of people."""

from collections.abc import Iterator

from simulators.model import Address, Class, District, Person
from simulators.table import Sheet, sheet

_PERSON = (
    "ImportID,Username,HouseholdID,Prefix,FirstName,MiddleName,LastName,Suffix,PreferredName,Gender,HomeLanguage,{email},"
    "email_primary,Phone_Home,Phone_Cell,Address1,City,State,Zip,Country"
)
RELATIONSHIP_TYPES = {"mother": "Mother", "father": "Father", "guardian": "Guardian", "grandparent": "Grandparent"}
_MEANING = {"id": "ImportID", "given": "FirstName", "family": "LastName", "email": "email_primary"}


def sheets(district: District) -> list[Sheet]:
    return [
        _tabbed(
            "fs_faculty.txt",
            _PERSON.format(email="Email_Work") + ",Title1,Department1,Location1,Location2,HireDate",
            (
                (*_person(p), p.title, p.department, *_locations(district, p), p.entry_date)
                for p in district.of_role("teacher", "staff", "administrator")
            ),
            holds="person",
            **_MEANING,
        ),
        _tabbed(
            "fs_student.txt",
            _PERSON.format(email="Email_School") + ",BirthDate,GradeLevel,ClassYear,School,EntryDate,EnrollmentStatus,StudentID,StateID",
            (
                (*_person(p), p.birth_date, p.grade, p.graduation_year, p.org_ids[0], p.entry_date, "Enrolled", p.number, p.state_id)
                for p in district.of_role("student")
            ),
            holds="person",
            **_MEANING,
            grade="GradeLevel",
            date="BirthDate",
        ),
        _tabbed(
            "fs_parent.txt",
            _PERSON.format(email="Email_Home"),
            (_person(p) for p in district.of_role("guardian")),
            holds="person",
            **_MEANING,
        ),
        _tabbed(
            "fs_relationship.txt",
            "ImportID,RelatedImportID,RelationshipType,PortalAccess,Primary,Financial",
            (
                (r.student_id, r.contact_id, RELATIONSHIP_TYPES[r.kind], r.has_custody, r.priority == 1, r.has_custody)
                for r in district.relationships
            ),
            holds="relationship",
            person="ImportID",
        ),
        _classes(district),
        _tabbed(
            "fs_enrollment.txt",
            "ImportID,ClassID,Role,StartDate,EndDate,Primary",
            ((e.person_id, e.class_id, e.role, e.begin, e.end, e.is_primary) for e in district.enrollments.values()),
            holds="enrollment",
            **{"class": "ClassID"},
            person="ImportID",
            role="Role",
        ),
    ]


def _tabbed(name: str, columns: str, rows: Iterator[tuple[object, ...]], *, holds: str, **meaning: str) -> Sheet:
    return sheet(name, columns, rows, holds=holds, delimiter="\t", **meaning)


def _person(p: Person) -> tuple[object, ...]:
    home = p.address or Address("", "", "", "", "")
    return (
        (p.id, p.username, p.household_ids, p.prefix, p.given, p.middle, p.family, p.suffix, p.preferred, p.gender, p.language)
        + (p.email, p.email, p.phone, p.mobile, home.street, home.city, home.state, home.postal_code, home.country)
    )  # fmt: skip


def _locations(district: District, person: Person) -> tuple[str, str]:
    names = [district.orgs[org].name for org in person.org_ids]
    return names[0], names[1] if len(names) > 1 else ""


def _classes(district: District) -> Sheet:
    teachers = district.teachers_of()
    return _tabbed(
        "fs_classes.txt",
        "ClassID,ClassName,CourseCode,CourseName,Section,Subject,Grade,Term,SchoolYear,StartDate,EndDate,Period,Room,SchoolID,"
        "TeacherImportID1,TeacherImportID2",
        (_class(district, class_, teachers[class_.id]) for class_ in district.classes.values()),
        holds="class",
        id="ClassID",
        title="ClassName",
    )


def _class(district: District, class_: Class, teachers: list[str]) -> tuple[object, ...]:
    course, terms = district.courses[class_.course_id], [district.sessions[key] for key in class_.session_ids]
    return (
        (class_.id, class_.title, course.id, course.title, class_.section, course.subject, class_.grade, terms[0].title)
        + (terms[0].school_year, terms[0].start, terms[-1].end, class_.period, class_.room, class_.school_id)
        + (teachers[0], teachers[1] if len(teachers) > 1 else "")
    )  # fmt: skip
