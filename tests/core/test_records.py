"""Records that do not stand alone: repeats, missing parts, references, trees."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core import schema
from rollbook.core.hashing import key_hash
from rollbook.core.mapping import RECORD_COLUMNS, hash_of
from rollbook.core.records import Settled, Surroundings, settle, with_effects

Values = Mapping[str, Any]
Issue = tuple[str, str | None, str | None, str | None]
NOWHERE = Surroundings({}, {}, {})


def records(entity: str, rows: Sequence[Values]) -> pl.LazyFrame:
    """A record frame; `key` is the source key, `line` the line unless the order says it."""
    own = {"key", "sheet", "line", "ended", "repeats", "placeholder"}
    fields = [f.name for f in schema.entity(entity).fields if any(f.name in row for row in rows)]
    assert not {name for row in rows for name in row} - own - set(fields)
    made = [
        {
            "source_key": row["key"],
            "ended": row.get("ended", False),
            "file": 0,
            "line": row.get("line", number),
            "sheet": row.get("sheet", "s"),
            "repeats": row.get("repeats", False),
            "placeholder": row.get("placeholder", False),
            **{name: row.get(name) for name in fields},
        }
        for number, row in enumerate(rows, 2)
    ]
    types = {"source_key": pl.String, "ended": pl.Boolean, "file": pl.UInt16, "line": pl.UInt32, "sheet": pl.String}
    flags = {"repeats": pl.Boolean, "placeholder": pl.Boolean}
    frame = pl.LazyFrame(made, schema={**types, **flags, **dict.fromkeys(fields, pl.String)}, orient="row")
    hashed = frame.with_columns(key_hash("source_key").alias("key_hash"), hash_of(entity, fields).alias("record_hash"))
    return hashed.select(*RECORD_COLUMNS, "sheet", "repeats", "placeholder", *fields)


def keys(*known: str) -> pl.LazyFrame:
    return pl.LazyFrame({"k": known}, schema={"k": pl.String}).select(key_hash("k").alias("key_hash"))


def knowing(**known: Sequence[str]) -> Surroundings:
    return Surroundings({entity: keys(*names) for entity, names in known.items()}, {}, {})


@dataclass
class Outcome:
    """What was settled, in plain values."""

    records: dict[str, dict[str, Any]]
    issues: list[Issue]  # code, field, key, detail
    rejected: list[tuple[int, str]]


def settled(entity: str, rows: Sequence[Values], around: Surroundings = NOWHERE) -> Outcome:
    return plain(settle(schema.entity(entity), records(entity, rows), around))


def plain(found: Settled) -> Outcome:
    kept = found.records.collect().drop("key_hash", "record_hash", "file", "line", "sheet", "ended")
    return Outcome(
        {row.pop("source_key"): {n: v for n, v in row.items() if v is not None} for row in kept.to_dicts()},
        found.issues.select("code", "field", "key", "detail").rows(),
        sorted(found.rejected.select("line", "codes").rows()),
    )


# Repeats ---------------------------------------------------------------------------------------------


def test_records_with_different_keys_stand() -> None:
    """What does not repeat is left as it is."""
    found = settled("org", [{"key": "1", "name": "North"}, {"key": "2", "name": "North"}])
    assert found == Outcome({"1": {"name": "North"}, "2": {"name": "North"}}, [], [])


def test_a_repeated_row_is_taken_once_and_told() -> None:
    """The same row twice is one record, with a notice that names both lines."""
    found = settled("user", [{"key": "1", "given_name": "Ada"}, {"key": "1", "given_name": "Ada"}])
    assert found.records == {"1": {"given_name": "Ada"}}
    assert found.issues == [("duplicate-row", None, "1", "s line 2, s line 3")]


def test_a_contact_of_several_children_is_no_repeat() -> None:
    """Where a layout expects many rows for one record, nothing is said."""
    row = {"key": "1", "given_name": "Gus", "repeats": True}
    assert settled("user", [row, row]) == Outcome({"1": {"given_name": "Gus"}}, [], [])


def test_blanks_are_filled_from_the_other_rows() -> None:
    """One row knows the address, the other the telephone: the record knows both."""
    rows: list[Values] = [{"key": "1", "email": "a@x.example"}, {"key": "1", "phone": "+1", "email": None}]
    found = settled("user", rows)
    assert found.records == {"1": {"email": "a@x.example", "phone": "+1"}}


def test_lists_are_united() -> None:
    """Of several rows a list takes all values, each once, in their own order."""
    lists = ['["10","09"]', '["11","10"]', None]
    rows = [{"key": "1", "grades": text} for text in lists]
    assert settled("user", rows).records == {"1": {"grades": '["09","10","11"]'}}


def test_where_rows_differ_the_greatest_text_is_taken_and_told() -> None:
    """Rows that differ in what anybody may change are one record; which value was taken does not depend on luck."""
    found = settled("user", [{"key": "1", "phone": "+1"}, {"key": "1", "phone": "+2"}])
    assert found.records == {"1": {"phone": "+2"}}
    assert ("duplicate-differs", "phone", "1", "s line 2, s line 3") in found.issues


@pytest.mark.parametrize(
    "entity, field",
    [
        ("user", "given_name"),
        ("user", "family_name"),
        ("demographics", "birth_date"),
        ("org", "name"),
        ("class", "title"),
    ],
)
def test_two_records_under_one_id_are_both_refused(entity: str, field: str) -> None:
    """Two names or birth dates under one id may be two people: none is taken, and both lines are named."""
    found = settled(entity, [{"key": "1", field: "A"}, {"key": "2", field: "B"}, {"key": "1", field: "C", "line": 9}])
    assert found.records == {"2": {field: "B"}}
    assert found.issues == [("duplicate-conflict", field, "1", "s line 2, s line 9")]
    assert found.rejected == [(2, "duplicate-conflict"), (9, "duplicate-conflict")]


def test_a_blank_name_is_no_conflict() -> None:
    """A row that does not say the name does not say another one."""
    assert settled("user", [{"key": "1", "given_name": "Ada"}, {"key": "1"}]).rejected == []


def test_a_record_has_ended_when_all_its_rows_say_so() -> None:
    """One row that is still active keeps the record."""
    rows = [{"key": "1", "ended": True}, {"key": "1", "ended": False}, {"key": "2", "ended": True}]
    found = settle(schema.entity("user"), records("user", rows), NOWHERE).records.collect().sort("source_key")
    assert found["ended"].to_list() == [False, True]


def test_a_placeholder_makes_way_for_the_record() -> None:
    """What only stands in for a record nobody described says nothing once somebody does."""
    named: Values = {"key": "1", "name": "North"}
    stand_in: Values = {"key": "1", "name": "1", "placeholder": True, "repeats": True}
    assert settled("org", [stand_in, named, stand_in]) == Outcome({"1": {"name": "North"}}, [], [])


def test_a_placeholder_stands_where_nobody_else_does() -> None:
    """Without a description the stand-in is the record."""
    stand_in = {"key": "1", "name": "1", "placeholder": True, "repeats": True}
    assert settled("org", [stand_in, stand_in]) == Outcome({"1": {"name": "1"}}, [], [])


ROW = st.fixed_dictionaries(
    {"key": st.sampled_from("12"), "sheet": st.sampled_from(["s", "t"])},
    optional={
        "given_name": st.sampled_from(["Ada", "Ida"]),
        "phone": st.sampled_from(["+1", "+2", "+3"]),
        "grades": st.sampled_from(['["09"]', '["10","09"]', '["a\\"b"]']),
        "primary_org": st.sampled_from(["S1", "S9"]),
        "ended": st.booleans(),
        "repeats": st.booleans(),
        "placeholder": st.booleans(),
    },
)


@given(st.lists(ROW, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(rows: list[dict[str, Any]], dice: random.Random) -> None:
    """Rows in any order give the same records, the same issues and the same rejects."""
    placed = [{**row, "line": number} for number, row in enumerate(rows, 2)]
    around = knowing(org=["S1"])
    one, other = settled("user", placed, around), settled("user", dice.sample(placed, len(placed)), around)
    assert one.records == other.records
    assert sorted(map(str, one.issues)) == sorted(map(str, other.issues))
    assert one.rejected == other.rejected


# Required parts and references -----------------------------------------------------------------------


def test_a_record_without_a_required_part_falls() -> None:
    """What is put together may still lack what it needs."""
    found = settled("org", [{"key": "1", "name": None, "type": "school"}, {"key": "2", "name": "N", "type": "school"}])
    assert list(found.records) == ["2"]
    assert found.issues == [("required-blank", "name", "1", None)]
    assert found.rejected == [(2, "required-blank")]


ENROLLMENT = {"roster_class": "K1", "user": "P1", "role": "student"}


def test_a_required_reference_must_be_known() -> None:
    """An enrollment of nobody falls; the issue names who is missing, once for all that need them."""
    rows = [
        {"key": "1", **ENROLLMENT},
        {"key": "2", **ENROLLMENT, "user": "P9"},
        {"key": "3", **ENROLLMENT, "user": "P9"},
    ]
    found = settled("enrollment", rows, knowing(**{"class": ["K1"]}, user=["P1"]))
    assert list(found.records) == ["1"]
    assert found.issues == [("reference-not-found", "user", "P9", None)]
    assert found.rejected == [(3, "reference-not-found"), (4, "reference-not-found")]


def test_an_optional_reference_that_is_unknown_is_left_out() -> None:
    """The record stands without it, and that is told once."""
    rows = [{"key": "1", "given_name": "A", "primary_org": "S9"}, {"key": "2", "given_name": "B", "primary_org": "S9"}]
    found = settled("user", rows, knowing(org=["S1"]))
    assert found.records == {"1": {"given_name": "A"}, "2": {"given_name": "B"}}
    assert found.issues == [("reference-dropped", "primary_org", "S9", None)]


def test_unknown_members_of_a_list_are_left_out() -> None:
    """The other references of the list stay, in their order."""
    rows = [{"key": "1", "title": "K", "school": "S1", "terms": '["T2","T9","T1"]'}]
    found = settled("class", rows, knowing(org=["S1"], academic_session=["T1", "T2"]))
    assert found.records["1"]["terms"] == '["T2","T1"]'
    assert found.issues == [("reference-dropped", "terms", "T9", None)]


@pytest.mark.parametrize(
    "entity, values", [("user", {"primary_org": "S9"}), ("class", {"school": "S1", "terms": '["T9"]'})]
)
def test_what_was_left_out_does_not_count(entity: str, values: Values) -> None:
    """A record has the hash of what is taken of it: when its reference turns up, it has changed."""
    around = knowing(org=["S1"], academic_session=["T1"])
    found = settle(schema.entity(entity), records(entity, [{"key": "1", **values}]), around).records.collect()
    assert found["record_hash"].to_list() == found.select(hash_of(entity, values).alias("h"))["h"].to_list()


def test_a_record_may_refer_to_its_own_kind() -> None:
    """A school below a district of the same file is known, wherever in the file it stands."""
    rows = [{"key": "S", "name": "S", "parent": "D"}, {"key": "D", "name": "D"}]
    assert settled("org", rows) == Outcome({"S": {"name": "S", "parent": "D"}, "D": {"name": "D"}}, [], [])


def test_effects_are_counted_through_two_levels() -> None:
    """A class that falls takes its enrollments: one issue, with the number of rows that fell because of it."""
    classes = settle(
        schema.entity("class"),
        records("class", [{"key": "K1", "title": "A", "school": "S9"}, {"key": "K2", "title": "B", "school": "S9"}]),
        knowing(org=["S1"]),
    )
    enrollments = settle(
        schema.entity("enrollment"),
        records("enrollment", [{"key": str(n), **ENROLLMENT} for n in range(3)]),
        Surroundings({"class": keys(), "user": keys("P1")}, {"class": classes.fallen}, {}),
    )
    issues = with_effects(
        pl.concat([classes.issues, enrollments.issues]), pl.concat([classes.rejected, enrollments.rejected])
    )
    assert issues.select("code", "key", "effects").rows() == [("reference-not-found", "S9", 5)]


# Trees -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("circle", ["A", "AB", "ABCDEF"])
def test_nothing_is_above_itself(circle: str) -> None:
    """The records of a circle keep everything but the parent, and each is told; who hangs below keeps theirs."""
    above = dict(zip(circle, circle[1:] + circle[:1], strict=True))
    rows = [{"key": key, "name": key, "parent": parent} for key, parent in above.items()]
    found = settled("org", [*rows, {"key": "Z", "name": "Z", "parent": "A"}])
    assert found.records == {**{key: {"name": key} for key in circle}, "Z": {"name": "Z", "parent": "A"}}
    assert found.issues == [("reference-cycle", "parent", key, None) for key in circle]


def test_a_deep_tree_is_no_circle() -> None:
    """A long way up is a way up."""
    rows = [{"key": f"T{n}", "title": "t", "parent": f"T{n - 1}" if n else None} for n in range(100)]
    assert settled("academic_session", rows).issues == []
