"""
A SchoolTool workbook through a layout of one's own.

The workbooks are GPL test data: they are read where they lie, and only tests know their form.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from rollbook.runs.models import State
from tests.journeys.support import Hub, carry, counts, found, hub, rows_rejected

__all__ = ["hub"]

SCHOOLTOOL = "schooltool-xls"

LAYOUT = """name = "schooltool"
title = "SchoolTool workbook"
ignored = ["Grade Levels", "Groups", "Resources", "School Timetables", "SectionEnrollment", "SectionTimetables"]

[[sheet]]
name = "School Years"
[sheet.columns]
ID = {required = true}
Title = {required = true}
Start = {required = true}
End = {required = true}
[[sheet.record]]
entity = "academic_session"
key = "ID"
[sheet.record.fields]
title = "Title"
 type = "=schoolYear"
 start_date = "Start"
 end_date = "End"

[[sheet]]
name = "Terms"
[sheet.columns]
SchoolYear = {required = true}
ID = {required = true}
Title = {required = true}
Start = {required = true}
End = {required = true}
[[sheet.record]]
entity = "academic_session"
key = "{SchoolYear}|{ID}"
[sheet.record.fields]
title = "Title"
 type = "=term"
 start_date = "Start"
 end_date = "End"
 parent = "SchoolYear"

[[sheet]]
name = "Persons"
[sheet.columns]
"User Name" = {required = true}
"First Name" = {required = true}
"Last Name" = {required = true}
Prefix = {}
"Middle Name" = {}
Suffix = {}
"Preferred Name" = {}
"Birth Date" = {}
Gender = {}
Password = {drop = true}
ID = {}
Ethnicity = {list = true}
Language = {}
"Place of birth" = {}
Citizenship = {}
[[sheet.record]]
entity = "user"
key = "User Name"
[sheet.record.fields]
username = "User Name"
 prefix = "Prefix"
 given_name = "First Name"
 middle_name = "Middle Name"
 family_name = "Last Name"
 suffix = "Suffix"
 preferred_given_name = "Preferred Name"
 identifier = "ID"
 home_language = "Language"
[[sheet.record]]
entity = "demographics"
key = "User Name"
[sheet.record.fields]
user = "User Name"
 birth_date = "Birth Date"
 sex = "Gender"
 races = "Ethnicity"
 city_of_birth = "Place of birth"

[[sheet]]
name = "Contact Persons"
[sheet.columns]
ID = {required = true}
Prefix = {}
"First Name" = {}
"Middle Name" = {}
"Last Name" = {}
Suffix = {}
"Address line 1" = {}
City = {}
State = {}
Country = {}
"Postal code" = {}
"Home phone" = {}
"Work phone" = {}
"Mobile phone" = {}
Email = {}
Language = {}
[[sheet.record]]
entity = "user"
key = "ID"
repeats = true
[sheet.record.fields]
prefix = "Prefix"
 given_name = "First Name"
 middle_name = "Middle Name"
 family_name = "Last Name"
 suffix = "Suffix"
 home_street1 = "Address line 1"
 home_city = "City"
 home_state = "State"
 home_country = "Country"
 home_postcode = "Postal code"
 phone = "Home phone"
 phone_2 = "Work phone"
 phone_3 = "Mobile phone"
 email = "Email"
 home_language = "Language"

[[sheet]]
name = "Contact Relationships"
[sheet.columns]
"Person ID" = {required = true}
"Contact ID" = {required = true}
Relationship = {kind = "date"}
"column 4" = {code = "relationship", kind = "code"}
[[sheet.record]]
entity = "relationship"
key = "{Person ID}|{Contact ID}"
[sheet.record.fields]
user = "Person ID"
 contact = "Contact ID"
 kind = "column 4"

[[sheet]]
name = "Courses"
[sheet.columns]
"School Year" = {required = true}
ID = {required = true}
Title = {required = true}
Description = {}
"Local ID" = {}
Credits = {kind = "integer"}
"Grade Level ID" = {}
[[sheet.record]]
entity = "course"
key = "{School Year}|{ID}"
[sheet.record.fields]
title = "Title"
 course_code = "ID"
 school_year = "School Year"
 description = "Description"
 grades = "Grade Level ID"

[[sheet]]
name = "Sections"
[sheet.columns]
"School Year" = {required = true}
Courses = {required = true}
Term = {required = true}
"Section ID" = {required = true}
Title = {required = true}
Description = {}
[[sheet.record]]
entity = "org"
key = "=school"
repeats = true
placeholder = true
[sheet.record.fields]
name = "=The school"
 type = "=school"
