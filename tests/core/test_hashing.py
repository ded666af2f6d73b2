"""Hashes that are stored: their values never change, whatever version of whatever library computes them."""

import random

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.hashing import key_hash, record_hash, sourced_id

RECORD = {"source_key": "P1", "given_name": "Ada", "family_name": "Roe", "email": None}

# Computed once, on 2026-11-22. Never compute them again: rows in the field have these.
KEY_HASHES = [
    -8224002828637000200,
    3244421341483603138,
    42849539300347266,
    -606849052844159821,
    -2590793571095771736,
    9052951243107448037,
    -4040144228928249271,
    -4565375157376599422,
]
RECORD_HASH = -3465674543884856
SOURCED_ID = "4024763caa18e91a623687202f92fd21"


def hashed(expr: pl.Expr, **values: str | None) -> object:
    """What an expression gives for one row."""
    return (
        pl.DataFrame({n: [v] for n, v in values.items()}, schema_overrides=dict.fromkeys(values, pl.String))
        .select(expr)
        .item()
    )


def test_key_hashes_are_those_of_stored_rows() -> None:
    """A key has the hash it had when its row was written: anything else would make everybody new."""
    keys = ["P1", "", "007", "é", "e\u0301", "🎓", "a|b", "x" * 1000]
    assert pl.DataFrame({"k": keys}).select(key_hash("k"))["k"].to_list() == KEY_HASHES


def test_record_hashes_are_those_of_stored_rows() -> None:
    """A record has the hash it had when its row was written: anything else would make everybody changed."""
    assert hashed(record_hash("user", list(RECORD)), **RECORD) == RECORD_HASH


def test_ids_are_those_that_were_given_out() -> None:
    """A key of an integration gets the id it always got: references and other systems rely on it."""
    assert hashed(sourced_id("a" * 32, "user", "k"), k="P1") == SOURCED_ID


def test_ids_differ_between_integrations_and_entities() -> None:
    """One key in two integrations, or of two kinds of record, is two things."""
    ids = {hashed(sourced_id(namespace, entity, "k"), k="P1") for namespace in ("a", "b") for entity in ("user", "org")}
    assert len(ids) == 4


def test_no_key_has_no_hash() -> None:
    """A reference that is blank points at nothing, not at the record without a key."""
    assert hashed(key_hash("k"), k=None) is None
    assert hashed(sourced_id("a", "user", "k"), k=None) is None
    assert hashed(key_hash("k"), k="") is not None


@given(st.randoms(use_true_random=False))
def test_order_of_fields_does_not_matter(dice: random.Random) -> None:
    """The order of columns is the sender's business."""
    fields = dice.sample(list(RECORD), len(RECORD))
    assert hashed(record_hash("user", fields), **RECORD) == RECORD_HASH


def test_a_blank_field_adds_nothing() -> None:
    """Mapping one more column that nobody fills changes no record."""
    assert hashed(record_hash("user", [*RECORD, "phone"]), **RECORD, phone=None) == RECORD_HASH


def test_a_value_counts_for_its_own_field() -> None:
    """First and last name swapped are another record, and so is a value that moved to another field."""
    swapped = {**RECORD, "given_name": "Roe", "family_name": "Ada"}
    moved = {**RECORD, "given_name": None, "email": "Ada"}
    hashes = {hashed(record_hash("user", list(RECORD)), **values) for values in (RECORD, swapped, moved)}
    assert len(hashes) == 3


def test_a_blank_and_an_empty_text_differ() -> None:
    """An empty text is a value; nothing is none."""
    assert hashed(record_hash("user", ["email"]), email="") != hashed(record_hash("user", ["email"]), email=None)
