"""What the source adds to records before they are kept, under the member `hub`: what stands in another list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from rollbook.core.errors import SourceRefused
from rollbook.sources.veracross.data_v3 import Meanings
from rollbook.sources.veracross.listing import Record
from rollbook.sources.veracross.sessions import Sessions

_KINDS = {"mobile": "mobile_phone", "home": "home_phone", "work": "business_phone"}
_HOMEROOMS = ("homeroom", "home room", "advisory")


@dataclass
class Known:
    """
    What lists that were read tell about those that are read after them.

    Args:
        statuses: Of students, as text or code in lower case; empty = all.

        grades: Code -> description.

        campuses: Code -> name.

        primary: Class -> its primary teacher.
    """

    today: date
    sessions: Sessions
    statuses: frozenset[str] = frozenset()
    grades: dict[str, str] = field(default_factory=dict)
    campuses: dict[str, str] = field(default_factory=dict)
    primary: dict[str, str] = field(default_factory=dict)

    def learn(self, stream: str, meanings: Meanings) -> None:
        """Take from the value lists of a stream what others need."""
        if stream == "students":
            self.grades |= meanings.get("grade_level", {})
        for name in ("campus.id", "campus"):
            self.campuses |= meanings.get(name, {})
        if stream == "grading_periods":
            self.sessions.title = meanings.get("school_year", {}).get(str(self.sessions.year), "")

    def told(self, stream: str, records: Iterable[Record]) -> Iterator[Record]:
        """The records of a stream that are wanted, with what is known about them."""
        match stream:
            case "students":
                return (self._person(one, "exit_date") for one in records if self._is_wanted(one))
            case "staff_faculty":
                return (self._person(one, "date_terminated") for one in records)
            case "contact_info":
                return map(with_kinds, records)
            case "classes":
                return map(self._class, records)
            case "permissions":
                return map(self._permission, records)
        return iter(records)

    def _is_wanted(self, student: Record) -> bool:
        status = student.get("enrollment_status")
        texts = status.values() if isinstance(status, dict) else (status,)
        return not self.statuses or any(str(text).lower() in self.statuses for text in texts)

    def _person(self, person: Record, last_day: str) -> Record:
        left = str(person.get(last_day) or "")[:10]
        return person | {"hub": {"standing": "inactive" if left and left < self.today.isoformat() else None}}

    def _class(self, one: Record) -> Record:
        self._check_year(one, "classes")
        if teacher := one.get("primary_teacher_id"):
            self.primary[str(one["id"])] = str(teacher)
        kind, grade = _text(one.get("course_type")).lower(), one.get("primary_grade_level_id")
        return one | {
            "hub": {
                "term": self.sessions.term_of(one.get("internal_group_id")),
                "kind": "homeroom" if kind in _HOMEROOMS else "scheduled",
                "grade": None if grade is None else self.grades.get(str(grade), str(grade)),
            }
        }

    def _permission(self, one: Record) -> Record:
        self._check_year(one, "permissions")
        class_, person = ((one.get(name) or {}).get("id") for name in ("class", "person"))
        return one | {"hub": {"primary": self.primary.get(str(class_)) == str(person)}}

    def _check_year(self, one: Record, stream: str) -> None:
        """
        Raises:
            SourceRefused: Another year was answered than the one asked for.
        """
        year = one.get("school_year")
        code = str(year["code"] if isinstance(year, dict) else year)
        if year is not None and code != str(self.sessions.year):
            raise SourceRefused(
                f"Veracross gave {stream} of the school year {code} instead of {self.sessions.year}. Nothing was "
                "changed. Look at the school year in the settings."
            )


def with_kinds(one: Record) -> Record:
    """A record with the kinds of the telephone numbers that it has."""
    return one | {"hub": {kind: kind if one.get(name) else None for kind, name in _KINDS.items()}}


def _text(value: object) -> str:
    """A coded value in words."""
    return str((value.get("text") if isinstance(value, dict) else value) or "")
