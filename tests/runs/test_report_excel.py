"""The Excel report of a run."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import load_workbook

from rollbook.core.layout import parse
from rollbook.runs.folder import RunFolder
from rollbook.runs.report import Summary, write_reports
from tests.runs.report_world import CHECK, SUMMARY, TEST_RUN, change, found, landed, new_folder, plan

Report = Callable[..., dict[str, list[list[Any]]]]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run that found and planned nothing yet."""
    return new_folder(tmp_path / "run")


@pytest.fixture
def report(folder: RunFolder) -> Report:
    """Write the reports of the run and read the workbook back: sheet -> rows of cells."""

    def read(summary: Summary = SUMMARY, **options: Any) -> dict[str, list[list[Any]]]:
        book = openpyxl.load_workbook(write_reports(folder, summary, **options))
        return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}

    return read


def test_sheets(report: Report) -> None:
    """The sheets come in one order, whether they hold rows or not."""
    names = ["Summary", "Errors", "Error summary", "New", "Updated", "Deactivated", "Warnings", "Unmapped codes"]
    assert list(report()) == [*names, "Duplicates", "Unchanged and ignored", "Files"]


def test_check_has_no_plan(report: Report, folder: RunFolder) -> None:
    """A check, which compares with no roster, has no sheets and no files of changes."""
    sheets = report(CHECK)
    assert not {"New", "Updated", "Deactivated"} & set(sheets)
    assert sorted(p.name for p in folder.report.iterdir()) == ["README.txt", "issues.csv", "report.json"]


@pytest.mark.parametrize(
    "summary, banner",
    [(TEST_RUN, "TEST RUN - nothing was changed"), (CHECK, "CHECK - nothing was sent to the roster")],
)
def test_banner(report: Report, summary: Summary, banner: str) -> None:
    """Every sheet of a test run or a check says first that nothing was changed."""
    assert {rows[0][0] for rows in report(summary).values()} == {banner}


def test_live_run_has_no_banner(report: Report) -> None:
    """The sheets of a live run begin with their heading."""
    assert report()["New"][0][:3] == ["Entity", "Action", "Source key"]


def test_summary_sheet(report: Report) -> None:
    """The first sheet names the run, counts each entity and action, and lists the limits that were passed."""
    held = {"scope": "North High", "entity": "user", "action": "deactivate", "count": 40, "of": 100, "limit": "10%"}
    rows = report(replace(SUMMARY, counts={"user": {"create": 3, "reject": 1}}, held=[held]))["Summary"]
    assert [row[0] for row in rows[:3]] == ["OneRoster Student", "Tenant", "Integration"]
    assert ["user", 3, 0, 0, 0, 0, 1, 0] in rows
    assert ["North High", "user", "deactivate", 40, 100, "10%", None, None] in rows
    assert {"Beyond a limit", "Held for"} & {row[0] for row in rows} == {"Beyond a limit"}


def test_moments_are_dates(report: Report) -> None:
    """When a run started is a real date, in UTC."""
    rows = report()["Summary"]
    assert next(row[1] for row in rows if row[0] == "Started (UTC)") == datetime(2026, 8, 24, 5, 30)  # noqa: DTZ001


def test_new_people_come_first(report: Report, folder: RunFolder) -> None:
    """The sheet of new records begins with people, and names their school, e-mail address and origin."""
    plan(folder, "org", [change("create", "S1", "North High")])
    ada = {**change("create", "007", "Ada Lovelace"), "scope": "id-S1", "email": "ada@north.example", "file": 0}
    plan(folder, "user", [{**ada, "line": 12}])
    summary = replace(SUMMARY, files=[landed(folder, [{"sourcedId": "1"}])])
    assert report(summary)["New"][1:] == [
        ["user", "create", "007", "Ada Lovelace", "North High", "ada@north.example", None, "users.csv", 12],
        ["org", "create", "S1", "North High", None, None, None, None, None],
    ]


def test_schools_of_the_roster_are_named(report: Report, folder: RunFolder) -> None:
    """A school that the plan does not change is named from the names it was given."""
    plan(folder, "user", [{**change("create", "1", "Ada"), "scope": "id-S9"}])
    assert report(schools={"id-S9": "South High"})["New"][1][4] == "South High"


def test_updated_has_one_line_a_field(report: Report, folder: RunFolder) -> None:
    """An updated record has a line for each changed field, with its old and its new value."""
    values = {"given_name": ("Ada", "Augusta"), "email": (None, "ada@north.example")}
    unchanged = {"family_name": "Lovelace", "old.family_name": "Lovelace"}
    plan(folder, "user", [{**change("update", "7", "Ada Lovelace", values), **unchanged}])
    assert report()["Updated"][1:] == [
        ["user", "7", "Ada Lovelace", "given_name", "Ada", "Augusta"],
        ["user", "7", "Ada Lovelace", "email", None, "ada@north.example"],
    ]


