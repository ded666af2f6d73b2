"""The files of a delivery: which are read, how each begins, and its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from rollbook_upload.names import is_draft
from rollbook_upload.preflight import encoding
from rollbook_upload.preflight.delimiter import find_delimiter
from rollbook_upload.preflight.findings import AtTheHub, Finding, Refused
from rollbook_upload.preflight.header import column_names
from rollbook_upload.preflight.records import CellTooLong, QuoteOpen, Record, records
from rollbook_upload.preflight.rules import Rules, Template

KINDS = {".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".xls", ".xlsx", ".xlsm", ".zip"}
HEAD = 2**20
MOST_CELLS = 2**16 - 1

_HIDDEN = re.compile(r"^~|^(thumbs\.db|desktop\.ini)$", re.I)
_ABOUT = re.compile(r"^(read[-_ ]?me|licen[cs]e|changelog)\b", re.I)
_OTHER_TYPES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"PAR1": "a Parquet file",
}
_LEFT_TO_THE_HUB = {
    b"PK\x03\x04": "is a zip or an Excel workbook",
    b"PK\x05\x06": "is a zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "is an Excel workbook",
}
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html|table|!--)", re.I)


def unwanted(name: str, is_file: bool = True) -> str:
    """Why the hub leaves a file of a folder out; blank when it reads it."""
    if not is_file:
        return "It is a folder or a link, not a file"
    if is_draft(name) or _HIDDEN.search(name):
        return "It is hidden or unfinished"
    if _ABOUT.search(name):
        return "It is about the delivery, not data"
    if PurePosixPath(name).suffix.lower() not in KINDS:
        return "It is not a kind of file that holds sheets"
    return ""


@dataclass
class DataFile:
    """
    A file of delimited text whose header was read.

    Args:
        notes: Complete once `rows` was read to its end.
    """

    name: str
    path: Path
    header: list[str]
    encoding: str
    delimiter: str
    first_line: int
    limits: dict[str, int]
    notes: list[Finding] = field(default_factory=list)
    repaired_line: int = 0

    @property
    def stem(self) -> str:
        """Its name without the ending."""
        return PurePosixPath(self.name).stem

    def rows(self) -> Iterator[tuple[int, int, list[str | None]]]:
        """
        The line of each row that is not blank, how many cells it has, and its cells, as many as the header has.

        Raises:
            Refused: What a full reading alone can show.
        """
        width = len(self.header)
        self.repaired_line = 0
        any_row = False
        for record in self._records():
            if record.repaired and not self.repaired_line:
                self.repaired_line = record.line
            if record.is_blank:
                continue
            any_row = True
            cells: list[str | None] = [cell or None for cell in record.cells]
            count = len(cells)
            if count < width:
                cells += [None] * (width - count)
            elif count > width:
                count = count if any(cells[width:]) else width
                del cells[width:]
            yield record.line, min(count, MOST_CELLS), cells
        if not any_row:
            raise Refused(
                "file-header-only",
                self.name,
                "there is a header but not one row below it.",
                "An empty sheet never means that everybody left: look at the filters of the export.",
            )

    def _records(self) -> Iterator[Record]:
        longest = self.limits["max_cell_chars"]
        lines = encoding.lines(self.name, self.path, self.encoding, _longest_line(self.limits))
        try:
            yield from records(islice(lines, self.first_line - 1, None), self.delimiter, longest, self.first_line)
        except QuoteOpen as error:
            raise Refused(
                "quote-unclosed",
                self.name,
                f'the quote (") that opens a cell in the record starting on line {error.args[0]} is never closed.',
                "Close that quote, or double it if it belongs to the text, and send the file again.",
            ) from None
        except CellTooLong as error:
            happened = f"the record starting on line {error.args[0]} has a cell of over {longest:,} characters."
            raise Refused("cell-too-long", self.name, happened, 'Look for a quote (") that is never closed.') from None

    def all_notes(self) -> list[Finding]:
        """What was found while it was opened and read."""
        if not self.repaired_line:
            return self.notes
        said = "Quotes that do not enclose a whole cell, or are not doubled inside one, were kept as sent."
        return [*self.notes, Finding("quote-repaired", file=self.name, line=self.repaired_line, detail=said)]


def open_file(name: str, path: Path, rules: Rules) -> DataFile:
    """
    Read the head of a file.

    Args:
        name: As it is called in the delivery.

    Raises:
        Refused: The hub would refuse it.

        AtTheHub: Only the hub can read it.
    """
    try:
        size = path.stat().st_size
        if size > rules.limits["max_file_bytes"]:
            happened = f"it is larger than {rules.limits['max_file_bytes']:,} bytes."
            raise Refused("file-too-large", name, happened, "Send less in one file.")
        _judge_type(name, next(encoding.blocks(path), b""))
        template = rules.template(PurePosixPath(name).name)
        if template.widths:
            raise AtTheHub("has columns of fixed width")
        return _opened(name, path, template, rules.limits)
    except OSError as error:
        happened = f"the file cannot be read ({error.strerror})."
        raise Refused("file-unreadable", name, happened, "Check that it is there and may be read.") from None


def _judge_type(name: str, head: bytes) -> None:
    for start, kind in _LEFT_TO_THE_HUB.items():
        if head.startswith(start):
            raise AtTheHub(kind)
    other = next((kind for start, kind in _OTHER_TYPES.items() if head.startswith(start)), None)
    if _MARKUP.match(head[3:] if head.startswith(b"\xef\xbb\xbf") else head):
        other = "XML or a web page"
    if other:
        raise Refused("file-type", name, f"it is {other}.", "Export it as CSV, text or Excel.")


def _opened(name: str, path: Path, template: Template, limits: dict[str, int]) -> DataFile:
    survey = encoding.survey(name, path, template.encoding)
    head = list(_head(encoding.lines(name, path, survey.encoding, _longest_line(limits))))
    line = min(max(1, template.header_row), len(head) + 1)
    longest = limits["max_cell_chars"]
    delimiter = template.delimiter or find_delimiter(head[line - 1 :], longest)
    record = _header(name, head[line - 1 :], line, delimiter, longest)
    if len(record.cells) > limits["max_columns"]:
        raise _no_header(name, f"the header has more than {limits['max_columns']:,} columns.")
    if template.header_row == 0:
        cells = [*template.columns, *[""] * (len(record.cells) - len(template.columns))]
        first_line = record.line
    else:
        cells = record.cells
        first_line = record.line + record.lines
    header, notes = column_names(name, record.line, cells)
    return DataFile(
        name, path, header, survey.encoding, delimiter, first_line, limits, notes=[*survey.notes(name), *notes]
    )


def _head(lines: Iterator[str]) -> Iterator[str]:
    """The lines within which the header must lie."""
    size = 0
    for line in lines:
        yield line
        size += len(line)
        if size > HEAD:
            return


def _header(name: str, lines: Iterable[str], line: int, delimiter: str, longest: int) -> Record:
    """The first record that is not blank."""
    try:
        for record in records(iter(lines), delimiter, 4 * longest, line):
            if not record.is_blank:
                return record
    except (QuoteOpen, CellTooLong) as error:
        happened = f'the header opens a quote (") on line {error.args[0]} that does not close.'
        raise _no_header(name, happened) from None
    raise _no_header(name, "no line with a header was found.")


def _no_header(name: str, happened: str) -> Refused:
    return Refused("header-missing", name, happened, "Check the header line of the file and the row set for it.")


def _longest_line(limits: dict[str, int]) -> int:
    return limits["max_line_bytes"]
