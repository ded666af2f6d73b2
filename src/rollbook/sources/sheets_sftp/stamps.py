"""
Dates and times in names: `students_20261122.csv`, `2026-11-22_0615`, `staff 11-22-2026.txt`.

A system that writes a new name each night tells so which of its files is the newest.
"""

import re

_TIME = r"(?:[T _.-]?(?P<hour>[01]\d|2[0-3])[:._-]?(?P<minute>[0-5]\d)(?:[:._-]?(?P<second>[0-5]\d))?)?(?!\d)"
_DAY = r"(?P<month>0[1-9]|1[0-2])[._-]?(?P<day>0[1-9]|[12]\d|3[01])"
_FORMS = (
    re.compile(rf"(?<!\d)(?P<year>20\d\d)[._-]?{_DAY}{_TIME}"),
    re.compile(rf"(?<!\d){_DAY}[._-]?(?P<year>20\d\d){_TIME}"),
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")


def stamped(name: str) -> tuple[str, str]:
    """
    A name without its date, and the date as text that sorts by time: `20261122061500`; blank when it has none.

    Month, day and year in this order, or year, month and day.
    """
    for form in _FORMS:
        if found := form.search(name):
            rest = f"{name[: found.start()].rstrip(' ._-')}{name[found.end() :]}"
            return rest, "".join(found[part] or "00" for part in _PARTS)
    return name, ""
