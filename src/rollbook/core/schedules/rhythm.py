"""
How often something comes round: every day at 00:15 in Chicago, the last day of the month, a cron expression.

All of it is said as cron expressions and left to cronsim, but for `minutes`, which cron cannot say. What cronsim does
when clocks change, as Debian's cron:

- A fixed time (`15 2 * * *`) that does not exist is moved to the first moment after the gap. One that comes twice is
  taken the first time only.
- An expression whose minute or hour begins with `*` steps in absolute time: every hour is every hour, on a day of 23
  or 25 hours too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from rollbook.core.errors import SettingsError

MOST_MINUTES = 24 * 60
DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_ANY_TIME = datetime(2024, 1, 1)  # noqa: DTZ001 - cronsim reads an expression only with a time to start from


class Every(StrEnum):
    """The kinds of a rhythm."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    MINUTES = "minutes"
    CRON = "cron"
    DELIVERY = "delivery"


@dataclass(frozen=True)
class Rhythm:
    """
    How often, and in whose time. Each kind reads only the values it needs.

    Args:
        minute: Past the hour.

        weekday: 1 = Monday … 7 = Sunday.

        day: Of the month; in a month without that day, its last one.

        month: 1 = January; 29 February stands for the 28th in other years.

        step: Minutes between two times, for `minutes`; counted from a midnight of the zone, without regard to clocks.

        cron: Five fields, for `cron`: minute, hour, day of month, month, day of week.

        zone: Name of an IANA time zone.
    """

    every: Every
    minute: int = 0
    hour: int = 0
    weekday: int = 1
    day: int = 1
    month: int = 1
    step: int = 60
    cron: str = ""
    zone: str = "UTC"

    @property
    def tz(self) -> ZoneInfo:
        """The zone, with its rules."""
        return ZoneInfo(self.zone)

    @property
    def is_timed(self) -> bool:
        """It comes round by the clock, and not by what arrives."""
        return self.every is not Every.DELIVERY


_known = cache(available_timezones)  # it reads folders


@cache
def zones() -> tuple[str, ...]:
    """The names of zones to choose from: UTC and every Area/City, without the old aliases."""
    return "UTC", *sorted(name for name in _known() if name.startswith(_AREAS) and "/" in name)


# Checks ----------------------------------------------------------------------------------------------


def faults(rhythm: Rhythm) -> dict[str, str]:
    """Name of a value -> what is wrong with it."""
    wrong = {}
    if rhythm.zone not in _known():
        wrong["zone"] = f"{rhythm.zone!r} is not a time zone. Write its IANA name, such as America/Chicago."
    for name, low, high in (("minute", 0, 59), ("hour", 0, 23), ("weekday", 1, 7), ("day", 1, 31), ("month", 1, 12)):
        if not low <= getattr(rhythm, name) <= high:
            wrong[name] = f"The {name} goes from {low} to {high}."
    if rhythm.every is Every.MINUTES and not 1 <= rhythm.step <= MOST_MINUTES:
        wrong["step"] = f"The minutes between two times go from 1 to {MOST_MINUTES}."
    if rhythm.every is Every.YEAR and not wrong and rhythm.day > DAYS_OF_MONTH[rhythm.month - 1]:
        wrong["day"] = f"That month has no day {rhythm.day}."
    if rhythm.every is Every.CRON and (text := _cron_fault(rhythm.cron)):
        wrong["cron"] = text
    return wrong


def checked(rhythm: Rhythm) -> Rhythm:
    """
    The rhythm, when it can be kept.

    Raises:
        SettingsError: One of its values cannot be.
    """
    if wrong := faults(rhythm):
        raise SettingsError(f"{' '.join(wrong.values())} Nothing was changed.")
    return rhythm


def _cron_fault(text: str) -> str:
    if len(text.split()) != 5:
        return (
            "A cron expression has five fields: minute, hour, day of month, month, day of week; such as 15 2 * * 1-5."
        )
    try:
        if next(CronSim(text, _ANY_TIME), None) is None:
            return f"{text!r} never comes round."
    except CronSimError as error:
        return f"{text!r} is not a cron expression: {str(error)[:1].lower()}{str(error)[1:]}."
    return ""


# Times -----------------------------------------------------------------------------------------------


def following(rhythm: Rhythm, after: datetime) -> datetime | None:
    """The first time strictly later than `after`, in UTC; None when it does not come round by the clock."""
    if rhythm.every is Every.MINUTES:
        return _stepped(rhythm, after)
    times = (_of_cron(text, rhythm.tz, after) for text in expressions(rhythm))
    return min((time for time in times if time is not None), default=None)


def expressions(rhythm: Rhythm) -> tuple[str, ...]:
    """The cron expressions that together say the rhythm; none for `minutes` and `delivery`."""
    minute, hour, day, month = rhythm.minute, rhythm.hour, rhythm.day, rhythm.month
    match rhythm.every:
        case Every.HOUR:
            return (f"{minute} * * * *",)
        case Every.DAY:
            return (f"{minute} {hour} * * *",)
        case Every.WEEK:
            return (f"{minute} {hour} * * {rhythm.weekday}",)
        case Every.MONTH:
            return tuple(f"{minute} {hour} {days} *" for days in _days_of_month(day))
        case Every.YEAR:
            return (f"{minute} {hour} {'L' if (day, month) == (29, 2) else day} {month} *",)
        case Every.CRON:
            return (rhythm.cron,)
        case _:
            return ()


def _days_of_month(day: int) -> tuple[str, ...]:
    """Day and month of a cron expression; `L` is the last day of a month."""
    if day <= 28:
        return (f"{day} *",)
    return ("L *",) if day == 31 else (f"{day} 1,3-12", "L 2")


def is_fixed(rhythm: Rhythm) -> bool:
    """It names times of the day, which a change of clocks moves or doubles; the others step over it."""
    texts = expressions(rhythm)
    return bool(texts) and not any(field.startswith("*") for text in texts for field in text.split()[:2])


def _of_cron(text: str, tz: ZoneInfo, after: datetime) -> datetime | None:
    # In the second of two equal hours cronsim starts from the first one, so it may name times that are past.
    for time in CronSim(text, after.astimezone(tz)):
        if (utc := time.astimezone(UTC)) > after:
            return utc
    return None


def _stepped(rhythm: Rhythm, after: datetime) -> datetime:
    start, step = datetime(2000, 1, 1, tzinfo=rhythm.tz).astimezone(UTC), timedelta(minutes=rhythm.step)
    return start + ((after - start) // step + 1) * step
