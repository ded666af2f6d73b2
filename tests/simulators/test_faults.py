"""Faults are where their list says, and nowhere else."""

import copy
import csv
import io

import pytest

from simulators.district import build
from simulators.faults import BROKEN, FAULTS, Planted, plant
from simulators.model import District
from simulators.sheets import LAYOUTS, make_sheets
from simulators.table import Sheet

# What a layout has no column for.
SPARED = {
    "sds_v1": {"unknown_role"},
    "clever": {"unknown_role"},
    "canvas_sis": {"unknown_grade"},
    "app_sftp": {"impossible_date"},
}


@pytest.fixture(scope="module")
def district() -> District:
    return build(students=400, seed=9)


def broken(district: District, layout: str, *names: str) -> tuple[dict[str, Sheet], list[Planted]]:
    sheets = make_sheets(district, layout)
    planted = plant(sheets, district, names or BROKEN)
    return {sheet.name: sheet for sheet in sheets}, planted


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_fault_is_planted_where_the_layout_has_room(district: District, layout: str) -> None:
    """Each layout gets all the faults but those it has no column for."""
    _, planted = broken(district, layout)
    assert {one.fault for one in planted} == BROKEN - SPARED.get(layout, set())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_planted_is_on_the_line_that_is_named(district: District, layout: str) -> None:
    """The file, line and column of a planted cell hold its value once the file is written."""
    sheets, planted = broken(district, layout, *(BROKEN - {"cp1252", "odd_header", "password_column"}))
    for one in planted:
        if one.fault in ("short_row", "repeat_row", "conflicting_duplicate"):
            continue
        sheet = sheets[one.file]
        lines = list(csv.reader(io.StringIO(sheet.content().decode()), delimiter=sheet.delimiter))
        assert lines[one.line - 1][lines[0].index(one.column)] == one.value


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_fault_changes_one_place(district: District, layout: str) -> None:
    """Planting a bad cell leaves every other line of every file as it was."""
    before = {sheet.name: copy.deepcopy(sheet.rows) for sheet in make_sheets(district, layout)}
    sheets, planted = broken(district, layout, "blank_family_name")
    differ = [(n, i + 2) for n, s in sheets.items() for i, row in enumerate(s.rows) if row != before[n][i]]
    assert differ == [(one.file, one.line) for one in planted]


def test_a_fallen_class_takes_its_enrollments_with_it(district: District) -> None:
    """The enrollments of the two fullest classes are counted as falling with them."""
    sheets, planted = broken(district, "oneroster_12", "blank_class_id", "class_without_title")
    enrollments = sheets["enrollments.csv"]
    for one in planted:
        named = [row for row in enrollments.rows if row[enrollments.column("class_")] == one.key]
        assert len(named) == one.falls > 20
    assert sheets["classes.csv"].rows[planted[0].line - 2][0] == ""


def test_duplicates_point_at_the_row_they_repeat(district: District) -> None:
    """A repeated row equals the first one to the letter; a conflicting one has its id and another name."""
    sheets, planted = broken(district, "hub_v1", "repeat_row", "conflicting_duplicate")
    rows = sheets["people.csv"].rows
    conflict, repeat = sorted(planted, key=lambda one: one.fault)
    assert rows[repeat.line - 2] == rows[repeat.other_line - 2]
    assert rows[conflict.line - 2][0] == rows[conflict.other_line - 2][0]
    assert rows[conflict.line - 2] != rows[conflict.other_line - 2]


def test_parents_of_twins_share_an_address(district: District) -> None:
    """The shared e-mail is that of the two guardians of twins."""
    sheets, [shared] = broken(district, "hub_v1", "shared_email")
    people = sheets["people.csv"]
    pair = {people.rows[line - 2][0] for line in (shared.line, shared.other_line)}
    children = {r.student_id for r in district.relationships if r.contact_id in pair}
    births = [district.people[key].birth_date for key in children]
    assert len({people.rows[line - 2][people.column("email")] for line in (shared.line, shared.other_line)}) == 1
    assert len(births) > len(set(births))


def test_nobody_gets_two_faults(district: District) -> None:
    """No id is hit twice, so one fault cannot hide another."""
    _, planted = broken(district, "hub_v1")
    keys = [one.key for one in planted if one.key]
    assert len(set(keys)) == len(keys)


def test_a_file_in_cp1252_loses_nothing_but_is_not_utf8(district: District) -> None:
    """The cp1252 file cannot be read as UTF-8, and read as cp1252 it is what it was."""
    clean = {sheet.name: sheet.content().decode() for sheet in make_sheets(district, "hub_v1")}
    sheets, [fault] = broken(district, "hub_v1", "cp1252")
    content = sheets[fault.file].content()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert content.decode("cp1252") == clean[fault.file]


def test_an_odd_header_has_a_mark_another_case_and_something_unseen(district: District) -> None:
    """The header starts with a byte order mark and differs from the agreed one only in case and a hidden letter."""
    sheets, [fault] = broken(district, "clever", "odd_header")
    first = sheets[fault.file].content().split(b"\r\n")[0]
    assert first == b"\xef\xbb\xbfSCHOOL_ID,Section_id\xe2\x80\x8b,Student_id"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_password_column_is_filled(district: District, layout: str) -> None:
    """The sheet of people has a password in each row, in a column of its own or in the layout's."""
    sheets, [fault] = broken(district, layout, "password_column")
    sheet = sheets[fault.file]
    assert all(row[sheet.header.index(fault.column)].startswith("Made-Up-") for row in sheet.rows)


def test_a_short_row_is_short_and_a_header_stands_alone(district: District) -> None:
    """Half of a row is missing in one file; the other has only its header."""
    sheets, planted = broken(district, "hub_v1", "short_row", "header_only")
    short, alone = planted
    assert len(sheets[short.file].rows[short.line - 2]) == len(sheets[short.file].header) // 2
    assert sheets[alone.file].content().count(b"\n") == 1


def test_every_fault_says_what_it_plants() -> None:
    """Each fault has a summary for those who read the list."""
    assert all(fault.summary for fault in FAULTS.values())
