"""Rhythms in words."""

import calendar
from datetime import UTC, date, datetime

from cronsim import CronSim

from rollbook.core.schedules.rhythm import Every, Rhythm
from rollbook.core.schedules.timetable import BlackOut

_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)


def in_words(rhythm: Rhythm) -> str:
    """`Every day at 00:15, America/Chicago`."""
    if rhythm.every is Every.DELIVERY:
        return "When a delivery is complete"
    return f"{_often(rhythm)}, {rhythm.zone}"


def _often(rhythm: Rhythm) -> str:
    at = f"at {rhythm.hour:02}:{rhythm.minute:02}"
    match rhythm.every:
        case Every.HOUR:
            return f"Every hour at {rhythm.minute:02} past" if rhythm.minute else "Every hour, on the hour"
        case Every.DAY:
            return f"Every day {at}"
        case Every.WEEK:
            return f"Every {calendar.day_name[rhythm.weekday - 1]} {at}"
        case Every.MONTH:
            last = {29: " (28 in a short February)", 30: " (the last of February)", 31: " (or the last day)"}
            return f"Every month on the {_ordinal(rhythm.day)}{last.get(rhythm.day, '')} {at}"
        case Every.YEAR:
            leap = " (28 in other years)" if (rhythm.day, rhythm.month) == (29, 2) else ""
            return f"Every year on {rhythm.day} {calendar.month_name[rhythm.month]}{leap} {at}"
        case Every.MINUTES:
            return "Every minute" if rhythm.step == 1 else f"Every {rhythm.step} minutes"
        case _:
            return CronSim(rhythm.cron, _ANY_TIME).explain()


def _ordinal(number: int) -> str:
    ending = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def day_in_words(day: date) -> str:
    """`3 Jan 2027`."""
    return f"{day.day} {day:%b %Y}"


def blackout_in_words(one: BlackOut) -> str:
    """`20 Dec 2026 to 3 Jan 2027, Winter break`."""
    days = (
        day_in_words(one.first) if one.first == one.last else f"{day_in_words(one.first)} to {day_in_words(one.last)}"
    )
    return f"{days}, {one.label}" if one.label else days


def offset_in_words(moment: datetime) -> str:
    """`UTC-5`, `UTC+5:30`, for an aware moment."""
    offset = moment.utcoffset()
    assert offset is not None
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
