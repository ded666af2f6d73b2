"""Everybody the district employs: who teaches which class, and who keeps the schools going."""

from datetime import date

from simulators.dice import Dice
from simulators.model import Address, Class, District, Org, Person
from simulators.names import culture
from simulators.people import address, phone
from simulators.schedule import Timetable, subjects

SECTIONS_PER_TEACHER = 5
SCHOOL_JOBS = (("administrator", "Principal"), ("staff", "Office Manager"), ("staff", "Nurse"), ("staff", "Custodian"))
UPPER_JOBS = (("administrator", "Assistant Principal"), ("staff", "Counselor"))
DISTRICT_JOBS = (
    ("administrator", "Superintendent", ""),
    ("administrator", "Director of Technology", "Information Technology"),
    ("administrator", "Director of Student Services", "Student Services"),
    ("staff", "SIS Administrator", "Information Technology"),
    ("staff", "Data Specialist", "Information Technology"),
    ("staff", "Speech Therapist", "Student Services"),
    ("staff", "Menu Planner", "Food Services"),
)


def hire(district: District, role: str, orgs: tuple[str, ...], title: str, department: str, *, entry: date) -> Person:
    """Employ the next person; the number of an employee who left is not used again."""
    serial, dice = district.employees, Dice(district.seed, "employee", district.employees)
    roots = culture(dice)
    woman = dice.chance(0.65)
    given, family = dice.pick(roots.girls if woman else roots.boys), dice.pick(roots.families)
    username = f"{given.latin}.{family.latin}{serial}"
    home: Address = address(dice)
    person = Person(
        id=f"E{serial:05}",
        role=role,
        number=f"{serial:06}",
        username=username,
        given=given.text,
        family=family.text,
        org_ids=orgs,
        gender="F" if woman else "M",
        language="en",
        prefix="Ms." if woman else "Mr.",
        email=f"{username}@harrowcreek.example",
        phone=phone(dice),
        mobile=phone(dice) if dice.chance(0.6) else "",
        address=home,
        title=title,
        department=department,
        entry_date=entry,
    )
    district.people[person.id] = person
    district.employees += 1
    return person


def add_staff(district: District) -> None:
    """Principals, offices and departments, then a teacher for each class."""
    hired = date(2021, 7, 1)
    for school in district.of_kind("school"):
        for role, title in SCHOOL_JOBS + (UPPER_JOBS if "KG" not in school.grades else ()):
            hire(district, role, (school.id,), title, "", entry=hired)
    owner = district.of_kind("district")[0]
    departments = {org.name: org.id for org in district.of_kind("department")}
    for role, title, department in DISTRICT_JOBS:
        hire(district, role, (departments.get(department, owner.id),), title, department, entry=hired)
    timetable = Timetable(district)
    schools = district.of_kind("school")
    for school, partner in zip(schools, _partners(schools), strict=True):
        _staff_school(district, timetable, school, partner, hired)


def _partners(schools: list[Org]) -> list[Org | None]:
    """For the first of two elementary schools in a row, the second: its specialists teach at both."""
    following = [*schools[1:], None]
    return [
        after if after and school.number[-1] == "1" and "KG" in school.grades else None
        for school, after in zip(schools, following, strict=True)
    ]


def _staff_school(district: District, timetable: Timetable, school: Org, partner: Org | None, hired: date) -> None:
    waiting: dict[str, list[Class]] = {}
    for class_ in district.classes.values():
        subject = next(s for s in subjects(class_.grade) if class_.course_id.startswith(s.code))
        if subject.by_specialist:
            if partner and class_.school_id in (school.id, partner.id):
                waiting.setdefault(subject.area, []).append(class_)
        elif class_.school_id == school.id:
            # Below grade 6 one teacher has a section all day; from grade 6 on each subject has its own teachers.
            team = f"Grade {class_.grade}, {class_.section}" if "KG" in school.grades else subject.area
            waiting.setdefault(team, []).append(class_)
    homerooms = waiting.pop("Homeroom", [])
    teachers = []
    for team, classes in waiting.items():
        is_shared = classes[0].school_id != classes[-1].school_id
        load = 24 if is_shared else SECTIONS_PER_TEACHER
        for first in range(0, len(classes), load):
            orgs = (school.id, partner.id) if is_shared and partner else (school.id,)
            teacher = hire(district, "teacher", orgs, "Teacher", team if "Grade" not in team else "", entry=hired)
            teachers.append(teacher)
            for class_ in classes[first : first + load]:
                timetable.enroll(teacher, class_, is_primary=True)
    for place, class_ in enumerate(homerooms):
        timetable.enroll(teachers[place % len(teachers)], class_, is_primary=True)
    _add_second_teachers(timetable, school, teachers)


def _add_second_teachers(timetable: Timetable, school: Org, teachers: list[Person]) -> None:
    """One class in eight is taught by two."""
    district = timetable.district
    for place, class_ in enumerate(class_ for class_ in district.classes.values() if class_.school_id == school.id):
        second = teachers[place % len(teachers)]
        if place % 8 == 3 and f"{class_.id}-{second.id}" not in district.enrollments:
            timetable.enroll(second, class_)
