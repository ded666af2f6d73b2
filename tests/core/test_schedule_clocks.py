"""Schedules over changes of clocks, leap days and ends of months and years."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from rollbook.core.schedules.preview import coming
from rollbook.core.schedules.rhythm import Every, Rhythm
from rollbook.core.schedules.timetable import BlackOut, Timetable


def local(rhythm: Rhythm, after: str, count: int = 3, *, blackouts: tuple[BlackOut, ...] = ()) -> list[str]:
    """The next times on the clocks of the zone, with their offset; `after` is in UTC."""
    times = coming(Timetable(rhythm, blackouts), datetime.fromisoformat(after).replace(tzinfo=UTC), count)
    return [time.local.isoformat(" ", "minutes") for time in times]


def daily(at: str, zone: str) -> Rhythm:
    hour, minute = map(int, at.split(":"))
    return Rhythm(Every.DAY, minute, hour, zone=zone)


@pytest.mark.parametrize(
    "zone, at, after, times",
    [
        ("America/Chicago", "02:30", "2026-03-07 00:00", ["07 02:30-06:00", "08 03:00-05:00", "09 02:30-05:00"]),
        ("Europe/Berlin", "02:30", "2026-03-28 00:00", ["28 02:30+01:00", "29 03:00+02:00", "30 02:30+02:00"]),
        ("Australia/Sydney", "02:30", "2026-10-02 12:00", ["03 02:30+10:00", "04 03:00+11:00", "05 02:30+11:00"]),
        ("Pacific/Auckland", "02:15", "2026-09-25 12:00", ["26 02:15+12:00", "27 03:00+13:00", "28 02:15+13:00"]),
        ("Australia/Lord_Howe", "02:15", "2026-10-02 12:00", ["03 02:15+10:30", "04 02:30+11:00", "05 02:15+11:00"]),
        ("America/Havana", "00:15", "2026-03-07 00:00", ["07 00:15-05:00", "08 01:00-04:00", "09 00:15-04:00"]),
    ],
)
def test_a_time_that_does_not_exist_comes_at_the_end_of_the_gap(
    zone: str, at: str, after: str, times: list[str]
) -> None:
    """When the clocks go forward over it, a daily time comes once that day, at the first moment after."""
    assert [time[8:] for time in local(daily(at, zone), after)] == times


@pytest.mark.parametrize(
    "zone, at, after, times",
    [
        ("America/Chicago", "01:30", "2026-10-31 00:00", ["31 01:30-05:00", "01 01:30-05:00", "02 01:30-06:00"]),
        ("Europe/Berlin", "02:30", "2026-10-24 00:00", ["24 02:30+02:00", "25 02:30+02:00", "26 02:30+01:00"]),
        ("Australia/Sydney", "02:30", "2026-04-03 12:00", ["04 02:30+11:00", "05 02:30+11:00", "06 02:30+10:00"]),
        ("America/Havana", "00:15", "2026-10-31 00:00", ["31 00:15-04:00", "01 00:15-04:00", "02 00:15-05:00"]),
    ],
)
def test_a_time_that_comes_twice_is_taken_once(zone: str, at: str, after: str, times: list[str]) -> None:
    """When the clocks go back over it, a daily time comes at the first of the two moments only."""
    assert [time[8:] for time in local(daily(at, zone), after)] == times


@pytest.mark.parametrize("minutes", range(5, 60, 10))
def test_a_time_that_was_taken_does_not_come_again_in_the_second_hour(minutes: int) -> None:
    """Asked at any moment of the second 01:xx, a daily 01:30 names the next day."""
    after = f"2026-11-01 07:{minutes:02}"  # 01:xx in Chicago, for the second time
    assert local(daily("01:30", "America/Chicago"), after, 1) == ["2026-11-02 01:30-06:00"]


def test_singapore_has_no_summer_time() -> None:
    """In a zone without changes of clocks nothing moves: Sunday 02:00 is Saturday 18:00 UTC, all year."""
    rhythm = Rhythm(Every.WEEK, 0, 2, weekday=7, zone="Asia/Singapore")
    times = coming(Timetable(rhythm), datetime(2026, 1, 1, tzinfo=UTC), 52)
    assert {f"{time.utc:%A %H:%M}" for time in times} == {"Saturday 18:00"}
    assert {time.remarks for time in times} == {()}


@pytest.mark.parametrize("rhythm", [Rhythm(Every.HOUR, 15), Rhythm(Every.MINUTES, step=60)], ids=["hour", "minutes"])
@pytest.mark.parametrize(
    "zone, day",
    [
        ("America/Chicago", "2026-03-08"),
        ("America/Chicago", "2026-11-01"),
        ("Europe/Berlin", "2026-10-25"),
        ("Australia/Sydney", "2026-10-03"),
        ("Asia/Kolkata", "2026-10-03"),
    ],
)
def test_hours_are_hours(rhythm: Rhythm, zone: str, day: str) -> None:
    """Hourly means sixty minutes apart, whatever the clocks do."""
    made = Rhythm(rhythm.every, rhythm.minute, step=rhythm.step, zone=zone)
    times = coming(Timetable(made), datetime.fromisoformat(f"{day}T00:00+00:00"), 30)
    assert {(b.utc - a.utc).total_seconds() for a, b in pairwise(times)} == {3600}
    assert {time.local.minute for time in times} == {rhythm.minute}


def test_minutes_that_do_not_divide_an_hour_keep_their_step() -> None:
    """Every 45 minutes is 45 minutes apart, where a cron expression would begin anew each hour."""
    times = coming(Timetable(Rhythm(Every.MINUTES, step=45)), datetime(2026, 1, 1, tzinfo=UTC), 40)
    assert {(b.utc - a.utc).total_seconds() for a, b in pairwise(times)} == {2700}


@pytest.mark.parametrize(
    "day, days",
    [
        (28, ["2027-01-28", "2027-02-28", "2027-03-28", "2027-04-28"]),
        (29, ["2027-01-29", "2027-02-28", "2027-03-29", "2027-04-29"]),
        (30, ["2027-01-30", "2027-02-28", "2027-03-30", "2027-04-30"]),
        (31, ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
    ],
)
def test_a_month_without_the_day_takes_its_last(day: int, days: list[str]) -> None:
    """The 31st of April is the 30th, and of February the last day; never two days of one month."""
    assert [time[:10] for time in local(Rhythm(Every.MONTH, day=day), "2027-01-02 00:00", 4)] == days


def test_leap_day() -> None:
    """29 February comes in leap years, and is the 28th in others; the 29th of a month in a leap year is the 29th."""
    leap = Rhythm(Every.YEAR, day=29, month=2)
    years = ["2027-02-28", "2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
    assert [time[:10] for time in local(leap, "2027-01-01 00:00", 6)] == years
    assert local(Rhythm(Every.MONTH, day=29), "2028-02-01 00:00", 1) == ["2028-02-29 00:00+00:00"]


def test_year_end() -> None:
    """The last minute of a year is followed by the next year's, and a daily time goes over into it."""
    newyear = Rhythm(Every.YEAR, 59, 23, day=31, month=12, zone="Pacific/Auckland")
    assert local(newyear, "2026-12-31 10:58", 2) == ["2026-12-31 23:59+13:00", "2027-12-31 23:59+13:00"]
    times = ["2026-12-31 00:15-06:00", "2027-01-01 00:15-06:00", "2027-01-02 00:15-06:00"]
    assert local(daily("00:15", "America/Chicago"), "2026-12-31 00:00") == times


