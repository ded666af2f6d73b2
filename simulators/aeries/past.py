"""
What nights leave behind: rows of those who left, classes that ended, and the change feeds.

A district forgets who has gone; Aeries keeps most of them with a code and a date. The feeds follow the events of the
district, so they are whole also in a district that was built some nights old; the rows of leavers are kept from the
moment the simulator runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from simulators.model import District, Enrollment, Event, Person
from simulators.nights import FIRST_NIGHT

# When a night's pull asks what changed, and when people made the changes of the day before.
NIGHTLY, OFFICE_HOURS, JUST_BEFORE = time(2, 30), time(15, 40), time(2, 25)


def clock(night: int) -> datetime:
    """The server's own time in a night."""
    return datetime.combine(FIRST_NIGHT + timedelta(days=night), NIGHTLY)


@dataclass(frozen=True, slots=True)
class Change:
    """`area` is student, contact, program, enrollment, class, staff, section or roster; `key` the district's id."""

    when: datetime
    area: str
    key: str


@dataclass
class Past:
    """
    Args:
        are_late: Changes carry a time just before the last night's pull, which could not see them yet: a client
            that asks for exactly what came after its last question misses them.
    """

    are_late: bool = False
    leavers: dict[str, tuple[Person, date]] = field(default_factory=dict)
    deleted: dict[str, Person] = field(default_factory=dict)
    former_staff: dict[str, tuple[Person, date]] = field(default_factory=dict)
    former_teachers: dict[str, str] = field(default_factory=dict)
    ended: list[tuple[Enrollment, date]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    _seen: int = 0
    _people: dict[str, Person] = field(default_factory=dict)
    _enrollments: dict[str, Enrollment] = field(default_factory=dict)

    def catch_up(self, district: District) -> None:
        """Take in the events since the last time, then remember the district as it is now."""
        new = [event for event in district.events if event.night > self._seen]
        students: dict[str, list[str]] = {}
        for one in district.relationships if new else ():
            students.setdefault(one.contact_id, []).append(one.student_id)
        for event in new:
            self._keep(event)
            when = self._when(event.night)
            self.changes += [Change(when, area, key) for area, key in self._touched(event, students, district)]
        self._seen = district.night
        self._people, self._enrollments = dict(district.people), dict(district.enrollments)

    def seat(self, teacher: str) -> str:
        """The first who held the place of a teacher: number and homeroom stay with the place."""
        while teacher in self.former_teachers:
            teacher = self.former_teachers[teacher]
        return teacher

    def _when(self, night: int) -> datetime:
        return datetime.combine(FIRST_NIGHT + timedelta(days=night - 1), JUST_BEFORE if self.are_late else OFFICE_HOURS)

    def _keep(self, event: Event) -> None:
        today = FIRST_NIGHT + timedelta(days=event.night)
        match event.kind:
            case "left":
                person = self._people.get(event.person_id)
                if person and int(person.id) % 2:
                    self.deleted[person.id] = person
                elif person:
                    self.leavers[person.id] = (person, today)
                    self.ended += [(one, today) for one in self._enrollments.values() if one.person_id == person.id]
            case "class_moved":
                if one := self._enrollments.get(f"{event.before}-{event.person_id}"):
                    self.ended.append((one, today))
            case "teacher_replaced":
                self.former_teachers[event.after] = event.before
                if teacher := self._people.get(event.before):
                    self.former_staff[teacher.id] = (teacher, today)

    def _touched(self, event: Event, students: dict[str, list[str]], district: District) -> Iterator[tuple[str, str]]:
        person = event.person_id
        children = students.get(person, [])
        match event.kind:
            case "phone" | "email" | "family_name" if person.startswith("E"):
                yield "staff", person
            case "phone":
                yield from (("contact", child) for child in children)
            case "email":
                yield from ((area, child) for child in children for area in ("student", "contact"))
            case "family_name":
                yield from ((area, child) for child in children or [person] for area in ("student", "contact"))
            case "class_moved":
                yield from (("class", person), ("roster", event.before), ("roster", event.after))
            case "joined" | "left":
                yield from ((area, person) for area in ("student", "contact", "program", "enrollment", "class"))
                sits = self._enrollments if event.kind == "left" else district.enrollments
                yield from (("roster", one.class_id) for one in sits.values() if one.person_id == person)
            case "teacher_replaced":
                yield from (("staff", event.before), ("staff", event.after))
                yield from (
                    ("section", one.class_id) for one in district.enrollments.values() if one.person_id == event.after
                )
