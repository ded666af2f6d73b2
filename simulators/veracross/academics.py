"""Courses, classes, enrollments and their kind, as v3 writes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulators.model import Class, Course, Enrollment, Session
from simulators.veracross import codes
from simulators.veracross.keys import class_pk, course_pk, enrollment_pk, grade_code, permission_pk, person_pk
from simulators.veracross.people import listed_name
from simulators.veracross.world import OPENED, SCHOOL_YEAR, Seat, World

Record = dict[str, Any]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
# Groups of grading periods: which periods of the year a class is graded in.
_GROUPS = {"schoolYear": (1, "Full Year", "Year"), "S1": (2, "Fall", "Semester"), "S2": (3, "Spring", "Semester")}


@dataclass(frozen=True, slots=True)
class Meeting:
    """A class on one day of the week, from 0 = Monday."""

    class_: Class
    day: int

    @property
    def start(self) -> str:
        return f"{8 + int(self.class_.period):02}:00:00"

    @property
    def end(self) -> str:
        return f"{8 + int(self.class_.period):02}:50:00"


def course(world: World, one: Course) -> Record:
    return {
        "id": course_pk(one),
        "course_id": one.id,
        "name": one.title,
        "subject_id": int(one.subject_code),
        "subject_description": one.subject,
        "department_id": world.departments[one.subject],
        "department_description": one.subject,
        "catalog_title": one.title,
        "catalog_description": f"<p>{one.title}</p>",
        "classification": None,
        "course_type": codes.COURSE_TYPES["homeroom" if one.subject == "Homeroom" else "scheduled"][0],
        "last_modified_date": OPENED,
    }


def class_(world: World, one: Class) -> Record:
    taught = world.district.courses[one.course_id]
    begin, end = dates(world, one)
    teachers = world.teachers.get(one.id, [])
    first = world.district.people[teachers[0]] if teachers else None
    return {
        "id": class_pk(one),
        "class_id": one.id,
        "description": one.title,
        "status": codes.CLASS_STATUSES["active"][0],
        "school_year": SCHOOL_YEAR,
        "campus_id": codes.campus_pk(one.school_id),
        "campus_description": world.campuses[one.school_id].name,
        "begin_date": begin,
        "end_date": end,
        "primary_grade_level_id": grade_code(one.grade),
        "school_level": codes.level_of(one.grade)[0],
        "course_type": codes.COURSE_TYPES[one.kind][0],
        "internal_course_id": course_pk(taught),
        "course": {"id": course_pk(taught), "course_id": taught.id, "course_name": taught.title},
        "primary_teacher_id": person_pk(first.id) if first else None,
        "primary_teacher_name": listed_name(first) if first else None,
        "room_id": class_pk(one),
        "virtual_meeting_url": None,
        "subject_id": int(taught.subject_code),
        "subject_description": taught.subject,
        "department_id": world.departments[taught.subject],
        "department_description": taught.subject,
        "internal_group_id": group_of(one)[0],
        "term_credit_hours": None,
        "total_credits": None,
        "last_modified_date": world.post_changed(*teachers),
    }


def enrollment(world: World, seat: Seat) -> Record:
    one, person = seat.enrollment, seat.person
    teachers = world.teachers.get(one.class_id, [])
    first = world.district.people[teachers[0]] if teachers else None
    begin, _ = dates(world, seat.class_)
    return {
        "id": enrollment_pk(one, seat.class_),
        "internal_class_id": class_pk(seat.class_),
        "class_description": seat.class_.title,
        "class_status": codes.CLASS_STATUSES["active"][0],
        "primary_teacher": {
            "id": person_pk(first.id) if first else None,
            "name_prefix": first.prefix or None if first else None,
            "first_name": first.given if first else None,
            "middle_name": first.middle or None if first else None,
            "last_name": first.family if first else None,
            "name_suffix": first.suffix or None if first else None,
            "preferred_name": first.preferred or None if first else None,
        },
        "person_id": person_pk(person.id),
        "person_name": listed_name(person),
        "grade_level_id": grade_code(person.grade),
        "currently_enrolled": seat.withdrawn is None,
        "late_date_enrolled": str(one.begin) if str(one.begin) > begin else None,
        "date_withdrawn": str(seat.withdrawn) if seat.withdrawn else None,
        "level": None,
        "exclude_from_transcript": False,
        "notes": None,
        "last_modified_date": world.seat_changed(seat),
    }


def permission(world: World, one: Enrollment) -> Record:
    taught = world.district.classes[one.class_id]
    its_course = world.district.courses[taught.course_id]
    person = world.district.people[one.person_id]
    kind = codes.COURSE_TYPES[taught.kind][0]
    return {
        "id": permission_pk(one, taught),
        "school_year": SCHOOL_YEAR,
        "course": {"id": course_pk(its_course), "description": its_course.title, "course_type": kind},
        "class": {"id": class_pk(taught), "description": taught.title},
        "person": {"id": person_pk(person.id), "name": listed_name(person)},
        "role": codes.TEACHING[one.is_primary][0],
        "title": None,
        "update_grades": True,
        "view_attendance": True,
        "show_in_teacher_portal": True,
        "last_modified_date": world.post_changed(person.id),
    }


def grading_periods(world: World) -> list[Session]:
    """The year's semesters, and the quarters of each."""
    return [one for one in world.district.sessions.values() if one.parent_id]