[[sheet.record]]
entity = "class"
key = "Section ID"
[sheet.record.fields]
title = "Title"
 class_code = "Section ID"
 description = "Description"
 class_type = "=scheduled"
 school = "=school"
 course = "{School Year}|{Courses}"
 terms = "{School Year}|{Term}"
"""


class Remark(NamedTuple):
    """What SchoolTool's own importer says of a cell, and what we say: a code at a line and column, or why nothing."""

    file: str
    sheet: str
    cell: str
    theirs: str
    code: str
    line: int
    field: str
    why: str = ""


ONE_ID = "rows with one id that differ are two records: none is taken, before any date is looked at"
NO_ORDER = "the hub takes calendars as they are: dates are not put in order, and years of different schools may overlap"
HOLIDAY = "a holiday below the table is no term: as a row it lacks what every term has"
REMARKS = (
    Remark("errant_courses", "Courses", "G3", "credits not a number", "bad-number", 3, "Credits"),
    Remark("errant_courses", "Courses", "A4", "invalid school year", "reference-dropped", 4, "School Year"),
    Remark("errant_courses", "Courses", "H6", "unknown grade level id", "unmapped-code", 6, "Grade Level ID"),
    Remark("errant_courses", "Courses", "B2", "missing required text", "required-blank", 2, "ID"),
    Remark("errant_courses", "Courses", "C2", "missing required text", "required-blank", 2, "Title"),
    Remark("errant_terms", "Terms", "E7", "end after end of school year", "duplicate-conflict", 5, "Start", ONE_ID),
    Remark("errant_terms", "Terms", "E5", "end before start", "duplicate-conflict", 5, "Start", ONE_ID),
    Remark("errant_terms", "Terms", "E17", "end before start", "required-blank", 17, "End", HOLIDAY),
    Remark("errant_terms", "Terms", "E11", "end overlaps another term", "duplicate-conflict", 10, "Start", ONE_ID),
    Remark("errant_terms", "Terms", "A15", "no date", "required-blank", 15, "Start", HOLIDAY),
    Remark("errant_terms", "Terms", "B16", "no date", "required-blank", 16, "Start", HOLIDAY),
    Remark("errant_terms", "Terms", "D2", "no date", "required-blank", 2, "Start"),
    Remark("errant_terms", "Terms", "E2", "no date", "required-blank", 2, "End"),
    Remark("errant_terms", "Terms", "A3-4", "invalid school year", "reference-dropped", 3, "SchoolYear"),
    Remark("errant_terms", "Terms", "B2", "missing text", "required-blank", 2, "ID"),
    Remark("errant_terms", "Terms", "C2", "missing text", "required-blank", 2, "Title"),
    Remark(
        "errant_terms", "Terms", "D6", "start before start of school year", "duplicate-conflict", 5, "Start", ONE_ID
    ),
    Remark("errant_terms", "Terms", "D10", "start overlaps", "duplicate-conflict", 10, "Start", ONE_ID),
    Remark("errant_years", "School Years", "D3", "end before start", "duplicate-conflict", 3, "Start", ONE_ID),
    Remark("errant_years", "School Years", "D6", "end overlaps another year", "", 6, "", NO_ORDER),
    Remark("errant_years", "School Years", "C5", "start overlaps", "", 5, "", NO_ORDER),
    Remark("errant_years", "School Years", "C2", "no date", "required-blank", 2, "Start"),
    Remark("errant_years", "School Years", "D2", "no date", "required-blank", 2, "End"),
    Remark("errant_persons", "Persons", "A4", "user name not ASCII", "", 4, "", "ids are text, byte for byte"),
    Remark("errant_persons", "Persons", "I2", "gender must be male or female", "unmapped-code", 2, "Gender"),
    Remark("errant_persons", "Persons", "H2", "no date", "bad-date", 2, "Birth Date"),
    Remark("errant_persons", "Persons", "Q2-3", "no date", "column-unknown", 0, "Required Date", "not in the layout"),
    Remark("errant_persons", "Persons", "C2", "missing text", "required-blank", 2, "First Name"),
    Remark("errant_persons", "Persons", "E2", "missing text", "required-blank", 2, "Last Name"),
    Remark(
        "errant_persons", "Persons", "P2", "missing text", "column-unknown", 0, "Required Text", "not in the layout"
    ),
    Remark(
        "errant_persons", "Persons", "R2-3", "not yes or no", "column-unknown", 0, "Required Bool", "not in the layout"
    ),
    Remark(
        "errant_timetables", "School Timetables", "B1-48", "missing text", "file-ignored", 0, "", "blocks, no table"
    ),
)


