"""PowerSchool, by its REST interface and by the named queries of the hub's plugin."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from simulators.model import District, Person
from simulators.powerschool import PowerSchool, PowerSchoolQuery, keys
from simulators.powerschool.people import ALLERGIES
from tests.sources.cases.case import RACES, Case, Expected

Records = dict[str, dict[str, Any]]
ALLERGY_CODES = {"Tree nuts": "tree_nut", "Eggs": "egg", "Bee stings": "insect", "Peanut": "peanut", "Milk": "milk"}
DISTRICT = "district"


def listed(values: list[str]) -> str:
    """A list as the roster keeps it."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def phone(number: str) -> str:
    """A telephone number of this district as the roster keeps it."""
    return f"+1{re.sub(r'[^0-9]', '', number)[-10:]}" if number else ""


class World:
    """The district in the keys that the sources give."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.places = {course: place for place, course in enumerate(district.courses)}

    def org(self, org: str) -> str:
        """The source key of a school; the district office stands for its departments."""
        found = self.district.orgs[org]
        return str(keys.school_dcid(found)) if found.kind == "school" else DISTRICT

    def student(self, person: str) -> str:
        return f"student:{keys.student_dcid(self.district.people[person])}"

    def staff(self, person: str) -> str:
        return f"staff:{keys.users_dcid(self.district.people[person])}"

    def contact(self, person: str) -> str:
        return f"contact:{keys.serial(self.district.people[person])}"

    def section(self, class_: str) -> str:
        found = self.district.classes[class_]
        return str(keys.section_dcid(found, self.places[found.course_id]))

    def term(self, school: str, session: str) -> str:
        return str(keys.term_dcid(int(school), keys.YEAR_ID, keys.TERMS[session]))

    # People ----------------------------------------------------------------------------------------------

    def students(self) -> list[Person]:
        return self.district.of_role("student")

    def employees(self) -> list[Person]:
        return self.district.of_role("teacher", "staff", "administrator")

    def guardians(self) -> list[Person]:
        return self.district.of_role("guardian")


def home(person: Person) -> dict[str, Any]:
    at = person.address
    assert at is not None
    return {"home_street1": at.street, "home_city": at.city, "home_state": at.state, "home_postcode": at.postal_code}


def student_user(world: World, one: Person) -> dict[str, Any]:
    district = world.district
    rooms = [
        district.classes[seat.class_id].room
        for seat in district.enrollments.values()
        if seat.person_id == one.id and district.classes[seat.class_id].kind == "homeroom"
    ]
    at = home(one)
    return {
        "given_name": one.given,
        "middle_name": one.middle,
        "family_name": one.family,
        "username": one.username,
        "email": one.email,
        "identifier": str(int(one.number)),
        "student_number": str(int(one.number)),
        "state_id": one.state_id,
        "primary_org": world.org(one.org_ids[0]),
        "grades": listed([one.grade]),
        "phone": phone(one.phone),
        "phone_kind": "home",
        **at,
        **{name.replace("home_", "mailing_"): value for name, value in at.items()},
        "home_language": one.language,
        "homeroom": rooms[0] if rooms else None,
        "track": "A" if int(one.number) % 2 else None,
        "enrollment_status": "enrolled",
        "entry_date": one.entry_date,
        "exit_date": date(2027, 6, 11),
        "graduation_year": str(one.graduation_year),
        "family_key": one.household_ids[0],
    }


def employee_user(world: World, one: Person) -> dict[str, Any]:
    is_sso = keys.serial(one) % 10 == 0
    return {
        "given_name": one.given,
        "family_name": one.family,
        "username": one.email if is_sso else one.username,
        "email": one.email,
        "identifier": one.number,
        "employee_id": one.number,
        "primary_org": world.org(one.org_ids[0]),
        "phone": phone(one.phone),
        "phone_2": phone(one.mobile),
        "job_title": one.title,
        "department": one.department,
        **home(one),
    }


def guardian_user(one: Person) -> dict[str, Any]:
    first, second = (one.mobile, one.phone) if one.mobile else (one.phone, "")
    return {
        "prefix": one.prefix,
        "given_name": one.given,
        "family_name": one.family,
        "email": one.email,
        "phone": phone(first),
        "phone_kind": ("mobile" if one.mobile else "home") if first else None,
        "phone_2": phone(second),
        "phone_2_kind": "home" if second else None,
        **home(one),
    }


def orgs(world: World) -> Records:
    district = world.district
    heads = {one.org_ids[0]: one for one in district.of_role("administrator") if one.title == "Principal"}
    made: Records = {DISTRICT: {"name": district.of_kind("district")[0].name, "type": "district"}}
    for school in district.of_kind("school"):
        head = heads[school.id]
        made[world.org(school.id)] = {
            "name": school.name,
            "type": "school",
            "identifier": str(int(school.number)),
            "state_identifier": school.state_id,
            "grades": listed(list(school.grades)),
            "parent": DISTRICT,
            "address_street1": school.address.street,
            "address_city": school.address.city,
            "address_state": school.address.state,
            "address_postcode": school.address.postal_code,
            "phone": phone(school.phone),
            "principal_name": f"{head.given} {head.family}",
            "principal_email": head.email,
        }
    return made


def sessions(world: World) -> Records:
    district = world.district
    return {
        world.term(school.id, session.id): {
            "title": session.title,
            "type": session.kind,
            "start_date": session.start,
            "end_date": session.end,
            "parent": world.term(school.id, session.parent_id) if session.parent_id else None,
            "school_year": str(session.school_year),
            "org": world.org(school.id),
        }
        for school in district.of_kind("school")
        for session in district.sessions.values()
    }


def roles(world: World) -> Records:
    made: Records = {}
    for one in world.students():
        org = world.org(one.org_ids[0])
        key = world.student(one.id)
        made[f"{key}|{org}"] = {"user": key, "org": org, "role": "student", "begin_date": one.entry_date}
    for one in world.employees():
        for org in {world.org(org) for org in one.org_ids}:
            key, role = world.staff(one.id), "teacher" if one.role == "teacher" else "staff"
            is_home = org == world.org(one.org_ids[0])
            made[f"{key}|{org}|{role}"] = {
                "user": key,
                "org": org,
                "role": role,
                "role_type": "primary" if is_home else "secondary",
            }
    for link in world.district.relationships:
        org = world.org(world.district.people[link.student_id].org_ids[0])
        key, role = world.contact(link.contact_id), "guardian" if link.has_custody else "contact"
        made[f"{key}|{org}|{role}"] = {"user": key, "org": org, "role": role}
    return made


def relationships(world: World) -> Records:
    return {
        f"{world.student(one.student_id)}|{world.contact(one.contact_id)}": {
            "user": world.student(one.student_id),
            "contact": world.contact(one.contact_id),
            "kind": one.kind,
            "priority": one.priority,
            "custody": one.has_custody,
            "lives_with": one.lives_with,
            "pick_up": one.may_pick_up,
            "emergency": one.is_emergency,
            "receives_mail": one.has_custody,
        }
        for one in world.district.relationships
    }


def alerts(world: World) -> Records:
    """Allergies only; half of those who have one have another that nobody has a code for."""
    made: Records = {}
    for alert in world.district.health_alerts:
        if alert.kind == "allergy":
            key, text = world.student(alert.person_id), ALLERGIES[alert.code]
            base = {"user": key, "kind": "allergy"}
            made[f"{key}|allergy|{text}"] = {**base, "allergy": ALLERGY_CODES[text], "text": text}
            if int(world.district.people[alert.person_id].number) % 2 == 0:
                other = "Ragweed (seasonal)"
                made[f"{key}|allergy|{other}"] = {**base, "allergy": other, "text": other}
    return made


def enrollments(world: World) -> Records:
    made: Records = {}
    for one in world.district.enrollments.values():
        class_ = world.district.classes[one.class_id]
        person, place = world.district.people[one.person_id], world.places[class_.course_id]
        told = {
            "roster_class": world.section(class_.id),
            "school": world.org(class_.school_id),
            "role": one.role,
            "begin_date": one.begin,
            "end_date": one.end,
        }
        if one.role == "student":
            made[f"student:{keys.cc_dcid(person, class_, place)}"] = {**told, "user": world.student(person.id)}
        else:
            key = keys.serial(person) * 10_000_000_000 + keys.section_dcid(class_, place)
            made[f"teacher:{key}"] = {**told, "user": world.staff(person.id), "primary": one.is_primary}
    return made


def expected_query(district: District) -> Expected:
    """Everything; races are codes of the district, which a person maps."""
    world = World(district)
    return {
        "org": orgs(world),
        "academic_session": sessions(world),
        "course": {
            str(70 + world.places[one.id]): {
                "title": one.title,
                "course_code": one.id,
                "subjects": listed([one.subject]),
                "org": DISTRICT,
            }
            for one in district.courses.values()
        },
        "class": {
            world.section(one.id): {
                "title": one.title,
                "class_code": f"{one.course_id}.{one.section}",
                "location": one.room,
                "course": str(70 + world.places[one.course_id]),
                "school": world.org(one.school_id),
                "periods": listed([f"{one.period}(A)"]),
                "grades": listed([one.grade]),
                "subjects": listed([district.courses[one.course_id].subject]),
            }
            for one in district.classes.values()
        },
        "user": {
            **{world.student(one.id): student_user(world, one) for one in world.students()},
            **{world.staff(one.id): employee_user(world, one) for one in world.employees()},
            **{world.contact(one.id): guardian_user(one) for one in world.guardians()},
        },
        "role": roles(world),
        "demographics": {
            world.student(one.id): {
                "user": world.student(one.id),
                "birth_date": one.birth_date,
                "sex": {"F": "female", "M": "male", "X": "other"}[one.gender],
                "ethnicity": None if one.is_hispanic is None else "hispanic" if one.is_hispanic else "not_hispanic",
            }
            for one in world.students()
        },
        "relationship": relationships(world),
        "health_alert": alerts(world),
        "enrollment": enrollments(world),
    }


def expected_rest(district: District) -> Expected:
    """
    What `/ws/v1` says: of a class one teacher, and neither room nor grade; nothing of the district office; numbers
    without their leading zeros.
    """
    world, whole = World(district), expected_query(district)
    office = {world.staff(one.id) for one in world.employees() if not one.org_ids[0].isdigit()}
    races = {
        world.student(one.id): listed(sorted(map(RACES.__getitem__, one.races))) if one.races else None
        for one in world.students()
    }
    lead = {
        world.section(one.class_id): one
        for one in district.enrollments.values()
        if one.role == "teacher" and one.is_primary
    }
    seen = {entity: records for entity, records in whole.items() if entity != "health_alert"}
    return {
        **seen,
        "course": _without(whole["course"], "subjects"),
        "class": _without(whole["class"], "subjects", "location", "grades"),
        "user": {
            key: {**_without({key: user}, "family_key", "job_title", "department", "phone_2")[key], **_short(user)}
            for key, user in whole["user"].items()
            if key not in office
        },
        "role": {key: role for key, role in whole["role"].items() if role["user"] not in office},
        "demographics": {key: {**one, "races": races[key]} for key, one in whole["demographics"].items()},
        "enrollment": {
            **{key: one for key, one in whole["enrollment"].items() if one["role"] == "student"},
            **{
                f"teacher:{key}-{keys.users_dcid(district.people[one.person_id])}": {
                    "roster_class": key,
                    "user": world.staff(one.person_id),
                    "role": "teacher",
                    "primary": True,
                }
                for key, one in lead.items()
            },
        },
    }


def _without(records: Mapping[str, Mapping[str, Any]], *names: str) -> Records:
    return {key: {n: value for n, value in one.items() if n not in names} for key, one in records.items()}


def _short(user: Mapping[str, Any]) -> dict[str, Any]:
    """Teacher numbers are numbers."""
    if "employee_id" not in user:
        return {}
    return {"employee_id": str(int(user["employee_id"])), "identifier": str(int(user["identifier"]))}


CASES = [
    Case(
        "powerschool",
        "powerschool",
        PowerSchool,
        expected_rest,
        listing="/ws/v1/district/student",
        settings={"state_id_digits": "10"},
        page_option="page_size",
        years=True,
    ),
    Case(
        "powerschool-query",
        "powerschool_query",
        PowerSchoolQuery,
        expected_query,
        listing="/ws/schema/query/org.rollbook.hub.people.students",
        page_option="page_size",
        years=True,
    ),
]
