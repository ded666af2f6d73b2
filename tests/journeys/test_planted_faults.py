"""What senders get wrong, planted in a made-up district: each fault is said once, where it is, and nothing else is."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from rollbook.core import issues
from rollbook.runs.checking import CheckedFiles, check_files
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import State
from simulators import sheets
from simulators.district import build
from simulators.faults import BROKEN, FAULTS, Planted, plant
from simulators.model import District
from simulators.table import Sheet
from tests.journeys.support import Hub, carry, counts, found, hub, other, stored_bytes

__all__ = ["hub", "other"]

DISTRICT: District = build(students=60)
LAYOUTS = pytest.mark.parametrize("layout", sheets.LAYOUTS)


class Told(NamedTuple):
    """An issue of a check, with the number of rows that fell because of it."""

    code: str
    file: str
    line: int
    field: str
    value: str
    effects: int


# A fault that a layout does not take for one, and why.
SEVERAL_ROWS = "a person may have several rows, so a repeated one says nothing new"
BORNE: Mapping[tuple[str, str], str] = {
    **{(layout, "unknown_grade"): "`13th` is understood" for layout in sheets.LAYOUTS},
    **{(layout, "unknown_role"): "`pupil` is understood" for layout in sheets.LAYOUTS},
    **{(layout, "formula_name"): "a name is a name; the reports guard it" for layout in sheets.LAYOUTS},
    **{(one, "repeat_row"): SEVERAL_ROWS for one in ("sds_v1", "clever", "app_sftp", "finalsite_open")},
    **{(one, "blank_family_name"): "its names may be blank" for one in ("sds_v1", "sds_v21", "canvas_sis", "hub_v1")},
    ("canvas_sis", "impossible_date"): "the dates of its sections are not read",
    ("clever", "class_without_title"): "a section without a name is called after its course",
}
CODES = {
    "blank_class_id": "required-blank",
    "class_without_title": "required-blank",
    "dangling_class": "reference-not-found",
    "blank_family_name": "required-blank",
    "impossible_date": "bad-date",
    "bad_email": "bad-email",
    "shared_email": "duplicate-email",
    "conflicting_duplicate": "duplicate-conflict",
    "repeat_row": "duplicate-row",
    "short_row": "row-width",
    "password_column": "column-dropped",
    "cp1252": "encoding-fallback",
    "odd_header": "header-repaired",
    "header_only": "file-header-only",
}
# Said of the same district when nothing is planted.
QUIET = {"file-ignored", "unmapped-code", "duplicate-differs"}


def broken(layout: str, folder: Path, *faults: str) -> tuple[list[Sheet], list[Planted]]:
    """Write the district with faults; the sheets as written, and what was planted."""
    made = sheets.make_sheets(DISTRICT, layout)
    planted = plant(made, DISTRICT, set(faults))
    sheets.write(made, folder)
    return made, planted


def told(checked: CheckedFiles) -> list[Told]:
    """What a check found, without what it says of the clean district too."""
    rows = issues.worded(checked.folder.issues()).iter_rows(named=True)
    all_told = [
        Told(r["code"], r["file"] or "", r["line"] or 0, r["field"] or "", r["value"] or "", r["effects"]) for r in rows
    ]
    return [one for one in all_told if one.code not in QUIET]


def _is_said(fault: Planted, one: Told, made: Sequence[Sheet]) -> bool:
    """Whether an issue is this fault, where a person would look for it."""
    if one.code != CODES[fault.fault]:
        return False
    match fault.fault:
        case "cp1252" | "password_column" | "header_only" | "odd_header":
            return one.file == fault.file
        case "shared_email":
            return one.value == fault.value and one.line in _lines(made, fault)
        case "conflicting_duplicate" | "repeat_row":
            return (one.file, one.line) == (fault.file, fault.other_line)
    return (one.file, one.line) == (fault.file, fault.line) and fault.column in (one.field, *one.field.split(", "))


def _lines(made: Sequence[Sheet], fault: Planted) -> set[int]:
    """The lines of a sheet that hold the planted value."""
    sheet = next(one for one in made if one.name == fault.file)
    column = sheet.header.index(fault.column)
    return {line for line, row in enumerate(sheet.rows, start=2) if len(row) > column and row[column] == fault.value}


@LAYOUTS
def test_every_fault_is_said_and_nothing_else(layout: str, tmp_path: Path) -> None:
    """With all faults at once, each has its issue with code, file and line, and every issue has its fault."""
    made, planted = broken(layout, tmp_path / "sent", *BROKEN)
    said = told(check_files(tmp_path / "sent", "", tmp_path / "scratch"))
    noticed = [fault for fault in planted if (layout, fault.fault) not in BORNE]
    for fault in noticed:
        assert [one for one in said if _is_said(fault, one, made)], f"{fault} is not among {said}"
    faults = {fault.key: fault for fault in planted if fault.fault == "blank_class_id"}
    unexplained = [
        one
        for one in said
        if not any(_is_said(fault, one, made) for fault in noticed)
        and not _names_a_class_without_id(one, list(faults.values()))
        and (one.code, one.field.casefold()) != ("column-dropped", "password")
    ]
    assert unexplained == []


def _names_a_class_without_id(one: Told, classes: Sequence[Planted]) -> bool:
    """Nobody can know that a row without an id is the class that enrollments name: that is said once, with all rows."""
    return one.code == "reference-not-found" and any(one.effects == fault.falls for fault in classes)


@LAYOUTS
def test_a_bad_class_is_one_issue_with_its_enrollments(layout: str, tmp_path: Path) -> None:
    """A class that is refused with all that is in it is told once, with the number of rows that fell."""
    _, planted = broken(layout, tmp_path / "sent", "class_without_title")
    said = told(check_files(tmp_path / "sent", "", tmp_path / "scratch"))
    if (layout, "class_without_title") in BORNE:
        assert {one.code for one in said} <= {"column-dropped"}
        return
    (fault,) = planted
    assert fault.falls > 3
    assert [one for one in said if one.code != "column-dropped"] == [
        Told("required-blank", fault.file, fault.line, fault.column, "", fault.falls)
    ]


@LAYOUTS
def test_enrollments_without_rows_end_nothing(layout: str, tmp_path: Path) -> None:
    """A sheet of enrollments with only a header is said, and the other sheets are read."""
    _, planted = broken(layout, tmp_path / "sent", "header_only")
    checked = check_files(tmp_path / "sent", "", tmp_path / "scratch")
    (fault,) = planted
    assert [one.file for one in told(checked) if one.code == "file-header-only"] == [fault.file]
    assert checked.summary.counts["user"]["create"] > 0


@pytest.mark.parametrize("layout", ["oneroster_12", "hub_v1"])
def test_a_header_without_rows_ends_nobody_under_deactivate(layout: str, hub: Hub, tmp_path: Path) -> None:
    """Even where absence deactivates, an empty sheet of enrollments leaves every enrollment as it was."""
    integration = hub.integrate(settings={"absence": "deactivate"})
    broken(layout, tmp_path / "clean")
    carry(integration, tmp_path / "clean")
    before = hub.everything()
    broken(layout, tmp_path / "sent", "header_only")
    run = carry(integration, tmp_path / "sent")
    assert run.state == State.APPLIED
    assert hub.everything() == before


@LAYOUTS
def test_every_fault_has_a_verdict(layout: str, tmp_path: Path) -> None:
    """Each fault of the simulators either has an issue code here or a reason why it is no fault in a layout."""
    _, planted = broken(layout, tmp_path / "sent", *FAULTS)
    assert [f.fault for f in planted if f.fault not in CODES and (layout, f.fault) not in BORNE] == []


def test_no_planted_password_is_kept(hub: Hub, tmp_path: Path) -> None:
    """A filled password column leaves no trace below the home, whether the layout knows the column or not."""
    for layout in ("oneroster_12", "hub_v1"):
        broken(layout, tmp_path / layout, "password_column")
        run = carry(hub.integrate(layout), tmp_path / layout)
        assert [i.field.casefold() for i in found(run) if i.code == "column-dropped"] == ["password"]
    assert [path for path, content in stored_bytes(tmp_path / "home") if b"Made-Up-" in content] == []


def test_a_formula_is_a_name(hub: Hub, tmp_path: Path) -> None:
    """A given name that a spreadsheet would run is in the roster as sent, and guarded where people open it."""
    _, (fault,) = broken("oneroster_12", tmp_path / "sent", "formula_name")
    run = carry(hub.integrate(), tmp_path / "sent")
    assert hub.roster("user")[fault.key]["given_name"] == fault.value
    for name in ("new.csv", "issues.csv"):
        with (RunFolder.of(run).report / name).open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


# Error rows ------------------------------------------------------------------------------------------

FATAL = ("blank_class_id", "class_without_title", "dangling_class", "conflicting_duplicate", "short_row")


@pytest.mark.parametrize("layout", ["oneroster_12", "hub_v1", "finalsite_open"])
def test_mended_error_rows_are_accepted(layout: str, hub: Hub, other: Hub, tmp_path: Path) -> None:
    """The rows that were refused come back in the sender's layout; mended and sent, they complete the roster."""
    broken(layout, tmp_path / "clean")
    carry(other.integrate(), tmp_path / "clean")
    integration = hub.integrate(settings={"layout": layout})
    broken(layout, tmp_path / "sent", *FATAL)
    run = carry(integration, tmp_path / "sent")
    assert run.state == State.APPLIED_WITH_ERRORS
    assert hub.everything() != other.everything()

    returned = RunFolder.of(run).report / "error-rows"
    _mend(returned, sheets.make_sheets(DISTRICT, layout), tmp_path / "mended")
    again = carry(integration, tmp_path / "mended")
    assert again.state == State.APPLIED
    assert {action for made in counts(again).values() for action in made} <= {"create", "update", "unchanged"}
    assert "error" not in {i: n for i, n in again.severities.items() if n}
    # A guardian's role hangs on the school of a child, whose own row was never refused and is not sent again.
    derived = {"role"} if layout == "finalsite_open" else set()
    assert _keys(hub, derived) == _keys(other, derived)

    assert carry(integration, tmp_path / "clean").state == State.APPLIED
    assert hub.everything() == other.everything()


