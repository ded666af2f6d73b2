"""
Clever's SFTP files.

A student's row is repeated for each contact, and a teacher's row for each
school: group by the id before counting anybody.
"""

from collections.abc import Iterator
from datetime import date

from simulators.model import Address, Class, District, Person, Relationship
from simulators.table import Row, Sheet, sheet

LANGUAGES = {
    "en": "English", "es": "Spanish", "vi": "Vietnamese", "zh": "Chinese", "ja": "Japanese", "ko": "Korean",
    "ar": "Arabic", "he": "Hebrew", "uk": "Ukrainian", "ru": "Russian", "el": "Greek", "pl": "Polish",
    "tr": "Turkish", "is": "Icelandic", "fr": "French", "so": "Somali",
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
    return [
        _schools(district),
        sheet(
            "students.csv",
            _student_rows(district),
            holds="person",
            id="Student_id",
            given="First_name",
            family="Last_name",
            email="Student_email",
            grade="Grade",
            date="DOB",
        ),
        sheet(
            "teachers.csv",
            (
                {
                    "School_id": org,
                    "Teacher_id": t.id,
                    "Teacher_number": t.number,
                    "State_teacher_id": "",
                    "Teacher_email": t.email,
                    "First_name": t.given,
                    "Middle_name": t.middle,
                    "Last_name": t.family,
                    "Title": t.title,
                    "Username": t.username,
                    "Password": "",
                }
                for t in district.of_role("teacher")
                for org in t.org_ids
            ),
            holds="person",
            id="Teacher_id",
            given="First_name",
            family="Last_name",
            email="Teacher_email",
        ),
        _staff(district),
        _sections(district),
        sheet(
            "enrollments.csv",
            (
                {
                    "School_id": district.classes[e.class_id].school_id,
                    "Section_id": e.class_id,
                    "Student_id": e.person_id,
                }
                for e in district.enrollments.values()
                if e.role == "student"
            ),
            holds="enrollment",
            class_="Section_id",
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
        (
            {
                "School_id": o.id,
                "School_name": o.name,
                "School_number": o.number,
                "State_id": o.state_id,
                "Low_grade": _grade(o.grades[0]),
                "High_grade": _grade(o.grades[-1]),
                "Principal": f"{heads[o.id].given} {heads[o.id].family}",
                "Principal_email": heads[o.id].email,
                "School_address": o.address.street,
                "School_city": o.address.city,
                "School_state": o.address.state,
                "School_zip": o.address.postal_code,
                "School_phone": o.phone,
            }
            for o in district.of_kind("school")
        ),
    )


def _student_rows(district: District) -> Iterator[Row]:
    contacts = district.contacts()
    for student in district.of_role("student"):
        for relationship in contacts[student.id]:
            contact = _contact(relationship, district.people[relationship.contact_id])
            yield {**_student(student), **contact, **_account(student)}


def _student(student: Person) -> Row:
    home = student.address or Address("", "", "", "")
    return {
        "School_id": student.org_ids[0],
        "Student_id": student.id,
        "Student_number": student.number,
        "State_id": student.state_id,
        "Last_name": student.family,
        "Middle_name": student.middle,
        "First_name": student.given,
        "Grade": _grade(student.grade),
        "Gender": student.gender,
        "Graduation_year": student.graduation_year,
        "DOB": _us_date(student.birth_date),
        "Race": "M" if len(student.races) > 1 else "".join(RACES[one] for one in student.races),
        "Hispanic_Latino": "Y" if student.is_hispanic else "N",
        "Home_language": LANGUAGES[student.language],
        "Ell_status": "N" if student.language == "en" else "Y",
        "Frl_status": "",
        "IEP_status": "",
        "Student_street": home.street,
        "Student_city": home.city,
        "Student_state": home.state,
        "Student_zip": home.postal_code,
        "Student_email": student.email,
    }


def _contact(relationship: Relationship, person: Person) -> Row:
    return {
        "Contact_relationship": relationship.kind.title(),
        "Contact_type": CONTACT_TYPES[relationship.priority - 1],
        "Contact_name": f"{person.given} {person.family}",
        "Contact_phone": person.mobile or person.phone,
        "Contact_phone_type": "Cell" if person.mobile else "Home",
        "Contact_email": person.email,
        "Contact_sis_id": person.id,
    }


def _account(student: Person) -> Row:
    return {"Username": student.username, "Password": "", "Unweighted_gpa": "", "Weighted_gpa": ""}


def _staff(district: District) -> Sheet:
    """Everybody but the teachers; who works for the district counts for its first school."""
    schools = [school.id for school in district.of_kind("school")]
    return sheet(
        "staff.csv",
        (
            {
                "School_id": p.org_ids[0] if p.org_ids[0] in schools else schools[0],
                "Staff_id": p.id,
                "Staff_email": p.email,
                "First_name": p.given,
                "Last_name": p.family,
                "Department": p.department,
                "Title": p.title,
                "Username": p.username,
                "Password": "",
                "Role": "School Admin" if p.role == "administrator" else "School Staff",
            }
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
    return sheet(
        "sections.csv",
        (_section(district, class_, teachers[class_.id]) for class_ in district.classes.values()),
        holds="class",
        id="Section_id",
        title="Name",
    )


def _section(district: District, class_: Class, teachers: list[str]) -> Row:
    course, terms = district.courses[class_.course_id], [district.sessions[key] for key in class_.session_ids]
    others = (*teachers[1:], *[""] * 9)[:9]
    return {
        "School_id": class_.school_id,
        "Section_id": class_.id,
        "Teacher_id": teachers[0],
        **{f"Teacher_{place}_id": other for place, other in enumerate(others, start=2)},
        "Name": class_.title,
        "Section_number": class_.section,
        "Grade": _grade(class_.grade),
        "Course_name": course.title,
        "Course_number": course.id,
        "Course_description": "",
        "Period": class_.period,
        "Subject": SUBJECTS[course.subject],
        "Term_name": terms[0].title,
        "Term_start": _us_date(terms[0].start),
        "Term_end": _us_date(terms[-1].end),
    }
