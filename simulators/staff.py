"""Everybody the district employs: who teaches which class, and who keeps the schools going."""

from datetime import date

from simulators.dice import Dice
from simulators.model import Class, District, Person
from simulators.names import culture
from simulators.people import address, phone
from simulators.schedule import ELEMENTARY, Timetable

SECTIONS_PER_TEACHER, SECTIONS_PER_SPECIALIST = 6, 24
SPECIALTIES = {subject.area for subject in ELEMENTARY if subject.by_specialist}
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
    serial = district.employees + 1
    dice = Dice(district.seed, "employee", serial)
    roots = culture(dice)
    woman = dice.chance(0.65)
    given, family = dice.pick(roots.girls if woman else roots.boys), dice.pick(roots.families)
    username = f"{given.latin}.{family.latin}{serial}"
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
        address=address(dice),
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
    classes: dict[str, list[Class]] = {school.id: [] for school in district.of_kind("school")}
    for class_ in district.classes.values():
        classes[class_.school_id].append(class_)
    elementary = [school.id for school in district.of_kind("school") if "KG" in school.grades]
    for school_id, its_classes in classes.items():
        teachers = (_grade_teachers if school_id in elementary else _subject_teachers)(timetable, its_classes, hired)
        _add_second_teachers(timetable, its_classes, teachers)
    # Two elementary schools share those who teach music and physical education.
    for pair in zip(elementary[::2], elementary[1::2], strict=True):
        _specialists(timetable, pair, [class_ for school_id in pair for class_ in classes[school_id]], hired)


def _grade_teachers(timetable: Timetable, classes: list[Class], hired: date) -> list[Person]:
    """One teacher has a section all day, but for what specialists teach."""
    sections: dict[tuple[str, int], list[Class]] = {}
    for class_ in classes:
        if _area(timetable, class_) not in SPECIALTIES:
            sections.setdefault((class_.grade, class_.section), []).append(class_)
    return [_teach(timetable, (section[0].school_id,), "", section, hired) for section in sections.values()]


def _subject_teachers(timetable: Timetable, classes: list[Class], hired: date) -> list[Person]:
    """Each subject has its own teachers, and each homeroom is one of theirs."""
    subjects = _by_area(timetable, classes)
    homerooms = subjects.pop("Homeroom")
    teachers = [
        _teach(timetable, (classes[0].school_id,), area, taught[first : first + SECTIONS_PER_TEACHER], hired)
        for area, taught in subjects.items()
        for first in range(0, len(taught), SECTIONS_PER_TEACHER)
    ]
    for place, homeroom in enumerate(homerooms):
        timetable.enroll(teachers[place % len(teachers)], homeroom, is_primary=True)
    return teachers


def _specialists(timetable: Timetable, pair: tuple[str, str], classes: list[Class], hired: date) -> None:
    for area, taught in _by_area(timetable, classes).items():
        if area in SPECIALTIES:
            for first in range(0, len(taught), SECTIONS_PER_SPECIALIST):
                _teach(timetable, pair, area, taught[first : first + SECTIONS_PER_SPECIALIST], hired)


def _teach(
    timetable: Timetable, schools: tuple[str, ...], department: str, classes: list[Class], hired: date
) -> Person:
    teacher = hire(timetable.district, "teacher", schools, "Teacher", department, entry=hired)
    for class_ in classes:
        timetable.enroll(teacher, class_, is_primary=True)
    return teacher


def _area(timetable: Timetable, class_: Class) -> str:
    return timetable.district.courses[class_.course_id].subject


def _by_area(timetable: Timetable, classes: list[Class]) -> dict[str, list[Class]]:
    found: dict[str, list[Class]] = {}
    for class_ in classes:
        found.setdefault(_area(timetable, class_), []).append(class_)
    return found


def _add_second_teachers(timetable: Timetable, classes: list[Class], teachers: list[Person]) -> None:
    """One class in eight is taught by two."""
    for place, class_ in enumerate(classes):
        second = teachers[place % len(teachers)]
        if place % 8 == 3 and f"{class_.id}-{second.id}" not in timetable.district.enrollments:
            timetable.enroll(second, class_)
