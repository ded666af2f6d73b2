"""
Where the quotes of a text stand, and whether each opens or closes a cell.

Asked for whole pieces of text first, 64 characters at once: one bit for each. Only a text in which that shows a quote
out of place is looked at quote by quote.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LF, CR, QUOTE = 0x0A, 0x0D, 0x22

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]
Bits = npt.NDArray[np.uint64]
"""A bit for each character, the first one lowest."""

PIECE = 2**18
"""Bytes whose bits the processor's cache can hold, with all that is made of them."""

_ONE, _LAST = np.uint64(1), np.uint64(63)


@dataclass(frozen=True)
class InOrder:
    """
    Quotes that each open or close a cell, in turn, both on the same line.

    Args:
        unquoting: How many bytes the text loses when its cells are unquoted.

        side_by_side: Whether any two are neighbours, as in an empty cell and for a quote in a cell.
    """

    unquoting: int
    side_by_side: bool


NO_QUOTES = InOrder(0, False)


def in_order(text: bytes, delimiter: int, piece: int = PIECE) -> InOrder | None:
    """
    What is known of the quotes of a text that ends with a line end; None when one of them is out of place.

    Args:
        piece: About so many bytes are looked at together, cut where a line ends.
    """
    codes = np.frombuffer(text, dtype=np.uint8)
    unquoting, side_by_side, start = 0, False, 0
    while start < len(text):
        end = text.find(b"\n", start + piece) + 1 or len(text)
        found = _piece_in_order(codes[start:end], delimiter)
        if found is None:
            return None
        unquoting += found.unquoting
        side_by_side |= found.side_by_side
        start = end
    return InOrder(unquoting, side_by_side)


def _piece_in_order(codes: Codes, delimiter: int) -> InOrder | None:
    quotes, breaks = _bits(codes == QUOTE), _bits((codes == LF) | (codes == CR))
    within = _within(quotes)
    if (within & breaks).any():
        return None
    border = quotes | breaks | _bits(codes == delimiter)
    opening, closing = quotes & within, quotes & ~within
    if (opening & ~_one_later(border)).any() or (closing & ~_one_earlier(border)).any():
        return None
    followed = quotes & _one_earlier(quotes)
    unquoting = np.bitwise_count(quotes).sum() - np.bitwise_count(closing & followed).sum()
    return InOrder(int(unquoting), bool(followed.any()))


def _bits(flags: Flags) -> Bits:
    """The flags as bits, filled up with zeros."""
    packed = np.packbits(flags, bitorder="little")
    return np.concatenate((packed, np.zeros(-len(packed) % 8, np.uint8))).view(np.uint64)


def _within(quotes: Bits) -> Bits:
    """The characters from each quote that opens to before the one that closes: those with an odd number up to them."""
    within = quotes.copy()
    for places in (1, 2, 4, 8, 16, 32):
        within ^= within << np.uint64(places)
    odd = np.bitwise_xor.accumulate(within >> _LAST)
    within[1:] ^= -odd[:-1]  # all bits or none
    return within


def _one_later(bits: Bits) -> Bits:
    """For each character the bit of the one before; the text begins after a border."""
    later = bits << _ONE
    later[0] |= _ONE
    later[1:] |= bits[:-1] >> _LAST
    return later


def _one_earlier(bits: Bits) -> Bits:
    """For each character the bit of the one behind it."""
    earlier = bits >> _ONE
    earlier[:-1] |= bits[1:] << _LAST
    return earlier


def judge_lines(codes: Codes, quotes: Offsets, starts: Offsets, delimiter: int) -> tuple[Flags, Offsets]:
    """Which lines have a quote out of place; and per line, how many bytes unquoting takes away."""
    per_line = np.diff(np.searchsorted(quotes, starts))
    opening, closing = opened_and_closed(quotes, per_line)
    border = np.zeros(256, np.bool_)
    border[[delimiter, QUOTE, LF, CR]] = True
    opens_badly = ~border[codes[np.maximum(opening - 1, 0)]] & (opening > 0)
    following = codes[closing + 1]
    misplaced = opening[opens_badly | ~border[following]]
    doubled = closing[following == QUOTE]
    faulty = (per_line & 1).astype(np.bool_) | (_per_line(misplaced, starts) > 0)
    return faulty, per_line - _per_line(doubled, starts)


def opened_and_closed(quotes: Offsets, per_line: Offsets) -> tuple[Offsets, Offsets]:
    """The quotes that open and those that close, but for lines that have an odd number."""
    odd = (per_line & 1).astype(np.bool_)
    paired = quotes[np.repeat(~odd, per_line)] if odd.any() else quotes
    return paired[0::2], paired[1::2]


def _per_line(places: Offsets, starts: Offsets) -> Offsets:
    """How many of the places lie on each line."""
    return np.bincount(np.searchsorted(starts, places, side="right") - 1, minlength=len(starts) - 1)
