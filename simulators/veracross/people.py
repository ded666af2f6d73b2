"""People, households and what ties them together, as v3 writes them."""

from typing import Any

from simulators.model import Household, Person
from simulators.veracross import codes
from simulators.veracross.keys import class_pk, grade_code, household_pk, person_pk, relationship_pk
from simulators.veracross.world import Tie, World

Record = dict[str, Any]
_NOBODY = {"name": None, "id": None}


def listed_name(person: Person) -> str:
    return f"{person.family}, {person.given}"


def home_of(person: Person) -> int | None:
    """A person has one household here, also one who lives in two."""
    return household_pk(person.household_ids[0]) if person.household_ids else None


def student(world: World, person: Person) -> Record:
    homeroom = world.homerooms.get(person.id)
    teachers = world.teachers.get(homeroom.id, []) if homeroom else []
    campus = world.campuses[person.org_ids[0]]
    _, left = world.left.get(person.id, (None, None))
    status, role = standing(world, person)
    return {
        "id": person_pk(person.id),
        "first_name": person.given,
        "middle_name": person.middle or None,
        "last_name": person.family,
        "preferred_name": person.preferred or None,
        "household_id": home_of(person),
        "gender": codes.GENDERS[person.gender][0],
        "email_1": world.mail(person),
        "grade_level": grade_code(person.grade),
        "school_level": codes.level_of(person.grade)[0],
        "graduation_year": person.graduation_year,
        "homeroom": class_pk(homeroom) if homeroom else None,
        "homeroom_teacher": _named(world.district.people[teachers[0]]) if teachers else dict(_NOBODY),
        "advisor": dict(_NOBODY),
        "campus": {"description": campus.name, "id": codes.campus_pk(campus.id)},
        "username": person.username,
        "entry_date": _day(person.entry_date),
        "exit_date": _day(left),
        "birthday": _day(person.birth_date),
        "roles": role,
        "last_modified_date": world.record_changed(person),
        "enrollment_status": codes.STATUSES[status][0],
        "house": {"id": None, "name": None},
        "student_group": None,
    }


def standing(world: World, person: Person) -> tuple[str, str]:
    """How a student stands to the school: the status of enrollment, and the role."""
    if person.id in world.left:
        return "withdrawn", "Former Student"
    return ("future", "Future Student") if person.id.startswith("F") else ("enrolled", "Student")


def one_student(world: World, person: Person) -> Record:
    """A single read has another shape than the list: the campus is a plain number."""
    record = student(world, person)
    del record["house"], record["roles"]
    return record | {
        "campus": record["campus"]["id"],
        "name_prefix": None,
        "name_suffix": person.suffix or None,
        "current_location": None,
    }


def employee(world: World, person: Person) -> Record:
    kind = person.role if person.role in codes.FACULTY_TYPES else "staff"
    campus = next((codes.campus_pk(key) for key in person.org_ids if key in world.campuses), None)
    return {
        "id": person_pk(person.id),
        "name_prefix": codes.PREFIXES[person.prefix][0] if person.prefix else None,
        "first_name": person.given,
        "middle_name": person.middle or None,
        "last_name": person.family,
        "name_suffix": person.suffix or None,
        "preferred_name": person.preferred or None,
        "household_id": home_of(person),
        "gender": codes.GENDERS[person.gender][0],
        "faculty_type": codes.FACULTY_TYPES[kind][0],
        "department": world.departments.get(person.department),
        "job_title": person.title or None,
        "employee_code": None,
        "date_hired": _day(person.entry_date),
        "date_terminated": None,
        "campus": campus,
        "roles": roles_of(world, person),
        "email_1": world.mail(person),
        "username": person.username,
        "last_modified_date": world.record_changed(person),
    }


def parent(world: World, person: Person) -> Record:
    spouse = world.spouse(person)
    return {
        "id": person_pk(person.id),
        "household_id": home_of(person),
        "head_of_household": world.leads(person),
        "name_prefix": codes.PREFIXES[person.prefix][0] if person.prefix else None,
        "first_name": person.given,
        "first_nick_name": person.preferred or person.given,
        "preferred_name": person.preferred or None,
        "middle_name": person.middle or None,
        "last_name": person.family,
        "name_suffix": person.suffix or None,
        "spouse": _named(spouse) if spouse else dict(_NOBODY),
        "gender": codes.GENDERS[person.gender][0],
        "roles": roles_of(world, person),
        "email_1": world.mail(person),
        "username": person.username,
        "last_modified_date": world.record_changed(person),
    }


def household(world: World, home: Household) -> Record:
    return {
        "id": household_pk(home.id),
        "name": f"The {home.name} Household",
        "address_line_1": home.address.street,
        "address_line_2": None,
        "address_line_3": None,
        "city": home.address.city,
        "state_or_province": home.address.state,
        "zip": home.address.postal_code,
        "country": codes.COUNTRIES[home.address.country][0],
        "phone": home.phone,
        "last_modified_date": world.household_changed(home),
    }


def contact_info(world: World, person: Person) -> Record:
    works = person.role not in ("student", "guardian")
    return {
        "id": person_pk(person.id),
        "name": listed_name(person),
        "household_id": home_of(person),
        "email_1": world.mail(person),
        "email_2": world.personal_mail(person),
        "home_phone": None if works else person.phone or None,
        "mobile_phone": person.mobile or None,
        "business_phone": person.phone or None if works else None,
        "last_modified_date": world.contact_changed(person),
    }


def relationship(world: World, tie: Tie) -> Record:
    one, related = tie.relationship, tie.related
    return {
        "id": relationship_pk(one) + (10_000_000 if tie.turned else 0),
        "person_id": person_pk(tie.person.id),
        "related_person_id": person_pk(related.id),
        "first_name": related.given,
        "middle_name": related.middle or None,
        "last_name": related.family,
        "preferred_name": related.preferred or None,
        "relationship": codes.RELATIONSHIPS["child" if tie.turned else one.kind][0],
        "resident": one.lives_with,
        "custody_status": "Legal" if one.has_custody else None,
        "legal_custody": one.has_custody,
        "emergency": one.is_emergency,
        "pick_up": one.may_pick_up,
        "parent_portal_access": one.has_custody,
        "profile_update_permission": one.has_custody,
        "receive_general_correspondence": one.priority == 1,
        "receive_report_cards": one.has_custody,
        "receive_invoices": one.priority == 1,
        "receive_other": False,
        "medical_notification": one.is_emergency,
        "last_modified_date": world.tie_changed(tie),
    }


def roles_of(world: World, person: Person) -> str:
    """A text for people: several roles stand in it one after the other."""
    if person.role == "student":
        return "Student"
    if person.role == "guardian":
        return "Parent, Staff" if person.id in world.on_staff else "Parent"
    return "Faculty" if person.role == "teacher" else "Staff"


def _named(person: Person) -> Record:
    return {"name": listed_name(person), "id": person_pk(person.id)}


def _day(day: object) -> str | None:
    return str(day) if day else None
