"""
Clever's SFTP files.

A student's row is repeated for each contact, and a teacher's row for each
school: group by the id before counting anybody.
"""

from collections.abc import Iterator
from datetime import date

from simulators.model import Class, District, Person, Relationship
from simulators.table import Sheet, sheet

LANGUAGES = {
    "en": "English", "es": "Spanish", "vi": "Vietnamese", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ar": "Arabic",
    "he": "Hebrew", "uk": "Ukrainian", "ru": "Russian", "el": "Greek", "pl": "Polish", "tr": "Turkish", "is": "Icelandic",
    "fr": "French", "so": "Somali",
}  # fmt: skip
SUBJECTS = {
    "Homeroom": "homeroom/advisory",
    "English Language Arts": "english/language arts",
    "Mathematics": "math",
    "Science": "science",
    "Social Studies": "social studies",
    "World Languages": "language",
    "Physical Education": "PE and health",
    "Arts, Music & Drama": "arts and music",
}
RACES = {
    "americanIndianOrAlaskaNative": "I",
    "asian": "A",
    "blackOrAfricanAmerican": "B",
    "nativeHawaiianOrOtherPacificIslander": "P",
    "white": "W",
}
CONTACT_TYPES = ("primary", "secondary")


def sheets(district: District) -> list[Sheet]:
    name = {"id": "", "given": "First_name", "family": "Last_name"}
    return [
        _schools(district),
        sheet(
            "students.csv",
            "School_id,Student_id,Student_number,State_id,Last_name,Middle_name,First_name,Grade,Gender,Graduation_year,DOB,Race,"
            "Hispanic_Latino,Home_language,Ell_status,Frl_status,IEP_status,Student_street,Student_city,Student_state,Student_zip,"
            "Student_email,Contact_relationship,Contact_type,Contact_name,Contact_phone,Contact_phone_type,Contact_email,"
            "Contact_sis_id,Username,Password,Unweighted_gpa,Weighted_gpa",
            _student_rows(district),
            holds="person",
            **{**name, "id": "Student_id"},
            email="Student_email",
            grade="Grade",
            date="DOB",
        ),
        sheet(
            "teachers.csv",
            "School_id,Teacher_id,Teacher_number,State_teacher_id,Teacher_email,First_name,Middle_name,Last_name,Title,Username,Password",
            (
                (org, t.id, t.number, "", t.email, t.given, t.middle, t.family, t.title, t.username, "")
                for t in district.of_role("teacher")
                for org in t.org_ids
            ),
            holds="person",
            **{**name, "id": "Teacher_id"},
            email="Teacher_email",
        ),
        _staff(district),
        _sections(district),
        sheet(
            "enrollments.csv",
            "School_id,Section_id,Student_id",
            ((district.classes[e.class_id].school_id, e.class_id, e.person_id) for e in district.enrollments.values() if e.role == "student"),
            holds="enrollment",
            **{"class": "Section_id"},
            person="Student_id",
        ),
    ]


def _us_date(value: date | None) -> str:
    return f"{value:%m/%d/%Y}" if value else ""


def _grade(grade: str) -> str:
    return "Kindergarten" if grade == "KG" else str(int(grade))


def _schools(district: District) -> Sheet:
    heads = {p.org_ids[0]: p for p in district.of_role("administrator") if p.title == "Principal"}
    return sheet(
        "schools.csv",
        "School_id,School_name,School_number,State_id,Low_grade,High_grade,Principal,Principal_email,School_address,School_city,"
        "School_state,School_zip,School_phone",
        (
            (o.id, o.name, o.number, o.state_id, _grade(o.grades[0]), _grade(o.grades[-1]))
            + (f"{heads[o.id].given} {heads[o.id].family}", heads[o.id].email)
            + (o.address.street, o.address.city, o.address.state, o.address.postal_code, o.phone)
            for o in district.of_kind("school")
        ),
    )


def _student_rows(district: District) -> Iterator[tuple[object, ...]]:
    contacts = district.contacts()
    for s in district.of_role("student"):
        home = s.address
        ethnicity = "Y" if s.is_hispanic else "N"
        race = "M" if len(s.races) > 1 else "".join(RACES[one] for one in s.races)
        fixed = (s.org_ids[0], s.id, s.number, s.state_id, s.family, s.middle, s.given, _grade(s.grade), s.gender, s.graduation_year)
        fixed += (_us_date(s.birth_date), race, ethnicity, LANGUAGES[s.language], "N" if s.language == "en" else "Y", "", "")
        fixed += (home.street, home.city, home.state, home.postal_code, s.email) if home else ("", "", "", "", s.email)
        for relationship in contacts[s.id]:
            yield (*fixed, *_contact(relationship, district.people[relationship.contact_id]), s.username, "", "", "")


def _contact(relationship: Relationship, person: Person) -> tuple[str, ...]:
    number, kind = (person.mobile, "Cell") if person.mobile else (person.phone, "Home")
    name = f"{person.given} {person.family}"
    return relationship.kind.title(), CONTACT_TYPES[relationship.priority - 1], name, number, kind, person.email, person.id


def _staff(district: District) -> Sheet:
    """Everybody but the teachers; who works for the district counts for its first school."""
    schools = {school.id: school.id for school in district.of_kind("school")}
    first = next(iter(schools))
    return sheet(
        "staff.csv",
        "School_id,Staff_id,Staff_email,First_name,Last_name,Department,Title,Username,Password,Role",
        (
            (schools.get(p.org_ids[0], first), p.id, p.email, p.given, p.family, p.department, p.title, p.username, "")
            + ("School Admin" if p.role == "administrator" else "School Staff",)
            for p in district.of_role("staff", "administrator")
        ),
        holds="person",
        id="Staff_id",
        given="First_name",
        family="Last_name",
        email="Staff_email",
    )


def _sections(district: District) -> Sheet:
    teachers = district.teachers_of()
    others = ",".join(f"Teacher_{place}_id" for place in range(2, 11))
    return sheet(
        "sections.csv",
        f"School_id,Section_id,Teacher_id,{others},Name,Section_number,Grade,Course_name,Course_number,Course_description,Period,"
        "Subject,Term_name,Term_start,Term_end",
        (_section(district, class_, teachers[class_.id]) for class_ in district.classes.values()),
        holds="class",
        id="Section_id",
        title="Name",
    )


def _section(district: District, class_: Class, teachers: list[str]) -> tuple[object, ...]:
    course, terms = district.courses[class_.course_id], [district.sessions[key] for key in class_.session_ids]
    ten = (*teachers, *[""] * 10)[:10]
    return (
        (class_.school_id, class_.id, *ten, class_.title, class_.section, _grade(class_.grade), course.title, course.id, "")
        + (class_.period, SUBJECTS[course.subject], terms[0].title, _us_date(terms[0].start), _us_date(terms[-1].end))
    )  # fmt: skip
