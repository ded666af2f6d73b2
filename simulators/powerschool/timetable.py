"""Schools, terms, courses, sections, and who sits in them and teaches them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from simulators.model import GRADES, Class, District, Org, Session
from simulators.powerschool import keys
from simulators.schedule import FALL, SPRING, YEAR

# The section of last year that each school still has: no course of the catalogue has this place.
LAST_YEARS = 990
PORTIONS = {"schoolYear": 1, "semester": 2, "gradingPeriod": 4}
SHORT = ("26-27", "S1", "Q1", "Q2", "S2", "Q3", "Q4")
LEAD, CO_TEACHER = 1, 2
ROLES = {LEAD: "Lead Teacher", CO_TEACHER: "Co-teacher"}


def timetable_rows(district: District) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    places = {course: place for place, course in enumerate(district.courses)}
    yield "schools", _schools(district)
    yield "terms", _terms(district)
    yield "courses", _courses(district)
    yield "sections", _sections(district, places)
    yield "cc", _enrollments(district, places)
    yield "roledef", [{"id": key, "name": name} for key, name in ROLES.items()]
    yield "sectionteacher", _teachers(district, places)


def grade_level(grade: str) -> int:
    return GRADES.index(grade)


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def after(value: date) -> str:
    """The day after the last one: PowerSchool's ends are exclusive."""
    return day_after(value).isoformat()


def day_after(value: date) -> date:
    return value + timedelta(days=1)


def year_before(value: date) -> date:
    return value.replace(year=value.year - 1)


def _schools(district: District) -> Iterator[dict[str, Any]]:
    office = district.of_kind("district")[0]
    yield {"dcid": 1, "id": 1, "school_number": keys.OFFICE, "name": office.name, "abbreviation": "DO"}
    yield {"dcid": 2, "id": 2, "school_number": keys.GRADUATED, "name": "Graduated Students", "abbreviation": "GS"}
    heads = {head.org_ids[0]: head for head in district.of_role("administrator") if head.title == "Principal"}
    for school in district.of_kind("school"):
        head = heads.get(school.id)
        yield {
            "dcid": keys.school_dcid(school),
            "id": keys.school_dcid(school) + 1,
            "school_number": keys.school_number(school),
            "name": school.name,
            "abbreviation": f"S{school.number}",
            "low_grade": grade_level(school.grades[0]),
            "high_grade": grade_level(school.grades[-1]),
            "schooladdress": school.address.street,
            "schoolcity": school.address.city,
            "schoolstate": school.address.state,
            "schoolzip": school.address.postal_code,
            "schoolphone": school.phone,
            "principal": f"{head.given} {head.family}" if head else None,
            "principalemail": head.email if head else None,
            "alternate_school_number": 0,
            "sif_stateprid": school.state_id,
            "state_excludefromreporting": 0,
            "issummerschool": 0,
        }


def _terms(district: District) -> Iterator[dict[str, Any]]:
    for school in (None, *district.of_kind("school")):
        for session in district.sessions.values():
            yield _term(school, session, keys.YEAR_ID)
            yield _term(school, session, keys.YEAR_ID - 1)


def _term(school: Org | None, session: Session, year_id: int) -> dict[str, Any]:
    """The terms of last year are those of this one, a year earlier."""
    number = keys.school_number(school) if school else keys.OFFICE
    place, this_year = keys.TERMS[session.id], year_id == keys.YEAR_ID
    start, end = (session.start, session.end) if this_year else map(year_before, (session.start, session.end))
    title = session.title if this_year else session.title.replace("2026-27", "2025-26")
    return {
        "dcid": keys.term_dcid(number, year_id, place),
        "id": keys.term_id(year_id, place),
        "schoolid": number,
        "yearid": year_id,
        "name": title,
        "abbreviation": SHORT[place] if this_year or place else "25-26",
        "firstday": day(start),
        "lastday": day(end),
        "portion": PORTIONS[session.kind],
        "isyearrec": int(place == 0),
    }


