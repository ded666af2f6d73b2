"""Sheets of delimited text: their head, and their rows through `delimited`."""

from collections.abc import Iterator

import polars as pl

from rollbook.landing.readers import chunks, strict
from rollbook.landing.readers.delimited import DelimitedText
from rollbook.landing.readers.delimiter import find_delimiter
from rollbook.landing.readers.encoding import Blocks, Survey, decoded
from rollbook.landing.readers.header import column_names
from rollbook.landing.readers.sheet import Sheet
from rollbook.landing.readers.terms import Limits, Note, Template, refusal

HEAD = chunks.BLOCK
"""The header must lie within so many bytes of text."""


class DelimitedSheet(Sheet):
    """A file of records with a delimiter between the cells."""

    kind = "delimited"

    def __init__(
        self, file: str, stem: str, blocks: Blocks, survey: Survey, template: Template, limits: Limits
    ) -> None:
        super().__init__(file, stem, survey.size, survey.digest)
        self.encoding = survey.encoding
        self._opening_notes = survey.notes(file)
        self._blocks, self._limits = blocks, limits
        self._chunk = chunks.size_for(survey.size)
        head = next(chunks.whole_lines(file, decoded(blocks(), survey.encoding), limits, HEAD), b"")
        place, line = _skip_lines(head, max(1, template.header_row))
        longest = 4 * limits.max_cell_chars
        separator = template.delimiter.encode() if template.delimiter else find_delimiter(head[place:], longest)
        self._separator = separator
        self.delimiter = "" if separator == strict.NO_DELIMITER else separator.decode()
        self._find_header(head, place, line, template)

    def _find_header(self, head: bytes, place: int, line: int, template: Template) -> None:
        """Read the first record that is not blank, and remember where the rows begin."""
        while place < len(head):
            try:
                record = strict.read_record(head, place, self._separator, 4 * self._limits.max_cell_chars)
            except (strict.QuoteOpen, strict.CellTooLong):
                raise self._no_header(f'the header opens a quote (") on line {line} that does not close.') from None
            if not strict.is_blank(record.cells):
                break
            place, line = record.end, line + record.lines
        else:
            raise self._no_header("no line with a header was found.")
        if len(record.cells) > self._limits.max_columns:
            raise self._no_header(f"the header has more than {self._limits.max_columns:,} columns.")
        if template.header_row == 0:
            cells = list(template.columns) + [""] * (len(record.cells) - len(template.columns))
            self._start, self._first_line = place, line
        else:
            cells = [cell.decode() for cell in record.cells]
            self.header_line = line
            self._start, self._first_line = record.end, line + record.lines
        self.header, notes = column_names(self.file, line, cells)
        self._opening_notes += notes

    def _no_header(self, happened: str) -> Exception:
        return refusal(
            "header-missing", self.file, happened, "Check the header line of the file and the row set for it."
        )

    def _read(self) -> Iterator[pl.DataFrame]:
        text = DelimitedText(self.file, self._separator, len(self.header), self._first_line, self._limits)
        texts = chunks.skip_bytes(decoded(self._blocks(), self.encoding), self._start)
        yield from text.frames(chunks.whole_lines(self.file, texts, self._limits, self._chunk))
        if text.repaired:
            said = "Quotes that do not enclose a whole cell, or are not doubled inside one, were kept as sent."
            note = Note("quote-repaired", self.file, text.repaired_line, said, text.repaired)
            self._reading_notes.append(note)


def _skip_lines(text: bytes, wanted: int) -> tuple[int, int]:
    """Where physical line `wanted` begins, and its number; the end of the text when it has fewer lines."""
    place = 0
    for line in range(1, wanted):
        ends = [found + 1 for mark in (b"\n", b"\r") if (found := text.find(mark, place)) >= 0]
        if not ends:
            return len(text), line
        place = min(ends)
        if text[place - 1 : place + 1] == b"\r\n":
            place += 1
    return place, wanted
