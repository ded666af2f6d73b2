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

_MISREAD_STARTS = (b"\xef\xbb\xbf", b"\x1f", b"(", b"x")
"""Polars drops a byte order mark, and decompresses what starts like a gzip, zstd or zlib file."""


@dataclass(frozen=True)
class Lines:
    """The physical lines of a text: where each starts, where its content ends, and what is known of it."""

    starts: Offsets
    """One more than there are lines: the last is the length of the text."""
    ends: Offsets
    regular: Flags
    """Proven regular, and not empty."""
    cells: Offsets
    """How many cells a regular line has."""
    lone_returns: Offsets
    """Places of the line ends that are a CR alone."""

    def __len__(self) -> int:
        return len(self.ends)


def survey_lines(text: bytes, delimiter: bytes, longest: int) -> Lines:
    """Find the lines of a text that ends with a line end; a line over `longest` bytes is never regular."""
    codes = np.frombuffer(text, dtype=np.uint8)
    breaks, lone_returns = _line_breaks(codes, b"\r" in text)
    starts = np.concatenate((np.zeros(1, np.int64), breaks + 1))
    ends = breaks
    if len(lone_returns) < len(breaks) and b"\r" in text:
        before = codes[np.maximum(breaks - 1, 0)]
        ends = breaks - ((codes[breaks] == LF) & (before == CR) & (breaks > starts[:-1]))
    lengths = ends - starts[:-1]
    regular = (lengths > 0) & (lengths <= longest)
    quotes = np.flatnonzero(codes == QUOTE) if b'"' in text else np.zeros(0, np.int64)
    if len(quotes):
        faulty, quotes = _quote_faults(codes, quotes, starts, delimiter[0])
        regular &= ~faulty
    cells = _count_cells(codes, starts, quotes, delimiter[0])
    return Lines(starts, ends, regular, cells, lone_returns)


def _line_breaks(codes: npt.NDArray[np.uint8], has_returns: bool) -> tuple[Offsets, Offsets]:
    """The places of all line breaks (of a CRLF: the LF), and of the lone CRs among them."""
    feeds = np.flatnonzero(codes == LF)
    if not has_returns:
        return feeds, np.zeros(0, np.int64)
    returns = np.flatnonzero(codes == CR)
    following = codes[np.minimum(returns + 1, len(codes) - 1)]
    lone = returns[following != LF]
    return (np.sort(np.concatenate((feeds, lone))) if len(lone) else feeds), lone


def _quote_faults(
    codes: npt.NDArray[np.uint8], quotes: Offsets, starts: Offsets, delimiter: int
) -> tuple[Flags, Offsets]:
    """Which lines have a quote out of place; and the quotes without those of lines that leave one open."""
    line = np.searchsorted(starts, quotes, side="right") - 1
    per_line = np.bincount(line, minlength=len(starts) - 1)
    first = np.cumsum(per_line) - per_line
    closes = ((np.arange(len(quotes)) - first[line]) & 1).astype(bool)
    neighbour = codes[np.where(closes, quotes + 1, np.maximum(quotes - 1, 0))]
    at_border = (neighbour == delimiter) | (neighbour == QUOTE) | (neighbour == LF) | (neighbour == CR)
    at_border |= quotes == 0
    odd = (per_line & 1).astype(bool)
    faulty = odd | (np.bincount(line[~at_border], minlength=len(per_line)) > 0)
    return faulty, quotes[~odd[line]] if odd.any() else quotes


def _count_cells(codes: npt.NDArray[np.uint8], starts: Offsets, quotes: Offsets, delimiter: int) -> Offsets:
    """Cells per line: the delimiters outside of the quoted parts, and one."""
    delimiters = np.flatnonzero(codes == delimiter)
    cells = np.diff(np.searchsorted(delimiters, starts)) + 1
    if len(quotes):
        opening, closing = quotes[0::2], quotes[1::2]
        inside = np.searchsorted(delimiters, closing) - np.searchsorted(delimiters, opening)
        holding = np.flatnonzero(inside)
        line = np.searchsorted(starts, opening[holding], side="right") - 1
        np.subtract.at(cells, line, inside[holding])
    return cells


def pick_lines(text: bytes, lines: Lines, wanted: Flags) -> bytes:
    """The wanted lines one after the other, each ending with an LF (or a CRLF)."""
    if len(lines.lone_returns):
        codes = np.frombuffer(text, dtype=np.uint8).copy()
        codes[lines.lone_returns] = LF
        text = codes.tobytes()
    if wanted.all():
        return text
    turns = np.flatnonzero(np.diff(np.concatenate(([False], wanted, [False]))))
    places = lines.starts[turns].tolist()
    return b"".join(text[a:b] for a, b in zip(places[0::2], places[1::2], strict=True))


def split_lines(text: bytes, delimiter: bytes, cells: int) -> pl.DataFrame:
    """Regular lines that all have so many cells -> one String column per cell, empty cells null."""
    if text.startswith(_MISREAD_STARTS):
        harmless = delimiter.join([b"-"] * cells) + b"\n"
        return split_lines(harmless + text, delimiter, cells).slice(1)
    return pl.read_csv(
        text,
        has_header=False,
        schema={str(place): pl.String for place in range(cells)},
        separator=delimiter.decode("ascii"),
        null_values=[""],
    )
