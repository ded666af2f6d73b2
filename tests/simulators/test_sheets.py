"""The district as data sheets: exact headers, whole references, the same bytes."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from simulators.district import build, main
from simulators.model import District
from simulators.sheets import LAYOUTS, make_sheets
from simulators.table import Sheet

# For each layout: a column, and the column of ids that its values must be among. `*` is a list of ids.
REFERENCES = {
    "oneroster_11": """
        orgs.csv parentSourcedId orgs.csv sourcedId
        academicSessions.csv parentSourcedId academicSessions.csv sourcedId
        courses.csv orgSourcedId orgs.csv sourcedId
        courses.csv schoolYearSourcedId academicSessions.csv sourcedId
        classes.csv courseSourcedId courses.csv sourcedId
        classes.csv schoolSourcedId orgs.csv sourcedId
        classes.csv termSourcedIds* academicSessions.csv sourcedId
        users.csv orgSourcedIds* orgs.csv sourcedId
        users.csv agentSourcedIds* users.csv sourcedId
        enrollments.csv classSourcedId classes.csv sourcedId
        enrollments.csv userSourcedId users.csv sourcedId
        enrollments.csv schoolSourcedId orgs.csv sourcedId
        demographics.csv sourcedId users.csv sourcedId
    """,
    "oneroster_12": """
        classes.csv courseSourcedId courses.csv sourcedId
        classes.csv termSourcedIds* academicSessions.csv sourcedId
        users.csv agentSourcedIds* users.csv sourcedId
        users.csv primaryOrgSourcedId orgs.csv sourcedId
        roles.csv userSourcedId users.csv sourcedId
        users.csv sourcedId roles.csv userSourcedId
        roles.csv orgSourcedId orgs.csv sourcedId
        enrollments.csv classSourcedId classes.csv sourcedId
        enrollments.csv userSourcedId users.csv sourcedId
        demographics.csv sourcedId users.csv sourcedId
    """,
    "sds_v1": """
        Section.csv School_SIS_ID School.csv SIS_ID
        Student.csv School_SIS_ID School.csv SIS_ID
        Teacher.csv School_SIS_ID School.csv SIS_ID
        School.csv Principal_SIS_ID School.csv Principal_SIS_ID
        StudentEnrollment.csv Section_SIS_ID Section.csv SIS_ID
        StudentEnrollment.csv SIS_ID Student.csv SIS_ID
        TeacherRoster.csv Section_SIS_ID Section.csv SIS_ID
        TeacherRoster.csv SIS_ID Teacher.csv SIS_ID
    """,
    "sds_v21": """
        orgs.csv parentSourcedId orgs.csv sourcedId
        roles.csv userSourcedId users.csv sourcedId
        roles.csv orgSourcedId orgs.csv sourcedId
        roles.csv sessionSourcedId academicSessions.csv sourcedId
        classes.csv sessionSourcedIds* academicSessions.csv sourcedId
        classes.csv courseSourcedId courses.csv sourcedId
        enrollments.csv classSourcedId classes.csv sourcedId
        enrollments.csv userSourcedId users.csv sourcedId
        demographics.csv userSourcedId users.csv sourcedId
        relationships.csv userSourcedId users.csv sourcedId
        relationships.csv relationshipUserSourcedId users.csv sourcedId
    """,
    "clever": """
        students.csv School_id schools.csv School_id
        teachers.csv School_id schools.csv School_id
        staff.csv School_id schools.csv School_id
        sections.csv School_id schools.csv School_id
        sections.csv Teacher_id teachers.csv Teacher_id
        sections.csv Teacher_2_id teachers.csv Teacher_id
        enrollments.csv Section_id sections.csv Section_id
        enrollments.csv Student_id students.csv Student_id
    """,
    "canvas_sis": """
        accounts.csv parent_account_id accounts.csv account_id
        courses.csv account_id accounts.csv account_id
        courses.csv term_id terms.csv term_id
        sections.csv course_id courses.csv course_id
        enrollments.csv course_id courses.csv course_id
        enrollments.csv section_id sections.csv section_id
        enrollments.csv user_id users.csv user_id
        groups.csv account_id accounts.csv account_id
        groups_membership.csv group_id groups.csv group_id
        groups_membership.csv user_id users.csv user_id
        user_observers.csv observer_id users.csv user_id
        user_observers.csv student_id users.csv user_id
    """,
    "app_sftp": """
        Relationships.csv Parent_Unique_ID Users.csv Unique_ID
        Relationships.csv Student_Unique_ID Users.csv Unique_ID
        Users.csv Homeroom Classes.csv Classroom_ID
        Enrollments.csv Classroom_ID Classes.csv Classroom_ID
    """,
    "finalsite_open": """
        fs_relationship.txt ImportID fs_student.txt ImportID
        fs_relationship.txt RelatedImportID fs_parent.txt ImportID
        fs_classes.txt TeacherImportID1 fs_faculty.txt ImportID
        fs_classes.txt TeacherImportID2 fs_faculty.txt ImportID
        fs_enrollment.txt ClassID fs_classes.txt ClassID
    """,
    "hub_v1": """
        orgs.csv parent_org_id orgs.csv org_id
        terms.csv parent_term_id terms.csv term_id
        courses.csv org_id orgs.csv org_id
        people.csv org_id* orgs.csv org_id
        relationships.csv student_id people.csv person_id
        relationships.csv contact_id people.csv person_id
        classes.csv course_id courses.csv course_id
        classes.csv term_id* terms.csv term_id
        enrollments.csv class_id classes.csv class_id
        enrollments.csv person_id people.csv person_id
        health_alerts.csv person_id people.csv person_id
        groups.csv org_id orgs.csv org_id
        memberships.csv group_id groups.csv group_id
        memberships.csv person_id people.csv person_id
    """,
}


@pytest.fixture(scope="module")
def district() -> District:
    return build(students=300, seed=3, night=2)


def column(sheets: list[Sheet], file: str, name: str) -> set[str]:
    sheet = next(one for one in sheets if one.name == file)
    place = sheet.header.index(name.rstrip("*").replace("_", " ") if " " in "".join(sheet.header) else name.rstrip("*"))
    cells = [row[place] for row in sheet.rows]
    parts = [part for cell in cells for part in cell.replace(";", ",").split(",")] if name.endswith("*") else cells
    return set(parts) - {""}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_id_that_is_named_is_there(district: District, layout: str) -> None:
    """Without faults, each reference of each layout points at a row of its own files."""
    sheets = make_sheets(district, layout)
    for line in REFERENCES[layout].strip().splitlines():
        file, name, target, key = line.split()
        found = column(sheets, file, name)
        assert found, line
        assert found <= column(sheets, target, key), line


def test_people_of_the_split_layouts_are_all_somewhere(district: District) -> None:
    """Where students and staff have sheets of their own, each enrollment names one of either."""
    app, tabbed = make_sheets(district, "app_sftp"), make_sheets(district, "finalsite_open")
    assert column(app, "Enrollments.csv", "Person_ID") <= column(app, "Users.csv", "Unique_ID") | column(
        app, "Staff.csv", "Unique_ID"
    )
    assert column(tabbed, "fs_enrollment.txt", "ImportID") <= column(tabbed, "fs_student.txt", "ImportID") | column(
        tabbed, "fs_faculty.txt", "ImportID"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_read_back_as_they_were_written(district: District, layout: str) -> None:
    """Each file is UTF-8 that a plain CSV reader splits into the same cells, one row to a line."""
    for sheet in make_sheets(district, layout):
        text = sheet.content().decode("utf-8")
        assert list(csv.reader(io.StringIO(text), delimiter=sheet.delimiter)) == [sheet.header, *sheet.rows]
        assert text.count("\r\n") == text.count("\n") == len(sheet.rows) + 1


@pytest.mark.parametrize("students", [1, 20])
def test_a_tiny_district_has_every_layout_too(students: int) -> None:
    """However small the district, no layout has a file without rows."""
    tiny = build(students)
    assert all(sheet.rows for layout in LAYOUTS for sheet in make_sheets(tiny, layout))


def test_ids_are_not_used_twice_where_they_must_be_unique(district: District) -> None:
    """In OneRoster each file's sourcedId is unique."""
    for sheet in make_sheets(district, "oneroster_12")[1:]:
        assert len({row[0] for row in sheet.rows}) == len(sheet.rows), sheet.name


