r"""
The reading rules of delimited text, one record at a time.

These rules are the truth; `regular` only hurries over the lines where nothing can go wrong.

- A line ends at \n, \r\n or a lone \r. Nothing else ends a line.
- A cell is quoted when it starts with a quote and the next single quote is followed by a delimiter or a line
  end. Inside, "" is a quote, and delimiters and line ends are text.
- Any other cell ends at the next delimiter or line end and is kept as sent, quotes included. When quotes
  enclose it all the same ("Anne "Annie" Lee"), that pair goes and the rest stays. Both count as repaired.
- A quote that opens a cell and never closes is refused: where the cell ends is anyone's guess.
"""

import re
from dataclasses import dataclass
from functools import cache

QUOTE = 0x22
NO_DELIMITER = b"\x1f"
"""Stands in for the delimiter of a one-column sheet; where it is sent as text, it is text."""

_quoted_body = re.compile(rb'[^"]*+(?:""[^"]*+)*+')
_line_end = re.compile(rb"\r\n|\n|\r")


class QuoteOpen(Exception):
    """A quoted cell is still open where the text ends."""


class CellTooLong(Exception):
    """A quoted cell is longer than any cell may be."""


@dataclass(slots=True)
class Record:
    """One record: its cells, the offset after its line end, the line ends inside, the cells repaired."""

    cells: list[bytes]
    end: int
    lines: int
    repaired: int


@cache
def _plain_cell(delimiter: bytes) -> re.Pattern[bytes]:
    ends = rb"\r\n" if delimiter == NO_DELIMITER else rb"\r\n" + re.escape(delimiter)
    return re.compile(rb"[^" + ends + rb"]*+")


def read_record(text: bytes, start: int, delimiter: bytes, longest: int) -> Record:
    """
    Read the record that starts at `start`; `text` must end with a line end.

    Raises:
        QuoteOpen: The record goes on where `text` stops.

        CellTooLong: No end of a quoted cell within `longest` bytes.
    """
    cells: list[bytes] = []
    lines = repaired = 0
    place = start
    while True:
        value, place, mended = _read_cell(text, place, delimiter, longest)
        cells.append(value)
        repaired += mended
        if b"\n" in value or b"\r" in value:
            lines += len(_line_end.findall(value))
        if text[place] in b"\r\n":
            break
        place += 1
    end = place + 2 if text[place : place + 2] == b"\r\n" else place + 1
    return Record(cells, end, lines + 1, repaired)


def _read_cell(text: bytes, start: int, delimiter: bytes, longest: int) -> tuple[bytes, int, int]:
    if text[start] == QUOTE:
        limit = start + 1 + longest
        found = _quoted_body.match(text, start + 1, limit)
        end = found.end() if found else start + 1
        if end >= limit:
            raise CellTooLong
        if end == len(text):
            raise QuoteOpen
        if _ends_cell(text[end + 1], delimiter):
            return text[start + 1 : end].replace(b'""', b'"'), end + 1, 0
    plain = _plain_cell(delimiter).match(text, start)
    end = plain.end() if plain else start
    value = text[start:end]
    if b'"' not in value:
        return value, end, 0
    if len(value) > 1 and value[0] == value[-1] == QUOTE:
        value = value[1:-1]
    return value, end, 1


def _ends_cell(byte: int, delimiter: bytes) -> bool:
    return byte in b"\r\n" or (byte == delimiter[0] and delimiter != NO_DELIMITER)


def is_blank(cells: list[bytes]) -> bool:
    """Whether a record says nothing: only empty cells, or one cell of spaces and tabs."""
    return not any(cells) or (len(cells) == 1 and not cells[0].strip(b" \t"))