def _settings() -> dict[str, str]:
    return {"layout": "custom", "layout_text": LAYOUT}


@pytest.mark.parametrize("file", sorted({remark.file for remark in REMARKS}))
def test_each_remark_of_schooltool_has_its_counterpart(file: str, hub: Hub, shared_data: Path) -> None:
    """Where SchoolTool's importer finds fault with a cell, the run says its own at that row, or has a reason not to."""
    run = carry(hub.integrate(settings=_settings()), shared_data / SCHOOLTOOL / "errant" / f"{file}.xls")
    assert run.state in (State.APPLIED, State.APPLIED_WITH_ERRORS)
    said = found(run)
    for remark in (one for one in REMARKS if one.file == file):
        there = [i for i in said if i.file == f"{file}.xls/{remark.sheet}" and i.line == remark.line]
        if remark.code:
            assert [i for i in there if i.code == remark.code and remark.field in i.field], (remark, there)
        else:
            assert remark.why
            assert there == []


def test_a_workbook_without_roster_data_is_refused(hub: Hub, shared_data: Path) -> None:
    """A workbook of resources only is no delivery: nothing was changed, and the message says so."""
    run = carry(hub.integrate(settings=_settings()), shared_data / SCHOOLTOOL / "errant" / "errant_resources.xls")
    assert run.state == State.FAILED
    assert "Nothing was changed" in run.error
    assert hub.everything() == {}


def test_the_sample_workbook_fills_the_roster(hub: Hub, shared_data: Path) -> None:
    """Persons, contacts, relationships, years, terms, courses and sections come in the numbers of SOURCE.md."""
    run = carry(hub.integrate(settings=_settings()), shared_data / SCHOOLTOOL / "sample_data_small.xls")
    assert {entity: made["create"] for entity, made in counts(run).items()} == {
        "org": 1, "academic_session": 2 + 4, "course": 12, "class": 24, "user": 473 + 478, "demographics": 473,
        "relationship": 478,
    }  # fmt: skip
    assert {file["sheet"] for file in run.files if file["sheet"]} == {
        "School Years", "Terms", "Persons", "Contact Persons", "Contact Relationships", "Courses", "Sections",
    }  # fmt: skip
    assert hub.roster("class")["art_a_2011-fall_teacher004_000"]["title"] == "Art A – 1"
    assert hub.roster("class")["art_a_2011-fall_teacher004_000"]["terms"] == ["2011-2012|2011-fall"]
    assert str(hub.roster("academic_session")["2010-2011"]["start_date"]) == "2010-09-01"


def test_blocks_below_a_table_end_in_issues(hub: Hub, shared_data: Path) -> None:
    """Holidays and weekends below the terms are rows that were not taken, each with its line; no term suffers."""
    run = carry(hub.integrate(settings=_settings()), shared_data / SCHOOLTOOL / "sample_data_small.xls")
    errors = {issue.line for issue in found(run) if issue.code in ("required-blank", "required-bad")}
    rejected = {line for _, line in rows_rejected(run)}
    assert rejected == errors
    assert min(rejected) > 5
    assert {row["type"] for row in hub.roster("academic_session").values()} == {"schoolYear", "term"}


def test_sheets_of_blocks_are_no_tables(hub: Hub, shared_data: Path) -> None:
    """Enrollments and groups stand in blocks, not in a table: the sheets are said to have been left out."""
    run = carry(hub.integrate(settings=_settings()), shared_data / SCHOOLTOOL / "sample_data_small.xls")
    ignored = {Path(issue.file).name for issue in found(run) if issue.code == "file-ignored"}
    assert {"SectionEnrollment", "Groups", "School Timetables", "SectionTimetables"} <= ignored
    assert hub.roster("enrollment") == {}


def test_a_column_without_a_name_is_read_by_its_place(hub: Hub, shared_data: Path) -> None:
    """The relationship stands in the fourth, unnamed column; `column 4` reads it, and unknown letters are shown."""
    run = carry(hub.integrate(settings=_settings()), shared_data / SCHOOLTOOL / "sample_data_small.xls")
    unknown = {issue.value for issue in found(run) if issue.field == "column 4"}
    assert unknown
    assert unknown <= {"a", "g", "s", "p", "sp", "fp"}
