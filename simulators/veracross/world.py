"""The district as Veracross sees it tonight: who is in which list, and when a record was last changed."""

from dataclasses import dataclass
from datetime import date, timedelta

from simulators.dice import Dice
from simulators.model import GRADES, Class, Course, District, Enrollment, Household, Org, Person, Relationship
from simulators.names import culture
from simulators.nights import FIRST_NIGHT

SCHOOL_YEAR = 2026
OPENED = "2026-08-20T14:03:11Z"
# What a night may change, and whether it shows in the person's own record or in their contact data.
_OF_RECORD = ("email", "family_name", "joined", "teacher_replaced")
_OF_CONTACT = ("email", "phone", "joined", "teacher_replaced")


@dataclass(frozen=True, slots=True)
class Choices:
    """
    How this school uses Veracross.

    Args:
        leavers_stay: Students who left stay listed, with an exit date and another status.

        parents_on_staff: How many parents also work for the school, under the same person id.

        both_ways: Each relationship is listed from the child's side and from the parent's.

        personal_mail: Students of the upper school have a second, private address.

        without_mail: How many students have no address of the school.

        future: How many students are listed who begin next year.
    """

    leavers_stay: bool = False
    parents_on_staff: int = 0
    both_ways: bool = False
    personal_mail: bool = False
    without_mail: int = 0
    future: int = 0


@dataclass(frozen=True, slots=True)
class Seat:
    """A student's place in a class; `withdrawn` is the day on which they gave it up."""

    enrollment: Enrollment
    class_: Class
    person: Person
    withdrawn: date | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """A relationship, seen from one of its two sides; `turned` when that is the parent's."""

    relationship: Relationship
    person: Person
    related: Person
    turned: bool = False


