"""What a district is made of. Plain records: a simulator turns them into the words of its own system."""

from dataclasses import dataclass, field
from datetime import date

GRADES = ("KG", *(f"{grade:02}" for grade in range(1, 13)))


@dataclass(slots=True)
class Address:
    street: str
    city: str
    state: str
    postal_code: str
    country: str = "US"


@dataclass(slots=True)
class Org:
    """`kind` is district, school or department; only a school has grades."""

    id: str
    name: str
    kind: str
    number: str
    state_id: str
    parent_id: str
    grades: tuple[str, ...]
    address: Address
    phone: str


@dataclass(slots=True)
class Session:
    """`kind` is schoolYear, semester or gradingPeriod; `school_year` is the year in which it ends."""

    id: str
    title: str
    kind: str
    start: date
    end: date
    parent_id: str
    school_year: int = 2027


@dataclass(slots=True)
class Course:
    """What is taught in one grade; the district owns it and its schools share it."""

    id: str
    title: str
    subject: str
    subject_code: str
    grade: str
    org_id: str
    session_id: str


@dataclass(slots=True)
class Class:
    """One section of a course in one school; `kind` is homeroom or scheduled."""

    id: str
    title: str
    course_id: str
    school_id: str
    section: int
    grade: str
    kind: str
    period: str
    room: str
    session_ids: tuple[str, ...]


@dataclass(slots=True)
class Person:
    """
    Anybody: `role` is student, guardian, teacher, staff or administrator.

    `id` is unique among all people. `number` is not: student 000017 and
    employee 000017 are two persons, as in real systems.
    """

    id: str
    role: str
    number: str
    username: str
    given: str
    family: str
    org_ids: tuple[str, ...]
    gender: str
    language: str
    middle: str = ""
    preferred: str = ""
    prefix: str = ""
    suffix: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    household_ids: tuple[str, ...] = ()
    address: Address | None = None
    state_id: str = ""
    grade: str = ""
    graduation_year: int | None = None
    birth_date: date | None = None
    races: tuple[str, ...] = ()
    is_hispanic: bool | None = None
    birth_city: str = ""
    birth_state: str = ""
    birth_country: str = ""
    title: str = ""
    department: str = ""
    entry_date: date | None = None


@dataclass(slots=True)
class Relationship:
    student_id: str
    contact_id: str
    kind: str
    priority: int
    has_custody: bool
    lives_with: bool
    may_pick_up: bool
    is_emergency: bool


@dataclass(slots=True)
class Household:
    id: str
    name: str
    address: Address
    phone: str


@dataclass(slots=True)
class HealthAlert:
    person_id: str
    kind: str
    code: str
    text: str


@dataclass(slots=True)
class Enrollment:
    id: str
    class_id: str
    person_id: str
    role: str
    is_primary: bool
    begin: date
    end: date


@dataclass(slots=True)
class Group:
    id: str
    title: str
    org_id: str
    kind: str
    description: str


@dataclass(slots=True)
class Membership:
    group_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """
    One thing that a night did.

    `kind` is phone, email, family_name, class_moved, joined, left or teacher_replaced.
    `before` and `after` are values, class ids or person ids, as the kind suggests.
    """

    night: int
    kind: str
    person_id: str
    before: str = ""
    after: str = ""


@dataclass
class District:
    """Everything, in a stable order. Dictionaries are keyed by the id of what they hold."""

    seed: int
    night: int = 0
    orgs: dict[str, Org] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    households: dict[str, Household] = field(default_factory=dict)
    enrollments: dict[str, Enrollment] = field(default_factory=dict)
    relationships: list[Relationship] = field(default_factory=list)
    health_alerts: list[HealthAlert] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    families: int = 0
    employees: int = 0

    def of_role(self, *roles: str) -> list[Person]:
        return [person for person in self.people.values() if person.role in roles]

    def of_kind(self, kind: str) -> list[Org]:
        return [org for org in self.orgs.values() if org.kind == kind]

    def contacts(self) -> dict[str, list[Relationship]]:
        """Each student's relationships, first contact first."""
        found: dict[str, list[Relationship]] = {}
        for relationship in self.relationships:
            found.setdefault(relationship.student_id, []).append(relationship)
        return found

    def teachers_of(self) -> dict[str, list[str]]:
        """The teachers of each class, the teacher of record first."""
        found: dict[str, list[str]] = {}
        for enrollment in self.enrollments.values():
            if enrollment.role == "teacher":
                teachers = found.setdefault(enrollment.class_id, [])
                teachers.insert(0 if enrollment.is_primary else len(teachers), enrollment.person_id)
        return found
