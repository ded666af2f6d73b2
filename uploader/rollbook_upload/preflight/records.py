r"""
Delimited text, record by record.

- A line ends at \n, \r\n or a lone \r. Nothing else ends a line.
- A cell is quoted when it starts with a quote and the next single quote is followed by a delimiter or a line
  end. Inside, "" is a quote, and delimiters and line ends are text.
- Any other cell ends at the next delimiter or line end and is kept as sent, quotes included. When quotes
  enclose it all the same ("Anne "Annie" Lee"), that pair goes and the rest stays. Both count as repaired.
- A quote that opens a cell and never closes is refused: where the cell ends is anyone's guess.

Python's `csv` module reads some of these in other ways, and says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

QUOTE = '"'
NO_DELIMITER = "\x1f"
"""Stands in for the delimiter of a one-column sheet; where it is sent as text, it is text."""

_quoted_body = re.compile(r'[^"]*(?:""[^"]*)*')
_line = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")
_line_end = re.compile(r"\r\n|\n|\r")


class QuoteOpen(Exception):
    """A quoted cell is still open where the text ends."""


class CellTooLong(Exception):
    """A cell is longer than any cell may be; the argument is the line of its record."""


@dataclass
class Record:
    """
    One record.

    Args:
        line: Where it begins.

        lines: How many physical lines it takes.

        repaired: How many of its cells were repaired.
    """

    cells: list[str]
    line: int
    lines: int = 1
    repaired: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether it says nothing: only empty cells, or one cell of spaces and tabs."""
        return not any(self.cells) or (len(self.cells) == 1 and not self.cells[0].strip(" \t"))


def records(lines: Iterator[str], delimiter: str, longest: int, line: int = 1) -> Iterator[Record]:
    """
    Every record of some lines, blank ones too.

    Args:
        lines: Each with its line end.

        longest: The most characters of a cell.

        line: The number of the first line.

    Raises:
        QuoteOpen: A quote never closes; the argument is the line of its record.

        CellTooLong: A cell is longer than `longest`, or no end of a quoted one is in sight.
    """
    reader = _Reader(delimiter, longest)
    source = _Lines(lines)
    for text in source:
        if QUOTE not in text:
            cells = _without_end(text).split(delimiter) if delimiter != NO_DELIMITER else [_without_end(text)]
            record = Record(cells, line)
            if len(text) > longest and max(map(len, cells)) > longest:
                raise CellTooLong(line)
        else:
            record = reader.read(text, line, source)
        yield record
        line += record.lines


def _without_end(text: str) -> str:
    return text[:-2] if text.endswith("\r\n") else text[:-1]


class _Lines:
    """Lines that can be given back: a quote may reach into lines that turn out not to be its own."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._given_back: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._given_back.pop() if self._given_back else next(self._lines)

    def give_back(self, text: str) -> None:
        """Let the lines of a text come next."""
        self._given_back += reversed(_line.findall(text))


class _Reader:
    """Reads records that hold quotes."""

    def __init__(self, delimiter: str, longest: int) -> None:
        self.delimiter, self.longest = delimiter, longest
        ends = r"\r\n" if delimiter == NO_DELIMITER else r"\r\n" + re.escape(delimiter)
        self.plain = re.compile(f"[^{ends}]*")
        self.after = "\r\n" if delimiter == NO_DELIMITER else "\r\n" + delimiter

    def read(self, text: str, line: int, more: _Lines) -> Record:
        """The record that begins with `text`; it takes further lines from `more` while a quote is open."""
        record = Record([], line)
        place = 0
        while True:
            if text[place] == QUOTE:
                text = self._closed(text, place, line, more)
            value, place, repaired = self._cell(text, place)
            if len(value) > self.longest:
                raise CellTooLong(line)
            record.cells.append(value)
            record.repaired += repaired
            if "\n" in value or "\r" in value:
                record.lines += len(_line_end.findall(value))
            if text[place] in "\r\n":
                more.give_back(text[place + (2 if text.startswith("\r\n", place) else 1) :])
                return record
            place += 1

    def _closed(self, text: str, place: int, line: int, more: _Lines) -> str:
        """The text with as many further lines as it takes for the quote at `place` to close."""
        parts, searched = [text], place + 1
        while True:
            found = _quoted_body.match(text, searched)
            if found is not None and found.end() < len(text):
                return text
            if len(text) - place > 4 * self.longest:
                raise CellTooLong(line)
            # Only what follows needs to be searched: an open body ends behind a line end, never between two quotes.
            searched = len(text)
            added = next(more, None)
            if added is None:
                raise QuoteOpen(line)
            parts.append(added)
            text = self._gathered(parts, more, added)

    def _gathered(self, parts: list[str], more: _Lines, added: str) -> str:
        """All parts as one text, once one of them may close the quote: gathering line by line would be quadratic."""
        size = sum(map(len, parts))
        while QUOTE not in added and size <= 5 * self.longest:
            following = next(more, None)
            if following is None:
                break
            added = following
            parts.append(added)
            size += len(added)
        text = "".join(parts)
        parts[:] = [text]
        return text

    def _cell(self, text: str, start: int) -> tuple[str, int, int]:
        if text[start] == QUOTE:
            found = _quoted_body.match(text, start + 1)
            end = found.end() if found else start + 1
            if text[end + 1] in self.after:
                return text[start + 1 : end].replace('""', QUOTE), end + 1, 0
        plain = self.plain.match(text, start)
        end = plain.end() if plain else start
        value = text[start:end]
        if QUOTE not in value:
            return value, end, 0
        if len(value) > 1 and value[0] == value[-1] == QUOTE:
            value = value[1:-1]
        return value, end, 1
