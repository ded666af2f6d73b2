"""
What has changed since the last run.

Aeries lists who changed since a minute of its own clock. Whatever was being saved in that minute may be listed only
later, so a run begins some minutes before the last one did. Deleted rows may not be listed at all: the nightly full
run finds those.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rollbook.sources.aeries.api import Api
from rollbook.sources.aeries.records import number_of, text_of

OVERLAP = timedelta(minutes=10)
_FORM = "%Y-%m-%dT%H:%M"
# A school of which more than this share changed is read whole: that is fewer requests.
WHOLE_SCHOOL_AT = 0.25
AREAS = {
    "student": "Student Data",
    "contact": "Contacts",
    "program": "Student Programs",
    "class": "Class Schedules/History",
}


def mark(clock: datetime) -> str:
    """What the next run begins from, when the server's clock showed this as the run began."""
    return (clock - OVERLAP).strftime(_FORM)


@dataclass
class Changes:
    """
    Who and what changed.

    Args:
        students: Area -> the students with changes in it.

        schools: Student -> the schools of the rows that changed.
    """

    students: dict[str, set[int]] = field(default_factory=dict)
    schools: dict[int, set[int]] = field(default_factory=dict)
    staff: set[int] = field(default_factory=set)
    courses: set[str] = field(default_factory=set)
    sections: set[tuple[int, int]] = field(default_factory=set)

    def in_school(self, school: int) -> set[int]:
        """The students of a school with a change of any kind."""
        return {student for student, schools in self.schools.items() if school in schools}


def changes(api: Api, since: str, areas: Iterable[str], schools: Iterable[int]) -> Changes:
    """
    Ask for what changed.

    Args:
        since: A mark.

        areas: Those of `AREAS` that the integration reads.

        schools: Rows of other schools are passed over.
    """
    when, read = _path(since), set(schools)
    found = Changes()
    for area in areas:
        listed = api.rows(f"StudentDataChanges/{area}{when}", AREAS[area])
        rows = [row for row in listed if number_of(row, "SchoolCode") in read]
        found.students[area] = {number_of(row, "StudentID") for row in rows}
        for row in rows:
            found.schools.setdefault(number_of(row, "StudentID"), set()).add(number_of(row, "SchoolCode"))
    found.staff = {number_of(row, "ID") for row in api.rows(f"StaffDataChanges{when}", "Staff Data")}
    found.courses = {text_of(row, "ID") for row in api.rows(f"CourseDataChanges{when}", "Course Data")}
    found.sections = {
        (number_of(row, "SchoolCode"), number_of(row, "SectionNumber"))
        for row in api.rows(f"SectionDataChanges{when}", "Master Schedule")
        if number_of(row, "SchoolCode") in read
    }
    return found


def _path(since: str) -> str:
    moment = datetime.strptime(since, _FORM)  # noqa: DTZ007 - the server's own zone is meant
    return f"/{moment.year}/{moment.month}/{moment.day}/{moment.hour}/{moment.minute}"
