"""
The vectorised path: find the lines that cannot be misread, and split them with Polars.

A line is regular when its quotes come in pairs, each pair opens at the start of a cell and closes at the end
of one (or closes onto the next, which is a doubled quote). That is proven here on the bytes, because Polars
pads short lines, reads CR-only text as empty and drops inner quotes without a word.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from rollbook.landing.readers.quotes import (
    CR,
    LF,
    NO_QUOTES,
    QUOTE,
    Codes,
    Flags,
    InOrder,
    Offsets,
    in_order,
    judge_lines,
    opened_and_closed,
)

_MISREAD_STARTS = (b"\xef\xbb\xbf", b"\x1f", b"(", b"x")
"""Polars drops a byte order mark, and decompresses what starts like a gzip, zstd or zlib file."""


@dataclass(frozen=True)
class Lines:
    """The physical lines of a text: where each starts, where its content ends, and what is known of it."""

    text: bytes
    starts: Offsets
    """One more than there are lines: the last is the length of the text."""
    lengths: Offsets
    """Bytes of content, without the line end."""
    regular: Flags
    """Proven regular, and not empty."""
    lone_returns: Offsets
    """Places of the line ends that are a CR alone."""
    delimiter: int
    in_order: InOrder | None
    """None when a quote is out of place: then each line is judged by itself."""

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def codes(self) -> Codes:
        """The bytes as numbers."""
        return np.frombuffer(self.text, dtype=np.uint8)

    @cached_property
    def quotes(self) -> Offsets:
        """The places of all quotes."""
        return np.flatnonzero(self.codes == QUOTE)

    @cached_property
    def judged(self) -> tuple[Flags, Offsets]:
        """See `judge_lines`."""
        return judge_lines(self.codes, self.quotes, self.starts, self.delimiter)

    def unquoting(self, wanted: Flags) -> int:
        """How many bytes these regular lines lose when their cells are unquoted."""
        known = self.in_order
        if known and (not known.unquoting or not np.any(self.lengths[~wanted])):
            return known.unquoting
        return int(self.judged[1][wanted].sum())


def survey_lines(text: bytes, delimiter: bytes, longest: int) -> Lines:
    """Find the lines of a text that ends with a line end; a line over `longest` bytes is never regular."""
    codes = np.frombuffer(text, dtype=np.uint8)
    has_returns = b"\r" in text
    breaks, lone_returns = _line_breaks(codes, has_returns)
    starts = np.concatenate((np.zeros(1, np.int64), breaks + 1))
    lengths = breaks - starts[:-1]
    if has_returns and len(lone_returns) < len(breaks):
        before = codes[np.maximum(breaks - 1, 0)]
        lengths -= (codes[breaks] == LF) & (before == CR) & (lengths > 0)
    regular = (lengths > 0) & (lengths <= longest)
    proven = in_order(text, delimiter[0]) if b'"' in text else NO_QUOTES
    lines = Lines(text, starts, lengths, regular, lone_returns, delimiter[0], proven)
    if proven is None:
        regular &= ~lines.judged[0]
    return lines


def _line_breaks(codes: Codes, has_returns: bool) -> tuple[Offsets, Offsets]:
    """The places of all line breaks (of a CRLF: the LF), and of the lone CRs among them."""
    feeds = np.flatnonzero(codes == LF)
    if not has_returns:
        return feeds, np.zeros(0, np.int64)
    returns = np.flatnonzero(codes == CR)
    following = codes[np.minimum(returns + 1, len(codes) - 1)]
    lone = returns[following != LF]
    return (np.sort(np.concatenate((feeds, lone))) if len(lone) else feeds), lone


def count_cells(lines: Lines, delimiter: bytes) -> Offsets:
    """How many cells each regular line has: the delimiters outside of its quoted parts, and one."""
    delimiters = np.flatnonzero(lines.codes == delimiter[0])
    cells = np.diff(np.searchsorted(delimiters, lines.starts)) + 1
    if len(lines.quotes):
        opening, closing = opened_and_closed(lines.quotes, np.diff(np.searchsorted(lines.quotes, lines.starts)))
        inside = np.searchsorted(delimiters, closing) - np.searchsorted(delimiters, opening)
        holding = np.flatnonzero(inside)
        line = np.searchsorted(lines.starts, opening[holding], side="right") - 1
        np.subtract.at(cells, line, inside[holding])
    return cells


def split_lines(lines: Lines, wanted: Flags, delimiter: bytes, cells: int) -> pl.DataFrame | None:
    """
    Split regular lines -> one String column per cell, empty cells null; None if not all have so many cells.

    Polars refuses a line with more cells. That none has fewer, and that nothing else was lost, shows in the
    sum of the bytes: what the values do not account for must be the quotes and the delimiters.
    """
    count = int(np.count_nonzero(wanted))
    if not count:
        return pl.DataFrame(schema={str(place): pl.String for place in range(cells)})
    side_by_side = lines.in_order.side_by_side if lines.in_order else b'""' in lines.text
    try:
        frame = _split(_pick(lines, wanted), delimiter, cells, side_by_side)
    except pl.exceptions.PolarsError:
        return None
    held = frame.select(pl.sum_horizontal(pl.all().str.len_bytes().sum())).item()
    sent = int(lines.lengths[wanted].sum())
    accounted = frame.height == count and sent - held - lines.unquoting(wanted) == count * (cells - 1)
    return frame if accounted else None


def _pick(lines: Lines, wanted: Flags) -> bytes:
    """The wanted lines one after the other, each ending with an LF (or a CRLF)."""
    text = lines.text
    if len(lines.lone_returns):
        codes = lines.codes.copy()
        codes[lines.lone_returns] = LF
        text = codes.tobytes()
    if wanted.all():
        return text
    turns = np.flatnonzero(np.diff(np.concatenate(([False], wanted, [False]))))
    places = lines.starts[turns].tolist()
    return b"".join(text[a:b] for a, b in zip(places[0::2], places[1::2], strict=True))


def _split(text: bytes, delimiter: bytes, cells: int, has_pairs: bool) -> pl.DataFrame:
    if text.startswith(_MISREAD_STARTS):
        harmless = delimiter.join([b"-"] * cells) + b"\n"
        return _split(harmless + text, delimiter, cells, has_pairs).slice(1)
    return pl.read_csv(
        text,
        has_header=False,
        schema={str(place): pl.String for place in range(cells)},
        separator=delimiter.decode("ascii"),
        null_values=[""] if has_pairs else None,  # an empty cell is null in any case, but a quoted one
    )
