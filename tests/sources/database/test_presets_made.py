"""
Presets for systems whose databases nobody lent us, against tables made with the columns that are known of them.

What this proves: every statement runs, joins multiply nothing, and odd values are read. Not that a real one is so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rollbook.runs.models import WRITTEN
from simulators.district import build
from simulators.sheets import make_sheets
from tests.journeys.support import Hub
from tests.sources.database.hubs import carry, hub, integrate
from tests.sources.database.servers import Made, on_mariadb, on_postgres
from tests.support.mariadb import MariaDBServer
from tests.support.postgres import PostgresServer

__all__ = ["hub"]

pytestmark = pytest.mark.django_db

ILLUMINATE = """
CREATE TABLE sites (site_id int, site_name text, site_long_name text, parent_site_id int, local_site_id text,
    state_school_id text, address text, city text, zip text, phone1 text, principal_name text);
CREATE TABLE sessions (session_id int, academic_year int, site_id int, session_type_id int);
CREATE TABLE terms (term_id int, term_name text, term_num int, term_type int, start_date date, end_date date,
    session_id int);
CREATE TABLE students (student_id int, local_student_id text, state_student_id text, first_name text, middle_name text,
    last_name text, name_suffix text, nickname text, birth_date date, gender char(1), email text, username text,
    cellphone text, expected_graduation_year int, social_security_number text);
CREATE TABLE users (user_id int, local_user_id text, first_name text, middle_name text, last_name text, suffix text,
    gender text, username text, email1 text, phone1 text, job_title text, exit_date date, active boolean,
    state_id text, illuminate_employee boolean, password text);
CREATE TABLE courses (course_id int, school_course_id text, short_name text, long_name text, description text,
    site_id int, is_active boolean);
CREATE TABLE sections (section_id int, local_section_id text, section_name text, room_id int);
CREATE TABLE rooms (room_id int, room_number text);
CREATE TABLE section_course_aff (section_id int, course_id int);
CREATE TABLE section_term_aff (section_id int, term_id int);
CREATE TABLE timeblocks (timeblock_id int, timeblock_name text, is_homeroom boolean);
CREATE TABLE section_timeblock_aff (section_id int, timeblock_id int);
CREATE TABLE section_teacher_aff (sta_id int, section_id int, user_id int, primary_teacher boolean, start_date date,
    end_date date);
CREATE TABLE section_student_aff (ssa_id int, section_id int, student_id int, course_id int, entry_date date,
    leave_date date);
CREATE TABLE student_session_aff (student_id int, session_id int, grade_level_id int, entry_date date, leave_date date);
CREATE TABLE grade_levels (grade_level_id int, short_name text);
CREATE TABLE roles (role_id int, role_name text, can_teach boolean);
CREATE TABLE user_term_role_aff (user_id int, role_id int, term_id int);
INSERT INTO sites VALUES (9999999, 'District', 'Alder Unified', 9999999), (1, 'High', 'Alder High', 9999999),
    (20000000, 'Inactive', NULL, 9999999);
INSERT INTO sessions VALUES (10, 2026, 1, 1), (11, 2027, 1, 1);
INSERT INTO terms VALUES (100, 'Old', 1, 1, '2025-08-20', '2026-06-10', 10),
    (101, 'Fall', 1, 1, '2026-08-20', '2027-01-15', 11), (102, 'Spring', 2, 1, '2027-01-16', '2027-06-10', 11);