def test_week() -> None:
    """A week day is the zone's: Sunday 02:00 in Sydney keeps its time on the clock in summer."""
    rhythm = Rhythm(Every.WEEK, 0, 2, weekday=7, zone="Australia/Sydney")
    times = ["2026-09-27 02:00+10:00", "2026-10-04 03:00+11:00", "2026-10-11 02:00+11:00"]
    assert local(rhythm, "2026-09-25 00:00") == times


def test_blackouts_are_days_of_the_zone() -> None:
    """A black-out covers its first and its last day as the zone counts them, a change of clocks among them or not."""
    days = (BlackOut(date(2026, 3, 8), date(2026, 3, 9)),)
    times = ["2026-03-07 23:30-06:00", "2026-03-10 23:30-05:00", "2026-03-11 23:30-05:00"]
    assert local(daily("23:30", "America/Chicago"), "2026-03-07 12:00", blackouts=days) == times


def test_remarks() -> None:
    """The preview says what a change of clocks moved, what comes twice, and what a black-out or a pause left out."""
    chicago = daily("02:30", "America/Chicago")
    after = datetime(2026, 3, 7, tzinfo=UTC)
    table = Timetable(chicago, (BlackOut(date(2026, 3, 9), date(2026, 3, 10), "Roll-over"),), date(2026, 3, 8))
    assert [time.remarks for time in coming(table, after, 3)] == [
        (
            "Paused until 8 Mar 2026.",
            "Moved: the clocks go forward and leave the time out that day.",
            "The clocks have changed: UTC-6 before, UTC-5 now.",
        ),
        ("Left out before this: 9 Mar 2026 to 10 Mar 2026, Roll-over.",),
        (),
    ]
    twice = coming(Timetable(Rhythm(Every.HOUR, 30, zone="Europe/Berlin")), datetime(2026, 10, 25, tzinfo=UTC), 2)
    assert [time.remarks for time in twice] == [
        ("The clocks go back: 02:30 comes twice that day; this is the first.",),
        (
            "The clocks go back: 02:30 comes twice that day; this is the second.",
            "The clocks have changed: UTC+2 before, UTC+1 now.",
        ),
    ]
