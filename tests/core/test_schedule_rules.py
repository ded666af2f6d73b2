"""What holds for every schedule, whatever its rhythm, zone, black-outs and pause; and what becomes of missed times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.errors import SettingsError
from rollbook.core.schedules.preview import coming
from rollbook.core.schedules.rhythm import Every, Rhythm, checked, faults, following, zones
from rollbook.core.schedules.timetable import BlackOut, Missed, Timetable, Verdict, judge, next_due
from rollbook.core.schedules.words import in_words

ZONES = (
    "America/Chicago",
    "Europe/Berlin",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kolkata",
)
CRONS = (
    "*/20 1-3 * * *",
    "15,45 */2 * * *",
    "30 0-3 * * 7",
    "0 2 L * *",
    "5 1 * * MON#1",
    "10 2 1,15 * 5",
    "* 1 * * *",
)
DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))
MOMENTS = st.builds(
    lambda day, seconds: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds),
    DAYS,
    st.floats(0, 86_400),
)
# The nights on which clocks change somewhere, which random moments would hardly ever meet.
CHANGES = st.builds(
    lambda day, seconds: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(seconds=seconds),
    st.sampled_from(["2026-03-08", "2026-11-01", "2026-03-29", "2026-10-25", "2026-04-04", "2026-10-03"]),
    st.integers(0, 86_400),
)
RHYTHMS = st.builds(
    Rhythm,
    every=st.sampled_from([every for every in Every if every is not Every.DELIVERY]),
    minute=st.integers(0, 59),
    hour=st.integers(0, 23) | st.integers(0, 3),
    weekday=st.integers(1, 7),
    day=st.integers(1, 31),
    month=st.sampled_from([1, 3, 5, 7, 8, 10, 12]),
    step=st.integers(1, 1440),
    cron=st.sampled_from(CRONS),
    zone=st.sampled_from(ZONES),
)
BLACKOUTS = st.builds(lambda first, days: BlackOut(first, first + timedelta(days=days)), DAYS, st.integers(0, 90))
TABLES = st.builds(Timetable, RHYTHMS, st.lists(BLACKOUTS, max_size=3).map(tuple), st.none() | DAYS)


@given(TABLES, MOMENTS | CHANGES)
def test_next_is_strictly_later(table: Timetable, after: datetime) -> None:
    """The next time lies after the moment one asks at, so that nothing is ever due twice."""
    due = next_due(table, after)
    assert due is not None
    assert due > after


@given(TABLES, MOMENTS | CHANGES)
def test_never_in_a_blackout_nor_while_paused(table: Timetable, after: datetime) -> None:
    """No time falls on a day of a black-out, nor before the day until which it is paused."""
    for time in coming(table, after):
        day = time.local.date()
        assert not any(one.first <= day <= one.last for one in table.blackouts)
        assert table.paused_until is None or day >= table.paused_until


@given(TABLES, MOMENTS | CHANGES)
def test_one_step_at_a_time_is_five_at_once(table: Timetable, after: datetime) -> None:
    """Who asks for the next time five times gets what the preview of five shows."""
    steps = [after]
    for _ in range(5):
        due = next_due(table, steps[-1])
        assert due is not None
        steps.append(due)
    assert [time.utc for time in coming(table, after, 5)] == steps[1:]


@given(TABLES, MOMENTS | CHANGES, st.floats(0, 1))
def test_nothing_lies_between(table: Timetable, after: datetime, part: float) -> None:
    """Asked at any moment before the next time, the answer is that time."""
    due = next_due(table, after)
    assert due is not None
    between = after + (due - after) * part
    assert between >= due or next_due(table, between) == due


@given(RHYTHMS.filter(lambda one: one.every is Every.DAY), CHANGES)
def test_every_day_has_one(rhythm: Rhythm, after: datetime) -> None:
    """A daily time comes on each day of the zone once, on the days when clocks change too."""
    days = [time.local.date() for time in coming(Timetable(rhythm), after - 2 * timedelta(days=1))]
    assert days == [days[0] + timedelta(days=n) for n in range(5)]


@given(RHYTHMS)
def test_a_rhythm_that_can_be_kept_can_be_said(rhythm: Rhythm) -> None:
    """Each rhythm has its words, which name the zone."""
    assert faults(rhythm) == {}
    assert in_words(rhythm).endswith(f", {rhythm.zone}")


# Words and checks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rhythm, words",
    [
        (Rhythm(Every.DAY, 15, 0, zone="America/Chicago"), "Every day at 00:15, America/Chicago"),
        (Rhythm(Every.WEEK, 0, 2, weekday=7, zone="Asia/Singapore"), "Every Sunday at 02:00, Asia/Singapore"),
        (Rhythm(Every.HOUR, 5), "Every hour at 05 past, UTC"),
        (Rhythm(Every.HOUR), "Every hour, on the hour, UTC"),
        (Rhythm(Every.MONTH, 0, 3, day=22), "Every month on the 22nd at 03:00, UTC"),
        (Rhythm(Every.MONTH, 0, 3, day=31), "Every month on the 31st (or the last day) at 03:00, UTC"),
        (Rhythm(Every.YEAR, 0, 3, day=29, month=2), "Every year on 29 February (28 in other years) at 03:00, UTC"),
        (Rhythm(Every.MINUTES, step=15), "Every 15 minutes, UTC"),
        (Rhythm(Every.CRON, cron="15 2 * * 1-5"), "At 02:15 on Monday through Friday, UTC"),
        (Rhythm(Every.DELIVERY), "When a delivery is complete"),
    ],
)
def test_words(rhythm: Rhythm, words: str) -> None:
    """A schedule is one line in plain words."""
    assert in_words(rhythm) == words


@pytest.mark.parametrize(
    "rhythm, wrong",
    [
        (Rhythm(Every.DAY, 60), {"minute"}),
        (Rhythm(Every.DAY, hour=24), {"hour"}),
        (Rhythm(Every.WEEK, weekday=0), {"weekday"}),
        (Rhythm(Every.YEAR, day=31, month=4), {"day"}),
        (Rhythm(Every.YEAR, day=30, month=2), {"day"}),
        (Rhythm(Every.MINUTES, step=0), {"step"}),
        (Rhythm(Every.DAY, zone="Chicago"), {"zone"}),
        (Rhythm(Every.CRON, cron=""), {"cron"}),
        (Rhythm(Every.CRON, cron="0 0 2 * * *"), {"cron"}),
        (Rhythm(Every.CRON, cron="61 * * * *"), {"cron"}),
        (Rhythm(Every.CRON, cron="0 0 31 2 *"), {"cron"}),
        (Rhythm(Every.CRON, cron="0 0 * * MON#6"), {"cron"}),
    ],
)
def test_what_cannot_be_kept_is_refused(rhythm: Rhythm, wrong: set[str]) -> None:
    """A time, day, zone or expression that does not exist is named, and nothing is changed."""
    assert set(faults(rhythm)) == wrong
    with pytest.raises(SettingsError, match="Nothing was changed"):
        checked(rhythm)


def test_zones_are_those_of_places() -> None:
    """The zones to choose from are named after places, and every one of them can be used."""
    assert {"UTC", "America/Chicago", "Asia/Singapore", "America/Argentina/Buenos_Aires"} <= set(zones())
    assert [name for name in zones() if faults(Rhythm(Every.DAY, zone=name))] == []
    assert "US/Central" not in zones()


def test_a_delivery_is_never_due() -> None:
    """What waits for a delivery has no next time."""
    assert following(Rhythm(Every.DELIVERY), datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert coming(Timetable(Rhythm(Every.DELIVERY)), datetime(2026, 1, 1, tzinfo=UTC)) == []


# Missed times ----------------------------------------------------------------------------------------

NIGHTLY = Timetable(Rhythm(Every.DAY, 0, 2))
HOURLY = Timetable(Rhythm(Every.HOUR))
DUE = datetime(2026, 5, 4, 2, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    "table, late, missed, verdict",
    [
        (NIGHTLY, timedelta(seconds=4), Missed.RUN, Verdict.ON_TIME),
        (NIGHTLY, timedelta(minutes=15), Missed.SKIP, Verdict.ON_TIME),
        (NIGHTLY, timedelta(minutes=16), Missed.SKIP, Verdict.SKIP_MISSED),
        (NIGHTLY, timedelta(days=9, hours=5), Missed.SKIP, Verdict.SKIP_MISSED),
        (NIGHTLY, timedelta(days=9, hours=5), Missed.RUN, Verdict.CATCH_UP),
        (HOURLY, timedelta(hours=7, minutes=10), Missed.SKIP, Verdict.ON_TIME),
        (HOURLY, timedelta(hours=7, minutes=20), Missed.SKIP, Verdict.SKIP_MISSED),
    ],
)
def test_missed_times(table: Timetable, late: timedelta, missed: Missed, verdict: Verdict) -> None:
    """Within the grace it is on time; later the policy decides; several missed times are one."""
    assert judge(table, DUE, DUE + late, missed=missed, grace=QUARTER) is verdict


@pytest.mark.parametrize("missed", Missed)
def test_nothing_begins_in_a_blackout(missed: Missed) -> None:
    """What was due before a black-out or a pause does not begin in it."""
    now = DUE + timedelta(hours=23)
    out = Timetable(NIGHTLY.rhythm, (BlackOut(now.date(), now.date()),))
    paused = Timetable(NIGHTLY.rhythm, (), now.date() + timedelta(days=1))
    assert judge(out, DUE, now, missed=missed, grace=QUARTER) is Verdict.SKIP_BLACKOUT
    assert judge(paused, DUE, now, missed=missed, grace=QUARTER) is Verdict.SKIP_PAUSED


@given(TABLES, CHANGES, st.timedeltas(timedelta(0), timedelta(days=400)), st.sampled_from(Missed))
def test_no_verdict_runs_where_nothing_may(table: Timetable, due: datetime, late: timedelta, missed: Missed) -> None:
    """Whatever was missed, a run is asked for only outside of black-outs and pauses."""
    now = due + late
    if judge(table, due, now, missed=missed, grace=QUARTER).runs:
        assert table.blackout_at(now) is None
        assert not table.is_paused_at(now)