class World:
    """What the lists of Veracross are made from; `before` is the world of the night before."""

    def __init__(self, district: District, choices: Choices, before: "World | None" = None) -> None:
        self.district, self.choices = district, choices
        self.today = FIRST_NIGHT + timedelta(days=district.night)
        self.campuses: dict[str, Org] = {org.id: org for org in district.of_kind("school")}
        self.parents = district.of_role("guardian")
        parents_on_staff = self.parents[: choices.parents_on_staff]
        self.on_staff = {parent.id for parent in parents_on_staff}
        employees = district.of_role("teacher", "staff", "administrator")
        self.staff = employees + parents_on_staff
        self.left = self._who_left(before) if before and choices.leavers_stay else {}
        self.students = district.of_role("student") + [person for person, _ in self.left.values()]
        self.future = [self._child_of(parent) for parent in self.parents[: choices.future]]
        self.everybody = [*self.students, *self.future, *self.parents, *employees]
        self._without_mail = {student.id for student in self.students[: choices.without_mail]}
        self.households: list[Household] = list(district.households.values())
        self.courses: list[Course] = list(district.courses.values())
        self.classes: list[Class] = list(district.classes.values())
        self.departments = self._departments()
        self.teachers = district.teachers_of()
        self.teaching = [one for one in district.enrollments.values() if one.role == "teacher"]
        self.ties = self._ties()
        self.seats = self._seats()
        self.homerooms = {
            seat.person.id: seat.class_ for seat in self.seats if seat.class_.kind == "homeroom" and not seat.withdrawn
        }
        self._note_changes()
        self._note_couples()

    # What is known of a person ---------------------------------------------------------------------------

    def leads(self, parent: Person) -> bool:
        """Whether a parent is the head of their household."""
        return self._couples[parent.household_ids[0]][0] is parent

    def spouse(self, parent: Person) -> Person | None:
        """The other parent of the household."""
        return next((one for one in self._couples[parent.household_ids[0]] if one is not parent), None)

    def mail(self, person: Person) -> str | None:
        return None if person.id in self._without_mail else person.email or None

    def personal_mail(self, person: Person) -> str | None:
        has_one = self.choices.personal_mail and person.role == "student" and GRADES.index(person.grade) > 8
        return f"{person.username}@inbox.example" if has_one else None

    # When something was last changed ---------------------------------------------------------------------

    def record_changed(self, person: Person) -> str:
        return self._on(self._records.get(person.id, 0))

    def contact_changed(self, person: Person) -> str:
        return self._on(self._contacts.get(person.id, 0))

    def household_changed(self, household: Household) -> str:
        return self._on(self._homes.get(household.id, 0))

    def tie_changed(self, tie: Tie) -> str:
        """A family comes with all that ties it together."""
        return self._on(self._came.get(tie.relationship.student_id, 0))

    def seat_changed(self, seat: Seat) -> str:
        student = seat.person.id
        return self._on(max(self._came.get(student, 0), self._moved.get((student, seat.class_.id), 0)))

    def post_changed(self, *teachers: str) -> str:
        """When the last of these teachers took over their classes."""
        return self._on(max((self._came.get(key, 0) for key in teachers), default=0))

    @staticmethod
    def _on(night: int = 0) -> str:
        """The time at which a night changed things; what it was before the first night is old."""
        return f"{FIRST_NIGHT + timedelta(days=night)}T03:00:00Z" if night > 0 else OPENED

    def _note_changes(self) -> None:
        people, contacts = self.district.people, self.district.contacts()
        self._records: dict[str, int] = {}
        self._contacts: dict[str, int] = {}
        self._homes: dict[str, int] = {}
        self._came: dict[str, int] = {}
        self._moved: dict[tuple[str, str], int] = {}
        for event in self.district.events:
            if event.kind in ("joined", "teacher_replaced"):
                self._came[event.person_id] = event.night
            if event.kind == "class_moved":
                self._moved |= {(event.person_id, key): event.night for key in (event.before, event.after)}
            family = [one.contact_id for one in contacts.get(event.person_id, ())] if event.kind == "joined" else []
            for key in (event.person_id, *family):
                if event.kind in _OF_RECORD:
                    self._records[key] = event.night
                if event.kind in _OF_CONTACT:
                    self._contacts[key] = event.night
                if event.kind == "joined" and key in people:
                    self._homes.update(dict.fromkeys(people[key].household_ids, event.night))
        self._records |= {key: (day - FIRST_NIGHT).days for key, (_, day) in self.left.items()}

    # Who is in which list --------------------------------------------------------------------------------

    def _who_left(self, before: "World") -> dict[str, tuple[Person, date]]:
        now = self.district.people
        return before.left | {one.id: (one, self.today) for one in before.students if one.id not in now | before.left}

    def _departments(self) -> dict[str, int]:
        """The number of each department by its name: subjects first, then offices."""
        subjects = {course.subject: 100 + int(course.subject_code) for course in self.courses}
        return subjects | {org.name: int(org.number) for org in self.district.of_kind("department")}

    def _child_of(self, parent: Person) -> Person:
        """A small child of a family, who comes to kindergarten next year."""
        dice = Dice(self.district.seed, "future", parent.id)
        return Person(
            id=f"F{parent.id[1:]}",
            role="student",
            number="",
            username=f"future{parent.id[1:]}",
            given=dice.pick(culture(dice).girls).text,
            family=parent.family,
            org_ids=parent.org_ids[:1],
            gender="F",
            language=parent.language,
            household_ids=parent.household_ids,
            address=parent.address,
            phone=parent.phone,
            grade="KG",
            graduation_year=2040,
            entry_date=date(2027, 8, 23),
        )

    def _note_couples(self) -> None:
        self._couples: dict[str, list[Person]] = {}
        for parent in self.parents:
            self._couples.setdefault(parent.household_ids[0], []).append(parent)

    def _ties(self) -> list[Tie]:
        people = self.district.people
        ties = [Tie(one, people[one.student_id], people[one.contact_id]) for one in self.district.relationships]
        turned = [Tie(one.relationship, one.related, one.person, turned=True) for one in ties]
        return ties + (turned if self.choices.both_ways else [])

    def _seats(self) -> list[Seat]:
        """Every seat that is taken, then those that were given up for another section."""
        district = self.district
        seats = [
            Seat(one, district.classes[one.class_id], district.people[one.person_id])
            for one in district.enrollments.values()
            if one.role == "student"
        ]
        given_up: dict[str, Seat] = {}
        for event in district.events:
            key = f"{event.before}-{event.person_id}"
            if event.kind != "class_moved" or event.person_id not in district.people or key in district.enrollments:
                continue
            class_, day = district.classes[event.before], FIRST_NIGHT + timedelta(days=event.night)
            begin = district.sessions[class_.session_ids[0]].start
            old = Enrollment(key, class_.id, event.person_id, "student", False, begin, max(begin, day))
            given_up[key] = Seat(old, class_, district.people[event.person_id], day)
        return seats + list(given_up.values())
