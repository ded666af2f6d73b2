"""A value of a Python driver as text, without losing anything of it."""

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

GUID_BYTES = 16


class NoText(ValueError):
    """A value that has no text: bytes, a list, a structure."""


def text(value: Any) -> str | None:
    """
    Dates in ISO 8601, numbers in full, `true` and `false`.

    Raises:
        NoText: It is of another kind.
    """
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | UUID():
            return str(value)
        case Decimal():
            return plain(value)
        case float():
            return number(repr(value))
        case datetime.datetime():
            return value.isoformat(sep=" ")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case bytes() if len(value) == GUID_BYTES:
            return value.hex()
        case _:
            raise NoText(type(value).__name__)


def number(shown: str) -> str:
    """A floating-point number as written, without exponent and without a fraction of nothing."""
    return plain(Decimal(shown)).removesuffix(".0")


def plain(value: Decimal) -> str:
    """All digits; `NaN` and `Infinity` as they are."""
    return format(value, "f")
