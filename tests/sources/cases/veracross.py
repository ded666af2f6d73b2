"""Veracross through each of its Data APIs; what the roster holds then, under the numbers that Veracross gave."""

from __future__ import annotations

from typing import Any

from simulators.model import Class, District, Enrollment, Person
from simulators.veracross import Veracross
from simulators.veracross.keys import (
    class_pk,
    course_pk,
    enrollment_pk,
    household_pk,
    person_pk,
)
from tests.sources.cases.case import Case, Expected

Records = dict[str, dict[str, Any]]
ROLES = {"teacher": "teacher", "staff": "staff", "administrator": "siteAdministrator"}
SEXES = {"F": "female", "M": "male", "X": "other"}
YEAR = "year:2026"


def of_v3(district: District) -> Expected:
    """Everything: campuses, a tree of terms, relationships with rights, all teachers."""
    campus = {org.id: f"campus:{int(org.id)}" for org in district.of_kind("school")}
    return {
        "org": _orgs(district, campus),
        "academic_session": _sessions(district),
        "course": _courses(district),
        "class": {
            str(class_pk(one)): _class(district, one, campus)
            | {
                "class_type": one.kind,
                "terms": [_term(one)],
                "grades": f'["{one.grade}"]',
                "subjects": f'["{district.courses[one.course_id].subject}"]',
            }
            for one in district.classes.values()
        },
        "user": _with_heads(district, _users(district, campus)),
        "role": _roles(district, campus, list(district.enrollments.values())),
        "demographics": _demographics(district),
        "relationship": {
            f"{person_pk(one.student_id)}|{person_pk(one.contact_id)}": {
                "user": str(person_pk(one.student_id)),
                "contact": str(person_pk(one.contact_id)),
                "kind": one.kind,
                "lives_with": one.lives_with,
                "custody": one.has_custody,
                "pick_up": one.may_pick_up,
                "emergency": one.is_emergency,
            }
            for one in district.relationships
        },
        "enrollment": {
            _seat_key(one, district.classes[one.class_id]): _seat(district.classes[one.class_id], one, campus)
            | ({"primary": one.is_primary} if one.role == "teacher" else {"begin_date": one.begin})
            for one in district.enrollments.values()
        },
    }


def of_v2(district: District) -> Expected:
    """Campuses by name, the first teacher of a class, and the parents of a household without kind."""
    campus = {org.id: f"campus:{org.name}" for org in district.of_kind("school")}
    first = {key: teachers[0] for key, teachers in district.teachers_of().items()}
    every = district.enrollments.values()
    seats = [one for one in every if one.role == "student" or first[one.class_id] == one.person_id]
    homes: dict[str, list[str]] = {}
    for parent in district.of_role("guardian"):
        homes.setdefault(parent.household_ids[0], []).append(parent.id)
    pairs = [(p.id, contact) for p in district.of_role("student") for contact in homes.get(p.household_ids[0], ())]
    return {
        "org": _orgs(district, campus),
        "course": _courses(district),
        "class": {str(class_pk(one)): _class(district, one, campus) for one in district.classes.values()},
        "user": _users(district, campus),
        "role": _roles(district, campus, seats),
        "demographics": _demographics(district),
        "relationship": {
            f"{person_pk(student)}|{person_pk(contact)}": {"user": str(person_pk(student)), "kind": None}
            for student, contact in pairs
        },
        "enrollment": {
            f"{class_pk(district.classes[one.class_id])}|{person_pk(one.person_id)}": _seat(
                district.classes[one.class_id], one, campus
            )
            for one in seats
        },
    }


def _orgs(district: District, campus: dict[str, str]) -> Records:
    schools = {
        key: {"name": district.orgs[org_id].name, "type": "school", "parent": "site"} for org_id, key in campus.items()
    }
    return schools | {"site": {"name": "harrowcreek", "type": "district"}}


def _sessions(district: District) -> Records:
    """Semesters and quarters have the numbers that the simulator gives to grading periods."""
    keys = {one.id: _period(one.id) for one in district.sessions.values()}
    return {
        keys[one.id]: {
            "type": one.kind,
            "start_date": one.start,
            "end_date": one.end,
            "parent": keys.get(one.parent_id),
            "school_year": "2027",
        }
        for one in district.sessions.values()
    }


def _period(session: str) -> str:
    """Semesters are periods of group 1, the quarters of each semester those of a group of its own."""
    _, *parts = session.split("-")
    if not parts:
        return YEAR
    group = {"S1": 2, "S2": 3}[parts[0]] if parts[1:] else 1
    return f"period:{group}{parts[-1][-1]}"


