"""Columns that a sheet fills from other sheets of the delivery."""

import random
from collections.abc import Sequence

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.lookups import with_lookups
from rollbook.core.values import Reading
from rollbook.sources import layouts

LAYOUT = layouts.load_text("""
name = "t"
title = "T"
[[sheet]]
name = "seats"
[sheet.columns]
person = {}
room = {}
[sheet.lookups]
role = {take = "kind", from = ["users", "staff"], where = "no", is = "person"}
roles = {take = "kind", from = ["users", "staff"], where = "no", is = "person", list = true}
student = {take = "name", from = ["users"], where = "no", is = "{person}", when = {kind = ["student"]}}
[[sheet.record]]
entity = "user"
key = "person"
fields = {homeroom = "role", house = "roles", track = "student"}
[[sheet]]
name = "users"
[sheet.columns]
no = {}
name = {}
kind = {code = "role"}
[[sheet]]
name = "staff"
[sheet.columns]
no = {}
kind = {code = "role"}
""")

Rows = Sequence[tuple[str, ...]]

USERS = [
    ("1", "Ada", "Student"),
    ("2", "Ben", "teacher"),
    (" 3 ", "Cy", ""),
    ("1", "Ada", "guardian"),
    ("", "Eve", "student"),
]
STAFF = [("2", "aide"), ("4", "principal")]


def looked_up(people: Sequence[str | None], users: Rows = USERS, staff: Rows | None = STAFF) -> pl.DataFrame:
    """The seats of these people, with what was found for each."""
    frames = {"seats": pl.DataFrame({"person": people, "room": "R"}, schema={"person": pl.String, "room": pl.String})}
    frames["users"] = pl.DataFrame(users, schema={"no": pl.String, "name": pl.String, "kind": pl.String}, orient="row")
    if staff is not None:
        frames["staff"] = pl.DataFrame(staff, schema={"no": pl.String, "kind": pl.String}, orient="row")
    landed = {name: frame.lazy() for name, frame in frames.items()}
    return with_lookups(LAYOUT.sheet("seats"), landed, LAYOUT, Reading()).collect()


def test_a_row_takes_what_another_sheet_says() -> None:
    """One value is the least of those found; a list has all of them, each once."""
    found = looked_up(["1", "2", "4"])
    assert found["role"].to_list() == ["Student", "aide", "principal"]
    assert found["roles"].to_list() == ["Student,guardian", "aide,teacher", "principal"]


def test_what_is_found_nowhere_is_blank() -> None:
    """Nobody there, a blank value there, and no value here give blank."""
    assert looked_up(["9", "3", "", " ", None])["role"].to_list() == [None] * 5


def test_blanks_around_values_do_not_count() -> None:
    """What is compared is compared as it is read."""
    assert looked_up([" 1 "])["student"].to_list() == ["Ada"]


def test_only_rows_that_are_asked_for_are_looked_at() -> None:
    """A condition of a lookup asks for mapped codes."""
    assert looked_up(["1", "2"])["student"].to_list() == ["Ada", None]


def test_a_sheet_that_did_not_come_says_nothing() -> None:
    """A lookup goes on with the sheets that came."""
    assert looked_up(["2", "4"], staff=None)["role"].to_list() == ["teacher", None]


def test_rows_stay_as_they_are() -> None:
    """A lookup neither adds, drops nor moves a row, however often a value is found."""
    people = ["4", "1", "1", None, "2", "9"]
    assert looked_up(list(people)).select("person", "room").rows() == [(person, "R") for person in people]


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_other_sheet_does_not_matter(dice: random.Random) -> None:
    """The same rows in any order give the same values."""
    users, staff = dice.sample(USERS, len(USERS)), dice.sample(STAFF, len(STAFF))
    assert looked_up(["1", "2", "3", "4"], users, staff).rows() == looked_up(["1", "2", "3", "4"]).rows()
