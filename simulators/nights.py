"""What changes from one night to the next: a little, as in any school week."""

from datetime import date, timedelta

from simulators.dice import Dice
from simulators.model import Class, District, Event, Person
from simulators.names import culture
from simulators.people import MAIL_HOSTS, family, phone
from simulators.schedule import Timetable
from simulators.staff import hire

FIRST_NIGHT = date(2026, 9, 14)
# What a night may change in a person: whose, and where it is kept.
CONTACTS = {
    "phone": (("guardian", "staff", "teacher"), "mobile"),
    "email": (("guardian",), "email"),
    "family_name": (("guardian", "student"), "family"),
}
# Shares of all people, then shares of the students; never less than one of each.
CONTACT_SHARES = {"phone": 0.005, "email": 0.003, "family_name": 0.001}
MOVED, JOINED, LEFT = 0.006, 0.005, 0.0034
TEACHER_LEAVES_EVERY = 5


class _Night:
    """One night's changes; nobody is touched twice, so each kind can be counted."""

    def __init__(self, district: District, night: int) -> None:
        self.district, self.night = district, night
        self.today = FIRST_NIGHT + timedelta(days=night)
        self.dice = Dice(district.seed, "night", night)
        self.timetable = Timetable(district)
        self.touched: set[str] = set()
        district.night = night

    def _note(self, kind: str, person: Person, before: str = "", after: str = "") -> None:
        self.touched.add(person.id)
        self.district.events.append(Event(self.night, kind, person.id, before, after))

    def _untouched(self, *roles: str) -> list[Person]:
        return [person for person in self.district.of_role(*roles) if person.id not in self.touched]

    def replace_a_teacher(self) -> None:
        """A teacher is gone, and a new one takes over each of the classes today."""
        district, old = self.district, self.dice.pick(self.district.of_role("teacher"))
        new = hire(district, "teacher", old.org_ids, old.title, old.department, entry=self.today)
        for left in [one for one in district.enrollments.values() if one.person_id == old.id]:
            del district.enrollments[left.id]
            self.timetable.enroll(new, district.classes[left.class_id], is_primary=left.is_primary, begin=self.today)
        for membership in district.memberships:
            if membership.person_id == old.id:
                membership.person_id = new.id
        del district.people[old.id]
        self._note("teacher_replaced", new, before=old.id, after=new.id)

    def leave(self, count: int) -> None:
        """Students go, and so do the guardians and households that have no other student here."""
        district, gone = self.district, self.dice.sample(self._untouched("student"), count)
        leaving = {student.id for student in gone}
        stay = [one for one in district.relationships if one.student_id not in leaving]
        needed = {one.contact_id for one in stay}
        contacts = {one.contact_id for one in district.relationships if one.student_id in leaving} - needed
        for student in gone:
            self._note("left", student, before=student.org_ids[0])
        out = leaving | contacts
        district.relationships = stay
        district.people = {key: person for key, person in district.people.items() if key not in out}
        lived_in = {home for person in district.people.values() for home in person.household_ids}
        district.households = {key: home for key, home in district.households.items() if key in lived_in}
        district.enrollments = {key: one for key, one in district.enrollments.items() if one.person_id not in out}
        district.health_alerts = [one for one in district.health_alerts if one.person_id not in out]
        district.memberships = [one for one in district.memberships if one.person_id not in out]

    def change_contacts(self, kind: str, count: int) -> None:
        roles, attribute = CONTACTS[kind]
        for person in self.dice.sample(self._untouched(*roles), count):
            before = getattr(person, attribute)
            while (after := self._draw(kind, person)) == before:
                pass
            setattr(person, attribute, after)
            self._note(kind, person, before, after)

    def _draw(self, kind: str, person: Person) -> str:
        if kind == "phone":
            return phone(self.dice)
        if kind == "email":
            return f"{person.username}.{self.night}@{self.dice.pick(MAIL_HOSTS)}"
        return self.dice.pick(culture(self.dice).families).text

    def move(self, count: int) -> None:
        """Students change to another section of a course that they already take."""
        movable: dict[str, list[Class]] = {}
        for one in self.district.enrollments.values():
            class_ = self.district.classes[one.class_id]
            if one.role == "student" and class_.kind == "scheduled" and len(self.timetable.sections(class_)) > 1:
                movable.setdefault(one.person_id, []).append(class_)
        able = [student for student in self._untouched("student") if student.id in movable]
        for student in self.dice.sample(able, count):
            old = self.dice.pick(movable[student.id])
            new = self.dice.pick([class_ for class_ in self.timetable.sections(old) if class_ is not old])
            del self.district.enrollments[f"{old.id}-{student.id}"]
            self.timetable.enroll(student, new, begin=self.today)
            self._note("class_moved", student, old.id, new.id)

    def join(self, count: int) -> None:
        """New families arrive until there are `count` new students."""
        while count > 0:
            new = family(self.district, most=count, entry=self.today)
            new.join(self.district)
            count -= len(new.students)
            for student in new.students:
                for class_ in self.timetable.seats(student, self.dice.below(1000)):
                    self.timetable.enroll(student, class_, begin=self.today)
                self._note("joined", student, after=student.org_ids[0])


def pass_night(district: District, night: int) -> None:
    """Change the district as one night does, and list what was done in its `events`."""
    change = _Night(district, night)
    people, students = len(district.people), len(district.of_role("student"))
    if night % TEACHER_LEAVES_EVERY == 1:
        change.replace_a_teacher()
    change.leave(_count(students, LEFT))
    for kind, share in CONTACT_SHARES.items():
        change.change_contacts(kind, _count(people, share))
    change.move(_count(students, MOVED))
    change.join(_count(students, JOINED))


def _count(size: int, share: float) -> int:
    return max(1, round(size * share))