def _keys(one: Hub, besides: Collection[str]) -> dict[str, set[str]]:
    """Entity -> the keys of its active records."""
    return {
        entity: {key for key, row in rows.items() if row["active"]}
        for entity, rows in one.everything().items()
        if entity not in besides
    }


def _mend(returned: Path, clean: Sequence[Sheet], folder: Path) -> None:
    """What a person does with error rows: every row as it should have been; rows that were made up are taken out."""
    folder.mkdir()
    files = sorted(returned.iterdir())
    assert files
    for file in files:
        sheet = next(one for one in clean if one.name == file.name)
        with file.open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream, delimiter=sheet.delimiter)
        assert header == [*sheet.header, "rollbook_line", "rollbook_reason"]
        text = io.StringIO()
        writer = csv.writer(text, delimiter=sheet.delimiter)
        writer.writerow(header)
        for row in rows:
            place = int(row[-2]) - 2
            assert row[-1]
            if place < len(sheet.rows):
                writer.writerow([*sheet.rows[place], *row[-2:]])
        (folder / file.name).write_text(text.getvalue(), encoding="utf-8", newline="")


def test_the_refused_rows_are_listed_with_their_lines(hub: Hub, tmp_path: Path) -> None:
    """Every row that fell is in the list of rejected rows once, with the file and line it came from."""
    _, planted = broken("oneroster_12", tmp_path / "sent", "class_without_title", "short_row")
    run = carry(hub.integrate(), tmp_path / "sent")
    rejected = RunFolder.of(run).rejected()
    lines = set(rejected.select("file", "line").iter_rows())
    assert {(fault.file, fault.line) for fault in planted} <= lines
    assert rejected.height == len(lines)
    fallen = sum(file == "enrollments.csv" for file, _ in lines)
    assert fallen == next(fault.falls for fault in planted if fault.fault == "class_without_title")
