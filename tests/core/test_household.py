import random
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from rollbook.core.household import FamilyPart, Households, households

ADA = {"source_key": "ada", "given_name": "Ada", "family_name": "Lee", "family_key": "17"}
BEN = {"source_key": "ben", "given_name": "Ben", "family_name": "Lee", "family_key": "17"}
MUM = {"source_key": "mum", "given_name": "Mai", "family_name": "Lee"}
DAD = {"source_key": "dad", "given_name": "Tom", "family_name": "Okafor"}
HOME = {"home_street1": "12 North Oak Street", "home_city": "Alder", "home_state": "OR", "home_postcode": "97001"}

_GIVEN, _FAMILY = "head_of_household_given_name", "head_of_household_family_name"

Rows = list[dict[str, Any]]


def derive(
    users: Rows,
    relationships: Sequence[dict[str, Any]] = (),
    *chosen: FamilyPart,
    students: tuple[str, ...] = ("ada", "ben"),
) -> Households:
    roles = [{"user": key, "role": "student"} for key in students] + [{"user": "mum", "role": "parent"}]
    return households(_frame(users), _frame(roles), _frame(relationships), chosen)


def _frame(rows: Sequence[dict[str, Any]]) -> pl.LazyFrame:
    columns = {name: pl.String for row in rows for name in row} or {"user": pl.String, "contact": pl.String}
    return pl.LazyFrame(rows, schema=columns)


def together(result: Households) -> list[list[str]]:
    """The people of each household, with their part's first letter."""
    members = result.members.collect()
    groups = members.group_by("household").agg(pl.concat_str("user", pl.lit(":"), pl.col("part").str.head(1)).sort())
    return sorted(row[1] for row in groups.rows())


def link(user: str, contact: str, **more: str) -> dict[str, str]:
    return {"user": user, "contact": contact, **more}


def test_students_who_agree_are_one_household() -> None:
    """Two students with one family key are one household."""
    assert together(derive([ADA, BEN], [], FamilyPart.FAMILY_KEY)) == [["ada:s", "ben:s"]]


@pytest.mark.parametrize("blank", [None, "", "  ", "0", "000"])
def test_a_blank_agrees_with_nobody(blank: str | None) -> None:
    """Students who lack a chosen value have a household each; a key of zeros is none."""
    users = [{**ADA, "family_key": blank}, {**BEN, "family_key": blank}]
    assert together(derive(users, [], FamilyPart.FAMILY_KEY)) == [["ada:s"], ["ben:s"]]


def test_all_chosen_values_must_agree() -> None:
    """Students who agree on one chosen value of two are two households."""
    users = [{**ADA, "phone": "503 555 0101"}, {**BEN, "phone": "503 555 0102"}]
    assert len(together(derive(users, [], FamilyPart.FAMILY_KEY, FamilyPart.HOME_PHONE))) == 2


def test_nothing_chosen_puts_nobody_together() -> None:
    """Without a rule every student has a household alone."""
    assert together(derive([ADA, BEN])) == [["ada:s"], ["ben:s"]]


SAME = [
    (FamilyPart.HEAD_FAMILY_NAME, {_FAMILY: "O'Neil  Ng"}, {_FAMILY: "o'neil ng "}),
    (FamilyPart.HEAD_GIVEN_NAME, {_GIVEN: "Ｍai"}, {_GIVEN: "MAI"}),
    (FamilyPart.HOME_PHONE, {"phone": "+1 (503) 555-0101"}, {"phone": "503.555.0101 ext 4"}),
    (
        FamilyPart.HOME_PHONE,
        {"phone": "503 555 0101"},
        {"phone_2": "5035550101", "phone_2_kind": "home", "phone": "503 555 0999", "phone_kind": "work"},
    ),
    (
        FamilyPart.HOME_ADDRESS,
        HOME,
        {**HOME, "home_street1": "12 N. OAK ST", "home_postcode": "97001-1234"},
    ),
    (
        FamilyPart.HOME_ADDRESS,
        {**HOME, "home_street2": "Apartment 3"},
        {**HOME, "home_street1": "12 north oak st. #3"},
    ),
]


@pytest.mark.parametrize("part, one, other", SAME)
def test_spelling_does_not_part_a_family(part: FamilyPart, one: dict[str, str], other: dict[str, str]) -> None:
    """Case, blanks, punctuation, country code, extension and USPS short words make no difference."""
    assert together(derive([{**ADA, **one}, {**BEN, **other}], [], part)) == [["ada:s", "ben:s"]]


@pytest.mark.parametrize("phone", ["000-000-0000", "555-0", "none"])
def test_a_number_that_is_none_joins_nobody(phone: str) -> None:
    """A made-up telephone number does not make strangers a family."""
    assert len(together(derive([{**ADA, "phone": phone}, {**BEN, "phone": phone}], [], FamilyPart.HOME_PHONE))) == 2


