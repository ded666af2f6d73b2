"""Rows -> records: what each form of a rule gives."""

import json
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.checks import check_rows
from rollbook.core.hashing import key_hash
from rollbook.core.layout import Layout
from rollbook.core.mapping import map_rule
from rollbook.core.values import Reading
from rollbook.sources import layouts

HEAD = """
name = "t"
title = "T"
lists = ";"
[[sheet]]
name = "s"
extra = ["x_*"]
status = "status"
[sheet.columns]
id = {required = true}
first = {}
last = {}
orgs = {list = true}
t1 = {kind = "id"}
t2 = {kind = "id"}
role = {code = "role"}
white = {}
asian = {}
status = {}
"""

Rows = Sequence[dict[str, str]]


def layout(*rules: str) -> Layout:
    """A layout of one sheet with these rules."""
    return layouts.load_text(HEAD + "".join(f"[[sheet.record]]\n{rule}\n" for rule in rules))


def mapped(rule: str, rows: Rows) -> list[dict[str, Any]]:
    """The records of a rule, without hashes and places."""
    sheet = layout(rule).sheet("s")
    names = dict.fromkeys(name for row in rows for name in row)
    frame = pl.DataFrame(
        [[row.get(name) for name in names] for row in rows], schema=dict.fromkeys(names, pl.String), orient="row"
    )
    places = {
        "_file": pl.lit(0, pl.UInt16),
        "_line": pl.int_range(2, pl.len() + 2, dtype=pl.UInt32),
        "_cells": pl.lit(len(names), pl.UInt16),
    }
    checked = check_rows(frame.with_columns(**places), sheet, Reading(), {0: len(names)})
    return (
        map_rule(checked.taken.lazy(), sheet, sheet.rules[0])
        .collect()
        .drop("key_hash", "record_hash", "file", "line")
        .to_dicts()
    )


def test_a_record_has_a_key_its_fields_and_its_place() -> None:
    """Each row gives one record, which knows the line it came from."""
    sheet = layout('entity = "user"\nkey = "id"\nfields = {given_name = "first"}').sheet("s")
    rows = pl.DataFrame({"id": ["1", "2"], "first": ["Ada", ""], "_file": [3, 3], "_line": [2, 9], "_cells": [2, 2]})
    checked = check_rows(rows, sheet, Reading(), {3: 2})
    records = map_rule(checked.taken.lazy(), sheet, sheet.rules[0]).collect()
    assert records.select("source_key", "given_name", "ended", "file", "line").rows() == [
        ("1", "Ada", False, 3, 2),
        ("2", None, False, 3, 9),
    ]
    assert records["key_hash"].to_list() == records.select(key_hash("source_key"))["source_key"].to_list()


@pytest.mark.parametrize("key", ["{id}|{first}", "id", "{first}"])
def test_a_blank_part_of_a_key_gives_no_record(key: str) -> None:
    """Half a key names nobody."""
    rows = [{"id": "", "first": ""}, {"id": "1", "first": "Ada"}]
    assert len(mapped(f'entity = "user"\nkey = "{key}"\nfields = {{given_name = "first"}}', rows)) == 1


def test_a_key_is_the_first_choice_that_is_whole() -> None:
    """Keys may be tried in turn: a template with a blank part makes way for the next."""
    rows = [{"id": "1", "first": "Ada"}, {"id": "2", "first": ""}]
    found = mapped('entity = "user"\nkey = "{first}-{id} ?? only-{id}"\nfields = {}', rows)
    assert [record["source_key"] for record in found] == ["Ada-1", "only-2"]


def test_each_value_of_a_list_gives_a_record() -> None:
    """`each` is the value and `each_number` its place; a row with an empty list gives none."""
    rule = """entity = "role"
key = "{id}|{each}"
each = "orgs"
fields = {user = "id", org = "{each}", role = "=student", role_type = "{each_number}"}"""
    found = mapped(rule, [{"id": "1", "orgs": "S1; S2"}, {"id": "2", "orgs": ""}, {"id": "3", "orgs": ";S3;"}])
    assert [(r["source_key"], r["org"], r["role_type"]) for r in found] == [
        ("1|S1", "S1", "1"),
        ("1|S2", "S2", "2"),
        ("3|S3", "S3", "1"),
    ]


def test_each_of_several_columns_gives_a_record() -> None:
    """Columns that say the same thing several times are read as one list, without the blank ones."""
    rule = """entity = "enrollment"
key = "{id}|{each}"
each = ["t1", "t2"]
fields = {user = "{each}", end_reason = "{each_number}"}"""
    found = mapped(
        rule, [{"id": "1", "t1": "A", "t2": "B"}, {"id": "2", "t1": "", "t2": "C"}, {"id": "3", "t1": "", "t2": ""}]
    )
    assert [(r["user"], r["end_reason"]) for r in found] == [("A", "1"), ("B", "2"), ("C", "1")]


def test_columns_that_did_not_come_give_no_each() -> None:
    """A sheet without any of the columns gives no record, one with some of them gives theirs."""
    rule = 'entity = "enrollment"\nkey = "{id}|{each}"\neach = ["t1", "t2"]\nfields = {user = "{each}"}'
    assert mapped(rule, [{"id": "1"}]) == []
    assert [r["user"] for r in mapped(rule, [{"id": "1", "t2": "B"}])] == ["B"]


def test_when_looks_at_mapped_values() -> None:
    """A rule asks for canonical codes, however the sender spells them."""
    rule = 'entity = "user"\nkey = "id"\nwhen = {role = ["student"]}\nfields = {}'
    rows = [{"id": "1", "role": "Student"}, {"id": "2", "role": "TEACHER"}, {"id": "3", "role": ""}]
    assert [r["source_key"] for r in mapped(rule, rows)] == ["1"]


