"""
The canonical roster: every entity and field, defined once.

Tables, checks, mapping, templates and docs follow from this module. OneRoster 1.2 is the base
(https://www.imsglobal.org/spec/oneroster/v1p2); what goes beyond it is marked in the help text of the
field. The order of `ENTITIES` is the order in which a plan is applied: an entity only refers to
entities before it, or to itself.

Every value travels as canonical text: dates as `YYYY-MM-DD`, booleans as `true` / `false`, lists as a
JSON array, references as the source key of the record they point to (as its `sourced_id` once resolved).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """What a field holds, which decides how a received value is read."""

    ID = "id"  # byte for byte as sent, only outer blanks removed
    TEXT = "text"
    LONG_TEXT = "long_text"
    DATE = "date"
    YEAR = "year"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    PHOTO = "photo"  # a web address, or `photo:<digest>`: a photo that the hub keeps (see `landing.photos`)
    CODE = "code"  # one of a vocabulary, through a code mapping
    LIST = "list"  # JSON array of text; of codes when `code` is given
    OBJECT = "object"  # JSON object of text
    REF = "ref"  # one record of `target`
    REFS = "refs"  # JSON array of references to `target`


class Privacy(StrEnum):
    """Who may see a value: decides masking in reports, pages and logs."""

    PUBLIC = "public"  # names of schools, terms, courses
    PERSONAL = "personal"  # says something about a person
    RESTRICTED = "restricted"  # health, custody, race, meal status: masked unless a member may see it


MASK = "•••"  # stands for a restricted value


@dataclass(frozen=True)
class Field:
    """
    One canonical field.

    Args:
        name: OneRoster's word in snake_case where it has one.

        help: What it means, for templates, mapping screens and docs.

        length: The most characters it may have; 0 = no limit.

        code: The code model whose vocabulary the value must belong to (see `vocabulary.CODE_MODELS`).

        target: The entity a reference points to.

        required: A record without it is rejected.

        soft: A reference that may stay empty when its target is unknown, instead of rejecting the record.

        identity: Two rows with one key that disagree here are two records under one id: both are rejected.

        clears: A blank always clears the old value, whatever the integration does with blanks elsewhere.
    """

    name: str
    help: str
    kind: Kind = Kind.TEXT
    length: int = 255
    code: str = ""
    target: str = ""
    required: bool = False
    soft: bool = False
    identity: bool = False
    clears: bool = False
    privacy: Privacy = Privacy.PERSONAL


@dataclass(frozen=True)
class Entity:
    """
    One kind of record.

    Args:
        name: Singular, snake_case.

        plural: For headings, file names and counts shown to people.

        fields: In the order of templates and docs.

        school: The field that names the school a record belongs to, for limits per school.

        label: The fields that name a record to a person, in the order they are shown.
    """

    name: str
    plural: str
    help: str
    fields: tuple[Field, ...]
    school: str = ""
    label: tuple[str, ...] = ("title",)

    def field(self, name: str) -> Field:
        """The field called `name`; KeyError when there is none."""
        try:
            return self._by_name[name]
        except KeyError:
            raise KeyError(f"{self.name} has no field {name!r}") from None

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @property
    def references(self) -> tuple[Field, ...]:
        """The fields that point to other records."""
        return tuple(f for f in self.fields if f.kind in (Kind.REF, Kind.REFS))


def _id(name: str, help: str, **more: object) -> Field:
    return Field(name, help, Kind.ID, **more)  # type: ignore[arg-type]


def _date(name: str, help: str, **more: object) -> Field:
    return Field(name, help, Kind.DATE, length=10, **more)  # type: ignore[arg-type]


def _flag(name: str, help: str, **more: object) -> Field:
    return Field(name, help, Kind.BOOLEAN, length=5, **more)  # type: ignore[arg-type]


def _code(name: str, code: str, help: str, **more: object) -> Field:
    return Field(name, help, Kind.CODE, length=64, code=code, **more)  # type: ignore[arg-type]


def _codes(name: str, code: str, help: str, **more: object) -> Field:
    return Field(name, help, Kind.LIST, length=0, code=code, **more)  # type: ignore[arg-type]


def _list(name: str, help: str, **more: object) -> Field:
    return Field(name, help, Kind.LIST, length=0, **more)  # type: ignore[arg-type]


def _ref(name: str, target: str, help: str, **more: object) -> Field:
    return Field(name, help, Kind.REF, length=0, target=target, **more)  # type: ignore[arg-type]


def _public(*fields: Field) -> tuple[Field, ...]:
    """The same fields, about schools rather than people."""
    return tuple(replace(f, privacy=Privacy.PUBLIC) for f in fields)


def _address(prefix: str, whose: str) -> tuple[Field, ...]:
    return (
        Field(f"{prefix}_street1", f"{whose}: first line."),
        Field(f"{prefix}_street2", f"{whose}: second line."),
        Field(f"{prefix}_street3", f"{whose}: third line."),
        Field(f"{prefix}_city", f"{whose}: city."),
        _code(f"{prefix}_state", "state", f"{whose}: state or province."),
        Field(f"{prefix}_postcode", f"{whose}: postal code, as text.", length=32),
        _code(f"{prefix}_country", "country", f"{whose}: country, ISO 3166-1 alpha-2."),
    )


ORG = Entity(
    "org",
    "orgs",
    "A district, school, department or other organisation.",
    _public(
        Field("name", "Name of the organisation.", required=True, identity=True),
        _code("type", "org_type", "Kind of organisation.", required=True),
        _id("identifier", "The number people know it by (NCES, building or local code)."),
        _id("state_identifier", "The state's number for it (beyond OneRoster)."),
        _ref("parent", "org", "The organisation above it.", soft=True),
        _codes("grades", "grade_level", "Grades taught (beyond OneRoster)."),
        *_address("address", "Address of the organisation (beyond OneRoster)"),
        Field("phone", "Telephone (beyond OneRoster).", Kind.PHONE, length=64),
        Field("principal_name", "Head of the school (beyond OneRoster)."),
        Field("principal_email", "E-mail of the head of the school (beyond OneRoster).", Kind.EMAIL, length=254),
        Field("custom", "Any further fields the sender adds.", Kind.OBJECT, length=0),
    ),
    label=("name",),
)

ACADEMIC_SESSION = Entity(
    "academic_session",
    "academic sessions",
    "A school year, semester, term or grading period; together they form a tree.",
    _public(
        Field("title", "Name of the session.", required=True, identity=True),
        _code("type", "session_type", "Kind of session.", required=True),
        _date("start_date", "First day.", identity=True),
        _date("end_date", "End, as the sender means it (OneRoster: the day after the last)."),
        _ref("parent", "academic_session", "The session it is part of.", soft=True),
        Field("school_year", "The year in which the school year ends, YYYY.", Kind.YEAR, length=4),
        _ref("org", "org", "The organisation it belongs to, where the sender says so.", soft=True),
    ),
)

COURSE = Entity(
    "course",
    "courses",
    "A course of study that classes are held of.",
    _public(
        Field("title", "Name of the course.", required=True, identity=True),
        _id("course_code", "The school's code for it."),
        _ref("school_year", "academic_session", "The school year it is offered in.", soft=True),
        _ref("org", "org", "The organisation that offers it.", soft=True),
        _codes("grades", "grade_level", "Grades it is meant for."),
        _list("subjects", "Names of subjects."),
        _list("subject_codes", "Codes of subjects, for example SCED."),
        Field("description", "What the course is about (beyond OneRoster).", Kind.LONG_TEXT, length=0),
        Field("custom", "Any further fields the sender adds.", Kind.OBJECT, length=0),
    ),
)

CLASS = Entity(
    "class",
    "classes",
    "A group of students taught together (a section).",
    _public(
        Field("title", "Name of the class.", required=True, identity=True),
        _id("class_code", "The school's code for it, or its section number."),
        _code("class_type", "class_type", "Scheduled or homeroom."),
        Field("location", "Room."),
        _ref("course", "course", "The course it is a class of.", soft=True),
        _ref("school", "org", "The school it is held at.", required=True),
        Field("terms", "The sessions it is held in.", Kind.REFS, length=0, target="academic_session", soft=True),
        _codes("grades", "grade_level", "Grades in it."),
        _list("subjects", "Names of subjects."),
        _list("subject_codes", "Codes of subjects."),
        _list("periods", "Periods of the day in which it meets."),
        Field("description", "About the class (beyond OneRoster).", Kind.LONG_TEXT, length=0),
        Field("custom", "Any further fields the sender adds.", Kind.OBJECT, length=0),
    ),
    school="school",
)

USER = Entity(
    "user",
    "users",
    "A person: student, guardian, teacher, staff. What they do where is in their roles.",
    (
        Field("username", "Log-in name at the school."),
        Field("prefix", "Title before the name (beyond OneRoster).", length=64),
        Field("given_name", "First name.", identity=True),
        Field("middle_name", "Middle name."),
        Field("family_name", "Last name.", identity=True),
        Field("suffix", "After the name: Jr., III (beyond OneRoster).", length=64),
        Field("preferred_given_name", "First name the person goes by."),
        Field("preferred_middle_name", "Middle name the person goes by."),
        Field("preferred_family_name", "Last name the person goes by."),
        Field("maiden_name", "Family name at birth (beyond OneRoster)."),
        Field("display_name", "The whole name, where its parts are not known (beyond OneRoster)."),
        Field("pronouns", "Pronouns.", length=64),
        _flag("enabled_user", "False: the person may not log in anywhere."),
        _ref("primary_org", "org", "The organisation the person mainly belongs to.", soft=True),
        _codes("grades", "grade_level", "Grade levels of a student."),
        _id("identifier", "Student or staff number people know."),
        _id("student_number", "Student number (beyond OneRoster)."),
        _id("employee_id", "Employee number (beyond OneRoster)."),
        _id("local_id", "Local id in the SIS (beyond OneRoster)."),
        _id("state_id", "State id, for matching between systems (beyond OneRoster)."),
        _id("pin", "PIN at the till or the copier (beyond OneRoster).", privacy=Privacy.RESTRICTED),
        Field("user_ids", "Further ids by kind.", Kind.OBJECT, length=0),
        _id("user_master_identifier", "The person's id across systems."),
        *(
            Field(f"email{n}", help, Kind.EMAIL, length=254)
            for n, help in (
                ("", "Main e-mail address."),
                ("_2", "Second e-mail address (beyond OneRoster)."),
                ("_3", "Third e-mail address (beyond OneRoster)."),
                ("_4", "Fourth e-mail address (beyond OneRoster)."),
                ("_5", "Fifth e-mail address (beyond OneRoster)."),
            )
        ),
        Field("sms", "Number for text messages.", Kind.PHONE, length=64),
        *(
            field
            for n, nth in (("", "Main"), ("_2", "Second"), ("_3", "Third"), ("_4", "Fourth"), ("_5", "Fifth"))
            for field in (
                Field(f"phone{n}", f"{nth} telephone number.", Kind.PHONE, length=64),
                _code(f"phone{n}_kind", "phone_kind", f"{nth} telephone: home, mobile, work (beyond OneRoster)."),
            )
        ),
        *_address("home", "Home address (beyond OneRoster)"),
        *_address("mailing", "Mailing address (beyond OneRoster)"),
        _code("home_language", "language", "Language at home, ISO 639-1 (beyond OneRoster)."),
        Field("homeroom", "Homeroom or base class (beyond OneRoster)."),
        _id("advisor", "The advisor's id at the sender (beyond OneRoster)."),
        Field("house", "House or pastoral group (beyond OneRoster)."),
        Field("boarding", "Boarding or day (beyond OneRoster).", length=64),
        Field("bus_route", "Bus route (beyond OneRoster).", length=64),
        Field("track", "Track or calendar (beyond OneRoster).", length=64),
        _code("enrollment_status", "enrollment_status", "Enrolled, applicant, withdrawn … (beyond OneRoster)."),
        _date("entry_date", "First day at the school (beyond OneRoster)."),
        _date("exit_date", "Last day at the school (beyond OneRoster).", clears=True),
        Field("graduation_year", "Projected year of graduation (beyond OneRoster).", Kind.YEAR, length=4),
        Field("class_year", "Class year of an alumna or alumnus (beyond OneRoster).", Kind.YEAR, length=4),
        _date("graduation_date", "Day of graduation (beyond OneRoster)."),
        Field("college", "College attended (beyond OneRoster)."),
        Field("degree", "Degree (beyond OneRoster)."),
        _flag("deceased", "The person has died (beyond OneRoster).", privacy=Privacy.RESTRICTED),
        Field("job_title", "Title of the position (beyond OneRoster)."),
        Field("department", "Department worked in (beyond OneRoster)."),
        Field("employer", "Employer of a guardian or alumnus (beyond OneRoster)."),
        Field("industry", "Line of business (beyond OneRoster)."),
        _date("hire_date", "First day of employment (beyond OneRoster)."),
        Field("biography", "Text about the person (beyond OneRoster).", Kind.LONG_TEXT, length=0),
        Field("website", "Web site (beyond OneRoster).", Kind.URL, length=2000),
        Field("photo_url", "Where the photo lies (beyond OneRoster).", Kind.PHOTO, length=2000),
        _flag("directory_opt_out", "Leave the person out of directories (beyond OneRoster)."),
        _flag("portal_access", "May use the family portal (beyond OneRoster)."),
        _id("family_key", "The sender's own household or family key (beyond OneRoster)."),
        Field("head_of_household_given_name", "First name of the head of household (beyond OneRoster)."),
        Field("head_of_household_family_name", "Last name of the head of household (beyond OneRoster)."),
        _code("meal_status", "meal_status", "Meal eligibility (beyond OneRoster).", privacy=Privacy.RESTRICTED),
        _list("flags", "Programmes: IEP, 504 … (beyond OneRoster).", privacy=Privacy.RESTRICTED),
        Field("notes", "Free notes (beyond OneRoster).", Kind.LONG_TEXT, length=0, privacy=Privacy.RESTRICTED),
        Field("custom", "Any further fields the sender adds.", Kind.OBJECT, length=0),
    ),
    school="primary_org",
    label=("given_name", "family_name"),
)

ROLE = Entity(
    "role",
    "roles",
    "What a person is at an organisation.",
    (
        _ref("user", "user", "The person.", required=True, identity=True),
        _ref("org", "org", "The organisation.", required=True, identity=True),
        _code("role", "role", "Student, teacher, guardian …", required=True, identity=True),
        _code("role_type", "role_type", "Primary or secondary."),
        _date("begin_date", "First day."),
        _date("end_date", "End.", clears=True),
        _ref("academic_session", "academic_session", "The session it holds for.", soft=True),
    ),
    school="org",
    label=("role",),
)

DEMOGRAPHICS = Entity(
    "demographics",
    "demographics",
    "Birth, gender, race and ethnicity of a person.",
    (
        _ref("user", "user", "The person.", required=True, identity=True),
        _date("birth_date", "Date of birth.", identity=True),
        _code("sex", "gender", "Gender as the sender records it."),
        _codes("races", "race", "Races, one or more.", privacy=Privacy.RESTRICTED),
        _code("ethnicity", "ethnicity", "Hispanic or Latino, or not.", privacy=Privacy.RESTRICTED),
        _code("country_of_birth", "country", "Country of birth, ISO 3166-1 alpha-2."),
        _code("state_of_birth", "state", "State of birth."),
        Field("city_of_birth", "City of birth."),
        Field("public_school_residence_status", "CEDS code of residence status.", length=64),
        _list("citizenships", "Citizenships (beyond OneRoster)."),
    ),
    label=("user",),
)

RELATIONSHIP = Entity(
    "relationship",
    "relationships",
    "How a contact stands to a student.",
    (
        _ref("user", "user", "The student.", required=True, identity=True),
        _ref("contact", "user", "The contact.", required=True, identity=True),
        _code("kind", "relationship", "Mother, father, guardian …"),
        Field("priority", "Order in which contacts are called.", Kind.INTEGER, length=9),
        _flag("primary", "The first contact."),
        _flag("custody", "Has custody.", privacy=Privacy.RESTRICTED),
        _flag("lives_with", "The student lives with this contact.", privacy=Privacy.RESTRICTED),
        _flag("pick_up", "May pick the student up."),
        _flag("emergency", "Is called in an emergency."),
        _flag("receives_mail", "Receives the school's mail."),
        _flag("portal_access", "May see the student in the family portal."),
        _flag("financial", "Pays the bills."),
    ),
    label=("kind",),
)

HOUSEHOLD = Entity(
    "household",
    "households",
    "A family, derived by the family identifier rule of the integration.",
    (
        Field("title", "Family name or names, for people to recognise it.", required=True),
        _id("family_identifier", "The normalised values that its members agree on."),
    ),
)

HOUSEHOLD_MEMBER = Entity(
    "household_member",
    "household members",
    "A person in a household; a person can be in two.",
    (
        _ref("household", "household", "The household.", required=True, identity=True),
        _ref("user", "user", "The person.", required=True, identity=True),
        _code("part", "household_part", "Student or contact.", required=True),
    ),
    label=("part",),
)

HEALTH_ALERT = Entity(
    "health_alert",
    "health alerts",
    "An allergy or another alert about a person's health.",
    (
        _ref("user", "user", "The person.", required=True, identity=True),
        _code("kind", "alert_kind", "Allergy or other alert.", privacy=Privacy.RESTRICTED),
        _code("allergy", "allergy", "What the person is allergic to.", privacy=Privacy.RESTRICTED),
        Field("text", "In the sender's words.", Kind.LONG_TEXT, length=0, privacy=Privacy.RESTRICTED),
    ),
    label=("kind",),
)

ENROLLMENT = Entity(
    "enrollment",
    "enrollments",
    "A person in a class.",
    (
        _ref("roster_class", "class", "The class.", required=True, identity=True),
        _ref("user", "user", "The person.", required=True, identity=True),
        _ref("school", "org", "The school.", soft=True),
        _code("role", "enrollment_role", "Student, teacher …", required=True, identity=True),
        _flag("primary", "The teacher of record."),
        _date("begin_date", "First day."),
        _date("end_date", "End.", clears=True),
        Field("end_reason", "Why it ended (beyond OneRoster).", clears=True),
    ),
    school="school",
    label=("role",),
)

GROUP = Entity(
    "group",
    "groups",
    "People who belong together outside classes: teams, clubs, mailing lists.",
    _public(
        Field("title", "Name of the group.", required=True, identity=True),
        _code("kind", "group_kind", "What kind of group it is."),
        _ref("org", "org", "The organisation it belongs to.", soft=True),
        Field("description", "About the group.", Kind.LONG_TEXT, length=0),
    ),
)

MEMBERSHIP = Entity(
    "membership",
    "memberships",
    "A person in a group. The sync only ends memberships that it brought.",
    (
        _ref("group", "group", "The group.", required=True, identity=True),
        _ref("user", "user", "The person.", required=True, identity=True),
        _code("origin", "membership_origin", "Feed, rule or by hand."),
    ),
    label=("origin",),
)

ENTITIES: tuple[Entity, ...] = (
    ORG,
    ACADEMIC_SESSION,
    COURSE,
    CLASS,
    USER,
    ROLE,
    DEMOGRAPHICS,
    RELATIONSHIP,
    HOUSEHOLD,
    HOUSEHOLD_MEMBER,
    HEALTH_ALERT,
    ENROLLMENT,
    GROUP,
    MEMBERSHIP,
)

_BY_NAME = {entity.name: entity for entity in ENTITIES}


def entity(name: str) -> Entity:
    """The entity called `name`; KeyError when there is none."""
    return _BY_NAME[name]


def all_fields() -> Iterator[tuple[Entity, Field]]:
    """Every field of every entity, in order."""
    return ((e, f) for e in ENTITIES for f in e.fields)
