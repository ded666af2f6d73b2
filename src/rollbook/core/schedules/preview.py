"""The next times of a timetable, with a remark where a change of clocks, a black-out or a pause moved something."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cronsim import CronSim

from rollbook.core.schedules.rhythm import Rhythm, expressions, following, is_fixed
from rollbook.core.schedules.timetable import Timetable, just_before, next_due
from rollbook.core.schedules.words import blackout_in_words, day_in_words, offset_in_words


@dataclass(frozen=True)
class Coming:
    """
    One time to come.

    Args:
        utc: The time.

        local: The same in the zone of the schedule.

        remarks: What is special about it, in words.
    """

    utc: datetime
    local: datetime
    remarks: tuple[str, ...] = ()


def coming(timetable: Timetable, after: datetime, count: int = 5) -> list[Coming]:
    """The next times after `after`, in their order; fewer when it does not come round so often."""
    found: list[Coming] = []
    while len(found) < count and (due := next_due(timetable, after)) is not None:
        found.append(Coming(due, due.astimezone(timetable.rhythm.tz), tuple(_remarks(timetable, after, due))))
        after = due
    return found


def _remarks(timetable: Timetable, before: datetime, due: datetime) -> Iterator[str]:
    yield from dict.fromkeys(_closed(timetable, before, due))
    yield from _clocks(timetable.rhythm, before, due)


def _closed(timetable: Timetable, before: datetime, due: datetime) -> Iterator[str]:
    """What lies between two times that would otherwise follow one another."""
    while (skipped := following(timetable.rhythm, before)) is not None and skipped < due:
        if timetable.paused_until is not None and timetable.is_paused_at(skipped):
            yield f"Paused until {day_in_words(timetable.paused_until)}."
            until = timetable.paused_until
        else:
            hit = timetable.blackout_at(skipped)
            assert hit is not None, "only a pause or a black-out stands between a time and the next one"
            yield f"Left out before this: {blackout_in_words(hit)}."
            until = hit.last + timedelta(days=1)
        before = max(skipped, just_before(until, timetable.rhythm.tz))


def _clocks(rhythm: Rhythm, before: datetime, due: datetime) -> Iterator[str]:
    local = due.astimezone(rhythm.tz)
    earlier = before.astimezone(rhythm.tz)
    if is_fixed(rhythm) and not _is_meant(rhythm, local):
        yield "Moved: the clocks go forward and leave the time out that day."
    elif _comes_twice(local):
        which = "second" if local.fold else "first"
        only = ", and the only run" if is_fixed(rhythm) else ""
        yield f"The clocks go back: {local:%H:%M} comes twice that day; this is the {which}{only}."
    if earlier.utcoffset() != local.utcoffset():
        yield f"The clocks have changed: {offset_in_words(earlier)} before, {offset_in_words(local)} now."


def _is_meant(rhythm: Rhythm, local: datetime) -> bool:
    """The time on the clock is one that the rhythm names."""
    wall = local.replace(tzinfo=None, fold=0)
    return any(next(CronSim(text, wall - timedelta(seconds=1)), None) == wall for text in expressions(rhythm))


def _comes_twice(local: datetime) -> bool:
    """Both the first and the second of two equal times exist, which no time in a gap does."""
    first, second = local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    return first < second
