import random
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from rollbook.core.identity import (
    ORG_RULES,
    Matches,
    Rule,
    match_people,
    match_records,
    people_rules,
    role_families,
)

COLUMNS = ("state_id", "employee_id", "email", "email_2", "given_name", "family_name", "birth_date")
RULES = people_rules(["state_id", "employee_id"])


def person(key: str, family: str = "student", **values: str | None) -> dict[str, Any]:
    return {"key": key, "role_families": [family], **values}


def people(rows: Sequence[dict[str, Any]], key: str) -> pl.LazyFrame:
    texts = dict.fromkeys(("key", *COLUMNS), pl.String())
    schema: dict[str, pl.DataType] = {"role_families": pl.List(pl.String), **texts}
    return pl.LazyFrame(rows, schema=schema).rename({"key": key})


def match(
    incoming: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]], rules: Sequence[Rule] = RULES
) -> Matches:
    return match_people(people(incoming, "source_key"), people(known, "sourced_id"), rules=rules)


def test_an_agreed_id_matches() -> None:
    """A person whose state id one known person has is that person."""
    found = match([person("a", state_id=" 7 ")], [person("K", state_id="7"), person("L", state_id="8")])
    assert found.matched.rows() == [("a", "K", "state_id")]


def test_ids_are_compared_byte_for_byte() -> None:
    """Leading zeros and case make another id."""
    found = match([person("a", state_id="07"), person("b", state_id="x")], [person("K", state_id="7X")])
    assert found.matched.is_empty()


def test_an_earlier_rule_wins() -> None:
    """The first rule that tells a person decides; what the next would say is not asked."""
    known = [person("K", state_id="7"), person("L", employee_id="9")]
    assert match([person("a", state_id="7", employee_id="9")], known).matched.rows() == [("a", "K", "state_id")]


def test_an_email_matches_whatever_its_place_and_case() -> None:
    """A main address here may be a second address there."""
    found = match([person("a", email="Ada@x.example")], [person("K", email_2="ADA@x.example")])
    assert found.matched.rows() == [("a", "K", "email")]


def test_an_email_only_counts_within_a_role_family() -> None:
    """A teacher and a guardian with one address are not merged."""
    found = match([person("a", "staff", email="a@x.example")], [person("K", "guardian", email="a@x.example")])
    assert (found.matched.height, found.ties.height) == (0, 0)


@pytest.mark.parametrize("fact", ["state_id", "birth_date"])
def test_an_email_does_not_beat_a_contradiction(fact: str) -> None:
    """Brothers with their mother's address stay two people: another id or birth date speaks against it."""
    found = match([person("a", email="a@x.example", **{fact: "1"})], [person("K", email="a@x.example", **{fact: "2"})])
    assert found.matched.is_empty()
    assert found.ties.rows() == [("a", "email", 1)]
    assert found.suggestions.rows() == [("a", "K", "email")]


def test_a_value_shared_on_either_side_is_a_tie() -> None:
    """Nobody is matched by a value that two records of one side have; the candidates are suggested."""
    two_known = match([person("a", state_id="7")], [person("K", state_id="7"), person("L", state_id="7")])
    two_new = match([person("a", state_id="7"), person("b", state_id="7")], [person("K", state_id="7")])
    assert two_known.matched.is_empty()
    assert two_known.ties.rows() == [("a", "state_id", 2)]
    assert two_known.suggestions.rows() == [("a", "K", "state_id"), ("a", "L", "state_id")]
    assert two_new.ties.rows() == [("a", "state_id", 2), ("b", "state_id", 2)]


def test_a_tie_is_not_settled_by_a_later_rule() -> None:
    """A person tied by id is not matched by e-mail."""
    known = [person("K", state_id="7"), person("L", state_id="7"), person("M", email="a@x.example")]
    found = match([person("a", state_id="7", email="a@x.example")], known)
    assert found.matched.is_empty()
    assert found.ties.rows() == [("a", "state_id", 2)]


def test_two_addresses_that_point_to_two_people_are_a_tie() -> None:
    """A person with the addresses of two known people is neither."""
    known = [person("K", email="a@x.example"), person("L", email="b@x.example")]
    found = match([person("a", email="a@x.example", email_2="b@x.example")], known)
    assert found.matched.is_empty()
    assert found.ties.rows() == [("a", "email", 2)]


def test_a_shared_second_address_does_not_hide_the_own_one() -> None:
    """Siblings with their parent's second address are told by their own first one."""
    pair = [("a", "K", "a@x.example"), ("b", "L", "b@x.example")]
    found = match(
        [person(new, email=own, email_2="home@x.example") for new, _, own in pair],
        [person(old, email=own, email_2="home@x.example") for _, old, own in pair],
    )
    assert found.matched.rows() == [("a", "K", "email"), ("b", "L", "email")]
    assert found.ties.is_empty()


