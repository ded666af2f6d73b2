"""The value of a workbook cell -> the text that a CSV export of the same sheet would hold."""

import datetime as dt
from decimal import Decimal

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def cell_text(value: Value) -> str:
    """
    Text stays as it is; whole numbers have no ".0", dates are ISO, booleans true or false.

    A date and time at midnight is a date: Excel does not tell them apart.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, dt.timedelta):
        return _duration_text(value)
    return value.isoformat()


def _number_text(value: float) -> str:
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def _duration_text(value: dt.timedelta) -> str:
    """Hours may pass 24, as in Excel's [h]:mm:ss."""
    seconds = int(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{sign}{hour:02}:{minute:02}:{second:02}"