def grading_period(_: World, one: Session) -> Record:
    code, name, kind = _GROUPS["schoolYear" if one.kind == "semester" else one.parent_id[-2:]]
    return {
        "id": int(code * 10 + int(one.id[-1])),
        "description": one.title,
        "abbreviation": one.id.rpartition("-")[2],
        "start_date": f"{one.start}T00:00:00Z",
        "end_date": f"{one.end}T00:00:00Z",
        "group": {"id": code, "description": name, "type": kind},
        "major": one.kind == "semester",
        "minor": one.kind != "semester",
        "period_index": int(one.id[-1]),
        "school_year": SCHOOL_YEAR,
        "last_modified_date": OPENED,
    }


def subjects(world: World) -> list[Course]:
    """One course for each subject."""
    return list({int(one.subject_code): one for one in world.courses}.values())


def subject(world: World, one: Course) -> Record:
    return {
        "id": int(one.subject_code),
        "description": one.subject,
        "department_id": world.departments[one.subject],
        "last_modified_date": OPENED,
    }


def department(_: World, named: tuple[str, int]) -> Record:
    name, code = named
    return {"id": code, "description": name, "last_modified_date": OPENED}


def room(world: World, one: Class) -> Record:
    campus = world.campuses[one.school_id]
    return {"id": class_pk(one), "description": one.room, "campus": campus.name, "capacity": None}


def meetings(world: World) -> Iterator[Meeting]:
    return (Meeting(one, day) for one in world.classes for day in range(len(_DAYS)))


def class_schedule(_: World, one: Meeting) -> Record:
    met = one.class_
    code, name = group_of(met)[:2]
    return {
        "id": class_pk(met) * 10 + one.day,
        "internal_class_id": class_pk(met),
        "class_id": met.id,
        "school_year": SCHOOL_YEAR,
        "school_level": codes.level_of(met.grade)[0],
        "campus_id": codes.campus_pk(met.school_id),
        "grading_period": {"id": code, "description": name},
        "day": {"id": one.day + 1, "description": _DAYS[one.day]},
        "block": {"id": int(met.period) + 1, "description": f"Block {met.period}"},
        "room": {"id": class_pk(met), "description": met.room},
        "start_time": one.start,
        "end_time": one.end,
        "last_modified_date": OPENED,
    }


def dates(world: World, one: Class) -> tuple[str, str]:
    """The first and the last day of a class."""
    meets = [world.district.sessions[key] for key in one.session_ids]
    return str(meets[0].start), str(meets[-1].end)


def group_of(one: Class) -> tuple[int, str, str]:
    """The grading period group of a class: that of its semester where it meets in one only."""
    in_one = len(one.session_ids) == 1 and one.session_ids[0][-2:] in _GROUPS
    return _GROUPS[one.session_ids[0][-2:] if in_one else "schoolYear"]
