"""Students, contacts, staff, teachers and programs, as rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from simulators.aeries.codes import GRADE, LANGUAGE_OF, PROGRAM, RACE_OF, RELATIONSHIP_OF, grade_number, grade_short
from simulators.aeries.keys import Row, day, digits, family_key, staff_id, text, years_before
from simulators.model import Person, Relationship

_BLANK_STUDENT = dict.fromkeys(
    (
        *(f"UserCode{n}" for n in range(1, 14)), "AttendanceProgramCodePrimary", "AttendanceProgramCodeAdditional1",
        "AttendanceProgramCodeAdditional2", "NotificationPreferenceCode", "RecordsReleaseCode", "LastNameAlias",
        "MiddleNameAlias", "StudentPersonalEmailAddress",
    ),
    "",
)  # fmt: skip
_BLANK_CONTACT = dict.fromkeys(
    (
        "AddressTypeCode", "AddressZipExt", "WorkPhone", "WorkPhoneExt", "Pager", "NotificationPreferenceCode",
        "PrimaryContact1Field", "PrimaryContact1Description", "PrimaryContact2Field", "PrimaryContact2Description",
        "Occupation", "EmployerName", "EmployerLocation", "MilitaryBranchCode", "MilitaryStatusCode", "UserCode1",
        "Comments", "MiddleName", "NameSuffix",
    ),
    "",
)  # fmt: skip
_BLANK_STAFF = dict.fromkeys(
    (
        "MiddleName", "AlternateEmailAddress", "NotificationPreferenceCode", "RaceCode1", "RaceCode2", "RaceCode3",
        "RaceCode4", "RaceCode5", "EarlyChildhoodCertificationCode", "EducationLevelCode", "PositionStatusCode",
        "PreviousLastName", "PreviousFirstName", "PreviousMiddleName", "AddressZipExt", "EmergencyContactName",
        "EmergencyContactPhone", "EthnicityCode",
    ),
    "",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a student in one school; a person can have several."""

    person: Person
    school: int
    number: int
    status: str
    enter: date | None
    leave: date | None = None


def student_row(record: Record, homeroom: int, guardian: Person | None, years_back: int) -> Row:
    """The blank codes of some are a blank, and those of others nothing."""
    person, grade = record.person, grade_number(record.person.grade) - years_back
    row: Row = _BLANK_STUDENT | {
        "StudentID": int(person.id),
        "OldStudentID": 0,
        "CorrespondenceLanguageCode": LANGUAGE_OF.get(person.language, "99"),
        "CounselorNumber": 0,
        "NameSuffix": person.suffix,
        "SchoolCode": record.school,
        "StudentNumber": record.number,
        "StateStudentID": person.state_id,
        "LastName": text(person.family),
        "FirstName": text(person.given),
        "MiddleName": text(person.middle) or " ",
        "FirstNameAlias": person.preferred,
        "Gender": person.gender,
        "Grade": grade,
        "GradeLevelShortDescription": grade_short(grade),
        "GradeLevelLongDescription": GRADE[str(grade)],
        "Birthdate": day(person.birth_date),
        "ParentGuardianName": _guardian_name(guardian) if guardian else "",
        "HomePhone": digits(person.phone),
        "StudentMobilePhone": digits(person.mobile),
        "AddressVerified": True,
        "EthnicityCode": {True: "Y", False: "N", None: ""}[person.is_hispanic],
        "SchoolEnterDate": day(years_before(record.enter, years_back)),
        "SchoolLeaveDate": day(record.leave),
        "DistrictEnterDate": day(years_before(record.enter, grade + 1)),
        "Track": " ",
        "LockerNumber": "   ",
        "LowSchedulingPeriod": 0,
        "HighSchedulingPeriod": 9,
        "InactiveStatusCode": record.status or (" " if int(person.id) % 7 == 0 else ""),
        "FamilyKey": family_key(person),
        "LanguageFluencyCode": "E" if person.language == "en" else "L",
        "HomeLanguageCode": LANGUAGE_OF.get(person.language, "99"),
        "ParentEdLevelCode": "12",
        "ParentEmailAddress": guardian.email if guardian else "",
        "StudentEmailAddress": person.email,
        "NetworkLoginID": person.username,
        "EarlyWarningPoints": 0.0,
        "HomeRoomTeacherNumber": str(homeroom),
        "NextSchoolCode": 0,
        "NextGrade": grade + 1,
        "NextGradeLevelShortDescription": grade_short(grade + 1),
        "NextGradeLevelLongDescription": GRADE.get(str(grade + 1), ""),
    }
    races = [RACE_OF[race] for race in person.races]
    row |= {f"RaceCode{place + 1}": races[place] if place < len(races) else "" for place in range(5)}
    return row | _address(person, "MailingAddress") | _address(person, "ResidenceAddress")


def extended_row(record: Record) -> Row:
    person = record.person
    return {
        "StudentID": int(person.id),
        "SchoolCode": record.school,
        "StudentNumber": record.number,
        "BirthCity": text(person.birth_city),
        "BirthStateCode": person.birth_state,
        "BirthCountryCode": person.birth_country,
        "HomeLanguageSurvey1Code": LANGUAGE_OF.get(person.language, "99"),
        "GraduationCohort": str(person.graduation_year or ""),
        "RecordAddedDateTime": day(record.enter),
    }


