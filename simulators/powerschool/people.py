"""Students and staff as rows."""

from collections.abc import Iterable, Iterator
from typing import Any

from simulators.model import District, HealthAlert, Person, Relationship
from simulators.powerschool import keys
from simulators.powerschool.timetable import after, day, grade_level
from simulators.schedule import YEAR

SELF = 1  # PSM_STUDENTCONTACTTYPE: the student's own address
RACES = {
    "americanIndianOrAlaskaNative": "I",
    "asian": "A",
    "blackOrAfricanAmerican": "B",
    "nativeHawaiianOrOtherPacificIslander": "P",
    "white": "W",
}
# Code of the district -> its own name for it, and the federal category.
RACE_CODES = {
    "I": ("American Indian", "American Indian or Alaska Native"),
    "A": ("Asian", "Asian"),
    "B": ("Black or African American", "Black or African American"),
    "P": ("Pacific Islander", "Native Hawaiian / Other Pac Islander"),
    "W": ("White", "White"),
}
ALLERGIES = {"peanut": "Peanut", "tree_nut": "Tree nuts", "milk": "Milk", "egg": "Eggs", "insect": "Bee stings"}
# Those who were here before: transferred out, graduated, imported from an older system, inactive.
FORMER = ((2, "Tess", 5), (3, "Gard", 99), (4, "Hilla", 12), (1, "Ines", 7))


def people_rows(district: District) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    students = district.of_role("student")
    yield "students", _students(district, students)
    yield "studentcorefields", _core_fields(district, students)
    yield "studentrace", _races(students)
    yield "psm_studentcontacttype", [{"id": SELF, "name": "Self"}, {"id": 2, "name": "Mother"}]
    yield "psm_studentcontact", _emails(students)
    yield (
        "sync_studentmap",
        ({"studentid": keys.student_id(one), "studentsdcid": keys.student_dcid(one)} for one in students),
    )
    staff = district.of_role("teacher", "staff", "administrator")
    yield "users", map(_user, staff)
    yield "schoolstaff", (row for one in staff for row in _affiliations(district, one))


def _students(district: District, students: list[Person]) -> Iterator[dict[str, Any]]:
    end = after(district.sessions[YEAR].end)
    contacts = district.contacts()
    homerooms = {
        one.person_id: district.classes[one.class_id].room
        for one in district.enrollments.values()
        if one.role == "student" and district.classes[one.class_id].kind == "homeroom"
    }
    alerts = _alerts(district)
    for student in students:
        family = [(one, district.people[one.contact_id]) for one in contacts.get(student.id, ())]
        yield {
            **_identity(student),
            **_addresses(student),
            **_enrollment(student, end),
            **_family(family),
            "home_room": homerooms.get(student.id),
            "alert_medical": alerts[student.id].text if student.id in alerts else None,
            "alert_discipline": "See the vice principal" if keys.student_number(student) % 37 == 0 else None,
            "family_ident": student.household_ids[0],
        }
    for place, (status, name, grade) in enumerate(FORMER):
        yield {
            "dcid": 1_000_001 + place,
            "id": 1_000_011 + place,
            "student_number": 9_000_001 + place,
            "first_name": name,
            "last_name": "Former",
            "enroll_status": status,
            "grade_level": grade,
            "schoolid": keys.GRADUATED if status == 3 else int(district.of_kind("school")[0].number),
            "entrydate": "2024-08-19",
            "exitdate": "2025-06-14",
        }


def _identity(student: Person) -> dict[str, Any]:
    number = keys.student_number(student)
    return {
        "dcid": keys.student_dcid(student),
        "id": keys.student_id(student),
        "student_number": number,
        "state_studentnumber": student.state_id,
        "student_web_id": student.username,
        "first_name": student.given,
        "middle_name": student.middle or None,
        "last_name": student.family,
        "gender": student.gender,
        "dob": day(student.birth_date),
        "sched_yearofgraduation": student.graduation_year,
        "ssn": f"900-00-{number % 10_000:04}",
        "ethnicity": RACES[student.races[0]] if student.races else None,
        "fedethnicity": None if student.is_hispanic is None else int(student.is_hispanic),
        "lunch_id": number,
        "balance1": f"{number % 40}.50",
        "photoflag": int(number % 3 == 0),
    }


def _addresses(student: Person) -> dict[str, Any]:
    home = student.address
    assert home is not None
    return {
        "street": home.street,
        "city": home.city,
        "state": home.state,
        "zip": home.postal_code,
        "mailing_street": home.street,
        "mailing_city": home.city,
        "mailing_state": home.state,
        "mailing_zip": home.postal_code,
        "home_phone": student.phone or None,
    }