def test_when_may_ask_for_blank() -> None:
    """A blank value, and a column that did not come, are blank."""
    rule = 'entity = "user"\nkey = "id"\nwhen = {role = ["", "student"]}\nfields = {}'
    assert [r["source_key"] for r in mapped(rule, [{"id": "1", "role": ""}, {"id": "2", "role": "teacher"}])] == ["1"]
    assert [r["source_key"] for r in mapped(rule, [{"id": "1"}])] == ["1"]


def test_when_finds_a_value_in_a_list() -> None:
    """One of the values of a list is enough."""
    rule = 'entity = "user"\nkey = "id"\nwhen = {orgs = ["S2"]}\nfields = {}'
    rows = [{"id": "1", "orgs": "S1;S2"}, {"id": "2", "orgs": "S1"}, {"id": "3", "orgs": ""}]
    assert [r["source_key"] for r in mapped(rule, rows)] == ["1"]


def test_templates_are_blank_when_a_part_is() -> None:
    """Nobody is called " Roe": a template with a blank part gives way to the next choice, or stays blank."""
    rule = 'entity = "user"\nkey = "id"\nfields = {display_name = "{first} {last} ?? last", job_title = "{first}!"}'
    rows = [{"id": "1", "first": "Ada", "last": "Roe"}, {"id": "2", "first": "", "last": "Roe"}]
    found = [(r["display_name"], r["job_title"]) for r in mapped(rule, rows)]
    assert found == [("Ada Roe", "Ada!"), ("Roe", None)]


def test_constants_are_the_same_for_all() -> None:
    """`=text` is that text."""
    assert (
        mapped('entity = "user"\nkey = "id"\nfields = {job_title = "=Aide"}', [{"id": "1"}])[0]["job_title"] == "Aide"
    )


def test_a_list_read_as_one_value_is_its_first() -> None:
    """The first organisation of several is the main one."""
    found = mapped('entity = "user"\nkey = "id"\nfields = {primary_org = "orgs"}', [{"id": "1", "orgs": " ;S2;S1"}])
    assert found[0]["primary_org"] == "S2"


def test_one_value_read_as_a_list_is_a_list_of_it() -> None:
    """A field that holds several takes a column that holds one."""
    rule = 'entity = "class"\nkey = "id"\nfields = {title = "first", subjects = "{last}"}'
    assert [r["subjects"] for r in mapped(rule, [{"id": "1", "last": 'a"b'}, {"id": "2", "last": ""}])] == [
        '["a\\"b"]',
        None,
    ]


def test_flags_are_the_list_of_what_is_true() -> None:
    """Columns of yes and no become the list of those that say yes; none of them is blank."""
    races = '{flags = {white = "white", asian = "asian"}}'
    rule = f'entity = "demographics"\nkey = "id"\nfields = {{user = "id", races = {races}}}'
    rows = [
        {"id": "1", "white": "Y", "asian": "true"},
        {"id": "2", "white": "N", "asian": "1"},
        {"id": "3", "white": "", "asian": "no"},
    ]
    assert [r["races"] for r in mapped(rule, rows)] == ['["white","asian"]', '["asian"]', None]


def test_extra_columns_become_an_object() -> None:
    """Further columns are kept by their name, without those that are blank."""
    rule = 'entity = "user"\nkey = "id"\nfields = {custom = "@extra"}'
    rows = [{"id": "1", "x_b": "2", "x_a": 'say "hi"\\'}, {"id": "2", "x_b": " ", "x_a": ""}]
    assert [r["custom"] for r in mapped(rule, rows)] == ['{"x_a":"say \\"hi\\"\\\\","x_b":"2"}', None]


@given(st.text(min_size=1, max_size=8), st.text(max_size=8))
def test_extra_columns_are_valid_json(name: str, value: str) -> None:
    """Whatever a further column is called and says, the object can be read."""
    rule = 'entity = "user"\nkey = "id"\nfields = {custom = "@extra"}'
    custom = mapped(rule, [{"id": "1", f"x_{name}": value}])[0]["custom"]
    assert custom is None or list(json.loads(custom)) == [f"x_{name}"]


@pytest.mark.parametrize("status", ["inactive", "TOBEDELETED", "Withdrawn", "false", "dropped"])
def test_the_sender_may_end_a_record(status: str) -> None:
    """A status that says so ends the record; any other, and none, does not."""
    rows = [{"id": "1", "status": status}, {"id": "2", "status": "active"}, {"id": "3", "status": ""}]
    assert [r["ended"] for r in mapped('entity = "user"\nkey = "id"\nfields = {}', rows)] == [True, False, False]


@pytest.mark.parametrize(
    "source, row",
    [
        ("{first} {last}", {"first": "é" * 200, "last": "é" * 200}),
        ("orgs", {"orgs": "é" * 256 + ";b"}),
        ("{id}!", {"id": "1" * 255}),
    ],
)
def test_what_is_put_together_may_be_too_long(source: str, row: dict[str, str]) -> None:
    """A value longer than its field is left out, wherever it comes from: the database would refuse the whole plan."""
    rule = f'entity = "user"\nkey = "=k"\nfields = {{homeroom = "{source}"}}'
    assert mapped(rule, [{"id": "1", **row}])[0]["homeroom"] is None


def test_what_is_put_together_may_fill_its_field() -> None:
    """Length counts characters: 255 of them fit, however many bytes they are."""
    rule = 'entity = "user"\nkey = "id"\nfields = {homeroom = "{first}{last}"}'
    row = {"id": "1", "first": "é" * 200, "last": "é" * 55}
    assert mapped(rule, [row])[0]["homeroom"] == "é" * 255
