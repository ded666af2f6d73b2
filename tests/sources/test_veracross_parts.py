"""The parts of the Veracross source that can be asked alone: pages, terms, rates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from rollbook.sources.base import Setup
from rollbook.sources.http import Reply
from rollbook.sources.pulling import Moved
from rollbook.sources.veracross.data_v3 import explained
from rollbook.sources.veracross.declaration import KIND
from rollbook.sources.veracross.listing import Ask, Page, Record, count, pages
from rollbook.sources.veracross.rates import pace
from rollbook.sources.veracross.sessions import Sessions
from rollbook.sources.veracross.site import mark

KEY = ("id",)


def listing(size: int, *, leaves: tuple[int, int] | None = None, totals: bool = False) -> Ask:
    """
    A list of records, as a system shows it.

    Args:
        leaves: Before which request (0 is the first) which place of the list is emptied.
    """
    there: list[Record] = [{"id": number} for number in range(1, size + 1)]
    asked = iter(range(1000))

    def ask(number: int, many: int) -> Page:
        if leaves and next(asked) == leaves[0]:
            del there[leaves[1]]
        return Page(there[(number - 1) * many : number * many], len(there) if totals else None)

    return ask


def read(ask: Ask, size: int) -> list[Any]:
    return [record["id"] for page in pages(ask, size, "students", KEY) for record in page.records]


@pytest.mark.parametrize("size", [0, 1, 4, 5, 6, 10, 11, 12])
@pytest.mark.parametrize("totals", [True, False])
def test_every_page_is_read(size: int, totals: bool) -> None:
    """Whatever is left for the last page, each record comes once, in its order."""
    assert read(listing(size, totals=totals), 5) == list(range(1, size + 1))


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("totals", [True, False])
def test_a_record_that_slips_between_pages_is_noticed(place: int, totals: bool) -> None:
    """When somebody of a page that was read leaves before the next one, the pull begins anew."""
    with pytest.raises(Moved, match="students"):
        read(listing(12, leaves=(1, place), totals=totals), 5)


def test_a_record_that_leaves_before_its_page_is_no_harm() -> None:
    """Whoever leaves a page that has not been read yet is just not there."""
    assert read(listing(12, leaves=(1, 11)), 5) == list(range(1, 12))


def test_a_page_that_is_smaller_than_asked_is_noticed() -> None:
    """A system that gives fewer records than were asked for has not come to its end."""
    there = [{"id": number} for number in range(300)]

    def capped(number: int, size: int) -> Page:
        many = min(size, 100)
        return Page(there[(number - 1) * many : number * many])

    with pytest.raises(Moved):
        read(capped, 1000)


@pytest.mark.parametrize("size", [*range(14), 40, 41, 79, 80, 81, 160])
def test_records_are_counted_without_reading_them_all(size: int) -> None:
    """The last page is found, wherever it is."""
    assert count(listing(size), 5) == size


# Terms --------------------------------------------------------------------------------------------------


def period(number: int, group: int, begin: str, end: str) -> Record:
    times = {"start_date": f"2026-{begin}T00:00:00Z", "end_date": f"2027-{end}T00:00:00Z"}
    return {"id": number, "description": f"Period {number}", "group": {"id": group}, **times}


def test_a_year_without_grading_periods_is_a_year() -> None:
    """Where nothing is known of terms, there is the school year, and classes are held in it."""
    sessions = Sessions(2026)
    assert [(one["key"], one["title"], one["begin"]) for one in sessions.records()] == [
        ("year:2026", "2026-2027", None)
    ]
    assert sessions.term_of(7) == "year:2026"


def test_periods_become_a_tree() -> None:
    """A period is part of the shortest one around it; what has no parts is a grading period."""
    sessions = Sessions(2026, "The year")
    halves = [
        {"id": 1, "description": "Fall", "start_date": "2026-08-24", "end_date": "2027-01-15", "group": {"id": 1}},
        {"id": 2, "description": "Spring", "start_date": "2027-01-16", "end_date": "2027-06-11", "group": {"id": 1}},
    ]
    quarters = [
        {"id": 3, "description": "Q1", "start_date": "2026-08-24", "end_date": "2026-10-30", "group": {"id": 2}},
        {"id": 4, "description": "Q2", "start_date": "2026-10-31", "end_date": "2027-01-15", "group": {"id": 2}},
    ]
    sessions.add([*quarters, *halves])
    tree = {one["key"]: (one["type"], one["parent"]) for one in sessions.records()}
    assert tree == {
        "year:2026": ("schoolYear", None),
        "period:1": ("semester", "year:2026"),
        "period:2": ("gradingPeriod", "year:2026"),
        "period:3": ("gradingPeriod", "period:1"),
        "period:4": ("gradingPeriod", "period:1"),
    }
    assert [sessions.term_of(group) for group in (1, 2, None)] == ["year:2026", "period:1", "year:2026"]


# Rates and codes ----------------------------------------------------------------------------------------

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "remaining, reset, seconds",
    [
        ("12", "180", 0),
        ("0", "90", 90),
        ("0", str(int(NOON.timestamp()) + 90), 90),
        ("0", str(int(NOON.timestamp()) - 5), 0),
        ("0", str(int(NOON.timestamp()) + 90_000), 200),
        ("0", "soon", 0),
    ],
)
def test_the_end_of_a_window_is_told_in_two_ways(remaining: str, reset: str, seconds: float) -> None:
    """v2 says in how many seconds, v3 when, since 1970; nobody ever sleeps until then by mistake."""
    headers = {"x-rate-limit-remaining": remaining, "x-rate-limit-reset": reset}
    assert pace(lambda: NOON)(Reply(200, headers, b"", "https://api.veracross.example")) == seconds


@pytest.mark.parametrize("today, since", [(date(2026, 9, 10), "2026-09-09"), (date(2027, 1, 1), "2026-09-13")])
def test_changes_are_asked_for_from_the_day_before(today: date, since: str) -> None:
    """The site's own day counts, unless it is still to come."""
    assert mark(today, Setup(KIND, now=lambda: NOON)) == since


def test_codes_say_what_they_mean() -> None:
    """A code becomes code and text, found by the name of the field; one that no list has means itself."""
    meanings = {"grade_level": {"20": "Kindergarten"}, "campus.id": {"2": "Main"}}
    record = {"grade_level": 20, "campus": {"id": 2}}
    assert explained(record, meanings) == {"grade_level": {"code": 20, "text": "Kindergarten"}, "campus": {"id": 2}}
    assert explained({"grade_level": 99}, meanings) == {"grade_level": {"code": 99, "text": "99"}}
    assert explained({"grade_level": None}, meanings) == {"grade_level": None}
