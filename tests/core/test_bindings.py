"""A layout as an integration has it."""

import pytest

from rollbook.core.bindings import with_columns, with_required, without_sheets, without_unread
from rollbook.core.schema import Kind
from rollbook.sources.layouts import load, load_text

LAYOUT = load_text("""
name = "few"
title = "Few"
[[sheet]]
name = "people"
[sheet.columns]
id = {required = true}
first = {}
birth = {}
school = {}
[sheet.lookups]
place = {take = "name", from = ["schools"], where = "id", is = "school"}
[[sheet.record]]
entity = "user"
key = "id"
fields = {given_name = "first", department = "place"}
[[sheet.record]]
entity = "demographics"
key = "id"
fields = {user = "id", birth_date = "birth"}
[[sheet]]
name = "schools"
[sheet.columns]
id = {}
name = {}
[[sheet.record]]
entity = "org"
key = "id"
fields = {name = "name"}
""")


def _names(layout_sheet: str, **bindings: str) -> list[str]:
    made = without_unread(with_columns(LAYOUT, {}, {k.replace("__", "."): v for k, v in bindings.items()}))
    return [column.name for column in made.sheet(layout_sheet).columns]


def test_a_field_that_is_left_out_takes_its_column_along() -> None:
    """What is left out is not even read."""
    assert _names("people", demographics__birth_date="") == ["id", "first", "school"]


def test_a_column_that_another_sheet_looks_up_stays() -> None:
    """What others need is read."""
    assert "name" in _names("schools", org__name="=School")


def test_a_new_column_is_read_as_its_field_is() -> None:
    """A further member that is bound to a date is read as a date."""
    made = with_columns(LAYOUT, {"people": ["dob"]}, {"demographics.birth_date": "dob"})
    assert made.sheet("people").column("dob").kind is Kind.DATE


def test_a_column_for_a_sheet_that_is_not_there_is_refused() -> None:
    """The name of the sheet is told."""
    with pytest.raises(KeyError, match="nowhere"):
        with_columns(LAYOUT, {"nowhere": ["x"]}, {})


def test_columns_can_be_made_required() -> None:
    """The required set of a source may be a setting."""
    assert with_required(LAYOUT, "people", ["birth"]).sheet("people").required_columns == ("id", "birth")


def test_a_sheet_that_is_left_out_takes_its_lookups_along() -> None:
    """Nothing looks into a sheet that is not there."""
    made = without_sheets(LAYOUT, ["schools"])
    assert [sheet.name for sheet in made.sheets] == ["people"]
    assert made.sheet("people").lookups == ()


@pytest.mark.parametrize("name", ["hub_v1", "oneroster_12", "clever"])
def test_a_layout_keeps_what_its_rules_read(name: str) -> None:
    """Leaving out what is not read never takes a column that a rule reads."""
    layout = load(name)
    for sheet, whole in zip(without_unread(layout).sheets, layout.sheets, strict=True):
        read = {column for rule in whole.rules for column in rule.columns()}
        kept = {column.name for column in sheet.columns}
        assert {c.name for c in whole.columns if c.name in read} <= kept
