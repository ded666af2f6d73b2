"""
The resources of v2. Codes are written as descriptions here, and a class is called `class_fk`.

Fields beyond those that published clients read are a guess at names that the vendor documents nowhere in public.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from simulators.model import Class, Course, Household, Person
from simulators.veracross import academics, codes, people
from simulators.veracross.keys import class_pk, course_pk, enrollment_pk, household_pk, person_pk
from simulators.veracross.listing import Resource
from simulators.veracross.world import OPENED, SCHOOL_YEAR, Seat, World

Record = dict[str, Any]
SINCE = "on_or_after_last_modified_date"
_CHANGED = ("last_modified_date",)
_AMERICAN = "%m-%d-%Y"
_SEXES = {letter: words for letter, (_, words) in codes.GENDERS.items()}


def _person(world: World, person: Person) -> Record:
    return {
        "person_pk": person_pk(person.id),
        "household_fk": people.home_of(person),
        "username": person.username,
        "name_prefix": person.prefix or None,
        "first_name": person.given,
        "nick_first_name": person.preferred or person.given,
        "middle_name": person.middle or None,
        "last_name": person.family,
        "preferred_name": person.preferred or None,
        "gender": _SEXES[person.gender],
        "birthday": str(person.birth_date) if person.birth_date else None,
        "email_1": world.mail(person),
        "email_2": world.personal_mail(person),
        "mobile_phone": person.mobile or None,
        "roles": people.roles_of(world, person),
        "last_modified_date": max(world.record_changed(person), world.contact_changed(person)),
    }


def student(world: World, person: Person) -> Record:
    homeroom = world.homerooms.get(person.id)
    return _person(world, person) | {
        "graduation_year": person.graduation_year,
        "current_grade": "K" if person.grade == "KG" else str(int(person.grade)),
        "school_level": codes.level_of(person.grade)[1],
        "homeroom": homeroom.title if homeroom else None,
        "advisor_name": None,
        "campus": world.campuses[person.org_ids[0]].name,
        "entry_date": str(person.entry_date) if person.entry_date else None,
        "exit_date": None,
    }


def employee(world: World, person: Person) -> Record:
    kind = person.role if person.role in codes.FACULTY_TYPES else "staff"
    works = person.role != "guardian"
    return _person(world, person) | {
        "business_phone": person.phone if works else None,
        "job_title": person.title or None,
        "department": person.department or None,
        "faculty_type": codes.FACULTY_TYPES[kind][1],
        "campus": next((world.campuses[key].name for key in person.org_ids if key in world.campuses), None),
    }


def parent(world: World, person: Person) -> Record:
    return _person(world, person) | {"home_phone": person.phone or None}


def household(world: World, home: Household) -> Record:
    return {
        "household_pk": household_pk(home.id),
        "household_name": f"The {home.name} Household",
        "address_1": home.address.street,
        "address_2": None,
        "city": home.address.city,
        "state_province": home.address.state,
        "postal_code": home.address.postal_code,
        "country": codes.COUNTRIES[home.address.country][1],
        "home_phone": home.phone,
        "last_modified_date": world.household_changed(home),
    }


def course(_: World, one: Course) -> Record:
    return {
        "course_pk": course_pk(one),
        "course_id": one.id,
        "course_name": one.title,
        "subject": one.subject,
        "department": one.subject,
        "last_modified_date": OPENED,
    }


def class_(world: World, one: Class) -> Record:
    begin, end = academics.dates(world, one)
    teachers = world.teachers.get(one.id, [])
    return {
        "class_pk": class_pk(one),
        "class_id": one.id,
        "description": one.title,
        "course_fk": course_pk(world.district.courses[one.course_id]),
        "course_name": world.district.courses[one.course_id].title,
        "school_year": SCHOOL_YEAR,
        "campus": world.campuses[one.school_id].name,
        "room": one.room,
        "begin_date": begin,
        "end_date": end,
        "teacher_fk": person_pk(teachers[0]) if teachers else None,
        "last_modified_date": world.post_changed(*teachers),
    }


def enrollment(world: World, seat: Seat) -> Record:
    return {
        "enrollment_pk": enrollment_pk(seat.enrollment, seat.class_),
        "class_fk": class_pk(seat.class_),
        "student": person_pk(seat.person.id),
        "class_id": seat.class_.id,
        "course_name": world.district.courses[seat.class_.course_id].title,
        "last_modified_date": world.seat_changed(seat),
    }


def course_schedule(_: World, one: academics.Meeting) -> Record:
    return {
        "course_schedule_pk": class_pk(one.class_) * 10 + one.day,
        "class_fk": class_pk(one.class_),
        "class_id": one.class_.id,
        "day": one.day + 1,
        "block": one.class_.period,
        "room": one.class_.room,
        "start_time": one.start,
        "end_time": one.end,
        "last_modified_date": OPENED,
    }


def class_schedules(world: World, query: Mapping[str, str]) -> list[Record]:
    """
    The meetings of some classes between two days, which are written the American way.

    Raises:
        ValueError: A day is written otherwise.
    """
    begin, end = (_day(query.get(name), world.today) for name in ("date_from", "date_to"))
    wanted = set(query.get("classes", "").split(","))
    chosen = [one for one in world.classes if str(class_pk(one)) in wanted]
    return [_meeting(one, day) for day in _days(begin, end) for one in chosen]


def _meeting(one: Class, day: date) -> Record:
    met = academics.Meeting(one, day.weekday())
    return {
        "class_fk": class_pk(one),
        "categories": "Class",
        "description": one.title,
        "location": one.room,
        "start_time": f"{day}T{met.start}",
        "end_time": f"{day}T{met.end}",
    }


def _days(begin: date, end: date) -> Iterable[date]:
    """The school days from one day to another."""
    every = (begin + timedelta(days=passed) for passed in range((end - begin).days + 1))
    return [day for day in every if day.weekday() < 5]


def _day(written: str | None, otherwise: date) -> date:
    # Only the day is read: no zone is meant.
    return datetime.strptime(written, _AMERICAN).date() if written else otherwise  # noqa: DTZ007


def _by(*names: str) -> dict[str, str]:
    return {name: name for name in names}


RESOURCES = {
    "students": Resource(
        lambda world: [one for one in world.students if one.id not in world.left],
        student,
        only=_by("person_pk", "household_fk"),
        between=_CHANGED,
    ),
    "facstaff": Resource(lambda world: world.staff, employee, only=_by("person_pk", "faculty_type"), between=_CHANGED),
    "parents": Resource(lambda world: world.parents, parent, only=_by("person_pk", "household_fk"), between=_CHANGED),
    "households": Resource(lambda world: world.households, household, only=_by("household_pk"), between=_CHANGED),
    "courses": Resource(lambda world: world.courses, course, only=_by("course_pk"), between=_CHANGED),
    "classes": Resource(lambda world: world.classes, class_, only=_by("class_pk"), between=_CHANGED),
    "enrollments": Resource(
        lambda world: [seat for seat in world.seats if not seat.withdrawn],
        enrollment,
        only=_by("student", "class_fk"),
        between=_CHANGED,
    ),
    "course_schedules": Resource(academics.meetings, course_schedule, only=_by("class_fk"), between=_CHANGED),
}
