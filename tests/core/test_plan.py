"""What would change: existing rows and incoming records -> plan rows."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from rollbook.core import schema
from rollbook.core.hashing import key_hash, sourced_id
from rollbook.core.mapping import RECORD_COLUMNS, hash_of
from rollbook.core.plan import (
    LINK_COLUMNS,
    PLAN_COLUMNS,
    Absence,
    Action,
    Naming,
    creates,
    deactivations,
    differing,
    sticky_kept,
    touches,
)

USER = schema.entity("user")
FIELDS = ["given_name", "family_name", "email", "primary_org", "exit_date"]
NAMING = Naming("n" * 32, {})
ADA: dict[str, Any] = {"given_name": "Ada", "family_name": "Roe", "email": "ada@x.example", "exit_date": "2026-01-01"}
ROW_ID = "f" * 32

Values = Mapping[str, Any]


def record(key: str = "P1", ended: bool = False, **values: Any) -> pl.DataFrame:
    """An incoming record of a user."""
    own = {"source_key": key, "ended": ended, "file": 0, "line": 2, "sheet": "s"}
    types = {"source_key": pl.String, "ended": pl.Boolean, "file": pl.UInt16, "line": pl.UInt32, "sheet": pl.String}
    frame = pl.DataFrame(
        [{**own, **dict.fromkeys(FIELDS), **values}], schema={**types, **dict.fromkeys(FIELDS, pl.String)}
    )
    hashed = frame.with_columns(key_hash("source_key").alias("key_hash"), hash_of("user", FIELDS).alias("record_hash"))
    return hashed.select(*RECORD_COLUMNS, "sheet", *FIELDS)


def row(active: bool = True, sticky: str | None = None, dropped: str | None = None, **values: Any) -> pl.DataFrame:
    """The row behind the link of P1, as it is."""
    own = {"sourced_id": ROW_ID, "link": "own", "active": active, "revision": 3, "sticky": sticky, "dropped": dropped}
    types = {
        "sourced_id": pl.String,
        "link": pl.String,
        "active": pl.Boolean,
        "revision": pl.Int64,
        "sticky": pl.String,
        "dropped": pl.String,
    }
    frame = pl.DataFrame(
        [{**own, **dict.fromkeys(FIELDS), **values}], schema={**types, **dict.fromkeys(FIELDS, pl.String)}
    )
    return (
        frame.with_columns(pl.lit("P1").alias("source_key"))
        .with_columns(key_hash("source_key").alias("key_hash"))
        .drop("source_key")
    )


def touched(new: pl.DataFrame, old: pl.DataFrame, clears: bool = False) -> dict[str, Any]:
    """The one plan row that a record makes of a row."""
    found = touches(new, old, USER, FIELDS, NAMING, clears=clears)
    assert found.columns == [*PLAN_COLUMNS, *FIELDS, *(f"old.{name}" for name in FIELDS)]
    return found.row(0, named=True)


# Unchanged -------------------------------------------------------------------------------------------


def links(new: pl.DataFrame, active: bool = True, **other: Any) -> pl.LazyFrame:
    link = new.select("key_hash", "record_hash", pl.lit(active).alias("active"))
    return link.with_columns(**{name: pl.lit(value, LINK_COLUMNS[name]) for name, value in other.items()}).lazy()


def test_an_equal_record_costs_two_hashes() -> None:
    """A record whose hashes are those of its link is not looked at again."""
    assert differing(record(**ADA).lazy(), links(record(**ADA))).collect().is_empty()


@pytest.mark.parametrize("other", [{"record_hash": 7}, {"record_hash": None}, {"key_hash": 7}, {"active": False}])
def test_a_record_that_may_differ_is_looked_at(other: dict[str, Any]) -> None:
    """Another hash, no hash, another key or an inactive row: the values are compared."""
    assert differing(record(**ADA).lazy(), links(record(**ADA), **other)).collect().height == 1


def test_an_ended_record_is_equal_to_an_inactive_row() -> None:
    """Who has left and is sent again as having left has not changed."""
    assert differing(record(ended=True, **ADA).lazy(), links(record(**ADA), active=False)).collect().is_empty()
    assert differing(record(ended=True, **ADA).lazy(), links(record(**ADA))).collect().height == 1


# Creates ---------------------------------------------------------------------------------------------


def test_a_new_record_becomes_a_row() -> None:
    """It has the id that follows from its key, and says what it is called and where it came from."""
    made = creates(record(**ADA, primary_org="S1").lazy(), USER, FIELDS, NAMING).collect().row(0, named=True)
    ids = pl.DataFrame({"k": ["P1", "S1"]}).select(
        user=sourced_id("n" * 32, "user", "k"), org=sourced_id("n" * 32, "org", "k")
    )
    assert {name: made[name] for name in ("action", "link", "sourced_id", "scope", "label", "line", "primary_org")} == {
        "action": "create",
        "link": "own",
        "sourced_id": ids["user"][0],
        "scope": ids["org"][1],
        "label": "Ada Roe",
        "line": 2,
        "primary_org": ids["org"][1],
    }


def test_what_ended_before_it_was_known_is_not_made() -> None:
    """Who left before the hub saw them is no new person."""
    assert creates(record(ended=True, **ADA).lazy(), USER, FIELDS, NAMING).collect().is_empty()


def test_references_name_rows_that_others_made() -> None:
    """Where a key is linked to a row of another integration, references name that row; others follow from the key."""
    shared = Naming("n" * 32, {"org": pl.DataFrame({"source_key": ["S1"], "sourced_id": ["a" * 32]})})
    people = pl.concat([record("P1", primary_org="S1"), record("P2", primary_org="S2"), record("P3")])
    made = creates(people.lazy(), USER, FIELDS, shared).collect()["primary_org"].to_list()
    own = pl.DataFrame({"k": ["S2"]}).select(sourced_id("n" * 32, "org", "k").alias("id"))["id"][0]
    assert made == ["a" * 32, own, None]


def test_lists_of_references_keep_their_order() -> None:
    """Each element is named on its own, and the order stays."""
    entity, naming = (
        schema.entity("class"),
        Naming("n" * 32, {"academic_session": pl.DataFrame({"source_key": ["T2"], "sourced_id": ["b" * 32]})}),
    )
    frame = pl.LazyFrame({"source_key": ["K1", "K2"], "terms": ['["T3","T2","T1"]', None]})
    named = naming.resolve(frame, entity, ["terms"]).collect()["terms"].to_list()
    ids = pl.DataFrame({"k": ["T3", "T1"]}).select(sourced_id("n" * 32, "academic_session", "k").alias("id"))["id"]
    assert named == [f'["{ids[0]}","{"b" * 32}","{ids[1]}"]', None]


# Updates ---------------------------------------------------------------------------------------------


def test_an_update_names_the_fields_that_change() -> None:
    """Old and new value stand side by side; what is equal is not named."""
    found = touched(record(**{**ADA, "family_name": "Rowe", "email": "new@x.example"}), row(**ADA))
    assert (found["action"], found["changed"], found["revision"]) == ("update", "family_name,email", 3)
    assert (found["old.family_name"], found["family_name"], found["given_name"]) == ("Roe", "Rowe", "Ada")


def test_a_record_written_otherwise_only_gets_its_hash() -> None:
    """Where no value of the row changes, nothing but the hash is kept."""
    found = touched(record(**ADA), row(**ADA))
    assert (found["action"], found["changed"]) == ("relink", "")


def test_a_blank_leaves_the_old_value() -> None:
    """By default a blank says nothing about what is known already."""
    found = touched(record(**{**ADA, "email": None}), row(**ADA))
    assert (found["action"], found["email"]) == ("relink", "ada@x.example")


def test_a_blank_clears_where_the_integration_says_so() -> None:
    """With blanks that clear, the old value goes."""
    found = touched(record(**{**ADA, "email": None}), row(**ADA), clears=True)
    assert (found["action"], found["changed"], found["email"]) == ("update", "email", None)


def test_some_fields_always_clear() -> None:
    """An end date that is gone means that nothing ends, whatever is done with blanks elsewhere."""
    found = touched(record(**{**ADA, "exit_date": None}), row(**ADA))
    assert (found["changed"], found["exit_date"]) == ("exit_date", None)


@pytest.mark.parametrize("clears", [False, True])
def test_a_value_that_could_not_be_read_clears_nothing(clears: bool) -> None:
    """A typing mistake is no blank: the old value stays, also where blanks clear."""
    found = touched(record(**{**ADA, "exit_date": None}), row(dropped="exit_date,phone", **ADA), clears)
    assert (found["action"], found["exit_date"]) == ("relink", "2026-01-01")


@pytest.mark.parametrize("clears", [False, True])
def test_a_hand_edit_stays(clears: bool) -> None:
    """A field that a person edited keeps its value, and the other fields follow the source."""
    new = record(**{**ADA, "family_name": "Rowe", "email": None, "given_name": "Ida"})
    found = touched(new, row(sticky="family_name,email", **ADA), clears)
    assert (found["changed"], found["family_name"], found["email"]) == ("given_name", "Roe", "ada@x.example")


def test_hand_edits_that_stood_against_the_source_are_told() -> None:
    """Only where the source says something else: neither where it agrees nor where it says nothing."""
    new = record(**{**ADA, "family_name": "Rowe", "email": None})
    found = sticky_kept(
        new, row(sticky="family_name,given_name,email", **ADA).with_columns(source_key=pl.lit("P1")), FIELDS
    )
    assert found.rows() == [("P1", "family_name")]


# Ends and returns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ended, active, action",
    [(True, True, "deactivate"), (False, False, "reactivate"), (True, False, "relink"), (False, True, "update")],
)
def test_a_record_decides_whether_its_row_is_active(ended: bool, active: bool, action: str) -> None:
    """What the sender ended ends, what comes back wakes up, and what had ended before stays as it was."""
    found = touched(record(ended=ended, **{**ADA, "family_name": "Rowe"}), row(active, **ADA))
    assert found["action"] == action
    assert found["changed"] == ("" if action == "relink" else "family_name")


def test_absence_ends_a_row_and_changes_none_of_its_values() -> None:
    """A record that a complete input lacks is only deactivated."""
    current = row(**ADA).with_columns(source_key=pl.lit("P1"))
    found = deactivations(current, USER).row(0, named=True)
    assert list(found) == list(PLAN_COLUMNS)
    assert (found["action"], found["changed"], found["record_hash"], found["label"]) == (
        "deactivate",
        None,
        None,
        "Ada Roe",
    )


def test_the_policy_says_whose_absence_counts() -> None:
    """`keep` ends nothing, `end_enrollment` enrollments, `deactivate` everything."""
    judged = {policy: {e.name for e in schema.ENTITIES if policy.judges(e.name)} for policy in Absence}
    everything = {e.name for e in schema.ENTITIES}
    assert judged == {Absence.KEEP: set(), Absence.END_ENROLLMENT: {"enrollment"}, Absence.DEACTIVATE: everything}


def test_actions_are_public() -> None:
    """Scripts and stored plans rely on these words."""
    assert [action.value for action in Action] == ["create", "update", "reactivate", "deactivate", "relink"]
