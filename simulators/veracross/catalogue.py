"""
The resources of v3, by path: what they list, and which parameters they know.

Staff and parents know no range of days on which they were last modified.
"""

from simulators.veracross import academics, people
from simulators.veracross.listing import Resource
from simulators.veracross.world import SCHOOL_YEAR

_MODIFIED = ("last_modified_date",)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_STUDENT_CODES = _same("gender", "grade_level", "school_level", "homeroom", "enrollment_status")
_CLASS_CODES = {"status": "class_status", "school_year": "school_year", "school_level": "school_level"}

RESOURCES = {
    "students": Resource(
        lambda world: [*world.students, *world.future],
        people.student,
        only={
            "household_id": "household_id",
            "homeroom": "homeroom",
            "homeroom_teacher_id": "homeroom_teacher.id",
            "advisor_id": "advisor.id",
            "campus_id": "campus.id",
            "role": "=2",
            "enrollment_status": "enrollment_status",
        },
        between=(*_MODIFIED, "entry_date", "exit_date"),
        coded=_STUDENT_CODES | {"campus.id": "campus", "role": "role"},
        single=people.one_student,
    ),
    "staff_faculty": Resource(
        lambda world: world.staff,
        people.employee,
        only=_same("household_id", "faculty_type", "employee_code", "campus") | {"role": "", "school_level": ""},
        between=("date_hired", "date_terminated"),
        coded=_same("name_prefix", "gender", "faculty_type", "department", "campus"),
    ),
    "parents": Resource(
        lambda world: world.parents,
        people.parent,
        only={"household_id": "household_id", "role": "roles", "include_deceased": ""},
        coded={"name_prefix": "name_prefix", "gender": "gender"},
    ),
    "households": Resource(
        lambda world: world.households, people.household, between=_MODIFIED, coded={"country": "country"}
    ),
    "contact_info": Resource(
        lambda world: [
            *world.students,
            *world.future,
            *world.parents,
            *world.district.of_role("teacher", "staff", "administrator"),
        ],
        people.contact_info,
        only={"role": ""},
        between=_MODIFIED,
    ),
    "relationships": Resource(
        lambda world: world.ties,
        people.relationship,
        only=_same(
            "person_id",
            "related_person_id",
            "relationship",
            "resident",
            "legal_custody",
            "emergency",
            "pick_up",
            "parent_portal_access",
        )
        | {"role": "", "related_person_role": ""},
        between=_MODIFIED,
        coded={"relationship": "relationship"},
    ),
    "academics/courses": Resource(
        lambda world: world.courses,
        academics.course,
        only=_same("subject_id", "classification", "course_type"),
        between=_MODIFIED,
        coded={"course_type": "course_type"},
    ),
    "academics/classes": Resource(
        lambda world: world.classes,
        academics.class_,
        only=_same(
            "id",
            "school_year",
            "campus_id",
            "school_level",
            "course_type",
            "internal_course_id",
            "primary_teacher_id",
            "room_id",
            "internal_group_id",
        ),
        between=_MODIFIED,
        coded=_CLASS_CODES | {"course_type": "course_type"},
    ),
    "academics/enrollments": Resource(
        lambda world: world.seats,
        academics.enrollment,
        only={
            "internal_class_id": "internal_class_id",
            "class_status": "class_status",
            "person_id": "person_id",
            "school_year": f"={SCHOOL_YEAR}",
            "course_type": "",
            "subject": "",
            "currently_enrolled": "currently_enrolled",
        },
        between=(*_MODIFIED, "late_date_enrolled", "date_withdrawn"),
        coded={"class_status": "class_status", "school_year": "school_year"},
    ),
    "academics/permissions": Resource(
        lambda world: world.teaching,
        academics.permission,
        only={
            "school_year": "school_year",
            "school_level": "",
            "course_id": "course.id",
            "class_id": "class.id",
            "person_id": "person.id",
            "course_type": "course.course_type",
        },
        between=_MODIFIED,
        coded={"role": "teaching", "school_year": "school_year", "course.course_type": "course_type"},
    ),
    "academics/config/grading_periods": Resource(
        academics.grading_periods,
        academics.grading_period,
        only={"group_id": "group.id", "school_year": "school_year"},
        between=(*_MODIFIED, "start_date", "end_date"),
        coded={"school_year": "school_year"},
    ),
    "academics/class_schedules": Resource(
        academics.meetings,
        academics.class_schedule,
        only={
            "school_level": "school_level",
            "school_year": "school_year",
            "block_group": "block.group",
            "room_id": "room.id",
            "campus_id": "campus_id",
            "grading_period_id": "grading_period.id",
        },
        between=_MODIFIED,
        coded={"school_level": "school_level", "school_year": "school_year"},
    ),
    "academics/departments": Resource(lambda world: world.departments.items(), academics.department),
    "academics/subjects": Resource(academics.subjects, academics.subject),
    "academics/rooms": Resource(lambda world: world.classes, academics.room),
}


def scope(path: str, reading: str = "list") -> str:
    """The permission that a path needs: `academics.classes:list`."""
    return f"{path.replace('/', '.')}:{reading}"
