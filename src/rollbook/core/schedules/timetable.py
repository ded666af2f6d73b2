"""A rhythm with what keeps it from running: black-outs and a pause; and what becomes of times that were missed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rollbook.core.schedules.rhythm import Rhythm, following


@dataclass(frozen=True)
class BlackOut:
    """Days on which nothing runs, the first and the last included, in the zone of the schedule."""

    first: date
    last: date
    label: str = ""


@dataclass(frozen=True)
class Timetable:
    """
    When something is due.

    Args:
        paused_until: Nothing runs before this day; it runs again on it.
    """

    rhythm: Rhythm
    blackouts: tuple[BlackOut, ...] = ()
    paused_until: date | None = None

    def blackout_at(self, moment: datetime) -> BlackOut | None:
        """The black-out that a moment falls into; of several, the one that lasts longest."""
        day = moment.astimezone(self.rhythm.tz).date()
        hit = [one for one in self.blackouts if one.first <= day <= one.last]
        return max(hit, key=lambda one: one.last, default=None)

    def is_paused_at(self, moment: datetime) -> bool:
        """The moment lies before the day until which it is paused."""
        return self.paused_until is not None and moment.astimezone(self.rhythm.tz).date() < self.paused_until


def next_due(timetable: Timetable, after: datetime) -> datetime | None:
    """
    The first time strictly later than `after` that is in no black-out and after the pause, in UTC.

    None when it does not come round by the clock, or not within fifty years.
    """
    tz = timetable.rhythm.tz
    if timetable.paused_until is not None:
        after = max(after, just_before(timetable.paused_until, tz))
    while (due := following(timetable.rhythm, after)) is not None:
        if timetable.is_paused_at(due):
            after = due
        elif hit := timetable.blackout_at(due):
            after = max(due, just_before(hit.last + timedelta(days=1), tz))
        else:
            break
    return due


def just_before(day: date, tz: ZoneInfo) -> datetime:
    """A moment shortly before a day of the zone begins; up to an hour where clocks change at midnight."""
    midnight = datetime.combine(day, time(), tz)
    begins = min(midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC))
    return begins - timedelta(seconds=1)


# Missed times ----------------------------------------------------------------------------------------


class Missed(StrEnum):
    """What becomes of times that passed while nobody looked."""

    RUN = "run"
    SKIP = "skip"


class Verdict(StrEnum):
    """What to do about a schedule that is due."""

    ON_TIME = "on_time"
    CATCH_UP = "catch_up"
    SKIP_MISSED = "skip_missed"
    SKIP_BLACKOUT = "skip_blackout"
    SKIP_PAUSED = "skip_paused"

    @property
    def runs(self) -> bool:
        """A run is asked for."""
        return self in (Verdict.ON_TIME, Verdict.CATCH_UP)


def judge(timetable: Timetable, due: datetime, now: datetime, *, missed: Missed, grace: timedelta) -> Verdict:
    """
    What to do at `now` about a schedule that was due at `due`, or more than once since.

    However many times were missed, at most one run follows. Nothing begins in a black-out or in a pause, not even what
    was due before it.

    Args:
        grace: A time that is no older than this is on time.
    """
    if timetable.is_paused_at(now):
        return Verdict.SKIP_PAUSED
    if timetable.blackout_at(now):
        return Verdict.SKIP_BLACKOUT
    if now - due <= grace:
        return Verdict.ON_TIME
    latest = next_due(timetable, now - grace - timedelta(seconds=1))
    if latest is not None and latest <= now:
        return Verdict.ON_TIME
    return Verdict.CATCH_UP if missed is Missed.RUN else Verdict.SKIP_MISSED