def _enrollment(student: Person, end: str) -> dict[str, Any]:
    school, grade = int(student.org_ids[0]), grade_level(student.grade)
    return {
        "enroll_status": 0,
        "grade_level": grade,
        "schoolid": school,
        "entrydate": day(student.entry_date),
        "exitdate": end,
        "entrycode": "E1",
        "track": "A" if keys.student_number(student) % 2 else None,
        "districtofresidence": "0100",
        "fteid": 2,
        "districtentrydate": day(student.entry_date),
        "districtentrygradelevel": grade,
        "schoolentrydate": day(student.entry_date),
        "schoolentrygradelevel": grade,
        "next_school": school,
        "sched_nextyeargrade": grade + 1,
    }


def _family(family: list[tuple[Relationship, Person]]) -> dict[str, Any]:
    """The contacts of the old kind: text in the student's own row."""
    told: dict[str, Any] = {}
    for relationship, contact in family:
        if relationship.kind in ("mother", "father"):
            told[relationship.kind] = f"{contact.family}, {contact.given}"
        if contact.email:
            told.setdefault("guardianemail", contact.email)
        if relationship.is_emergency and "emerg_contact_1" not in told:
            told["emerg_contact_1"] = f"{contact.family}, {contact.given}"
            told["emerg_phone_1"] = contact.mobile or contact.phone
    return told


def _alerts(district: District) -> dict[str, HealthAlert]:
    return {alert.person_id: alert for alert in district.health_alerts}


def _core_fields(district: District, students: list[Person]) -> Iterator[dict[str, Any]]:
    """Allergies are one text; a student with an even number is said to have another one that nobody has a code for."""
    alerts = _alerts(district)
    for student in students:
        alert = alerts.get(student.id)
        allergy = ALLERGIES[alert.code] if alert and alert.kind == "allergy" else None
        if allergy and keys.student_number(student) % 2 == 0:
            allergy += "; Ragweed (seasonal)"
        yield {
            "studentsdcid": keys.student_dcid(student),
            "allergies": allergy,
            "medical_considerations": alert.text if alert and alert.kind != "allergy" else None,
            "primarylanguage": student.language,
            "photolastupdated": "2026-08-20" if keys.student_number(student) % 3 == 0 else None,
        }


def _races(students: list[Person]) -> Iterator[dict[str, Any]]:
    for student in students:
        for race in student.races:
            yield {
                "id": keys.student_dcid(student) * 10 + list(RACES).index(race),
                "studentid": keys.student_id(student),
                "racecd": RACES[race],
            }


def _emails(students: list[Person]) -> Iterator[dict[str, Any]]:
    for student in students:
        if student.email:
            yield {
                "id": keys.student_dcid(student) + 5,
                "studentid": keys.student_id(student),
                "studentcontacttypeid": SELF,
                "email": student.email,
            }


def _schools_of(district: District, employee: Person) -> list[int]:
    return list(dict.fromkeys(keys.school_number(district.orgs[org]) for org in employee.org_ids))


def _user(employee: Person) -> dict[str, Any]:
    is_teacher = employee.role == "teacher"
    # A log-in that single sign-on manages is a mark, not a name.
    login = f"##{employee.number}" if keys.serial(employee) % 10 == 0 else employee.username
    home = employee.address
    return {
        "dcid": keys.users_dcid(employee),
        "teachernumber": employee.number,
        "first_name": employee.given,
        "middle_name": employee.middle or None,
        "last_name": employee.family,
        "email_addr": employee.email,
        "home_phone": employee.phone or None,
        "school_phone": employee.mobile or None,
        "street": home.street if home else None,
        "city": home.city if home else None,
        "state": home.state if home else None,
        "zip": home.postal_code if home else None,
        "homeschoolid": int(employee.org_ids[0]) if employee.org_ids[0].isdigit() else keys.OFFICE,
        "loginid": None if is_teacher else login,
        "teacherloginid": login if is_teacher else None,
        "psaccess": int(not is_teacher),
        "ptaccess": int(is_teacher),
        "title": employee.title,
        "ssn": f"900-01-{employee.number[-4:]}",
    }


def _affiliations(district: District, employee: Person) -> Iterator[dict[str, Any]]:
    for school in _schools_of(district, employee):
        yield {
            "dcid": keys.staff_dcid(employee, school),
            "id": keys.staff_id(employee, school),
            "users_dcid": keys.users_dcid(employee),
            "schoolid": school,
            "status": 1,
            "staffstatus": 1 if employee.role == "teacher" else 2,
            "sched_department": employee.department or None,
        }
