"""
What `/ws/v1` and `/ws/contacts` say, as the rows that the streams have.

The JSON of `/ws/v1` is made by rote: a list of one is its member, an object without anything in it is "", a text of
digits is a number that has lost its leading zeros. Rows are made of it here, once, and the record stays beside them, so
that an integration can read further members of it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from rollbook.sources.powerschool import words

Record = Mapping[str, Any]
Row = dict[str, Any]


def members(value: Any) -> list[Any]:
    """A list, whether it came as one, as its only member, or not at all."""
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]


def listed(answer: Record, resource: str) -> list[Record]:
    """The records in the envelope of a list, whose outer name is not the same everywhere."""
    for outer in answer.values():
        if isinstance(outer, Mapping) and resource in outer:
            return [one for one in members(outer[resource]) if isinstance(one, Mapping)]
    return []


def at(record: Any, *path: str) -> Any:
    """The value at a path; None where there is nothing, or "" in the place of an object."""
    for name in path:
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record


def _address(record: Record, kind: str) -> Row:
    found = at(record, "addresses", kind)
    return {
        "street": at(found, "street"),
        "city": at(found, "city"),
        "state": at(found, "state_province"),
        "zip": words.postal_code(at(found, "postal_code")),
    }


def school(record: Record) -> Row:
    head = at(record, "principal", "name")
    return {
        **record,
        "school_dcid": record.get("id"),
        "state_id": record.get("state_province_id"),
        "grades": words.grades(record.get("low_grade"), record.get("high_grade")),
        **_address(record, "physical"),
        "phone": at(record, "phones", "main", "number"),
        "principal": " ".join(str(part) for part in (at(head, "first_name"), at(head, "last_name")) if part),
        "principal_email": at(record, "principal", "email"),
    }


def term(record: Record) -> Row:
    return {
        **record,
        "term_dcid": record.get("id"),
        "school_dcid": record.get("school_id"),
        "first_day": record.get("start_date"),
        "last_day": record.get("end_date"),
        "ends_in": int(record["start_year"]) + 1,
    }


def student(record: Record, state_id_digits: int) -> Row:
    """
    Args:
        state_id_digits: To which state ids are filled up with the zeros that they have lost; 0 = not.
    """
    seat = record.get("school_enrollment")
    standing, still = words.status(at(seat, "enroll_status_code"))
    year = at(record, "demographics", "projected_graduation_year")
    state_id = record.get("state_province_id")
    mailing = {f"mailing_{name}": value for name, value in _address(record, "mailing").items()}
    return {
        **record,
        "student_dcid": record.get("id"),
        "student_number": record.get("local_id"),
        "state_id": None if state_id in (None, "") else str(state_id).zfill(state_id_digits),
        "username": record.get("student_username"),
        **_name(record),
        "gender": at(record, "demographics", "gender"),
        "birth_date": at(record, "demographics", "birth_date"),
        "projected_graduation_year": year or None,
        "email": at(record, "contact_info", "email"),
        "phone": at(record, "phones", "main", "number"),
        **_address(record, "physical"),
        **mailing,
        "enrollment": standing,
        "standing": still,
        "grade_level": at(seat, "grade_level"),
        "school_dcid": at(seat, "school_id"),
        "entry_date": at(seat, "entry_date"),
        "last_day": words.last_day(at(seat, "exit_date") or ""),
        "track": at(seat, "track"),
        "home_room": at(record, "schedule_setup", "home_room"),
        "federal_ethnicity": at(record, "ethnicity_race", "federal_ethnicity"),
        "races": _races(record),
        "language": _extended(record, "studentcorefields").get("primarylanguage"),
    }


def _name(record: Record) -> Row:
    return {part: at(record, "name", part) for part in ("first_name", "middle_name", "last_name")}


def _races(record: Record) -> list[Any]:
    """The federal categories, which the district's own codes belong to; its code where there is none."""
    races = members(at(record, "ethnicity_race", "races"))
    return [at(one, "federal_race_code_category") or at(one, "district_race_code") for one in races]


def _extended(record: Record, table: str) -> Row:
    """The columns of a table that extends students. `recordFound` says nothing of use."""
    tables = members(at(record, "_extension_data", "_table_extension"))
    fields = (field for one in tables if at(one, "name") == table for field in members(at(one, "_field")))
    return {str(at(field, "name")): at(field, "value") for field in fields}


