"""Aeries: what the roster must hold of a district that a simulated Aeries has."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b, sha256
from typing import Any

from simulators.aeries import Aeries
from simulators.aeries.campus import has_section
from simulators.aeries.pictures import has_picture, is_blank, jpeg
from simulators.model import Class, District, Person
from tests.sources.cases.case import Case, Expected

YEAR = 2026
TERMS = {
    "SY2027": ("Y", "schoolYear"),
    "SY2027-S1": ("F", "semester"),
    "SY2027-S1-Q1": ("1", "gradingPeriod"),
    "SY2027-S1-Q2": ("2", "gradingPeriod"),
    "SY2027-S2": ("S", "semester"),
    "SY2027-S2-Q3": ("3", "gradingPeriod"),
    "SY2027-S2-Q4": ("4", "gradingPeriod"),
}
RACES = {
    "americanIndianOrAlaskaNative": "american_indian_or_alaska_native",
    "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_or_other_pacific_islander",
    "blackOrAfricanAmerican": "black_or_african_american",
}
GENDERS = {"F": "female", "M": "male", "X": "other"}

Records = dict[str, dict[str, Any]]


def expected(district: District) -> Expected:
    """The records of a district, as the settings of `CASES` take them."""
    contacts = dict(_contacts(district))
    return {
        "org": {str(int(o.id)): {"name": o.name, "type": "school"} for o in district.of_kind("school")},
        "academic_session": _sessions(district),
        "course": {
            c.id: {"title": c.title[:30].strip(), "grades": f'["{c.grade}"]'} for c in district.courses.values()
        },
        "class": _classes(district),
        "user": _students(district) | contacts | _staff(district),
        "role": _roles(district),
        "relationship": _relationships(district),
        "enrollment": _enrollments(district),
    }


def student_key(person: Person) -> str:
    return f"student:{int(person.id)}"


def staff_key(person_id: str) -> str:
    return f"staff:{int(person_id[1:])}"


def family_key(person: Person) -> int:
    """Every fifth family was never keyed."""
    number = int(person.number) // 4
    return number if number % 5 else 0


def contact_key(district: District, student: Person, contact: Person, priority: int) -> str:
    """Contacts of one name in one keyed family are one person."""
    if not (family := family_key(student)):
        return f"contact:{int(student.id)}:{priority * 3 - 2}"
    name = f"{contact.given}|{contact.family}|".casefold()
    return f"contact:family:{family}:{blake2b(name.encode(), digest_size=8).hexdigest()}"


def second_school(district: District, person: Person) -> str:
    """The school of a concurrent enrollment; blank without one."""
    if int(person.id) % 29:
        return ""
    schools = [org.id for org in district.of_kind("school")]
    return str(int(schools[(schools.index(person.org_ids[0]) + 1) % len(schools)]))


def homeroom_key(district: District, class_: Class) -> str:
    """A homeroom goes by the number of its teacher's place, which stays when the teacher is replaced."""
    before = {one.person_id: one.before for one in district.events if one.kind == "teacher_replaced"}
    seat, school = district.teachers_of()[class_.id][0], int(class_.school_id)
    while seat in before:
        seat = before[seat]
    return f"{school}|{YEAR}|HR{100 + int(seat[1:]) + 7 * school}"


def class_keys(district: District) -> dict[str, str]:
    """Class -> its key; homerooms that no student sits in have none."""
    courses = sorted(district.courses)
    taken = {one.class_id for one in district.enrollments.values() if one.role == "student"}
    keys = {}
    for class_ in district.classes.values():
        number = (courses.index(class_.course_id) + 1) * 100 + class_.section
        if has_section(district.orgs[class_.school_id], class_):
            keys[class_.id] = f"{int(class_.school_id)}|{YEAR}|{number}"
        elif class_.kind == "homeroom" and class_.id in taken:
            keys[class_.id] = homeroom_key(district, class_)
    return keys


def _sessions(district: District) -> Records:
    return {
        f"{int(school.id)}|{YEAR}|{code}": {
            "type": kind,
            "start_date": district.sessions[session].start,
            "end_date": district.sessions[session].end,
            "parent": None if code == "Y" else f"{int(school.id)}|{YEAR}|Y",
            "school_year": str(YEAR + 1),
            "org": str(int(school.id)),
        }
        for school in district.of_kind("school")
        for session, (code, kind) in TERMS.items()
    }


