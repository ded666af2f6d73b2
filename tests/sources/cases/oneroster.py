"""OneRoster, put to the test as its standard has it, and as servers of the older version write it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from simulators.model import District, Person
from simulators.oneroster import OneRoster
from tests.sources.cases.case import RACES, Case, Expected


def expected(district: District, version: str = "1.2") -> Expected:
    """What the roster holds of a district."""
    return {
        **_structure(district),
        "user": {one.id: _user(one, version) for one in district.people.values()},
        "role": {
            f"{one.id}|{org}|{role}": {
                "user": one.id,
                "org": org,
                "role": role,
                "role_type": _role_type(version, place),
                "begin_date": one.entry_date if version == "1.2" else None,
            }
            for one in district.people.values()
            for place, org in enumerate(one.org_ids)
            for role in [_role(district, one, version)]
        },
        "relationship": {
            f"{one.student_id}|{one.contact_id}": {"user": one.student_id, "contact": one.contact_id, "kind": None}
            for one in district.relationships
        },
        "demographics": {one.id: _demographics(one, version) for one in district.of_role("student")},
    }


def _structure(district: District) -> dict[str, dict[str, dict[str, Any]]]:
    sessions, courses = district.sessions.values(), district.courses
    return {
        "org": {
            one.id: {"name": one.name, "type": one.kind, "identifier": one.number, "parent": one.parent_id or None}
            for one in district.orgs.values()
        },
        "academic_session": {
            one.id: {
                "title": one.title,
                "type": one.kind,
                "start_date": one.start,
                "end_date": _after(one.end),
                "parent": one.parent_id or None,
                "school_year": str(one.school_year),
            }
            for one in sessions
        },
        "course": {
            one.id: {
                "title": one.title,
                "course_code": one.id,
                "org": one.org_id,
                "school_year": one.session_id,
                "grades": _json(one.grade),
                "subjects": _json(one.subject),
            }
            for one in courses.values()
        },
        "class": {
            one.id: {
                "title": one.title,
                "class_code": f"{one.course_id}-{one.section}",
                "class_type": one.kind,
                "location": one.room,
                "course": one.course_id,
                "school": one.school_id,
                "terms": sorted(one.session_ids),
                "grades": _json(one.grade),
                "periods": _json(one.period),
                "subjects": _json(courses[one.course_id].subject),
                "subject_codes": _json(courses[one.course_id].subject_code),
            }
            for one in district.classes.values()
        },
        "enrollment": {
            one.id: {
                "roster_class": one.class_id,
                "user": one.person_id,
                "school": district.classes[one.class_id].school_id,
                "role": one.role,
                "primary": one.is_primary,
                "begin_date": one.begin,
                "end_date": _after(one.end),
            }
            for one in district.enrollments.values()
        },
    }


def _user(one: Person, version: str) -> dict[str, Any]:
    newer = version == "1.2"
    return {
        "given_name": one.given,
        "middle_name": one.middle,
        "family_name": one.family,
        "preferred_given_name": one.preferred if newer else None,
        "username": one.username,
        "enabled_user": True,
        "identifier": one.number,
        "user_master_identifier": one.state_id if newer else None,
        "email": one.email,
        "primary_org": one.org_ids[0],
        "grades": _json(one.grade) if one.grade else None,
    }


def _role(district: District, one: Person, version: str) -> str:
    """1.1 has one word for administrators, and none for counselors and principals."""
    if one.role == "administrator":
        if district.orgs[one.org_ids[0]].kind == "district":
            return "districtAdministrator"
        if version == "1.2":
            at_school = district.orgs[one.org_ids[0]].kind == "school"
            principal = "principal" if one.title == "Principal" else "siteAdministrator"
            return principal if at_school else "districtAdministrator"
        return "siteAdministrator"
    if one.role == "staff":
        return "counselor" if version == "1.2" and one.title == "Counselor" else "aide"
    return one.role


def _role_type(version: str, place: int) -> str | None:
    if place == 0:
        return "primary"
    return "secondary" if version == "1.2" else None


def _demographics(one: Person, version: str) -> dict[str, Any]:
    races = [RACES[race] for race in one.races] + (["two_or_more"] if len(one.races) > 1 else [])
    return {
        "user": one.id,
        "birth_date": one.birth_date,
        "sex": {"F": "female", "M": "male"}.get(one.gender, "other" if version == "1.2" else None),
        "races": _json(*races) if races else None,
        "country_of_birth": one.birth_country,
        "state_of_birth": one.birth_state,
        "city_of_birth": one.birth_city,
    }


def _after(last: date) -> date:
    """An end as the standard writes it."""
    return last + timedelta(days=1)


def _json(*values: str) -> str:
    """A list as the roster stores it."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


CASES = [Case("oneroster-1.2", "oneroster", OneRoster, expected, listing="*/users", page_setting="page_size")]
