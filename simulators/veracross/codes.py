"""
Value lists: what the numbers of coded fields mean at this school.

Every school numbers its own; only Kindergarten = 20 is the vendor's own example.
"""

from collections.abc import Iterable
from random import Random
from typing import Any

from simulators.model import GRADES
from simulators.veracross.keys import class_pk, grade_code
from simulators.veracross.world import SCHOOL_YEAR, World

GENDERS = {"F": (1, "Female"), "M": (2, "Male"), "X": (3, "Non-binary")}
LEVELS = {"KG": (1, "Lower School"), "06": (2, "Middle School"), "09": (3, "Upper School")}
STATUSES = {"enrolled": (3, "Enrolled"), "future": (7, "Future"), "withdrawn": (9, "Withdrawn")}
FACULTY_TYPES = {"teacher": (1, "Teacher"), "staff": (2, "Staff"), "administrator": (3, "Administrator")}
PREFIXES = {"Mr.": (11, "Mr."), "Ms.": (12, "Ms."), "Dr.": (13, "Dr.")}
RELATIONSHIPS = {
    "mother": (5, "Mother"),
    "father": (6, "Father"),
    "guardian": (8, "Guardian"),
    "grandparent": (14, "Grandparent"),
    "child": (2, "Child"),
}
TEACHING = {True: (1, "Primary Teacher"), False: (4, "Co-Teacher")}
CLASS_STATUSES = {"active": (2, "Active"), "future": (1, "Future")}
COURSE_TYPES = {"homeroom": (7, "Homeroom"), "scheduled": (1, "Academic")}
COUNTRIES = {"US": (1, "United States of America")}
ROLES = {"student": ("2", "Student"), "future": ("7", "Future Student"), "parent": ("3", "Parent")}


Items = tuple[tuple[int | str, str], ...]


def written(fields: list[str], items: Items, chance: Random) -> dict[str, Any]:
    """
    A value list as the API writes it: the order of its items means nothing.

    Args:
        fields: The fields and parameters that use it, dotted where they are inside another.
    """
    listed = [
        {"id": code, "description": text, "category": 0, "sort_key": place, "obsolete": False}
        for place, (code, text) in enumerate(items, start=1)
    ]
    chance.shuffle(listed)
    return {"fields": fields, "items": listed, "categories": [{"id": 0, "description": "All", "sort_key": 0}]}


def level_of(grade: str) -> tuple[int, str]:
    """The school level of a grade."""
    return LEVELS["KG" if GRADES.index(grade) < 6 else "06" if GRADES.index(grade) < 9 else "09"]


def grade_name(grade: str) -> str:
    return "Kindergarten" if grade == "KG" else f"Grade {int(grade)}"


def campus_pk(org_id: str) -> int:
    return int(org_id)


def value_lists(world: World) -> dict[str, Items]:
    """All lists of the school, by the name under which resources ask for them."""
    homerooms = [class_ for class_ in world.classes if class_.kind == "homeroom"]
    return {
        "gender": _items(GENDERS.values()),
        "grade_level": tuple((grade_code(grade), grade_name(grade)) for grade in GRADES),
        "school_level": _items(LEVELS.values()),
        "homeroom": tuple((class_pk(one), one.title) for one in homerooms),
        "enrollment_status": _items(STATUSES.values()),
        "campus": tuple((str(campus_pk(org.id)), org.name) for org in world.campuses.values()),
        "faculty_type": _items(FACULTY_TYPES.values()),
        "department": tuple((code, name) for name, code in world.departments.items()),
        "name_prefix": _items(PREFIXES.values()),
        "relationship": _items(RELATIONSHIPS.values()),
        "teaching": _items(TEACHING.values()),
        "class_status": _items(CLASS_STATUSES.values()),
        "course_type": _items(COURSE_TYPES.values()),
        "school_year": ((SCHOOL_YEAR, f"{SCHOOL_YEAR}-{SCHOOL_YEAR + 1}"),),
        "country": _items(COUNTRIES.values()),
        "role": _items(ROLES.values()),
    }


def _items(pairs: Iterable[tuple[int | str, str]]) -> Items:
    return tuple(pairs)
