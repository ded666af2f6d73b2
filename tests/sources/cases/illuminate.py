"""Illuminate: what the roster holds after its lists were read."""

from __future__ import annotations

import json
import re
from typing import Any

from simulators.illuminate import Illuminate
from simulators.illuminate.world import DISTRICT_SITE, Words
from simulators.model import GRADES, Address, Class, District, Person
from tests.sources.cases.case import Case, Expected

Records = dict[str, dict[str, Any]]
ROLES = {"teacher": "teacher", "staff": "staff", "administrator": "siteAdministrator"}
SEXES = {"F": "female", "M": "male", "X": "other"}
SESSIONS = {"schoolYear": "schoolYear", "semester": "semester", "gradingPeriod": "gradingPeriod"}


def expected(district: District) -> Expected:
    words = Words(district)
    people = district.of_role("student", "guardian", *ROLES)
    return {
        "org": dict(_org(words, org.id) for org in district.orgs.values() if org.kind != "department"),
        "academic_session": dict(_sessions(words)),
        "course": {
            str(words.course(c.id)): {"title": c.title, "course_code": c.id, "subjects": _list(c.subject),
                                      "grades": _list(c.grade)}
            for c in district.courses.values()
        },
        "class": {str(words.section(c)): _class(words, c) for c in district.classes.values()},
        "user": {_key(words, person): _user(words, person) for person in people},
        "role": _roles(words),
        "relationship": {
            f"student:{r.student_id}|contact:{r.contact_id}": {
                "user": f"student:{r.student_id}", "contact": f"contact:{r.contact_id}", "kind": r.kind,
                "custody": r.has_custody, "primary": r.priority == 1, "emergency": r.is_emergency,
            }
            for r in district.relationships
        },
        "demographics": {
            _key(words, p): {"user": _key(words, p), "birth_date": p.birth_date, "sex": SEXES[p.gender],
                             "ethnicity": _ethnicity(p)}
            for p in people if p.role != "guardian"
        },
        "enrollment": dict(_enrollments(words)),
    }  # fmt: skip


def _list(*values: str) -> str:
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def _key(words: Words, person: Person) -> str:
    match person.role:
        case "student":
            return f"student:{person.id}"
        case "guardian":
            return f"contact:{person.id}"
        case _:
            return f"staff:{words.employee(person)}"


def _org(words: Words, org_id: str) -> tuple[str, dict[str, Any]]:
    org = words.district.orgs[org_id]
    is_school = org.kind == "school"
    return str(words.site(org_id)), {
        "name": org.name, "type": org.kind, "identifier": org.number, "state_identifier": org.state_id,
        "parent": str(DISTRICT_SITE) if is_school else "", "grades": _list(*(org.grades if is_school else GRADES)),
        "address_street1": org.address.street, "address_city": org.address.city,
        "address_state": org.address.state, "address_postcode": org.address.postal_code,
    }  # fmt: skip


def _sessions(words: Words) -> list[tuple[str, dict[str, Any]]]:
    """Each school has the sessions as its own."""
    return [
        (f"{site}|{one.school_year}|{one.title}",
         {"title": one.title, "type": SESSIONS[one.kind], "start_date": one.start, "end_date": one.end,
          "school_year": str(one.school_year), "org": str(site)})
        for school in words.district.of_kind("school")
        for site in [words.site(school.id)]
        for one in words.district.sessions.values()
    ]  # fmt: skip


def _class(words: Words, one: Class) -> dict[str, Any]:
    course, site = words.district.courses[one.course_id], words.site(one.school_id)
    sessions = (words.district.sessions[key] for key in one.session_ids)
    return {
        "title": f"{course.title} ({one.period})", "class_code": str(words.section(one)), "location": one.room,
        "course": str(words.course(one.course_id)), "school": str(site), "periods": _list(one.period),
        "grades": _list(one.grade), "subjects": _list(course.subject),
        "terms": sorted(f"{site}|{s.school_year}|{s.title}" for s in sessions),
    }  # fmt: skip


def _user(words: Words, person: Person) -> dict[str, Any]:
    known = {"given_name": person.given, "family_name": person.family, "email": person.email,
             "phone": _phone(person.phone)}  # fmt: skip
    match person.role:
        case "student":
            return known | _home(person.address) | {
                "middle_name": person.middle, "suffix": person.suffix, "preferred_given_name": person.preferred,
                "identifier": person.id, "student_number": person.id, "local_id": str(words.student(person)),
                "state_id": person.state_id, "home_language": person.language, "grades": _list(person.grade),
                "graduation_year": str(person.graduation_year), "primary_org": str(words.site(person.org_ids[0])),
                "entry_date": person.entry_date, "exit_date": "",
            }  # fmt: skip
        case "guardian":
            return known | _home(person.address) | {
                "phone_2": _phone(person.mobile), "phone_2_kind": "mobile" if person.mobile else "",
                "home_language": person.language, "family_key": person.household_ids[0],
            }  # fmt: skip
        case _:
            return known | {
                "phone_2": _phone(person.mobile), "username": person.username, "identifier": person.id,
                "employee_id": person.id, "job_title": person.title, "hire_date": person.entry_date,
                "enabled_user": True,
            }  # fmt: skip


def _home(address: Address | None) -> dict[str, Any]:
    assert address is not None
    return {"home_street1": address.street, "home_city": address.city, "home_state": address.state,
            "home_postcode": address.postal_code}  # fmt: skip


def _phone(text: str) -> str:
    return f"+1{re.sub(r'[^0-9]', '', text)[-10:]}" if text else ""


def _ethnicity(person: Person) -> Any:
    return {True: "hispanic", False: "not_hispanic"}.get(person.is_hispanic) if person.is_hispanic is not None else ""


def _roles(words: Words) -> Records:
    district = words.district
    found: Records = {}
    for p in district.of_role(*ROLES):
        for site in dict.fromkeys(map(words.site, p.org_ids)):
            found[f"{_key(words, p)}|{site}|{ROLES[p.role]}"] = {"org": str(site), "role": ROLES[p.role]}
    for p in district.of_role("student"):
        site = words.site(p.org_ids[0])
        found[f"student:{p.id}|{site}|{p.entry_date}"] = {
            "user": f"student:{p.id}", "org": str(site), "role": "student", "role_type": "primary",
            "begin_date": p.entry_date, "end_date": "",
        }  # fmt: skip
    for r in district.relationships:
        site = words.site(district.people[r.student_id].org_ids[0])
        found[f"contact:{r.contact_id}|{site}"] = {"user": f"contact:{r.contact_id}", "role": "guardian"}
    return found


def _enrollments(words: Words) -> list[tuple[str, dict[str, Any]]]:
    district, found = words.district, []
    for one in district.enrollments.values():
        class_, person = district.classes[one.class_id], district.people[one.person_id]
        section, user = str(words.section(class_)), _key(words, person)
        known = {"roster_class": section, "user": user, "school": str(words.site(class_.school_id)), "role": one.role}
        if one.role == "student":
            found.append((f"{section}|{user}|{one.begin}", known | {"begin_date": one.begin, "end_date": ""}))
        else:
            found.append((f"{section}|{user}", known | {"primary": one.is_primary}))
    return found


CASES = [
    Case("illuminate", "illuminate", Illuminate, expected, "*/Students/", page_setting="page_size", years=True),
]
