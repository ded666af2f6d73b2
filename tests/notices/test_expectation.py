"""When data is expected next: learned, never before there is enough to learn from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rollbook.notices.expectation import GRACE, LATEST_GRACE, expect

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
minutes = st.integers(0, 40).map(lambda m: timedelta(minutes=m))


def within(days: int) -> st.SearchStrategy[datetime]:
    """Any minute of so many days."""
    return st.integers(0, days * 24 * 60 - 1).map(lambda minute: MONDAY + timedelta(minutes=minute))


def on_weekdays(weeks: int, *, hour: float = 2, until: datetime | None = None) -> list[datetime]:
    """Every weekday at that hour, for so many weeks from a Monday on."""
    times = [MONDAY + timedelta(days=n, hours=hour) for n in range(7 * weeks) if n % 7 < 5]
    return [at for at in times if until is None or at <= until]


@given(late=st.lists(minutes, min_size=60, max_size=60), hour=st.integers(0, 23))
def test_a_weekday_sender_is_missed_on_the_next_weekday(late: list[timedelta], hour: int) -> None:
    """Who sends every weekday at about one hour, and did on Monday, is missed on Tuesday, hours after that time."""
    monday = MONDAY + timedelta(weeks=5)
    sent = [at + more for at, more in zip(on_weekdays(6, hour=hour), late, strict=False)]
    found = expect([at for at in sent if at < monday + DAY])
    assert found is not None
    assert monday + DAY + hour * HOUR <= found.at <= monday + DAY + (hour + 1) * HOUR
    assert GRACE <= found.due - found.at <= LATEST_GRACE


@given(late=st.lists(minutes, min_size=60, max_size=60), hour=st.integers(0, 23), weeks=st.integers(4, 12))
def test_nobody_is_missed_at_the_week_end(late: list[timedelta], hour: int, weeks: int) -> None:
    """Who sends every weekday, and did on Friday, is expected on Monday, not on Saturday."""
    sent = [at + more for at, more in zip(on_weekdays(weeks, hour=hour), late, strict=False)]
    found = expect(sent)
    monday = MONDAY + timedelta(weeks=weeks)
    assert found is not None
    assert monday + hour * HOUR <= found.at <= monday + (hour + 1) * HOUR


@given(st.lists(within(365), max_size=200))
def test_what_is_missing_lies_ahead(times: list[datetime]) -> None:
    """Whatever the history, data is never missing before, or when, it last came."""
    found = expect(times)
    assert found is None or max(times) < found.due


@given(st.lists(within(12), max_size=60))
def test_some_days_tell_nothing(times: list[datetime]) -> None:
    """Whatever comes in the first twelve days, nothing is expected yet."""
    assert expect(times) is None


@given(st.lists(st.sampled_from(on_weekdays(6)), min_size=1))
def test_the_order_of_arrivals_is_no_matter(shuffled: list[datetime]) -> None:
    """Arrivals may come in any order."""
    assert expect(shuffled) == expect(sorted(shuffled))


def test_a_day_off_is_forgiven() -> None:
    """One free Tuesday in six weeks leaves Tuesdays usual."""
    sent = [at for at in on_weekdays(6) if at.date() != date(2026, 9, 22)]
    found = expect([at for at in sent if at < datetime(2026, 10, 13, tzinfo=UTC)])
    assert found is not None
    assert found.at == datetime(2026, 10, 13, 2, tzinfo=UTC)


def test_holidays_are_passed_over() -> None:
    """After a fortnight of holidays the usual days are as usual as before."""
    away = (datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 10, 18, tzinfo=UTC))
    sent = [at for at in on_weekdays(7) if not away[0] < at < away[1]]
    found = expect([at for at in sent if at < datetime(2026, 10, 20, tzinfo=UTC)])
    assert found is not None
    assert found.at == datetime(2026, 10, 20, 2, tzinfo=UTC)


def test_midnight_is_no_border() -> None:
    """Deliveries that come now before, now after midnight belong to one night."""
    around = [MONDAY + n * DAY + timedelta(minutes=20 * (-1) ** n) for n in range(28)]
    found = expect(around)
    assert found is not None
    assert found.at == datetime(2026, 10, 5, 0, 20, tzinfo=UTC)


def test_a_second_run_by_hand_does_not_hide_the_next_night() -> None:
    """A run in the afternoon beside the nightly one changes nothing about the next night."""
    sent = on_weekdays(5, until=datetime(2026, 10, 5, 3, tzinfo=UTC))
    assert expect([*sent, datetime(2026, 10, 5, 15, tzinfo=UTC)]) == expect(sent)


def test_summer_time_is_within_the_grace() -> None:
    """Two o'clock in New York comes an hour later when summer time ends, and nobody is missed for it."""
    sent = [MONDAY + n * DAY + 6 * HOUR for n in range(55)]  # until 31 October
    found = expect(sent)
    assert found is not None
    assert found.due >= datetime(2026, 11, 1, 7, tzinfo=UTC)


def test_a_weekly_sender() -> None:
    """Who sends on Sundays is expected on the next one."""
    found = expect([MONDAY + 6 * DAY + timedelta(weeks=n, hours=2) for n in range(4)])
    assert found is not None
    assert found.at == MONDAY + 6 * DAY + timedelta(weeks=4, hours=2)


def test_a_monthly_sender() -> None:
    """Who sends on the first of the month is missed half a month late; after four months nobody knows yet."""
    firsts = [datetime(2026, month, 1, 2, tzinfo=UTC) for month in range(1, 8)]
    found = expect(firsts)
    assert found is not None
    assert found.at == firsts[-1] + 31 * DAY
    assert found.due == firsts[-1] + 31 * DAY + 15.5 * DAY
    assert expect(firsts[:4]) is None


def test_no_pattern_no_expectation() -> None:
    """Who sends now and then is never missed."""
    days = [0, 3, 4, 11, 13, 18, 26, 29, 33, 40]
    assert expect([MONDAY + n * DAY for n in days]) is None