def _courses(district: District) -> Iterator[dict[str, Any]]:
    for place, course in enumerate(district.courses.values()):
        yield {
            "dcid": 70 + place,
            "id": 71 + place,
            "course_number": course.id,
            "course_name": course.title,
            "credit_hours": "1",
            "sched_department": course.subject,
            "schoolid": keys.OFFICE,
        }


def _term_place(class_: Class) -> int:
    match class_.session_ids:
        case (one,) if one in (FALL, SPRING):
            return keys.TERMS[one]
    return keys.TERMS[YEAR]


def _section(class_: Class, place: int, year_id: int, teacher: int | None) -> dict[str, Any]:
    return {
        "dcid": keys.section_dcid(class_, place),
        "id": keys.section_id(class_, place),
        "course_number": class_.course_id,
        "section_number": class_.section,
        "schoolid": int(class_.school_id),
        "termid": keys.term_id(year_id, _term_place(class_)),
        "teacher": teacher,
        "expression": f"{class_.period}(A)",
        "external_expression": f"P{class_.period}(A)",
        "room": class_.room,
        "maxenrollment": 30,
        "grade_level": grade_level(class_.grade),
        "gradebooktype": 2,
    }


def _sections(district: District, places: dict[str, int]) -> Iterator[dict[str, Any]]:
    leads = {
        class_: keys.staff_id(district.people[teachers[0]], int(district.classes[class_].school_id))
        for class_, teachers in district.teachers_of().items()
    }
    seats = Counter(one.class_id for one in district.enrollments.values() if one.role == "student")
    for class_ in district.classes.values():
        made = _section(class_, places[class_.course_id], keys.YEAR_ID, leads.get(class_.id))
        yield made | {"no_of_students": seats[class_.id]}
    for class_ in _first_classes(district):
        made = _section(class_, LAST_YEARS, keys.YEAR_ID - 1, leads.get(class_.id))
        yield made | {"no_of_students": 0}


def _first_classes(district: District) -> list[Class]:
    """The first class of each school, which met last year too."""
    firsts: dict[str, Class] = {}
    for class_ in district.classes.values():
        firsts.setdefault(class_.school_id, class_)
    return list(firsts.values())


def _enrollments(district: District, places: dict[str, int]) -> Iterator[dict[str, Any]]:
    for one in district.enrollments.values():
        if one.role == "student":
            class_ = district.classes[one.class_id]
            yield _seat(district, one.person_id, class_, places[class_.course_id], one.begin, one.end, keys.YEAR_ID)
    old, year = {class_.school_id: class_ for class_ in _first_classes(district)}, district.sessions[YEAR]
    begin, end = year_before(year.start), year_before(year.end)
    for student in district.of_role("student"):
        if keys.student_number(student) % 10 == 0 and student.entry_date == year.start:
            yield _seat(district, student.id, old[student.org_ids[0]], LAST_YEARS, begin, end, keys.YEAR_ID - 1)


def _seat(
    district: District, student_id: str, class_: Class, place: int, begin: date, end: date, year_id: int
) -> dict[str, Any]:
    student = district.people[student_id]
    dcid = keys.cc_dcid(student, class_, place)
    return {
        "dcid": dcid,
        "id": dcid + 1,
        "studentid": keys.student_id(student),
        "sectionid": keys.section_id(class_, place),
        "termid": keys.term_id(year_id, _term_place(class_)),
        "schoolid": int(class_.school_id),
        "course_number": class_.course_id,
        "section_number": class_.section,
        "dateenrolled": day(begin),
        "dateleft": after(end),
        "expression": f"{class_.period}(A)",
    }


def _teachers(district: District, places: dict[str, int]) -> Iterator[dict[str, Any]]:
    for one in district.enrollments.values():
        if one.role == "teacher":
            class_, teacher = district.classes[one.class_id], district.people[one.person_id]
            place = places[class_.course_id]
            yield {
                "id": keys.serial(teacher) * 10_000_000_000 + keys.section_dcid(class_, place),
                "sectionid": keys.section_id(class_, place),
                "teacherid": keys.staff_id(teacher, int(class_.school_id)),
                "roleid": LEAD if one.is_primary else CO_TEACHER,
                "start_date": day(one.begin),
                "end_date": after(one.end),
            }
