"""
When should data come next? Learned from when it came before: pure, no clock, no database.

Arrivals are counted by days. A day begins some hours before data usually comes, so that deliveries around midnight
do not fall on two days by chance. A weekday is *usual* when something came on it in at least three quarters of the last
weeks; of an integration that sends most days, weeks without anything (holidays) are passed over. Data is expected on
the next usual day, at the latest time of day at which it usually came first, and counts as missing some hours of
grace after. Where data comes more rarely than every week, the gaps between arrivals are used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median

WEEKS, FEWEST_WEEKS, MOST_WEEKS = 6, 3, 12
USUAL = 0.75
FEWEST_GAPS = 4
GRACE, LATEST_GRACE = timedelta(hours=2), timedelta(hours=12)
_WEEK = timedelta(weeks=1)
_MINUTES, _AHEAD = 24 * 60, 4 * 60


@dataclass(frozen=True)
class Expected:
    """Data should come by `at`, and is missing from `due` on."""

    at: datetime
    due: datetime


def expect(arrivals: Sequence[datetime]) -> Expected | None:
    """
    When data should come after the last arrival; None while the history does not tell.

    Args:
        arrivals: When data came, in any order.
    """
    times = sorted(at.astimezone(UTC) for at in arrivals)
    if len(times) < FEWEST_WEEKS:
        return None
    shift = _day_break(times)
    first_of_day: dict[date, timedelta] = {}
    for at in times:
        shifted = at - shift
        first_of_day.setdefault(shifted.date(), shifted - _midnight(shifted.date()))
    day = _next_usual_day(list(first_of_day))
    if day is None:
        return _by_gaps(times)
    recent = [first_of_day[d] for d in sorted(first_of_day)][-4 * WEEKS :]
    usual, spread = _usual_time(recent)
    at = _midnight(day) + shift + usual
    return Expected(at, at + max(GRACE, min(spread, LATEST_GRACE)))


def _day_break(times: Sequence[datetime]) -> timedelta:
    """Some hours before data usually comes: a run by hand later in the day still belongs to that day."""
    minutes = [at.hour * 60 + at.minute for at in times]
    farthest = max(
        range(0, _MINUTES, 30), key=lambda m: sum(min((m - one) % _MINUTES, (one - m) % _MINUTES) for one in minutes)
    )
    since = sorted((one - farthest) % _MINUTES for one in minutes)
    early = since[len(since) // 10]
    return timedelta(minutes=(farthest + max(early - _AHEAD, 0)) % _MINUTES)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _next_usual_day(days: Sequence[date]) -> date | None:
    """The first day after the last one whose weekday is usual."""
    seen, last, first = set(days), max(days), min(days)
    is_frequent = len(days) > 1 and median((b - a).days for a, b in pairwise(sorted(days))) < 3
    for ahead in range(1, 8):
        day = last + timedelta(days=ahead)
        weeks = [day - k * _WEEK for k in range(1, MOST_WEEKS + 1) if day - k * _WEEK >= first]
        weeks = [week for week in weeks if not is_frequent or _has_any(seen, week)][:WEEKS]
        if len(weeks) >= FEWEST_WEEKS and sum(week in seen for week in weeks) >= USUAL * len(weeks):
            return day
    return None


def _has_any(seen: set[date], day: date) -> bool:
    """Something came in the week around a day."""
    return any(day + timedelta(days=near) in seen for near in range(-3, 4))


def _usual_time(of_day: Sequence[timedelta]) -> tuple[timedelta, timedelta]:
    """The time of day by which nine in ten had come, and how far the times lie apart."""
    times = sorted(of_day)
    late = times[min(len(times) - 1, int(0.9 * len(times)))]
    return late, late - times[len(times) // 10]


def _by_gaps(times: Sequence[datetime]) -> Expected | None:
    """Half as long again as the longest gap, for what comes more rarely than every week."""
    gaps = [after - before for before, after in pairwise(times)][-12:]
    if len(gaps) < FEWEST_GAPS or timedelta(seconds=median(gap.total_seconds() for gap in gaps)) < _WEEK:
        return None
    at = times[-1] + max(gaps)
    return Expected(at, at + max(gaps) / 2)
