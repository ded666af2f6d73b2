import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.errors import SettingsError
from rollbook.core.guards import Held, Limits, changed_ids, guard, parse_limits, sentence

Existing = list[tuple[str, str, int]]
Planned = list[tuple[str, str, str, int]]
LIMITS = Limits()


def existing(rows: Existing) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"scope": pl.String, "entity": pl.String, "count": pl.UInt32}, orient="row")


def planned(rows: Planned) -> pl.DataFrame:
    types = {"scope": pl.String, "entity": pl.String, "action": pl.String, "count": pl.UInt32}
    return pl.DataFrame(rows, schema=types, orient="row")


def judge(before: Existing, plan: Planned, limits: Limits = LIMITS, *, is_first_load: bool = False) -> list[Held]:
    return guard(existing(before), planned(plan), limits=limits, is_first_load=is_first_load)


def users(action: str, numbers: range, **values: str | None) -> list[dict[str, str | None]]:
    blank = {"given_name": None, "family_name": None, "birth_date": None, "email": None}
    return [{"action": action, **blank, "email": f"p{n}@x.example", **values} for n in numbers]


PEOPLE_TYPES = dict.fromkeys(("action", "given_name", "family_name", "birth_date", "email"), pl.String)


def people(*rows: list[dict[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame([row for part in rows for row in part], schema=PEOPLE_TYPES)


@pytest.mark.parametrize("action, allowed, limit", [("deactivate", 100, 10), ("update", 750, 75), ("create", 250, 25)])
def test_a_limit_itself_is_allowed(action: str, allowed: int, limit: int) -> None:
    """Exactly the percentage passes; one record more is held."""
    before: Existing = [("north", "user", 1000)]
    assert judge(before, [("north", "user", action, allowed)]) == []
    assert judge(before, [("north", "user", action, allowed + 1)]) == [
        Held("north", "user", action, allowed + 1, 1000, limit)
    ]


def test_a_handful_is_never_held() -> None:
    """Five records pass whatever share they are; the sixth is held."""
    assert judge([("north", "class", 10)], [("north", "class", "deactivate", 5)]) == []
    assert len(judge([("north", "class", 10)], [("north", "class", "deactivate", 6)])) == 1


def test_a_school_that_would_lose_everything_is_held() -> None:
    """All records of a small school are never a handful."""
    before: Existing = [("north", "user", 3), ("south", "user", 900)]
    assert judge(before, [("north", "user", "deactivate", 3)]) == [Held("north", "user", "deactivate", 3, 3, 10)]


def test_one_school_cannot_hide_in_a_district() -> None:
    """A share that is small for the tenant is held where it is big for the school."""
    before: Existing = [("north", "user", 50), ("south", "user", 5000)]
    assert [h.scope for h in judge(before, [("north", "user", "deactivate", 20)])] == ["north"]


def test_many_small_schools_cannot_slip_through() -> None:
    """What passes in each school is held where it is too much for the tenant."""
    before: Existing = [(f"s{n}", "user", 20) for n in range(10)]
    plan: Planned = [(f"s{n}", "user", "deactivate", 4) for n in range(10)]
    assert judge(before, plan) == [Held("", "user", "deactivate", 40, 200, 10)]


def test_a_tenant_of_one_school_is_told_once() -> None:
    """The whole tenant is not held beside its only school."""
    assert len(judge([("north", "user", 100)], [("north", "user", "deactivate", 50)])) == 1


def test_records_of_no_school_are_judged_over_the_tenant() -> None:
    """An entity without schools has the tenant as its scope."""
    assert judge([("", "course", 100)], [("", "course", "deactivate", 50)]) == [
        Held("", "course", "deactivate", 50, 100, 10)
    ]


def test_the_first_load_may_create_and_adopt() -> None:
    """Creates and updates of the first load are expected; deactivations are not."""
    plan: Planned = [("north", "user", action, 90) for action in ("create", "update", "deactivate")]
    assert [h.action for h in judge([("north", "user", 100)], plan, is_first_load=True)] == ["deactivate"]


def test_a_new_school_after_the_first_load_is_held() -> None:
    """Records where there were none are more than any share of them."""
    assert judge([], [("new", "user", "create", 6)]) == [Held("new", "user", "create", 6, 0, 25)]


def test_too_many_rejected_rows_are_held() -> None:
    """More than 5 % of the received rows of an entity hold the plan, even at the first load."""
    rows = pl.DataFrame({"entity": ["user", "class"], "received": [100, 100], "rejected": [6, 5]})
    held = guard(existing([]), planned([]), limits=LIMITS, is_first_load=True, rows=rows)
    assert held == [Held("", "user", "reject", 6, 100, 5)]


def test_changed_ids_are_noticed() -> None:
    """People who leave under one key and come back under another hold the plan."""
    same = people(users("deactivate", range(10)), users("create", range(5, 20)))
    assert changed_ids(same, LIMITS) == Held("", "user", "changed_ids", 5, 10, 50)
    assert guard(existing([]), planned([]), limits=LIMITS, people=same) == [changed_ids(same, LIMITS)]


def test_people_are_the_same_by_name_and_birth_date() -> None:
    """Without e-mail, first name, last name and birth date tell, whatever their case; a blank one does not."""
    ada = {"given_name": "Ada", "family_name": "Lee", "birth_date": "2015-01-02", "email": None}
    loud = {**ada, "given_name": " ADA"}
    assert changed_ids(people(users("deactivate", range(5), **ada), users("create", range(1), **loud)), LIMITS)
    ada["birth_date"] = None
    assert not changed_ids(people(users("deactivate", range(5), **ada), users("create", range(1), **ada)), LIMITS)


@pytest.mark.parametrize("gone, back", [(4, 4), (11, 5)])
def test_few_who_come_back_are_no_sign(gone: int, back: int) -> None:
    """Fewer than five people, or fewer than half of those who leave, pass."""
    assert changed_ids(people(users("deactivate", range(gone)), users("create", range(back))), LIMITS) is None


def test_a_limit_can_be_off() -> None:
    """Without a limit nothing is held for it, whole schools included."""
    off = Limits(deactivate=None, changed_ids=None)
    plan: Planned = [("north", "user", "deactivate", 100)]
    same = people(users("deactivate", range(9)), users("create", range(9)))
    assert guard(existing([("north", "user", 100)]), planned(plan), limits=off, people=same) == []


def test_settings_give_limits() -> None:
    """What an integration sets is used; blanks and settings of other names keep the defaults."""
    settings = {"limit_deactivate": " 20 ", "limit_create": "off", "limit_update": "", "limit_spare": "0", "url": "x"}
    assert parse_limits(settings) == Limits(deactivate=20, create=None, spare=0)


@pytest.mark.parametrize("text", ["101", "-1", "ten", "5%", "1.5", "²"])
def test_a_limit_that_is_no_percentage_is_refused(text: str) -> None:
    """A limit outside 0 to 100 cannot be saved."""
    with pytest.raises(SettingsError, match=r"limit_update must be a whole number from 0 to 100, or off"):
        parse_limits({"limit_update": text})


@pytest.mark.parametrize("text", ["off", "many"])
def test_the_spare_must_be_a_number(text: str) -> None:
    """There is always a number of records that are never held."""
    with pytest.raises(SettingsError, match="limit_spare must be a whole number, not"):
        parse_limits({"limit_spare": text})


@pytest.mark.parametrize(
    "held, words",
    [
        (
            Held("41", "user", "deactivate", 212, 1904, 10),
            "212 of 1,904 users of North High (11.1%) would be deactivated; this integration allows 10%.",
        ),
        (
            Held("42", "class", "update", 8, 10, 75),
            "8 of 10 classes of 42 (80.0%) would be changed; this integration allows 75%.",
        ),
        (
            Held("", "user", "create", 60, 0, 25),
            "60 users would be created beside 0 existing; this integration allows 25%.",
        ),
        (
            Held("", "user", "reject", 6, 100, 5),
            "6 of 100 rows of users (6.0%) were rejected; this integration allows 5%.",
        ),
        (
            Held("", "user", "changed_ids", 5, 10, 50),
            "5 of 10 people to be deactivated (50.0%) would come back as new people: "
            "their ids seem to have changed; this integration allows 50%.",
        ),
    ],
)
def test_a_held_limit_in_words(held: Held, words: str) -> None:
    """The sentence says what would happen, what the limit is and that nothing was changed."""
    assert sentence(held, {"41": "North High"}) == f"{words} Nothing was changed."


SCOPES = st.sampled_from(["", "north", "south"])
NAMES = st.sampled_from(["user", "class"])
NUMBERS = st.integers(0, 60)
ACTIONS = st.sampled_from(["create", "update", "reactivate", "deactivate"])
BEFORE = st.lists(st.tuples(SCOPES, NAMES, NUMBERS), max_size=6)
PLANS = st.lists(st.tuples(SCOPES, NAMES, ACTIONS, NUMBERS), max_size=8)


@given(BEFORE, PLANS, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(before: Existing, plan: Planned, rng: random.Random) -> None:
    """Shuffled counts hold the same."""
    assert judge(before, plan) == judge(rng.sample(before, len(before)), rng.sample(plan, len(plan)))


@given(BEFORE, PLANS, st.integers(0, 100))
def test_a_higher_limit_holds_no_more(before: Existing, plan: Planned, limit: int) -> None:
    """What a wide limit holds, a narrow one holds too."""
    narrow, wide = Limits(update=limit), Limits(update=min(100, limit + 10))
    places = [{(h.scope, h.entity, h.action) for h in judge(before, plan, limits)} for limits in (narrow, wide)]
    assert places[1] <= places[0]


@given(BEFORE, st.lists(st.tuples(SCOPES, NAMES, st.just("deactivate"), NUMBERS), max_size=8))
def test_nobody_loses_much_unasked(before: Existing, plan: Planned) -> None:
    """A plan that is not held takes at most a tenth, or five records, of an entity in the tenant."""
    if not judge(before, plan):
        for entity in ("user", "class"):
            had, loses = (sum(row[-1] for row in rows if row[1] == entity) for rows in (before, plan))
            assert loses <= max(5, had / 10)
