"""
The JSON of `/ws/v1`: made from XML by rote, so its shape depends on what there is to say.

A list of one is the one; an empty list and a blank value are not there at all; an object without anything in it is
`""`; a text of digits is a number, and has lost its leading zeros.
"""

from typing import Any

# Digits beyond this are left as text, since they are no longer a whole number of 64 bits.
_LONGEST = 18


class Kept(str):
    """A text that stays one, whatever it looks like: money, and values of extensions."""


def irregular(value: Any, *, keep_zeros: bool = False) -> Any:
    """
    A value as `/ws/v1` writes it; None where it writes nothing.

    Args:
        keep_zeros: Leave digits that begin with 0 as text; servers differ in this.
    """
    match value:
        case dict():
            told = {name: irregular(part, keep_zeros=keep_zeros) for name, part in value.items()}
            return {name: part for name, part in told.items() if part is not None} or ""
        case list():
            told_all = [irregular(part, keep_zeros=keep_zeros) for part in value]
            return None if not told_all else told_all[0] if len(told_all) == 1 else told_all
        case Kept():
            return str(value)
        case str() if _is_number(value, keep_zeros):
            return int(value)
    return value


def _is_number(text: str, keep_zeros: bool) -> bool:
    return (
        text.isascii() and text.isdigit() and len(text) <= _LONGEST and not (keep_zeros and text[0] == "0" < text[1:])
    )