def test_the_address_of_somebody_matched_is_no_tie() -> None:
    """A new sibling who shares an address with a person known by id is simply new."""
    incoming = [person("a", state_id="7", email="home@x.example"), person("b", email="home@x.example")]
    found = match(incoming, [person("K", state_id="7", email="home@x.example")])
    assert found.matched.rows() == [("a", "K", "state_id")]
    assert found.ties.is_empty()


def test_a_likeness_is_only_a_suggestion() -> None:
    """The same name and birth date match nobody, and are shown to a person."""
    ada = {"given_name": "Ada", "family_name": "Lee", "birth_date": "2015-01-02"}
    found = match([person("a", **ada)], [person("K", **{**ada, "given_name": " ADA"})])
    assert found.matched.is_empty()
    assert found.suggestions.rows() == [("a", "K", "likeness")]


def test_a_likeness_needs_all_three() -> None:
    """A name without a birth date suggests nothing."""
    ada = {"given_name": "Ada", "family_name": "Lee"}
    assert match([person("a", **ada)], [person("K", **ada)]).suggestions.is_empty()


def test_a_placeholder_suggests_nothing() -> None:
    """A value of very many records is reported as ties without listing every pair."""
    found = match(
        [person(f"a{n}", email="none@x.example") for n in range(50)],
        [person(f"K{n}", email="none@x.example") for n in range(50)],
    )
    assert (found.ties.height, found.suggestions.height) == (50, 0)


def test_orgs_match_by_identifier() -> None:
    """The same idea serves orgs, whose frames may lack columns."""
    incoming = pl.LazyFrame({"source_key": ["s"], "identifier": ["041"]})
    known = pl.LazyFrame({"sourced_id": ["S", "T"], "identifier": ["041", None], "state_identifier": ["9", "041"]})
    assert match_records(incoming, known, rules=ORG_RULES).matched.rows() == [("s", "S", "identifier")]


def test_families_of_roles() -> None:
    """A person has the families of all roles; a role that is none of them gives none."""
    roles = pl.LazyFrame({"user": ["a", "a", "a", "b"], "role": ["teacher", "parent", "staff", "other"]})
    assert sorted(role_families(roles).collect().rows()) == [("a", ["guardian", "staff"]), ("b", [])]


VALUES = st.sampled_from([None, "", "1", "2", "3"])
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "role_families": st.lists(st.sampled_from(["student", "staff"]), max_size=2),
            **dict.fromkeys(COLUMNS, VALUES),
        }
    ),
    max_size=7,
).map(lambda rows: [{"key": f"p{n}", **row} for n, row in enumerate(rows)])


@settings(max_examples=50)
@given(PEOPLE, PEOPLE)
def test_nobody_is_matched_twice(incoming: list[dict[str, Any]], known: list[dict[str, Any]]) -> None:
    """Each record is in at most one match, and who is matched is neither tied nor suggested to anybody."""
    found = match(incoming, known)
    assert found.matched["source_key"].is_unique().all()
    assert found.matched["sourced_id"].is_unique().all()
    assert found.ties["source_key"].is_unique().all()
    for rest in (found.ties, found.suggestions):
        assert rest.join(found.matched, on="source_key", how="semi").is_empty()
    assert found.suggestions.join(found.matched, on="sourced_id", how="semi").is_empty()


@settings(max_examples=50)
@given(PEOPLE, PEOPLE)
def test_matched_ids_belong_to_nobody_else(incoming: list[dict[str, Any]], known: list[dict[str, Any]]) -> None:
    """The state id that made a match is the only one of its kind on either side."""
    for source_key, sourced_id, rule in match(incoming, known).matched.rows():
        if rule == "state_id":
            (value,) = (row["state_id"] for row in incoming if row["key"] == source_key)
            assert [r["key"] for r in incoming if r["state_id"] == value] == [source_key]
            assert [r["key"] for r in known if r["state_id"] == value] == [sourced_id]


@settings(max_examples=50)
@given(PEOPLE, PEOPLE, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(
    incoming: list[dict[str, Any]], known: list[dict[str, Any]], rng: random.Random
) -> None:
    """Shuffled rows give the same matches, ties and suggestions."""
    first = match(incoming, known)
    again = match(rng.sample(incoming, len(incoming)), rng.sample(known, len(known)))
    assert_frame_equal(first.matched, again.matched)
    assert_frame_equal(first.ties, again.ties)
    assert_frame_equal(first.suggestions, again.suggestions)
