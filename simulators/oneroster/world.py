"""A district in OneRoster's words: one list of objects for each collection."""

from simulators.model import Class, Course, District, Enrollment, Org, Person, Session
from simulators.oneroster.dialect import Dialect, Record, said
from simulators.people import RACES

COLLECTIONS = ("academicSessions", "orgs", "courses", "classes", "users", "enrollments", "demographics")
SEX = {"1.1": {"F": "female", "M": "male"}, "1.2": {"F": "female", "M": "male", "X": "other"}}


def collections(district: District, dialect: Dialect) -> dict[str, list[Record]]:
    """Every object as it is tonight, by the name of its collection, without `status` and `dateLastModified`."""
    world = World(district, dialect)
    students = district.of_role("student")
    return {
        "academicSessions": [world.session(one) for one in district.sessions.values()],
        "orgs": [world.org(one) for one in district.orgs.values()],
        "courses": [world.course(one) for one in district.courses.values()],
        "classes": [world.class_(one) for one in district.classes.values()],
        "users": [world.user(one) for one in district.people.values()],
        "enrollments": [world.enrollment(one) for one in district.enrollments.values()],
        "demographics": [world.demographics(one) for one in students],
    }


class World:
    def __init__(self, district: District, dialect: Dialect) -> None:
        self.district, self.dialect = district, dialect
        self._agents: dict[str, list[str]] = {}
        for one in district.relationships:
            self._agents.setdefault(one.student_id, []).append(one.contact_id)
            self._agents.setdefault(one.contact_id, []).append(one.student_id)
        self._below: dict[str, list[str]] = {}
        parents = [(one.parent_id, one.id) for one in district.orgs.values()]
        for parent, child in parents + [(one.parent_id, one.id) for one in district.sessions.values()]:
            self._below.setdefault(parent, []).append(child)

    def session(self, one: Session) -> Record:
        say = self.dialect
        return said(
            sourcedId=say.id(one.id),
            title=one.title,
            type=one.kind,
            startDate=say.day(one.start),
            endDate=say.end(one.end),
            parent=say.reference("academicSession", one.parent_id, "term") if one.parent_id else None,
            children=[say.reference("academicSession", child) for child in self._below.get(one.id, ())],
            schoolYear=str(one.school_year),
        )

    def org(self, one: Org) -> Record:
        say = self.dialect
        return said(
            sourcedId=say.id(one.id),
            name=one.name,
            type=one.kind,
            identifier=one.number,
            parent=say.reference("org", one.parent_id, "district") if one.parent_id else None,
            children=[say.reference("org", child) for child in self._below.get(one.id, ())],
        )

    def course(self, one: Course) -> Record:
        say = self.dialect
        return said(
            sourcedId=say.id(one.id),
            title=one.title,
            schoolYear=say.reference("academicSession", one.session_id),
            courseCode=one.id,
            grades=say.many((one.grade,)),
            subjects=say.many((one.subject,)),
            subjectCodes=say.many((one.subject_code,)),
            org=say.reference("org", one.org_id, "district"),
        )

    def class_(self, one: Class) -> Record:
        say, course = self.dialect, self.district.courses[one.course_id]
        terms = [say.reference("academicSession", key, "term") for key in one.session_ids]
        return said(
            sourcedId=say.id(one.id),
            title=one.title,
            classCode=f"{one.course_id}-{one.section}",
            classType=one.kind,
            location=one.room,
            grades=say.many((one.grade,)),
            subjects=say.many((course.subject,)),
            subjectCodes=say.many((course.subject_code,)),
            periods=say.many((one.period,)),
            course=say.reference("course", one.course_id),
            school=say.reference("org", one.school_id, "school"),
            **{"terms" if say.options["terms"] == "terms" else "termSourcedIds": terms},
        )

    def enrollment(self, one: Enrollment) -> Record:
        say = self.dialect
        return said(
            sourcedId=say.id(one.id),
            role=one.role,
            primary=say.flag(one.is_primary),
            user=say.reference("user", one.person_id, one.role),
            school=say.reference("org", self.district.classes[one.class_id].school_id, "school"),
            beginDate=say.day(one.begin),
            endDate=say.end(one.end),
            # A keyword of Python.
            **{"class": say.reference("class", one.class_id)},
        )

    def user(self, one: Person) -> Record:
        say = self.dialect
        newer = say.version == "1.2"
        return said(
            sourcedId=say.id(one.id),
            userMasterIdentifier=one.state_id if newer else None,
            username=one.username,
            userIds=[self._other_id(one)],
            enabledUser=say.flag(True),
            givenName=one.given,
            familyName=one.family,
            middleName=one.middle,
            preferredFirstName=one.preferred if newer else None,
            **(self._role_objects(one) if say.has_role_objects else self._role_and_orgs(one)),
            identifier=one.number,
            email=one.email,
            sms=one.mobile,
            phone=one.phone,
            agents=[say.reference("user", key) for key in self._agents.get(one.id, ())],
            grades=say.many((one.grade,) if one.grade else ()),
        )

    def _other_id(self, one: Person) -> Record:
        kind, value = ("state", one.state_id) if one.state_id else ("local", one.number)
        return {"type": kind, "identifier": value}

    def _role_and_orgs(self, one: Person) -> Record:
        orgs = [self.dialect.reference("org", key, "school") for key in one.org_ids]
        return {"role": "aide" if one.role == "staff" else one.role, "orgs": orgs}

    def _role_objects(self, one: Person) -> Record:
        say, role = self.dialect, self._role(one)
        roles = [
            said(
                roleType="primary" if key == one.org_ids[0] else "secondary",
                role=role,
                org=say.reference("org", key, "school"),
                beginDate=say.day(one.entry_date),
            )
            for key in one.org_ids
        ]
        return {"roles": roles, "primaryOrg": say.reference("org", one.org_ids[0], "school")}

    def _role(self, one: Person) -> str:
        """OneRoster has no word for the rest of the staff: `aide` is the nearest."""
        if one.role == "administrator":
            if self.district.orgs[one.org_ids[0]].kind != "school":
                return "districtAdministrator"
            return "principal" if one.title == "Principal" else "siteAdministrator"
        if one.role == "staff":
            return "counselor" if one.title == "Counselor" else "aide"
        return one.role

    def demographics(self, one: Person) -> Record:
        """Races are left out where the family did not say, which is not the same as false."""
        say = self.dialect
        races = {race: say.flag(race in one.races) for race in RACES} if one.races else {}
        return said(
            sourcedId=say.id(one.id),
            birthDate=say.day(one.birth_date),
            sex=SEX[say.version].get(one.gender),
            **races,
            demographicRaceTwoOrMoreRaces=say.flag(len(one.races) > 1) if one.races else None,
            hispanicOrLatinoEthnicity=say.flag(one.is_hispanic),
            countryOfBirthCode=one.birth_country,
            stateOfBirthAbbreviation=one.birth_state,
            cityOfBirth=one.birth_city,
        )