def contact_rows(
    record: Record, relationships: Sequence[Relationship], people: dict[str, Person], language_key: str
) -> Iterator[Row]:
    """The contacts of a student. In every other family all of them have the same order."""
    for one in relationships:
        contact = people[one.contact_id]
        unnamed = int(contact.number) % 6 == 0 and " " not in contact.family
        lone = int(contact.number) // 2 % 2 == 0
        yield (
            _BLANK_CONTACT
            | _address(contact, "Address")
            | {
                "StudentID": int(one.student_id),
                "SchoolCode": record.school,
                "SequenceNumber": one.priority * 3 - 2,
                "ContactOrder": 1 if lone else one.priority,
                "MailingName": text(f"{contact.given} {contact.family}"),
                "NamePrefix": contact.prefix,
                "FirstName": "" if unnamed else text(contact.given),
                "LastName": "" if unnamed else text(contact.family),
                "RelationshipToStudentCode": RELATIONSHIP_OF[one.kind],
                "LivesWithStudentIndicator": "Y" if one.lives_with else "",
                "MiscCode": "" if one.may_pick_up else "R",
                "MailTagCode": "A" if one.has_custody else " ",
                "HomePhone": digits(contact.phone),
                "CellPhone": digits(contact.mobile),
                "EmailAddress": contact.email,
                "RedFlag": not one.may_pick_up,
                "EducationalRightsHolder": "Y" if one.has_custody else "",
                "AttendanceNotification": "Y" if one.is_emergency else "",
                "PrimaryContact": "Y" if one.priority == 1 else "",
                "AccessToPortal": "Y" if one.has_custody else "",
                "PortalAccountID": None,
                language_key: LANGUAGE_OF.get(contact.language, "99"),
                "RecordAddedDate": "2024-07-01T00:00:00",
                "Birthdate": None,
            }
        )


def staff_row(person: Person, schools: Sequence[int], left: date | None) -> Row:
    born = 1960 + staff_id(person.id) % 40
    return _BLANK_STAFF | {
        "ID": staff_id(person.id),
        "FirstName": text(person.given),
        "LastName": text(person.family),
        "NameSuffix": person.suffix or " ",
        "BirthYear": born,
        "BirthDate": f"{born}-05-05T00:00:00",
        "Gender": person.gender,
        "FullTimePercentage": 100,
        "HireDate": day(person.entry_date),
        "LeaveDate": day(left),
        "InactiveStatusCode": "I" if left else " ",
        "StateEducatorID": str(7_000_000 + staff_id(person.id)),
        "UserName": person.username,
        "EmailAddress": person.email,
        "PrimaryAeriesSchool": schools[0] if schools else 0,
        "NetworkLoginID": person.username,
        "HumanResourcesSystemID": f"HR{staff_id(person.id):05}",
        "CellPhone": digits(person.mobile),
        "Title": text(person.title),
        "TotalYearsOfEduService": 9,
        "TotalYearsInThisDistrict": 9,
        "Address": person.address.street if person.address else "",
        "AddressCity": person.address.city if person.address else "",
        "AddressState": person.address.state if person.address else "",
        "AddressZipCode": person.address.postal_code if person.address else "",
        "HomePhone": digits(person.phone),
        "SchoolAccessPermissions": [
            {"SchoolCode": school, "ReadOnlyAccess": False, "CommunicationGroup": True} for school in schools
        ],
        "ExtendedProperties": [],
    }


def teacher_row(person: Person, number: int, school: int, room: str) -> Row:
    return {
        "SchoolCode": school,
        "TeacherNumber": number,
        "DisplayName": text(f"{person.family}, {person.given[:1]}"),
        "FirstName": text(person.given),
        "LastName": text(person.family),
        "Room": room,
        "EmailAddress": person.email,
        "StaffID1": staff_id(person.id),
        "StaffID2": 0,
        "StaffID3": 0,
        "LowGrade": 0,
        "HighGrade": 12,
        "InactiveStatusCode": " ",
        "ClassCalendar": "",
    }


def program_rows(record: Record, year: int) -> Iterator[Row]:
    """Meals, special education, and rows that were voided by an end before their start."""
    student = int(record.person.id)
    opened = f"{year}-08-24T00:00:00"
    if student % 3 == 0:
        yield _program(student, "181", opened, None)
    elif student % 7 == 1:
        yield _program(student, "182", opened, None)
        yield _program(student, "181", f"{year - 1}-08-18T00:00:00", f"{year}-06-05T00:00:00")
    if student % 10 == 0:
        yield _program(student, "144", opened, None)
    if student % 8 == 0:
        yield _program(student, "181", opened, f"{year}-08-23T00:00:00")


def _program(student: int, code: str, start: str, end: str | None) -> Row:
    return {
        "ExtendedProperties": [],
        "StudentID": student,
        "ProgramCode": code,
        "ProgramDescription": PROGRAM[code],
        "EligibilityStartDate": start,
        "EligibilityEndDate": end,
        "ParticipationStartDate": None,
        "ParticipationEndDate": None,
    }


def _guardian_name(guardian: Person) -> str:
    return text(f"{guardian.given} {guardian.family}")


def _address(person: Person, prefix: str) -> Row:
    home = person.address
    return {
        prefix: text(home.street) if home else "",
        f"{prefix}City": text(home.city) if home else "",
        f"{prefix}State": home.state if home else "",
        f"{prefix}ZipCode": home.postal_code if home else "",
        f"{prefix}ZipExt": "",
    }