def _term(one: Class) -> str:
    """A class of both semesters is one of the year: it has one group of grading periods."""
    return _period(one.session_ids[0]) if len(one.session_ids) == 1 else YEAR


def _courses(district: District) -> Records:
    return {
        str(course_pk(one)): {
            "title": one.title,
            "course_code": one.id,
            "org": "site",
            "subjects": f'["{one.subject}"]',
        }
        for one in district.courses.values()
    }


def _class(district: District, one: Class, campus: dict[str, str]) -> dict[str, Any]:
    return {
        "title": one.title,
        "class_code": one.id,
        "course": str(course_pk(district.courses[one.course_id])),
        "school": campus[one.school_id],
        "location": one.room,
    }


def _users(district: District, campus: dict[str, str]) -> Records:
    return {str(person_pk(one.id)): _user(one, campus) for one in district.people.values()}


def _user(one: Person, campus: dict[str, str]) -> dict[str, Any]:
    is_student, is_guardian = one.role == "student", one.role == "guardian"
    home = one.address if one.household_ids else None
    return {
        "username": one.username,
        "given_name": one.given,
        "middle_name": one.middle,
        "family_name": one.family,
        "email": one.email,
        "primary_org": None if is_guardian else campus.get(one.org_ids[0], "site"),
        "grades": f'["{one.grade}"]' if is_student else None,
        "graduation_year": str(one.graduation_year) if is_student else None,
        "family_key": str(household_pk(one.household_ids[0])) if one.household_ids else None,
        "phone": _dialled(one.mobile),
        "phone_kind": "mobile" if one.mobile else None,
        "phone_2": _dialled(one.phone) if home else None,
        "phone_2_kind": "home" if home and one.phone else None,
        "phone_3": None if home else _dialled(one.phone),
        "phone_3_kind": None if home or not one.phone else "work",
        "home_street1": home.street if home else None,
        "home_city": home.city if home else None,
        "home_state": home.state if home else None,
        "home_postcode": home.postal_code if home else None,
        "home_country": home.country if home else None,
        "job_title": one.title,
        "department": one.department,
    }


def _with_heads(district: District, users: Records) -> Records:
    """Students know the head of their household: the first of its parents."""
    heads: dict[str, Person] = {}
    for parent in district.of_role("guardian"):
        heads.setdefault(parent.household_ids[0], parent)
    for student in district.of_role("student"):
        head = heads.get(student.household_ids[0])
        users[str(person_pk(student.id))] |= {
            "head_of_household_given_name": head.given if head else None,
            "head_of_household_family_name": head.family if head else None,
        }
    return users


def _dialled(number: str) -> str | None:
    """A telephone number as the roster writes it."""
    return f"+1{''.join(filter(str.isdigit, number))[-10:]}" if number else None


def _roles(district: District, campus: dict[str, str], seats: list[Enrollment]) -> Records:
    """What the lists say, and a teacher's role wherever they teach."""
    found = set()
    for person in district.people.values():
        role = ROLES.get(person.role, person.role)
        found.add((person.id, "site" if role == "guardian" else campus.get(person.org_ids[0], "site"), role))
    for seat in seats:
        if seat.role == "teacher":
            found.add((seat.person_id, campus[district.classes[seat.class_id].school_id], "teacher"))
    return {
        f"{person_pk(person)}|{org}|{role}": {"user": str(person_pk(person)), "org": org, "role": role}
        for person, org, role in found
    }


def _demographics(district: District) -> Records:
    return {
        str(person_pk(one.id)): {"birth_date": one.birth_date, "sex": SEXES[one.gender]}
        for one in district.people.values()
    }


def _seat_key(one: Enrollment, class_: Class) -> str:
    """A student's enrollment has a number, a teacher is named by class and person."""
    return (
        str(enrollment_pk(one, class_)) if one.role == "student" else f"{class_pk(class_)}|{person_pk(one.person_id)}"
    )


def _seat(class_: Class, one: Enrollment, campus: dict[str, str]) -> dict[str, Any]:
    return {
        "roster_class": str(class_pk(class_)),
        "user": str(person_pk(one.person_id)),
        "role": one.role,
        "school": campus[class_.school_id],
    }


CASES = [
    Case(
        "veracross-v3",
        "veracross",
        Veracross,
        of_v3,
        listing="*/v3/students",
        options={"rate_limit": "100000"},
        page_setting="page_size",
        years=True,
    ),
    Case(
        "veracross-v2",
        "veracross",
        Veracross,
        of_v2,
        listing="*/v2/students.json",
        options={"rate_limit": "100000", "version": "v2"},
        page_setting="page_size",
    ),
]
