"""Schools, terms, courses, sections, schedules and enrollment history, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from simulators.aeries.codes import grade_number
from simulators.aeries.keys import Row, day, school_code, staff_id, text, years_before
from simulators.aeries.people import Record
from simulators.model import Class, Course, Enrollment, Org, Person, Session

# Codes that every Aeries has beside its schools: where transfers go, and a school that was closed.
OTHER_SCHOOLS = ((99, "Inter-District Transfers", ""), (999, "Closed School", "I"))
_TERM_CODES = {"SY": "Y", "S1": "F", "S2": "S", "Q1": "1", "Q2": "2", "Q3": "3", "Q4": "4"}
_BLANK_SCHOOL = dict.fromkeys(
    (
        "RegionCode", "StateCharterNumber", "CharterStatusCode", "FederalTaxID",
        "FederalInformationProcessingStandardsCode", "QualityRatingAndImprovementSystemParticipationCode",
        "AccreditationStatusCode", "SchoolWebsite", "OrganizationCategoryCode", "SchoolCategoryCode",
        "LocalEducationAgencyTypeCode", "TitleIPartACode", "NSLPStatusCode", "NCESSchoolID", "CollegeBoardSchoolCode",
        "CampusEnrollmentTypeCode", "PreKSchoolTypeCode",
    ),
    "",
) | {
    "EarlyCollegeHighSchoolIndicator": False,
    "ScienceTechnologyEngineeringAndMathematicsIndicator": False,
    "PathwaysInTechnologyIndicator": False,
    "ShortName": "",
    "UsingSectionStaffInMasterSchedule": True,
    "UsingSectionStaffInScheduling": True,
}  # fmt: skip


def schedule_type(school: Org) -> str:
    """Elementary schools have no sections, but one kind of them has some beside its homerooms."""
    if "KG" not in school.grades:
        return "MasterSchedule"
    return "ElementaryAndMasterSchedule" if school.id.endswith("2") else "Elementary"


def has_section(school: Org, class_: Class) -> bool:
    kind = schedule_type(school)
    return kind == "MasterSchedule" or (kind == "ElementaryAndMasterSchedule" and class_.kind != "homeroom")


def school_row(school: Org, terms: list[Row], principal: Person | None) -> Row:
    levels = [grade_number(grade) for grade in school.grades]
    return _BLANK_SCHOOL | {
        "ShortName": text(school.name)[:15],
        "Terms": terms,
        "SchoolCode": school_code(school),
        "Name": text(school.name),
        "InactiveStatusCode": "",
        "Address": school.address.street,
        "AddressCity": school.address.city,
        "AddressState": school.address.state,
        "AddressZipCode": school.address.postal_code,
        "AddressZipExt": "",
        "DoNotReport": False,
        "StateCountyID": "65",
        "StateDistrictID": "99999",
        "StateSchoolID": f"999{school_code(school):04}",
        "LowGradeLevel": min(levels),
        "HighGradeLevel": max(levels),
        "PrincipalName": f"{principal.given} {principal.family}" if principal else "",
        "PrincipalEmailAddress": principal.email if principal else "",
        "AttendancePeriod": 0,
        "Tracks": 0,
        "ScheduleType": schedule_type(school),
        "SessionType": "Regular",
        "AttendanceType": "Daily",
        "AttendanceReporting": "Negative",
        "ScheduleBasis": "Semester",
        "PhoneNumber": "".join(sign for sign in school.phone if sign.isdigit()),
    }


def other_school_row(code: int, name: str, inactive: str, model: Row) -> Row:
    """A code that is no school of the district."""
    return model | {"SchoolCode": code, "Name": name, "ShortName": "", "InactiveStatusCode": inactive, "Terms": []}


def term_row(session: Session, years_back: int) -> Row:
    return {
        "FirstHalfEndDate": None,
        "SecondHalfStartDate": None,
        "TrackTerms": [],
        "TermCode": term_code(session.id),
        "TermDescription": session.title if session.kind != "schoolYear" else "Year",
        "StartDate": day(years_before(session.start, years_back)),
        "EndDate": day(years_before(session.end, years_back)),
    }


def term_code(session_id: str) -> str:
    return _TERM_CODES.get(session_id[-2:], "Y")


def course_row(course: Course) -> Row:
    level = grade_number(course.grade)
    return {
        "ID": course.id,
        "Title": text(course.title)[:15],
        "LongDescription": text(course.title)[:30],
        "DepartmentCode": course.subject_code,
        "SubjectArea1Code": course.subject_code,
        "SubjectArea2Code": "",
        "SubjectArea3Code": "",
        "StateCourseCode": "",
        "NCESCode": "",
        "CreditDefault": 5.0,
        "LowGrade": level,
        "HighGrade": level,
        "TermTypeCode": "Y",
        "InactiveStatusCode": " ",
    }


@dataclass(frozen=True, slots=True)
class Teaching:
    """Somebody in the staff of a section; `left` is when they stopped."""

    person: Person
    is_primary: bool
    left: date | None = None


def section_row(class_: Class, number: int, staff: Sequence[Teaching], total: int) -> Row:
    level = grade_number(class_.grade)
    return {
        "SchoolCode": int(class_.school_id),
        "SectionNumber": number,
        "Period": class_.period,
        "PeriodBlock": 1,
        "Semester": term_code(class_.session_ids[0]) if len(class_.session_ids) == 1 else "Y",
        "ClassCalendar": "MTWTF",
        "CourseID": class_.course_id,
        "SectionStaffMembers": [_section_staff(one) for one in staff],
        "Room": class_.room,
        "Credit": 5.0,
        "LowGrade": level,
        "HighGrade": level,
        "MaxStudents": 34,
        "TotalStudents": total,
        "InactiveStatusCode": "",
        "PrimaryClass": "",
    }


def _section_staff(teaching: Teaching) -> Row:
    blanks = (
        "StaffRoleCode", "TeacherPositionCode", "AttendancePermission", "GradebookPermissionCode",
        "GradeReportingAccess", "StudentAccess", "IncludeInStateReporting",
    )  # fmt: skip
    return {
        "StaffID": staff_id(teaching.person.id),
        "LastName": text(teaching.person.family),
        "FirstName": text(teaching.person.given),
        "IsPrimaryTeacher": teaching.is_primary,
        **dict.fromkeys(blanks, ""),
        "StartDate": None,
        "EndDate": day(teaching.left),
        "InactiveStatusCode": "I" if teaching.left else "",
    }


def class_row(
    enrollment: Enrollment, class_: Class, section: int, place: int, ended: date | None, years_back: int
) -> Row:
    """`SequenceNumber` is the place in the student's schedule: it changes when an earlier class goes."""
    return {
        "StudentID": int(enrollment.person_id),
        "SchoolCode": int(class_.school_id),
        "SequenceNumber": place,
        "SectionNumber": section,
        "CourseID": class_.course_id,
        "DateStarted": day(years_before(enrollment.begin, years_back)),
        "DateEnded": day(ended),
    }


def enrollment_row(record: Record, year: int, grade: int, teacher: int, enter: date | None, leave: date | None) -> Row:
    return {
        "StudentID": int(record.person.id),
        "InterIntraDistrictStateCode": "",
        "NonpublicSchoolStateCode": "",
        "NextSchoolCode": 0,
        "ReportingSchoolCode": 0,
        "SchoolCode": record.school,
        "StudentNumber": record.number,
        "AcademicYear": str(year),
        "Track": "",
        "AttendanceProgramCode": "",
        "AttendanceProgramCodeAdditional1": "",
        "AttendanceProgramCodeAdditional2": "",
        "Grade": grade,
        "ElementaryTeacherNumber": teacher,
        "ElementaryTeacherName": "",
        "EnterDate": day(enter),
        "LeaveDate": day(leave),
        "ExitReasonCode": "T160" if leave and record.status == "N" else "",
        "InterIntraDistrictTransferCode": "",
    }