def _classes(district: District) -> Records:
    made = {}
    for class_id, key in class_keys(district).items():
        class_, is_homeroom = district.classes[class_id], "|HR" in key
        made[key] = {
            "school": str(int(class_.school_id)),
            "class_type": "homeroom" if is_homeroom else "scheduled",
            "location": class_.room,
            "course": None if is_homeroom else class_.course_id,
        }
    return made


def _students(district: District) -> Records:
    return {
        student_key(p): {
            "given_name": p.given,
            "family_name": p.family,
            "middle_name": p.middle,
            "suffix": p.suffix,
            "preferred_given_name": p.preferred,
            "username": p.username,
            "email": p.email,
            "primary_org": str(int(p.org_ids[0])),
            "grades": f'["{p.grade}"]',
            "graduation_year": str(p.graduation_year),
            "student_number": str(int(p.number)),
            "local_id": str(int(p.id)),
            "pin": str(int(p.id)),
            "state_id": p.state_id,
            "family_key": str(family_key(p)) if family_key(p) else None,
            "home_city": p.address.city if p.address else "",
            "entry_date": p.entry_date,
            "photo_url": _photo(int(p.id)),
        }
        for p in district.of_role("student")
    }


def _photo(student: int) -> str | None:
    if not has_picture(student) or is_blank(student):
        return None
    return f"photo:{sha256(jpeg(student, YEAR)).hexdigest()}"


def _contacts(district: District) -> Iterator[tuple[str, dict[str, Any]]]:
    for student, one, contact in _related(district):
        if one.may_pick_up:
            yield (
                contact_key(district, student, contact, one.priority),
                {
                    "given_name": contact.given,
                    "family_name": contact.family,
                    "email": contact.email,
                    "home_street1": contact.address.street if contact.address else "",
                },
            )


def _staff(district: District) -> Records:
    return {
        staff_key(p.id): {
            "given_name": p.given,
            "family_name": p.family,
            "email": p.email,
            "username": p.username,
            "job_title": p.title,
            "employee_id": f"HR{int(p.id[1:]):05}",
            "hire_date": p.entry_date,
        }
        for p in district.of_role("teacher", "staff", "administrator")
    }


def _roles(district: District) -> Records:
    made: Records = {}
    for person in district.of_role("student"):
        own, other = str(int(person.org_ids[0])), second_school(district, person)
        made[f"{student_key(person)}|{own}"] = {"role": "student", "role_type": "primary"}
        if other:
            made[f"{student_key(person)}|{other}"] = {"role": "student", "role_type": "secondary"}
    for student, one, contact in _related(district):
        if one.may_pick_up:
            key = contact_key(district, student, contact, one.priority)
            made[f"{key}|{int(student.org_ids[0])}"] = {"role": "guardian", "user": key}
    for person in district.of_role("teacher", "staff", "administrator"):
        for school in (org for org in person.org_ids if org.isdigit()):
            role = "teacher" if person.role == "teacher" else "staff"
            made[f"{staff_key(person.id)}|{int(school)}"] = {"role": role}
    return made


def _relationships(district: District) -> Records:
    return {
        f"{contact_key(district, student, contact, one.priority)}|{student_key(student)}": {
            "kind": one.kind,
            "priority": one.priority,
            "primary": one.priority == 1,
            "custody": one.has_custody,
            "lives_with": one.lives_with,
            "portal_access": one.has_custody,
        }
        for student, one, contact in _related(district)
        if one.may_pick_up
    }


def _enrollments(district: District) -> Records:
    keys, made = class_keys(district), {}
    for one in district.enrollments.values():
        if not (key := keys.get(one.class_id)):
            continue
        if one.role == "teacher" and ("|HR" not in key or one.is_primary):
            made[f"{key}|{staff_key(one.person_id)}"] = {"role": "teacher", "primary": one.is_primary}
        elif one.role == "student":
            end = "" if "|HR" in key else f"|{one.begin.isoformat()}"
            made[f"{key}|student:{int(one.person_id)}{end}"] = {"role": "student"}
    return made


def _related(district: District) -> Iterator[tuple[Person, Any, Person]]:
    for one in district.relationships:
        yield district.people[one.student_id], one, district.people[one.contact_id]


CASES = [
    Case(
        "aeries",
        "aeries",
        Aeries,
        expected,
        listing="*/students",
        settings={"alternate_codes": "C", "local_id_as_pin": "on", "photos": "on"},
        page_setting="page_size",
        years=True,
    )
]
