"""OneRoster CSV 1.1 and 1.2, bulk mode: `status` and `dateLastModified` stay blank."""

from collections.abc import Iterator

from simulators.model import District, Person
from simulators.people import RACES
from simulators.table import Sheet, sheet

STEM = "sourcedId,status,dateLastModified"
FILES_11 = (
    "academicSessions categories classes classResources courses courseResources demographics enrollments lineItems orgs resources results users"
)
FILES_12 = (
    "academicSessions categories classes classResources courses courseResources demographics enrollments lineItemLearningObjectiveIds "
    "lineItems lineItemScoreScales orgs resources resultLearningObjectiveIds results resultScoreScales roles scoreScales userProfiles "
    "userResources users"
)
SEX_11 = {"F": "female", "M": "male", "X": ""}
SEX_12 = {"F": "female", "M": "male", "X": "other"}


def sheets_11(district: District) -> list[Sheet]:
    return _package(district, "1.1", FILES_11, [_users_11(district)], SEX_11)


def sheets_12(district: District) -> list[Sheet]:
    return _package(district, "1.2", FILES_12, [_users_12(district), _roles(district)], SEX_12)


def _package(district: District, version: str, files: str, users: list[Sheet], sexes: dict[str, str]) -> list[Sheet]:
    data = [*_structure(district), *users, _enrollments(district), _demographics(district, sexes)]
    sent = {one.name.removesuffix(".csv") for one in data}
    rows = [("manifest.version", "1.0"), ("oneroster.version", version)]
    rows += [(f"file.{name}", "bulk" if name in sent else "absent") for name in files.split()]
    rows += [("source.systemName", "Harrow Creek SIS"), ("source.systemCode", "HCSIS")]
    return [sheet("manifest.csv", "propertyName,value", rows), *data]


def _structure(district: District) -> list[Sheet]:
    courses = district.courses
    return [
        sheet(
            "academicSessions.csv",
            f"{STEM},title,type,startDate,endDate,parentSourcedId,schoolYear",
            ((s.id, "", "", s.title, s.kind, s.start, s.end, s.parent_id, s.school_year) for s in district.sessions.values()),
        ),
        sheet(
            "orgs.csv",
            f"{STEM},name,type,identifier,parentSourcedId",
            ((o.id, "", "", o.name, o.kind, o.number, o.parent_id) for o in district.orgs.values()),
        ),
        sheet(
            "courses.csv",
            f"{STEM},schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
            ((c.id, "", "", c.session_id, c.title, c.id, c.grade, c.org_id, _list(c.subject), c.subject_code) for c in courses.values()),
        ),
        sheet(
            "classes.csv",
            f"{STEM},title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
            (
                (c.id, "", "", c.title, c.grade, c.course_id, f"{c.course_id}-{c.section}", c.kind, c.room, c.school_id, c.session_ids)
                + (_list(courses[c.course_id].subject), courses[c.course_id].subject_code, c.period)
                for c in district.classes.values()
            ),
            holds="class",
            id="sourcedId",
            title="title",
        ),
    ]


def _list(text: str) -> str:
    """One value of a list column: a comma inside it would start the next value."""
    return text.replace(",", "")


def _enrollments(district: District) -> Sheet:
    classes = district.classes
    return sheet(
        "enrollments.csv",
        f"{STEM},classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
        (
            (e.id, "", "", e.class_id, classes[e.class_id].school_id, e.person_id, e.role)
            + ("" if e.role == "student" else e.is_primary, e.begin, e.end)
            for e in district.enrollments.values()
        ),
        holds="enrollment",
        id="sourcedId",
        **{"class": "classSourcedId"},
        person="userSourcedId",
    )


def _demographics(district: District, sexes: dict[str, str]) -> Sheet:
    columns = f"{STEM},birthDate,sex,{','.join(RACES)},demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,"
    columns += "countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus"
    return sheet(
        "demographics.csv",
        columns,
        (
            (p.id, "", "", p.birth_date, sexes[p.gender], *_races(p), p.is_hispanic, p.birth_country, p.birth_state, p.birth_city, "")
            for p in district.of_role("student")
        ),
        date="birthDate",
        person="sourcedId",
    )


def _races(person: Person) -> Iterator[object]:
    """Blank where the family did not say, which is not the same as false."""
    for race in RACES:
        yield race in person.races if person.races else ""
    yield len(person.races) > 1 if person.races else ""


def _agents(district: District) -> dict[str, tuple[str, ...]]:
    """Guardians of a student, and students of a guardian."""
    found: dict[str, tuple[str, ...]] = {}
    for one in district.relationships:
        found[one.student_id] = (*found.get(one.student_id, ()), one.contact_id)
        found[one.contact_id] = (*found.get(one.contact_id, ()), one.student_id)
    return found


def _user_ids(person: Person) -> str:
    return f"{{{'state' if person.state_id else 'local'}:{person.state_id or person.number}}}"


_USER_MEANING = {"id": "sourcedId", "family": "familyName", "given": "givenName", "email": "email", "grade": "grades"}


def _users_11(district: District) -> Sheet:
    agents = _agents(district)
    roles = {"staff": "aide"}
    return sheet(
        "users.csv",
        f"{STEM},enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,"
        "agentSourcedIds,grades,password",
        (
            (p.id, "", "", True, p.org_ids, roles.get(p.role, p.role), p.username, _user_ids(p), p.given, p.family, p.middle, p.number)
            + (p.email, p.mobile, p.phone, agents.get(p.id), p.grade, "")
            for p in district.people.values()
        ),
        holds="person",
        role="role",
        **_USER_MEANING,
    )


def _users_12(district: District) -> Sheet:
    agents = _agents(district)
    return sheet(
        "users.csv",
        f"{STEM},enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
        "userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
        (
            (p.id, "", "", True, p.username, _user_ids(p), p.given, p.family, p.middle, p.number, p.email, p.mobile, p.phone)
            + (agents.get(p.id), p.grade, "", p.state_id, p.preferred, "", "", p.org_ids[0], "")
            for p in district.people.values()
        ),
        holds="person",
        **_USER_MEANING,
    )


def _roles(district: District) -> Sheet:
    """One row for each org of a person; the first is the primary one."""
    return sheet(
        "roles.csv",
        f"{STEM},userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
        (
            (f"{p.id}-{org}", "", "", p.id, "primary" if org == p.org_ids[0] else "secondary", _role(district, p), p.entry_date, "", org, "")
            for p in district.people.values()
            for org in p.org_ids
        ),
        role="role",
        person="userSourcedId",
    )


def _role(district: District, person: Person) -> str:
    """OneRoster has no word for the rest of the staff: `aide` is the nearest."""
    if person.role == "administrator":
        at_school = district.orgs[person.org_ids[0]].kind == "school"
        return ("principal" if person.title == "Principal" else "siteAdministrator") if at_school else "districtAdministrator"
    if person.role == "staff":
        return "counselor" if person.title == "Counselor" else "aide"
    return person.role
