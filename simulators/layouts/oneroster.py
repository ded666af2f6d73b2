"""OneRoster CSV 1.1 and 1.2, bulk mode: `status` and `dateLastModified` stay blank."""

from simulators.model import District, Person
from simulators.people import RACES
from simulators.table import Row, Sheet, sheet

FILES_11 = (
    "academicSessions categories classes classResources courses courseResources demographics enrollments lineItems "
    "orgs resources results users"
)
FILES_12 = (
    "academicSessions categories classes classResources courses courseResources demographics enrollments "
    "lineItemLearningObjectiveIds lineItems lineItemScoreScales orgs resources resultLearningObjectiveIds results resultScoreScales roles scoreScales userProfiles "
    "userResources users"
)
BULK: Row = {"status": "", "dateLastModified": ""}
SEX_11 = {"F": "female", "M": "male", "X": ""}
SEX_12 = {"F": "female", "M": "male", "X": "other"}


def sheets_11(district: District) -> list[Sheet]:
    return _package(district, "1.1", FILES_11, [_users_11(district)], SEX_11)


def sheets_12(district: District) -> list[Sheet]:
    return _package(district, "1.2", FILES_12, [_users_12(district), _roles(district)], SEX_12)


def _package(district: District, version: str, files: str, users: list[Sheet], sexes: dict[str, str]) -> list[Sheet]:
    data = [*_structure(district), *users, _enrollments(district), _demographics(district, sexes)]
    sent = {one.name.removesuffix(".csv") for one in data if one.rows}
    properties = {
        "manifest.version": "1.0",
        "oneroster.version": version,
        **{f"file.{name}": "bulk" if name in sent else "absent" for name in files.split()},
        "source.systemName": "Harrow Creek SIS",
        "source.systemCode": "HCSIS",
    }
    return [
        sheet("manifest.csv", ({"propertyName": name, "value": value} for name, value in properties.items())),
        *data,
    ]


def _structure(district: District) -> list[Sheet]:
    courses = district.courses
    return [
        sheet(
            "academicSessions.csv",
            (
                {
                    "sourcedId": s.id,
                    **BULK,
                    "title": s.title,
                    "type": s.kind,
                    "startDate": s.start,
                    "endDate": s.end,
                    "parentSourcedId": s.parent_id,
                    "schoolYear": s.school_year,
                }
                for s in district.sessions.values()
            ),
        ),
        sheet(
            "orgs.csv",
            (
                {
                    "sourcedId": o.id,
                    **BULK,
                    "name": o.name,
                    "type": o.kind,
                    "identifier": o.number,
                    "parentSourcedId": o.parent_id,
                }
                for o in district.orgs.values()
            ),
        ),
        sheet(
            "courses.csv",
            (
                {
                    "sourcedId": c.id,
                    **BULK,
                    "schoolYearSourcedId": c.session_id,
                    "title": c.title,
                    "courseCode": c.id,
                    "grades": c.grade,
                    "orgSourcedId": c.org_id,
                    "subjects": _list(c.subject),
                    "subjectCodes": c.subject_code,
                }
                for c in courses.values()
            ),
        ),
        sheet(
            "classes.csv",
            (
                {
                    "sourcedId": c.id,
                    **BULK,
                    "title": c.title,
                    "grades": c.grade,
                    "courseSourcedId": c.course_id,
                    "classCode": f"{c.course_id}-{c.section}",
                    "classType": c.kind,
                    "location": c.room,
                    "schoolSourcedId": c.school_id,
                    "termSourcedIds": c.session_ids,
                    "subjects": _list(courses[c.course_id].subject),
                    "subjectCodes": courses[c.course_id].subject_code,
                    "periods": c.period,
                }
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
        (
            {
                "sourcedId": e.id,
                **BULK,
                "classSourcedId": e.class_id,
                "schoolSourcedId": classes[e.class_id].school_id,
                "userSourcedId": e.person_id,
                "role": e.role,
                "primary": "" if e.role == "student" else e.is_primary,
                "beginDate": e.begin,
                "endDate": e.end,
            }
            for e in district.enrollments.values()
        ),
        holds="enrollment",
        id="sourcedId",
        class_="classSourcedId",
        person="userSourcedId",
    )


def _demographics(district: District, sexes: dict[str, str]) -> Sheet:
    return sheet(
        "demographics.csv",
        (
            {
                "sourcedId": p.id,
                **BULK,
                "birthDate": p.birth_date,
                "sex": sexes[p.gender],
                **_races(p),
                "hispanicOrLatinoEthnicity": p.is_hispanic,
                "countryOfBirthCode": p.birth_country,
                "stateOfBirthAbbreviation": p.birth_state,
                "cityOfBirth": p.birth_city,
                "publicSchoolResidenceStatus": "",
            }
            for p in district.of_role("student")
        ),
        date="birthDate",
        person="sourcedId",
    )


def _races(person: Person) -> Row:
    """Blank where the family did not say, which is not the same as false."""
    said = bool(person.races)
    races: Row = {race: race in person.races if said else "" for race in RACES}
    return {**races, "demographicRaceTwoOrMoreRaces": len(person.races) > 1 if said else ""}


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
        (
            {
                "sourcedId": p.id,
                **BULK,
                "enabledUser": True,
                "orgSourcedIds": p.org_ids,
                "role": roles.get(p.role, p.role),
                "username": p.username,
                "userIds": _user_ids(p),
                "givenName": p.given,
                "familyName": p.family,
                "middleName": p.middle,
                "identifier": p.number,
                "email": p.email,
                "sms": p.mobile,
                "phone": p.phone,
                "agentSourcedIds": agents.get(p.id),
                "grades": p.grade,
                "password": "",
            }
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
        (
            {
                "sourcedId": p.id,
                **BULK,
                "enabledUser": True,
                "username": p.username,
                "userIds": _user_ids(p),
                "givenName": p.given,
                "familyName": p.family,
                "middleName": p.middle,
                "identifier": p.number,
                "email": p.email,
                "sms": p.mobile,
                "phone": p.phone,
                "agentSourcedIds": agents.get(p.id),
                "grades": p.grade,
                "password": "",
                "userMasterIdentifier": p.state_id,
                "preferredGivenName": p.preferred,
                "preferredMiddleName": "",
                "preferredFamilyName": "",
                "primaryOrgSourcedId": p.org_ids[0],
                "pronouns": "",
            }
            for p in district.people.values()
        ),
        holds="person",
        **_USER_MEANING,
    )


def _roles(district: District) -> Sheet:
    """One row for each org of a person; the first is the primary one."""
    return sheet(
        "roles.csv",
        (
            {
                "sourcedId": f"{p.id}-{org}",
                **BULK,
                "userSourcedId": p.id,
                "roleType": "primary" if org == p.org_ids[0] else "secondary",
                "role": _role(district, p),
                "beginDate": p.entry_date,
                "endDate": "",
                "orgSourcedId": org,
                "userProfileSourcedId": "",
            }
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
        return (
            ("principal" if person.title == "Principal" else "siteAdministrator")
            if at_school
            else "districtAdministrator"
        )
    if person.role == "staff":
        return "counselor" if person.title == "Counselor" else "aide"
    return person.role