def test_a_mobile_number_is_no_home_phone() -> None:
    """A number of another kind does not count as the home phone."""
    mobile = {"phone": "503 555 0101", "phone_kind": "mobile"}
    assert len(together(derive([{**ADA, **mobile}, {**BEN, **mobile}], [], FamilyPart.HOME_PHONE))) == 2


def test_a_street_without_a_place_joins_nobody() -> None:
    """`12 Oak Street` is in many towns."""
    street = {"home_street1": "12 Oak Street"}
    assert len(together(derive([{**ADA, **street}, {**BEN, **street}], [], FamilyPart.HOME_ADDRESS))) == 2


def test_the_first_contact_stands_in_as_head_of_household() -> None:
    """Where the head of household is blank, the primary contact gives the name, else the one called first."""
    links = [
        link("ada", "dad", priority="1", primary="false"),
        link("ada", "mum", priority="2", primary="true"),
        link("ben", "mum", priority="2"),
        link("ben", "dad", priority="10"),
    ]
    result = derive([ADA, BEN, MUM, DAD], links, FamilyPart.HEAD_GIVEN_NAME, FamilyPart.HEAD_FAMILY_NAME)
    assert together(result) == [["ada:s", "ben:s", "dad:c", "mum:c"]]


def test_the_names_of_two_people_are_never_mixed() -> None:
    """A head of household with only a first name does not borrow the contact's last name."""
    users = [{**ADA, "head_of_household_given_name": "Tom"}, BEN, MUM, DAD]
    links = [link("ada", "mum"), link("ben", "dad")]
    result = derive(users, links, FamilyPart.HEAD_FAMILY_NAME)
    assert result.households.collect()["family_identifier"].to_list().count(None) == 1


def test_a_contact_of_two_families_is_in_both() -> None:
    """A father of children in two households is a contact in each."""
    users = [ADA, {**BEN, "family_key": "18"}, DAD]
    result = derive(users, [link("ada", "dad"), link("ben", "dad")], FamilyPart.FAMILY_KEY)
    assert together(result) == [["ada:s", "dad:c"], ["ben:s", "dad:c"]]


def test_a_student_who_is_also_a_contact_is_a_student() -> None:
    """A sister who may be called is in the household once, as a student."""
    assert together(derive([ADA, BEN], [link("ben", "ada")], FamilyPart.FAMILY_KEY)) == [["ada:s", "ben:s"]]


def test_unknown_people_are_in_no_household() -> None:
    """A relationship or role of somebody without a user record adds nobody."""
    result = derive([ADA], [link("ada", "ghost"), link("ghost", "ada")], FamilyPart.FAMILY_KEY)
    assert together(result) == [["ada:s"]]


def test_a_household_is_named_after_its_students() -> None:
    """The title lists the family names of its students; the key tells nothing about them."""
    result = derive([ADA, {**BEN, "family_name": "Okafor"}], [], FamilyPart.FAMILY_KEY).households.collect()
    assert result.select("title", "family_identifier").rows() == [("Lee / Okafor", "17")]
    assert not result["source_key"].str.contains("-17").any()


def test_a_household_without_names_still_has_a_title() -> None:
    """A student without a last name does not make a record without its required title."""
    result = derive([{"source_key": "ada"}]).households.collect()
    assert result["title"].to_list() == ["Household"]


PEOPLE = [f"p{n}" for n in range(8)]
KEYS = st.sampled_from([None, "1", "2"])


@settings(max_examples=20)
@given(
    st.lists(KEYS, min_size=8, max_size=8),
    st.lists(
        st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.sampled_from([None, "1", "2"])), min_size=1
    ),
    st.randoms(use_true_random=False),
)
def test_row_order_does_not_matter(
    keys: list[str | None], pairs: list[tuple[str, str, str | None]], rng: random.Random
) -> None:
    """Shuffled rows give the same households."""
    users: Rows = [
        {"source_key": p, "given_name": p, "family_name": "x", "family_key": k}
        for p, k in zip(PEOPLE, keys, strict=True)
    ]
    links: Rows = [{"user": u, "contact": c, "priority": priority} for u, c, priority in pairs]
    chosen = (FamilyPart.FAMILY_KEY, FamilyPart.HEAD_GIVEN_NAME)
    first = derive(users, links, *chosen, students=("p0", "p1", "p2", "p3", "p4"))
    rng.shuffle(users)
    rng.shuffle(links)
    again = derive(users, links, *chosen, students=("p4", "p2", "p0", "p3", "p1"))
    assert_frame_equal(first.households.collect(), again.households.collect())
    assert_frame_equal(first.members.collect(), again.members.collect())