def test_the_manifest_says_which_files_are_there(district: District) -> None:
    """OneRoster's manifest marks as bulk exactly the files of the package."""
    manifest, *data = make_sheets(district, "oneroster_12")
    bulk = {name for name, value in manifest.rows if value == "bulk"}
    assert bulk == {f"file.{sheet.name.removesuffix('.csv')}" for sheet in data}


def test_a_student_has_a_row_for_each_contact_in_clever(district: District) -> None:
    """Clever's students.csv repeats a student for each contact, so there are more rows than students."""
    students = next(sheet for sheet in make_sheets(district, "clever") if sheet.name == "students.csv")
    assert len(students.rows) == len(district.relationships) > len(district.of_role("student"))


@pytest.mark.parametrize("how", [[], ["--zip"], ["--broken"]])
def test_the_same_command_writes_the_same_bytes(tmp_path: Path, how: list[str]) -> None:
    """Two runs of one command give files that are equal to the byte, zipped or not, broken or not."""
    for name in ("once", "again"):
        main(["--students", "60", "--seed", "5", "--night", "2", "--out", str(tmp_path / name), *how])
    once, again = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("once", "again"))
    assert once
    assert once == again


def test_a_zip_holds_the_files_at_its_root(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--zip` writes one package without folders, and the table on screen lists its files."""
    main(["--students", "30", "--layout", "clever", "--out", str(tmp_path), "--zip"])
    names = zipfile.ZipFile(tmp_path / "clever.zip").namelist()
    assert names == ["schools.csv", "students.csv", "teachers.csv", "staff.csv", "sections.csv", "enrollments.csv"]
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == names
