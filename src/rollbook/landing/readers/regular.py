"""
The vectorised path: find the lines that cannot be misread, and split them with Polars.

A line is regular when its quotes come in pairs, each pair opens at the start of a cell and closes at the end
of one (or closes onto the next, which is a doubled quote). That is proven here on the bytes, because Polars
pads short lines, reads CR-only text as empty and drops inner quotes without a word.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

LF, CR, QUOTE = 0x0A, 0x0D, 0x22

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]

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
    quotes: Offsets
    """The places of all quotes."""
    unquoting: Offsets
    """How many bytes a regular line loses when its cells are unquoted."""
    lone_returns: Offsets
    """Places of the line ends that are a CR alone."""

    def __len__(self) -> int:
        return len(self.lengths)


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
    quotes = unquoting = np.zeros(0, np.int64)
    if b'"' in text:
        quotes = np.flatnonzero(codes == QUOTE)
        faulty, unquoting = _judge_quotes(codes, quotes, starts, delimiter[0])
        regular &= ~faulty
    return Lines(text, starts, lengths, regular, quotes, unquoting, lone_returns)


def _line_breaks(codes: Codes, has_returns: bool) -> tuple[Offsets, Offsets]:
    """The places of all line breaks (of a CRLF: the LF), and of the lone CRs among them."""
    feeds = np.flatnonzero(codes == LF)
    if not has_returns:
        return feeds, np.zeros(0, np.int64)
    returns = np.flatnonzero(codes == CR)
    following = codes[np.minimum(returns + 1, len(codes) - 1)]
    lone = returns[following != LF]
    return (np.sort(np.concatenate((feeds, lone))) if len(lone) else feeds), lone


def _judge_quotes(codes: Codes, quotes: Offsets, starts: Offsets, delimiter: int) -> tuple[Flags, Offsets]:
    """Which lines have a quote out of place; and per line, how many bytes unquoting takes away."""
    per_line = np.diff(np.searchsorted(quotes, starts))
    paired = _paired(quotes, per_line)
    opening, closing = paired[0::2], paired[1::2]
    border = np.zeros(256, np.bool_)
    border[[delimiter, QUOTE, LF, CR]] = True
    opens_badly = ~border[codes[np.maximum(opening - 1, 0)]] & (opening > 0)
    following = codes[closing + 1]
    misplaced = opening[opens_badly | ~border[following]]
    doubled = closing[following == QUOTE]
    faulty = (per_line & 1).astype(np.bool_) | (_per_line(misplaced, starts) > 0)
    return faulty, per_line - _per_line(doubled, starts)


def _paired(quotes: Offsets, per_line: Offsets) -> Offsets:
    """The quotes without those of lines that have an odd number: the others open and close in turn."""
    odd = (per_line & 1).astype(np.bool_)
    return quotes[np.repeat(~odd, per_line)] if odd.any() else quotes


def _per_line(places: Offsets, starts: Offsets) -> Offsets:
    """How many of the places lie on each line."""
    return np.bincount(np.searchsorted(starts, places, side="right") - 1, minlength=len(starts) - 1)


def count_cells(lines: Lines, delimiter: bytes) -> Offsets:
    """How many cells each regular line has: the delimiters outside of its quoted parts, and one."""
    delimiters = np.flatnonzero(np.frombuffer(lines.text, dtype=np.uint8) == delimiter[0])
    cells = np.diff(np.searchsorted(delimiters, lines.starts)) + 1
    if len(lines.quotes):
        paired = _paired(lines.quotes, np.diff(np.searchsorted(lines.quotes, lines.starts)))
        opening, closing = paired[0::2], paired[1::2]
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
    try:
        frame = _split(_pick(lines, wanted), delimiter, cells, len(lines.quotes) > 0 and b'""' in lines.text)
    except pl.exceptions.PolarsError:
        return None
    held = frame.select(pl.sum_horizontal(pl.all().str.len_bytes().sum())).item()
    sent = int(lines.lengths[wanted].sum())
    unquoting = int(lines.unquoting[wanted].sum()) if len(lines.unquoting) else 0
    accounted = frame.height == count and sent - held - unquoting == count * (cells - 1)
    return frame if accounted else None


def _pick(lines: Lines, wanted: Flags) -> bytes:
    """The wanted lines one after the other, each ending with an LF (or a CRLF)."""
    text = lines.text
    if len(lines.lone_returns):
        codes = np.frombuffer(text, dtype=np.uint8).copy()
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
