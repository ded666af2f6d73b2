"""
Which of a student's rows count.

A student has a row in each school they are or were in. A code on the row says what it is: in some districts the
inactive status, in others an attendance program. Rows with a primary code are enrollments, rows with an alternate code
second enrollments; rows with any other code end the enrollment in that school.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from rollbook.sources.aeries.records import Row, number_of, standing, text_of
from rollbook.sources.base import Setup

BLANK, INACTIVE = "(blank)", "InactiveStatusCode"


class Counts(StrEnum):
    """What a row counts for."""

    PRIMARY = "primary"
    ALTERNATE = "alternate"
    NOTHING = "nothing"


class Enrollments:
    """
    The rows of all students, sorted school by school; a student belongs to the first school that has a primary row.

    Second enrollments are held back until all schools were seen: one of them may be all there is of a student.
    """

    def __init__(self, setup: Setup) -> None:
        self._field = setup.value("enrollment_field")
        self._primary = {_code(text) for text in setup.listed("primary_codes")}
        self._alternate = {_code(text) for text in setup.listed("alternate_codes")}
        self.school_of: dict[int, int] = {}
        self._second: list[Row] = []
        self._over: dict[int, set[int]] = {}

    def counts(self, row: Row) -> Counts:
        """What a row counts for. Where another column has the codes, an inactive row counts for nothing in any case."""
        code = text_of(row, self._field)
        if self._field != INACTIVE and text_of(row, INACTIVE):
            return Counts.NOTHING
        if code in self._primary:
            return Counts.PRIMARY
        return Counts.ALTERNATE if code in self._alternate else Counts.NOTHING

    def sort(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that are a student's first enrollment; the others are kept for later."""
        for row in rows:
            student, school = number_of(row, "StudentID"), number_of(row, "SchoolCode")
            counts = self.counts(row)
            if counts is Counts.NOTHING:
                self._over.setdefault(student, set()).add(school)
            elif counts is Counts.PRIMARY and student not in self.school_of:
                self.school_of[student] = school
                yield row | {"RoleType": "primary"}
            else:
                self._second.append(row)

    def only_second(self) -> Iterator[Row]:
        """Of students without a primary row, the first of their alternate rows."""
        for row in self._second:
            student = number_of(row, "StudentID")
            if student not in self.school_of:
                self.school_of[student] = number_of(row, "SchoolCode")
                yield row | {"RoleType": "secondary"}

    def second(self) -> Iterator[Row]:
        """The further schools of students."""
        for row in self._second:
            if self.school_of[number_of(row, "StudentID")] != number_of(row, "SchoolCode"):
                yield row

    def over(self, student: int, school: int) -> None:
        """A student has no row in a school any more."""
        self._over.setdefault(student, set()).add(school)

    def ended(self) -> Iterator[Row]:
        """The schools in which a student is no more; `Scope` says whether the student is anywhere else."""
        second = {(number_of(row, "StudentID"), number_of(row, "SchoolCode")) for row in self._second}
        for student, schools in self._over.items():
            own = self.school_of.get(student)
            for school in schools:
                if school != own and (student, school) not in second:
                    scope = "role" if own else "person"
                    yield {"StudentID": student, "SchoolCode": school, "Scope": scope, "Standing": standing(True)}


def _code(text: str) -> str:
    return "" if text == BLANK else text
