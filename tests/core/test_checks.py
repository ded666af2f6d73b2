"""Rows against the contract of their sheet: which rows are not taken, and what is said of which cell."""

from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from rollbook.core.checks import check_rows
from rollbook.core.codes import CodeMapping, Otherwise
from rollbook.core.schema import MASK
from rollbook.core.values import Reading
from rollbook.sources import layouts

SHEET = layouts.load_text("""
name = "t"
title = "T"
lists = ";"
[[sheet]]
name = "people"
extra = ["x_*"]
[sheet.columns]
id = {required = true}
born = {required = true}
role = {required = true}
mail = {}
grades = {}
house = {}
pin = {}
custody = {}
races = {}
secret = {drop = true}
[[sheet.record]]
entity = "user"
key = "id"
fields = {email = "mail", grades = "grades", boarding = "house", pin = "pin", custom = "@extra"}
[[sheet.record]]
entity = "demographics"
key = "id"
fields = {user = "id", birth_date = "born", races = "races"}
[[sheet.record]]
entity = "role"
key = "{id}|{role}"
fields = {user = "id", role = "role"}
[[sheet.record]]
entity = "relationship"
key = "{id}"
fields = {custody = "custody"}
""").sheet("people")

GOOD = {"id": "1", "born": "2011-05-20", "role": "student"}
Row = Mapping[str, str]
Issue = tuple[str, str | None, int, str | None, str | None]


def checked(
    *rows: Row, reading: Reading = Reading(), cells: Sequence[int] = ()
) -> tuple[list[Issue], list[tuple[int, str]]]:
    """The issues (code, field, line, value, detail) and the rejected rows (line, codes)."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    sent = pl.DataFrame(
        [[row.get(n, "") for n in names] for row in rows], schema=dict.fromkeys(names, pl.String), orient="row"
    )
    landed = sent.with_columns(
        pl.lit(0, pl.UInt16).alias("_file"),
        pl.int_range(2, pl.len() + 2, dtype=pl.UInt32).alias("_line"),
        pl.Series("_cells", list(cells) or [len(names)] * len(rows), pl.UInt16),
    )
    found = check_rows(landed, SHEET, reading, {0: len(names)})
    issues = found.issues.select("code", "field", "line", "value", "detail").rows()
    return issues, found.rejected.select("_line", "codes").rows()


def test_good_rows_say_nothing() -> None:
    """A row that keeps the contract has no issue and is taken."""
    assert checked(GOOD, {**GOOD, "mail": "ada@north.example", "grades": "9;10"}) == ([], [])


@pytest.mark.parametrize("cells", [2, 4])
def test_a_row_of_the_wrong_width_is_not_taken(cells: int) -> None:
    """Nobody knows what stands where: the row has this one issue, whatever else is wrong in it."""
    broken = {**GOOD, "born": "nonsense"}
    assert checked(GOOD, broken, cells=[3, cells]) == ([("row-width", None, 3, str(cells), "3")], [(3, "row-width")])


@pytest.mark.parametrize(
    "cell, issue",
    [
        ({"born": " "}, ("required-blank", "born", 2, " ", None)),
        ({"born": "soon"}, ("required-bad", "born", 2, "soon", "date")),
        ({"role": "wizard"}, ("required-unmapped", "role", 2, "wizard", "role")),
    ],
)
def test_a_row_without_a_required_value_is_not_taken(cell: Row, issue: Issue) -> None:
    """Blank, unreadable or unknown: a required value that is not there rejects its row, and says why."""
    issues, rejected = checked({**GOOD, **cell})
    assert (issues, rejected) == ([issue], [(2, issue[0])])


def test_a_row_is_rejected_once_for_all_its_faults() -> None:
    """Each fault of a row is an issue; the row is one rejected row with all their codes."""
    issues, rejected = checked({"id": "1", "born": "soon", "role": ""})
    assert sorted(issue[0] for issue in issues) == ["required-bad", "required-blank"]
    assert rejected == [(2, "required-bad,required-blank")]


@pytest.mark.parametrize(
    "cell, issue",
    [
        ({"mail": "ada"}, ("bad-email", "mail", 2, "ada", "email")),
        ({"house": "x" * 65}, ("too-long", "house", 2, "x" * 65, "64")),
        ({"grades": "none"}, ("unmapped-code", "grades", 2, "none", "grade_level")),
    ],
)
def test_a_bad_optional_value_is_left_out(cell: Row, issue: Issue) -> None:
    """The row is taken without the value, and the value as it was sent is shown."""
    assert checked({**GOOD, **cell}) == ([issue], [])


def test_unknown_codes_of_a_list_are_told_one_by_one() -> None:
    """Each unknown code of a cell is an issue of its own: each is mapped on its own."""
    issues, rejected = checked({**GOOD, "grades": "9; none ;10;nil;"})
    assert [issue[3] for issue in issues] == ["none", "nil"]
    assert rejected == []


def test_a_mapping_may_reject_the_row() -> None:
    """Where the integration says that an unknown code rejects, an optional one does as well."""
    reading = Reading(codes={"grade_level": CodeMapping("grade_level", otherwise=Otherwise.REJECT)})
    issues, rejected = checked({**GOOD, "grades": "none"}, reading=reading)
    assert ([issue[0] for issue in issues], rejected) == (["required-unmapped"], [(2, "required-unmapped")])


@pytest.mark.parametrize("column, value", [("custody", "joint"), ("pin", "12\x0034")])
def test_a_restricted_value_is_never_shown(column: str, value: str) -> None:
    """What only some may see stands masked in the issue, from the start."""
    issues, _ = checked({**GOOD, column: value})
    assert [issue[3] for issue in issues] == [MASK]


def test_an_unknown_restricted_code_is_shown() -> None:
    """A code that nobody can see, nobody can map."""
    assert [issue[3] for issue in checked({**GOOD, "races": "martian"})[0]] == ["martian"]


def test_refused_rows_are_kept_apart() -> None:
    """Rows that are taken and rows that are not stay in the order sent, each with its place."""
    born = ["2011-05-20", "soon", "2010-01-02", ""]
    rows = pl.DataFrame({"id": ["1", "2", "3", "4"], "born": born, "_file": 0, "_line": [2, 3, 5, 6], "_cells": 2})
    found = check_rows(rows, SHEET, Reading(), {0: 2})
    assert found.taken.select("_line", "id", "born").rows() == [(2, "1", "2011-05-20"), (5, "3", "2010-01-02")]
    assert found.refused.select("_line", "id", "born").rows() == [(3, "2", None), (6, "4", None)]


def test_further_columns_pass_without_outer_blanks() -> None:
    """Columns known by pattern are taken as they are; what was never declared is not read."""
    rows = pl.DataFrame({"id": ["1"], "x_shirt": [" L "], "_file": [0], "_line": [2], "_cells": [2]})
    taken = check_rows(rows, SHEET, Reading(), {0: 2}).taken
    assert taken.rows(named=True) == [{"_file": 0, "_line": 2, "x_shirt": "L", "id": "1"}]


def test_a_dropped_column_is_not_read() -> None:
    """A column that is declared only to be dropped says nothing, whatever is in it."""
    rows = pl.DataFrame({"id": ["1"], "secret": ["\x00"], "_file": [0], "_line": [2], "_cells": [2]})
    assert check_rows(rows, SHEET, Reading(), {0: 2}).issues.is_empty()
