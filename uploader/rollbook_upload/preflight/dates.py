"""Dates as senders write them -> YYYY-MM-DD."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import cache

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:\Z|[T ])")
_TIME = re.compile(r"[T ]+[0-9]{1,2}:[0-9]{2}.*\Z")
_PARTS = {
    "%Y": "(?P<Y>[0-9]{4})",
    "%y": "(?P<y>[0-9]{2})",
    "%m": "(?P<m>[0-9]{1,2})",
    "%d": "(?P<d>[0-9]{1,2})",
    "%b": "(?P<b>[A-Za-z]+)",
    "%B": "(?P<B>[A-Za-z]+)",
}


def read_date(text: str, formats: Sequence[str]) -> tuple[str | None, str | None]:
    """
    A date and what is wrong with it: `bad-date`, or `date-ambiguous` where day and month can be taken for each other.

    Args:
        formats: As `strptime` writes them; tried in order after ISO 8601.
    """
    plain = _TIME.sub("", text, count=1)  # a time of day says nothing here
    iso = _ISO.match(text)
    found = _day(*map(int, iso.groups())) if iso else None
    for one in formats:
        found = found or _whole(plain, one)
    if found is None or not 1900 <= found.year <= 2200:
        return None, "bad-date"
    if _is_unsure(tuple(formats)):
        days = {day for one in formats if "%d" in one and "%m" in one for day in [_whole(plain, one)] if day}
        if len(days) > 1:
            return None, "date-ambiguous"
    return found.isoformat(), None


@cache
def _is_unsure(formats: tuple[str, ...]) -> bool:
    """Both orders of day and month are allowed."""
    return len({one.index("%d") < one.index("%m") for one in formats if "%d" in one and "%m" in one}) == 2


def _whole(text: str, one: str) -> dt.date | None:
    """The date, where the text is as long as the format asks."""
    found = _pattern(one).match(text)
    if not found:
        return None
    said = found.groupdict()
    if "Y" in said:
        year = int(said["Y"])
    else:
        year = int(said["y"]) + (2000 if int(said["y"]) < 70 else 1900)
    month = int(said["m"]) if "m" in said else _month(said.get("b") or "", said.get("B") or "")
    return _day(year, month, int(said["d"]))


@cache
def _pattern(one: str) -> re.Pattern[str]:
    parts = dict(_PARTS)
    if one in ("%Y%m%d", "%y%m%d"):
        parts.update({"%m": "(?P<m>[0-9]{2})", "%d": "(?P<d>[0-9]{2})"})
    pattern = re.escape(one)
    for name, found in parts.items():
        pattern = pattern.replace(re.escape(name), found)
    return re.compile(rf"{pattern}\Z")


def _month(short: str, either: str) -> int:
    """`%b` takes `Jan`, `%B` also `January`; 0 for neither."""
    for number, name in enumerate(_MONTHS, 1):
        if short.lower() == name[:3] or (either and either.lower() in (name, name[:3])):
            return number
    return 0


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