def test_dates_are_dates(report: Report, folder: RunFolder) -> None:
    """Old and new values of a date field are real dates, but for what no spreadsheet counts."""
    plan(folder, "user", [change("update", "7", "Ada", {"entry_date": ("1815-12-10", "2026-08-24")})])
    assert report()["Updated"][1][4:] == ["1815-12-10", datetime(2026, 8, 24)]  # noqa: DTZ001


def test_ids_stay_text(report: Report, folder: RunFolder) -> None:
    """An id keeps its zeros, and never becomes a number or a date."""
    keys = ["007", "1E5", "2026-01-01", "=1+1", "http://x.example"]
    plan(folder, "user", [change("deactivate", key, key) for key in keys])
    assert [row[1] for row in report()["Deactivated"][1:]] == keys


def test_restricted_values_are_masked(report: Report, folder: RunFolder) -> None:
    """Old and new values of restricted fields are masked, others are not."""
    plan(folder, "user", [change("update", "7", "Ada", {"meal_status": ("free", None), "email": ("a", "b")})])
    assert [row[3:] for row in report()["Updated"][1:]] == [["email", "a", "b"], ["meal_status", "•••", None]]


def test_health_alerts_keep_their_names(report: Report, folder: RunFolder) -> None:
    """The name and key of a health alert, which say what it is about, are masked."""
    plan(folder, "health_alert", [change("create", "7|peanut", "allergy")])
    assert report()["New"][1][2:4] == ["•••", "•••"]


def test_unmasked(report: Report, folder: RunFolder) -> None:
    """Whoever may see restricted values gets a report with them."""
    plan(folder, "health_alert", [change("update", "7|peanut", "allergy", {"text": ("a", "b")})])
    assert report(unmasked=True)["Updated"][1] == ["health_alert", "7|peanut", "allergy", "text", "a", "b"]


def test_errors_in_words(report: Report, folder: RunFolder) -> None:
    """An error is told in words, with its fix and the rows that fall with it, under the sender's column name."""
    file = landed(folder, [{"givenName": "Ada"}], header=["First Name"], columns={"First Name": "givenName"})
    blank = {
        "code": "required-blank",
        "sheet": "users",
        "file": "users.csv",
        "line": 2,
        "field": "givenName",
        "effects": 3,
    }
    found(folder, blank)
    row = report(replace(SUMMARY, files=[file]))["Errors"][1]
    message = "First Name is blank; the row was not taken."
    assert row == [
        1,
        "error",
        "required-blank",
        message,
        "Fill in the value.",
        None,
        None,
        "users.csv",
        2,
        "First Name",
        None,
        3,
    ]


def test_error_summary(report: Report, folder: RunFolder) -> None:
    """Each code has a line, the worst first: how many, how many fell with them, where the first is."""
    found(
        folder,
        {"code": "bad-date", "file": "a.csv", "line": 9},
        {"code": "required-blank", "file": "a.csv", "line": 5, "effects": 2},
        {"code": "required-blank", "file": "a.csv", "line": 3, "effects": 1},
    )
    assert [row[:7] for row in report()["Error summary"][1:]] == [
        ["error", "required-blank", "Required value missing", 2, 3, "a.csv", 3],
        ["warning", "bad-date", "Not a date", 1, 0, "a.csv", 9],
    ]


def test_unmapped_codes(report: Report, folder: RunFolder) -> None:
    """Unknown codes are counted by model and value, the most frequent first."""
    issue = {"code": "unmapped-code", "sheet": "users", "field": "grades", "detail": "grade_level"}
    found(folder, {**issue, "value": "13th"}, {**issue, "value": "Pre"}, {**issue, "value": "Pre"})
    assert report()["Unmapped codes"][1:] == [["grade_level", "Pre", 2], ["grade_level", "13th", 1]]


def test_unmapped_codes_of_required_values(report: Report, folder: RunFolder) -> None:
    """Unknown codes that cost a row stand beside the others, and are masked like them."""
    issue = {"code": "required-unmapped", "line": 3}
    found(folder, {**issue, "value": "pupil", "detail": "role"}, {**issue, "value": "free", "detail": "meal_status"})
    assert report()["Unmapped codes"][1:] == [["meal_status", "•••", 1], ["role", "pupil", 1]]


def test_restricted_codes_are_masked(report: Report, folder: RunFolder) -> None:
    """Unknown codes of a restricted field are counted, but masked wherever they would stand."""
    found(folder, {"code": "unmapped-code", "field": "allergies", "value": "Peanuts", "detail": "allergy", "line": 3})
    sheets = report()
    assert sheets["Unmapped codes"][1] == ["allergy", "•••", 1]
    assert "Peanuts" not in json.dumps(sheets, default=str)