def employee(record: Record, school: object) -> Row:
    """A person at one school; the first school that they are current at is called the home school."""
    places = members(at(record, "school_affiliations", "school_affiliation"))
    current = [one for one in places if at(one, "status") == 1]
    here = next((one for one in places if at(one, "school_id") == school), None)
    home = at(current[0], "school_id") or "district" if current else school
    return {
        **record,
        "org": school,
        "home_org": home,
        "role": words.role_of_staff(at(here, "type")),
        "role_type": "primary" if home == school else "secondary",
        "teacher_number": record.get("local_id"),
        **_name(record),
        "email": at(record, "emails", "work_email"),
        "username": words.log_in(
            record.get("teacher_username"), record.get("admin_username"), at(record, "emails", "work_email")
        ),
        "home_phone": at(record, "phones", "home_phone"),
        **_address(record, "home"),
    }


def course(record: Record) -> Row:
    return {**record, "course_dcid": record.get("id")}


def section(record: Record, course: Record | None) -> Row:
    number = record.get("section_number")
    return {
        **record,
        "section_dcid": record.get("id"),
        "course_dcid": record.get("course_id"),
        "school_dcid": record.get("school_id"),
        "term_dcid": record.get("term_id"),
        "course_number": at(course, "course_number"),
        "course_name": at(course, "course_name") or f"Section {number}",
    }


def teaching(record: Record, users_dcid: object, term: Record) -> Row:
    """The one teacher of a section that `/ws/v1` names, for as long as the section meets."""
    return {
        "section_teacher_id": f"{record.get('id')}-{users_dcid}",
        "section_dcid": record.get("id"),
        "users_dcid": users_dcid,
        "school_dcid": record.get("school_id"),
        "role_in_class": "teacher",
        "is_primary": True,
        "start_date": term.get("start_date"),
        "last_day": term.get("end_date"),
    }


def seat(record: Record, school: object) -> Row:
    """Who left before the first day never sat there."""
    begin, end = str(record.get("entry_date") or ""), str(record.get("exit_date") or "")
    is_dropped = record.get("dropped") in (True, "true") or bool(end and end <= begin)
    return {
        **record,
        "enrollment_dcid": record.get("id"),
        "section_dcid": record.get("section_id"),
        "student_dcid": record.get("student_id"),
        "school_dcid": school,
        "last_day": words.last_day(end),
        "standing": "dropped" if is_dropped else "active",
    }


# Contacts ------------------------------------------------------------------------------------------------


def contact(record: Record, student: object, school: object, today: date) -> list[Row]:
    """
    How one contact stands to one student; nothing where it no longer does.

    A contact lists all its students, and a link what the contact was to the student at any time.
    """
    links = [one for one in members(record.get("contactStudents")) if at(one, "dcid") == student]
    links = [one for one in links if not at(one, "deleted")]
    details = [one for link in links for one in members(at(link, "studentDetails")) if _holds(one, today)]
    if not details or record.get("active") is False:
        return []
    detail = max(details, key=lambda one: str(at(one, "startDate") or ""))
    emails = sorted(members(record.get("emails")), key=lambda one: not at(one, "primary"))
    return [
        {
            **record,
            "student_dcid": student,
            "person_id": record.get("contactId"),
            "school_dcid": school,
            "role": "guardian" if at(detail, "custodial") else "contact",
            "priority": at(links[0], "sequence"),
            "relationship": at(detail, "relationship"),
            "first_name": record.get("firstName"),
            "middle_name": record.get("middleName"),
            "last_name": record.get("lastName"),
            "email": at(emails[0], "address") if emails else None,
            **_phones(_in_order(record.get("phones"))),
            **_contact_address(_in_order(record.get("addresses"))),
            "custodial": at(detail, "custodial"),
            "emergency": at(detail, "emergency"),
            "lives_with": at(detail, "livesWith"),
            "school_pickup": at(detail, "schoolPickup"),
            "receives_mail": at(detail, "receivesMail"),
        }
    ]


def _holds(detail: Record, today: date) -> bool:
    begin, end, day = at(detail, "startDate"), at(detail, "endDate"), today.isoformat()
    return bool(at(detail, "active")) and (not begin or begin <= day) and (not end or day <= end)


def _in_order(found: Any) -> list[Record]:
    return sorted(members(found), key=lambda one: int(at(one, "sequence") or 0))


def _phones(found: list[Record]) -> Row:
    made: Row = {}
    for name, one in zip(("phone", "phone_2", "phone_3"), found, strict=False):
        made |= {name: at(one, "phoneNumber"), f"{name}_kind": at(one, "phoneType")}
    return made


def _contact_address(found: Iterable[Record]) -> Row:
    first = next(iter(found), None)
    return {
        "street": at(first, "street"),
        "street_2": at(first, "linetwo"),
        "city": at(first, "city"),
        "state": at(first, "state"),
        "zip": at(first, "postalcode"),
    }
