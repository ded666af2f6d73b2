"""Pulled records -> the rows of a landing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.layout import Layout
from rollbook.landing import spool
from rollbook.landing.spool import Spool, as_text, at
from rollbook.sources.layouts import load_text

LAYOUT = load_text("""
name = "few"
title = "Few"
[[sheet]]
name = "people"
required = true
[sheet.columns]
id = {required = true}
"name.first" = {}
"races.code" = {}
secret = {drop = true}
[[sheet.record]]
entity = "user"
key = "id"
fields = {given_name = "name.first", family_name = "races.code"}
""")

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _landed(layout: Layout, folder: Path, records: list[Any]) -> tuple[Spool, pl.DataFrame]:
    made = Spool(layout, folder)
    made.add("people", records, "/people")
    made.close()
    return made, pl.read_parquet(folder / "people" / "*.parquet")


def test_paths_lead_into_a_record(tmp_path: Path) -> None:
    """A column is a path; one object counts as a list of one, and what is nothing stays empty."""
    records = [
        {"id": 7, "name": {"first": "Ada"}, "races": [{"code": "A"}, {"code": 700}]},
        {"id": "007", "name": "", "races": {"code": "B"}},
        {"id": True, "name": {"first": ""}, "races": None},
    ]
    _, rows = _landed(LAYOUT, tmp_path, records)
    assert rows.select("id", "name.first", "races.code", "_line").rows() == [
        ("7", "Ada", "A,700", 1),
        ("007", None, "B", 2),
        ("true", None, None, 3),
    ]


def test_what_nobody_declared_is_not_stored(tmp_path: Path) -> None:
    """Only the names of further members are known, and of secrets and government numbers not even those."""
    within = {"bus": "7", "pin": {"set": True}, "ssn": "000-00-0000"}
    record = {"id": 1, "nick": "Addie", "password": "made-up", "ssn": "000-00-0000", "more": within, "none": None}
    made, rows = _landed(LAYOUT, tmp_path, [record])
    assert rows.columns == ["id", "name.first", "races.code", "_file", "_line", "_cells"]
    assert made.close().files[0].further == ("nick", "more.bus")


def test_memory_stays_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written part by part, and their numbers go on."""
    monkeypatch.setattr(spool, "PART", 10)
    made, rows = _landed(LAYOUT, tmp_path, [{"id": number} for number in range(25)])
    assert len(list((tmp_path / "people").iterdir())) == 3
    assert rows["_line"].to_list() == list(range(1, 26))
    assert made.distinct("people", ("id",)) == 25


def test_what_came_before_can_be_forgotten(tmp_path: Path) -> None:
    """A pull that begins anew leaves nothing of the first one."""
    made, _ = _landed(LAYOUT, tmp_path, [{"id": 1}])
    made.clear()
    assert (made.rows("people"), list(tmp_path.iterdir())) == (0, [])


@given(_json)
def test_any_value_becomes_text_or_nothing(value: Any) -> None:
    """Whatever a system sends, a cell is text that is not blank, or nothing."""
    assert as_text(value) is None or as_text(value) != ""


@given(_json, st.lists(st.text(max_size=5), max_size=4))
def test_any_path_leads_somewhere_or_nowhere(value: Any, path: list[str]) -> None:
    """No record and no path is an error."""
    at(value, tuple(path))


def test_halves_of_characters_are_no_reason_to_fail(tmp_path: Path) -> None:
    """JSON can hold what no text can; it becomes a question mark."""
    _, rows = _landed(LAYOUT, tmp_path, [{"id": "1", "name": {"first": "A\ud800"}}])
    assert rows["name.first"].to_list() == ["A?"]