def test_doubtful_values_are_masked(report: Report, folder: RunFolder) -> None:
    """A value under a column that no layout explains is masked where its entity has restricted fields."""
    found(folder, {"code": "duplicate-differs", "sheet": "people", "entity": "user", "field": "Lunch", "value": "free"})
    assert "free" not in json.dumps(report(), default=str)


def test_layout_says_what_is_restricted(report: Report, folder: RunFolder) -> None:
    """With the layout, exactly the columns that feed restricted fields are masked."""
    columns: dict[str, dict[str, str]] = {"Id": {}, "Lunch": {}, "Mail": {}}
    rule = {"entity": "user", "key": "Id", "fields": {"meal_status": "Lunch", "email": "Mail"}}
    layout = parse(
        {"name": "l", "title": "L", "sheet": [{"name": "people", "files": ["*"], "columns": columns, "record": [rule]}]}
    )
    issue = {"code": "duplicate-differs", "sheet": "people", "entity": "user"}
    found(folder, {**issue, "field": "Lunch", "value": "free"}, {**issue, "field": "Mail", "value": "a@b.example"})
    assert [row[10] for row in report(layout=layout)["Duplicates"][1:]] == ["•••", "a@b.example"]


def test_cap(report: Report, folder: RunFolder) -> None:
    """A sheet ends after so many rows, and its last line says how many more there are and where."""
    plan(
        folder, "user", [change("update", str(n), "Ada", {"email": ("a", "b"), "sms": ("1", "2")}) for n in range(1200)]
    )
    found(folder, *({"code": "bad-date", "line": n} for n in range(12)))
    sheets = report(cap=10)
    assert [len(sheets["Updated"]), sheets["Updated"][-1][0]] == [12, "2,390 more: see updated.csv"]
    assert sheets["Warnings"][-1][0] == "2 more: see issues.csv"


def test_headings_stay_in_sight(folder: RunFolder) -> None:
    """The heading of each table is frozen, and filters."""
    plan(folder, "user", [change("create", "1", "Ada"), change("create", "2", "Ben")])
    sheet = openpyxl.load_workbook(write_reports(folder, TEST_RUN))["New"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A3", "A2:I4")


def test_files_sheet(report: Report, folder: RunFolder) -> None:
    """Each received file is listed with its rows, size, digest and encoding."""
    summary = replace(SUMMARY, files=[landed(folder, [{"sourcedId": "1"}], encoding="cp1252", delimiter=";")])
    assert report(summary)["Files"][1] == ["users.csv", "users", 1, 100, "d" * 32, "delimited", "cp1252", ";"]


def test_quiet_counts(report: Report) -> None:
    """Records that stay as they are or are left aside are counted."""
    rows = report(replace(SUMMARY, counts={"user": {"unchanged": 5, "ignore": 2}}))["Unchanged and ignored"]
    assert rows == [["Entity", "Unchanged", "Ignore", "Reject"], ["user", 5, 2, 0]]


def test_written_again(report: Report, folder: RunFolder) -> None:
    """Reports that are written again replace the earlier ones, and leave nothing else behind."""
    found(folder, {"code": "required-blank", "file": "users.csv", "line": 2})
    report(replace(SUMMARY, files=[landed(folder, [{"sourcedId": "1"}])]))
    folder.save_rejected(folder.rejected().clear())
    report()
    assert sorted(p.name for p in folder.path.iterdir()) == [
        "issues.parquet",
        "rejected.parquet",
        "report",
        "report.xlsx",
        "rows",
    ]
    assert not (folder.report / "error-rows").exists()


@pytest.mark.parametrize("source", ["blns.json", "csv-payload.txt"])
def test_hostile_text(folder: RunFolder, shared_data: Path, source: str) -> None:
    """Hostile text is text in the workbook, and no workbook is spoilt by it."""
    path = shared_data / "naughty-strings" / source
    if not path.exists():
        pytest.skip("the hostile strings are not there")
    text = path.read_text(encoding="utf-8")
    strings = [s for s in (json.loads(text) if source.endswith("json") else text.splitlines()) if s]
    strings = [s.replace("\ufffe", "") for s in strings]  # XML has no way to write it
    plan(folder, "user", [change("deactivate", "k", value) for value in strings])
    excel = write_reports(folder, SUMMARY)
    sheet = openpyxl.load_workbook(excel)["Deactivated"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "inlineStr"}
    assert [row[2] for row in load_workbook(str(excel)).get_sheet_by_name("Deactivated").to_python()[1:]] == strings