INSERT INTO grade_levels VALUES (10, '9'), (11, '10');
INSERT INTO students VALUES (7, '1000123', 'S7', 'Lia', 'Mae', 'Roe', NULL, 'Lee', '2011-05-20', 'F',
    'lroe@alder.example', '27lroe', NULL, 2029, 'made-up-number'), (8, '1000124', NULL, 'Ben', NULL, 'Ash', NULL, NULL,
    'infinity', 'M', NULL, NULL, NULL, NULL, NULL),
    (9, '1000125', NULL, 'Old', NULL, 'Pupil', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO student_session_aff VALUES (7, 11, 11, '2026-08-20', 'infinity'), (8, 11, 10, '2026-08-20', '2026-09-15'),
    (9, 10, 11, '2025-08-20', NULL);
INSERT INTO users VALUES (7, 'T7', 'Ann', NULL, 'Dale', NULL, 'F', 'adale', 'adale@alder.example', NULL, 'Teacher',
    'infinity', TRUE, NULL, FALSE, 'made-up-hash'), (8, 'T8', 'Al', NULL, 'Office', NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, TRUE, NULL, FALSE, NULL), (9, NULL, 'Vendor', NULL, 'Person', NULL, NULL, NULL, NULL, NULL, NULL, NULL, TRUE,
    NULL, TRUE, NULL);
INSERT INTO roles VALUES (1, 'Secretary', FALSE);
INSERT INTO user_term_role_aff VALUES (8, 1, 101), (8, 1, 102), (9, 1, 101);
INSERT INTO courses VALUES (50, 'ALG1', 'Alg', 'Algebra I', NULL, 1, TRUE),
    (51, 'OLD', 'Old', 'Retired', NULL, 1, FALSE);
INSERT INTO rooms VALUES (3, 'N 204');
INSERT INTO sections VALUES (500, '12', NULL, 3);
INSERT INTO section_course_aff VALUES (500, 50);
INSERT INTO section_term_aff VALUES (500, 101), (500, 102);
INSERT INTO timeblocks VALUES (1, 'P1', FALSE), (2, 'P2', FALSE);
INSERT INTO section_timeblock_aff VALUES (500, 1), (500, 2);
INSERT INTO section_teacher_aff VALUES (900, 500, 7, TRUE, '2026-08-20', 'infinity');
INSERT INTO section_student_aff VALUES (800, 500, 7, 50, '2026-08-20', 'infinity');
"""

OPENSIS = """
CREATE TABLE schools (id INT, title VARCHAR(100), address VARCHAR(100), city VARCHAR(100), state VARCHAR(100),
    zipcode VARCHAR(255), phone VARCHAR(30), principal VARCHAR(100));
CREATE TABLE school_years (marking_period_id INT, syear NUMERIC(4), school_id NUMERIC, title VARCHAR(50),
    start_date DATE, end_date DATE);
CREATE TABLE school_semesters (marking_period_id INT, syear NUMERIC(4), school_id NUMERIC, year_id NUMERIC,
    title VARCHAR(50), start_date DATE, end_date DATE);
CREATE TABLE school_quarters (marking_period_id INT, syear NUMERIC(4), school_id NUMERIC, semester_id NUMERIC,
    title VARCHAR(50), start_date DATE, end_date DATE);
CREATE TABLE students (student_id INT, last_name VARCHAR(50), first_name VARCHAR(50), middle_name VARCHAR(50),
    name_suffix VARCHAR(3), gender VARCHAR(255), common_name VARCHAR(255), birthdate VARCHAR(255), alt_id VARCHAR(50),
    email VARCHAR(50), phone VARCHAR(30));
CREATE TABLE student_enrollment (syear NUMERIC(4), school_id NUMERIC, student_id NUMERIC, grade_id NUMERIC,
    start_date DATE, end_date DATE);
CREATE TABLE school_gradelevels (id INT, short_name VARCHAR(5));
CREATE TABLE staff (staff_id INT PRIMARY KEY, title VARCHAR(10), first_name VARCHAR(100), last_name VARCHAR(100),
    middle_name VARCHAR(100), phone VARCHAR(100), email VARCHAR(100), profile VARCHAR(30), gender VARCHAR(8),
    birthdate DATE, alternate_id VARCHAR(50), name_suffix VARCHAR(32));
CREATE TABLE staff_school_relationship (staff_id INT, school_id INT, syear INT, start_date DATE, end_date DATE);
CREATE TABLE staff_school_info (staff_id INT, job_title VARCHAR(255));
CREATE TABLE people (staff_id INT, first_name VARCHAR(100), last_name VARCHAR(100), middle_name VARCHAR(100),
    home_phone VARCHAR(255), cell_phone VARCHAR(255), email VARCHAR(100), custody VARCHAR(1));
CREATE TABLE students_join_people (student_id NUMERIC, person_id NUMERIC, is_emergency VARCHAR(10),
    emergency_type VARCHAR(100), relationship VARCHAR(100));
CREATE TABLE courses (syear NUMERIC(4), course_id INT, subject_id NUMERIC, school_id NUMERIC, title VARCHAR(100),
    short_name VARCHAR(25));
CREATE TABLE course_subjects (subject_id INT, title TEXT);
CREATE TABLE course_periods (syear INT, school_id NUMERIC, course_period_id INT, course_id NUMERIC, title VARCHAR(100),
    short_name TEXT, marking_period_id INT, teacher_id INT, secondary_teacher_id INT);
CREATE TABLE schedule (syear NUMERIC(4), school_id NUMERIC, student_id NUMERIC, start_date DATE, end_date DATE,
    course_period_id NUMERIC, dropped VARCHAR(1));
INSERT INTO schools VALUES (1, 'Alder High', '1 Main St', 'Alder', 'NY', '12001', NULL, 'O. Pike');
INSERT INTO school_years VALUES (1, 2025, 1, 'Last', '2025-08-20', '2026-06-10'),
    (2, 2026, 1, 'Full Year', '2026-08-20', '2027-06-10');
INSERT INTO school_semesters VALUES (3, 2026, 1, 2, 'Semester 1', '2026-08-20', '2027-01-15');
INSERT INTO school_quarters VALUES (4, 2026, 1, 3, 'Quarter 1', '2026-08-20', '2026-10-30');
INSERT INTO school_gradelevels VALUES (11, '10');
INSERT INTO students VALUES (7, 'Roe', 'Lia', 'Mae', NULL, 'Female', 'Lee', '2011-05-20', 'A7', 'lroe@alder.example',
    NULL), (9, 'Pupil', 'Old', NULL, NULL, 'Male', NULL, NULL, NULL, NULL, NULL);
INSERT INTO student_enrollment VALUES (2026, 1, 7, 11, '2026-08-20', NULL), (2025, 1, 9, 11, '2025-08-20', NULL);
INSERT INTO staff VALUES (7, 'Ms.', 'Ann', 'Dale', NULL, NULL, 'adale@alder.example', 'teacher', 'Female', NULL, 'T7',
    NULL);
INSERT INTO staff_school_relationship VALUES (7, 1, 2025, '2025-08-20', NULL), (7, 1, 2026, '2025-08-20', NULL);
INSERT INTO staff_school_info VALUES (7, 'Mathematics');
INSERT INTO people VALUES (7, 'Pat', 'Roe', NULL, '555-0100', '', 'pat@alder.example', 'Y');
INSERT INTO students_join_people VALUES (7, 7, 'Yes', 'Primary', 'Mother');
INSERT INTO courses VALUES (2026, 50, 1, 1, 'Algebra I', 'ALG1');
INSERT INTO course_subjects VALUES (1, 'Mathematics');
INSERT INTO course_periods VALUES (2026, 1, 500, 50, 'Algebra I - 1', 'ALG1-1', NULL, 7, NULL);
INSERT INTO schedule VALUES (2026, 1, 7, '2026-08-20', '2026-09-01', 500, 'N'),
    (2026, 1, 7, '2026-09-10', NULL, 500, 'N');
"""

EDFI = """
CREATE SCHEMA edfi;
CREATE TABLE edfi.EducationOrganization (EducationOrganizationId bigint, NameOfInstitution text);
CREATE TABLE edfi.School (SchoolId bigint, LocalEducationAgencyId bigint);
CREATE TABLE edfi.SchoolGradeLevel (SchoolId bigint, GradeLevelDescriptorId int);
CREATE TABLE edfi.LocalEducationAgency (LocalEducationAgencyId bigint, ParentLocalEducationAgencyId bigint);
CREATE TABLE edfi.Descriptor (DescriptorId int, CodeValue text);
CREATE TABLE edfi.Session (SchoolId bigint, SchoolYear smallint, SessionName text, BeginDate date, EndDate date,
    TermDescriptorId int);
CREATE TABLE edfi.Student (StudentUSI int, StudentUniqueId text, FirstName text, MiddleName text, LastSurname text,
    GenerationCodeSuffix text, PreferredFirstName text, BirthDate date);
CREATE TABLE edfi.StudentSchoolAssociation (StudentUSI int, SchoolId bigint, EntryDate date, ExitWithdrawDate date,
    EntryGradeLevelDescriptorId int, GraduationSchoolYear smallint);
CREATE TABLE edfi.StudentEducationOrganizationAssociation (StudentUSI int, SexDescriptorId int);
CREATE TABLE edfi.StudentEducationOrganizationAssociationElectronicMail (StudentUSI int, ElectronicMailAddress text);
CREATE TABLE edfi.Staff (StaffUSI int, StaffUniqueId text, FirstName text, MiddleName text, LastSurname text,
    GenerationCodeSuffix text, PreferredFirstName text);
CREATE TABLE edfi.StaffElectronicMail (StaffUSI int, ElectronicMailAddress text);
CREATE TABLE edfi.StaffEducationOrganizationAssignmentAssociation (StaffUSI int, EducationOrganizationId bigint,
    StaffClassificationDescriptorId int, BeginDate date, EndDate date, PositionTitle text);
CREATE TABLE edfi.Contact (ContactUSI int, ContactUniqueId text, FirstName text, MiddleName text, LastSurname text,
    GenerationCodeSuffix text, PreferredFirstName text);
CREATE TABLE edfi.ContactElectronicMail (ContactUSI int, ElectronicMailAddress text);
CREATE TABLE edfi.ContactTelephone (ContactUSI int, TelephoneNumber text);
CREATE TABLE edfi.StudentContactAssociation (ContactUSI int, StudentUSI int, RelationDescriptorId int,
    PrimaryContactStatus boolean, LivesWith boolean, LegalGuardian boolean, EmergencyContactStatus boolean,
    ContactPriority int);
CREATE TABLE edfi.Course (CourseCode text, EducationOrganizationId bigint, CourseTitle text, CourseDescription text);
CREATE TABLE edfi.CourseAcademicSubject (CourseCode text, EducationOrganizationId bigint,
    AcademicSubjectDescriptorId int);
CREATE TABLE edfi.CourseOffering (LocalCourseCode text, SchoolId bigint, SchoolYear smallint, SessionName text,
    CourseCode text, EducationOrganizationId bigint, LocalCourseTitle text);
CREATE TABLE edfi.Section (LocalCourseCode text, SchoolId bigint, SchoolYear smallint, SectionIdentifier text,
    SessionName text, SectionName text, LocationClassroomIdentificationCode text);
CREATE TABLE edfi.SectionClassPeriod (LocalCourseCode text, SchoolId bigint, SchoolYear smallint,
    SectionIdentifier text, SessionName text, ClassPeriodName text);
CREATE TABLE edfi.StudentSectionAssociation (StudentUSI int, LocalCourseCode text, SchoolId bigint,
    SchoolYear smallint, SectionIdentifier text, SessionName text, BeginDate date, EndDate date);
CREATE TABLE edfi.StaffSectionAssociation (StaffUSI int, LocalCourseCode text, SchoolId bigint, SchoolYear smallint,
    SectionIdentifier text, SessionName text, BeginDate date, EndDate date, ClassroomPositionDescriptorId int);
INSERT INTO edfi.Descriptor VALUES (1, 'Fall Semester'), (2, 'Tenth grade'), (3, 'Female'), (4, 'Teacher'),
    (5, 'Mother'), (6, 'Mathematics'), (7, 'Teacher of Record');
INSERT INTO edfi.EducationOrganization VALUES (100, 'Alder Unified'), (101, 'Alder High'), (200, 'A state agency');
INSERT INTO edfi.LocalEducationAgency VALUES (100, NULL);
INSERT INTO edfi.School VALUES (101, 100);
INSERT INTO edfi.SchoolGradeLevel VALUES (101, 2);
INSERT INTO edfi.Session VALUES (101, 2026, 'Old', '2025-08-20', '2026-01-15', 1),
    (101, 2027, 'Fall', '2026-08-20', '2027-01-15', 1);
INSERT INTO edfi.Student VALUES (1, '7', 'Lia', 'Mae', 'Roe', NULL, 'Lee', '2011-05-20'),
    (2, '9', 'Old', NULL, 'Pupil', NULL, NULL, '2008-01-01');
INSERT INTO edfi.StudentSchoolAssociation VALUES (1, 101, '2026-08-20', NULL, 2, 2029),
    (2, 101, '2025-08-20', '2026-06-10', 2, NULL);
INSERT INTO edfi.StudentEducationOrganizationAssociation VALUES (1, 3);
INSERT INTO edfi.StudentEducationOrganizationAssociationElectronicMail VALUES (1, 'lroe@alder.example');
INSERT INTO edfi.Staff VALUES (1, '7', 'Ann', NULL, 'Dale', NULL, NULL);
INSERT INTO edfi.StaffElectronicMail VALUES (1, 'adale@alder.example');
INSERT INTO edfi.StaffEducationOrganizationAssignmentAssociation VALUES (1, 101, 4, '2020-08-20', NULL, 'Teacher');
INSERT INTO edfi.Contact VALUES (1, '7', 'Pat', NULL, 'Roe', NULL, NULL);
INSERT INTO edfi.ContactElectronicMail VALUES (1, 'pat@alder.example');
INSERT INTO edfi.StudentContactAssociation VALUES (1, 1, 5, TRUE, TRUE, TRUE, FALSE, 1);
INSERT INTO edfi.Course VALUES ('ALG1', 100, 'Algebra I', NULL);
INSERT INTO edfi.CourseAcademicSubject VALUES ('ALG1', 100, 6);
INSERT INTO edfi.CourseOffering VALUES ('A1', 101, 2027, 'Fall', 'ALG1', 100, 'Algebra');
INSERT INTO edfi.Section VALUES ('A1', 101, 2027, 'S1', 'Fall', NULL, 'N 204');
INSERT INTO edfi.SectionClassPeriod VALUES ('A1', 101, 2027, 'S1', 'Fall', 'P1'), ('A1', 101, 2027, 'S1', 'Fall', 'P2');
INSERT INTO edfi.StudentSectionAssociation VALUES (1, 'A1', 101, 2027, 'S1', 'Fall', '2026-08-20', '2026-09-01'),
    (1, 'A1', 101, 2027, 'S1', 'Fall', '2026-09-10', NULL);
INSERT INTO edfi.StaffSectionAssociation VALUES (1, 'A1', 101, 2027, 'S1', 'Fall', '2026-08-20', NULL, 7);
"""


@pytest.fixture
def illuminate(postgres_server: PostgresServer) -> Iterator[Made]:
    """Illuminate's tables with two students, a teacher and an office, some of them of last year."""
    with on_postgres(postgres_server) as made:
        made.script(ILLUMINATE)
        yield made


def test_illuminate(hub: Hub, illuminate: Made, tmp_path: Path) -> None:
    """The year that has begun, without dates that never end, doubles of joins, or people of the vendor."""
    run = carry(integrate(hub, illuminate, preset="illuminate"))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert {key: row["name"] for key, row in hub.roster("org").items()} == {
        "9999999": "Alder Unified", "1": "Alder High",
    }  # fmt: skip
    assert set(hub.roster("academic_session")) == {"session:11", "term:101", "term:102"}
    people = hub.roster("user")
    assert set(people) == {"student:7", "user:7", "user:8"}
    lia = people["student:7"]
    assert _part(lia, "given_name", "preferred_given_name", "student_number", "grades", "exit_date") == (
        "Lia", "Lee", "1000123", '["10"]', None,
    )  # fmt: skip
    assert {key: row["role"] for key, row in hub.roster("role").items()} == {
        "student:7|1|student": "student", "user:7|1|teacher": "teacher", "user:8|1|staff": "staff",
    }  # fmt: skip
    algebra = hub.roster("class")["500"]
    assert _part(algebra, "title", "course", "school", "terms", "location", "periods") == (
        "Alg 12", "50", "1", ["term:101", "term:102"], "N 204", '["P1","P2"]',
    )  # fmt: skip
    assert {key: _part(row, "user", "role", "primary") for key, row in hub.roster("enrollment").items()} == {
        "student:800": ("student:7", "student", None), "teacher:900": ("user:7", "teacher", True),
    }  # fmt: skip


def test_opensis(hub: Hub, mariadb_server: MariaDBServer) -> None:
    """A student, a teacher and a contact who share the number 7 are three people; two spells in a class are one."""
    with on_mariadb(mariadb_server) as made:
        made.script(OPENSIS)
        run = carry(integrate(hub, made, preset="opensis"))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert set(hub.roster("academic_session")) == {"2", "3", "4"}
    _three_people(hub)
    assert hub.roster("relationship")["student:7|contact:7"]["custody"] is True
    spells = hub.roster("enrollment")
    assert {_part(row, "user", "role") for row in spells.values()} == {("student:7", "student"), ("staff:7", "teacher")}
    assert hub.roster("class")["500"]["terms"] == ["2"]


def test_edfi(hub: Hub, postgres_server: PostgresServer) -> None:
    """The same in an Ed-Fi ODS: schools and their district, sessions, sections by their whole key."""
    with on_postgres(postgres_server) as made:
        made.script(EDFI)
        run = carry(integrate(hub, made, preset="edfi_ods"))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert {key: _part(row, "type", "parent") for key, row in hub.roster("org").items()} == {
        "100": ("district", None), "101": ("school", "100"),
    }  # fmt: skip
    _three_people(hub)
    assert hub.roster("relationship")["student:7|contact:7"]["kind"] == "mother"
    section = hub.roster("class")["101|2027|Fall|A1|S1"]
    assert _part(section, "title", "course", "terms") == ("Algebra", "100|ALG1", ["101|2027|Fall"])
    assert {_part(row, "user", "role", "primary") for row in hub.roster("enrollment").values()} == {
        ("student:7", "student", None), ("staff:7", "teacher", True),
    }  # fmt: skip


def _three_people(hub: Hub) -> None:
    people = hub.roster("user")
    assert {key: row["given_name"] for key, row in people.items()} == {
        "student:7": "Lia", "staff:7": "Ann", "contact:7": "Pat",
    }  # fmt: skip
    assert _part(people["student:7"], "preferred_given_name", "email", "grades") == (
        "Lee", "lroe@alder.example", '["10"]',
    )  # fmt: skip
    assert hub.roster("demographics")["student:7"]["sex"] == "female"


def _part(row: Mapping[str, object], *names: str) -> tuple[object, ...]:
    return tuple(row.get(name) for name in names)


@pytest.mark.parametrize(
    "made, layout",
    [("sqlite", "oneroster_11"), pytest.param("postgresql", "oneroster_12", marks=pytest.mark.postgres)],
    indirect=["made"],
)
def test_views_of_oneroster(made: Made, hub: Hub, layout: str) -> None:
    """Views in the columns of OneRoster give the people and classes of the district that stands behind them."""
    district = build(12, seed=11)
    for sheet in make_sheets(district, layout):
        if sheet.name == "manifest.csv":
            continue
        view, columns = f"or_{Path(sheet.name).stem}", [f"c_{name}" for name in sheet.header]
        made.run(f"CREATE TABLE t_{view} ({', '.join(f'{column} VARCHAR(200)' for column in columns)})")
        for row in sheet.rows:
            values = ", ".join("NULL" if value == "" else "'" + value.replace("'", "''") + "'" for value in row)
            made.run(f"INSERT INTO t_{view} VALUES ({values})")
        named = ", ".join(f"{column} AS {name.lower()}" for column, name in zip(columns, sheet.header, strict=True)
                          if name.lower() != "primary")  # fmt: skip
        made.run(f"CREATE VIEW {view} AS SELECT {named} FROM t_{view}")
    run = carry(integrate(hub, made, preset=f"oneroster_views_{layout[-2:]}"))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert len([row for row in hub.roster("role").values() if row["role"] == "student"]) == 12
    assert len(hub.roster("class")) == len(district.classes)
