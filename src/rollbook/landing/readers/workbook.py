"""Excel workbooks (xlsx, xls) -> sheets."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice

import polars as pl
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from rollbook.core.errors import ContractBroken
from rollbook.landing.readers.archive import member_blocks
from rollbook.landing.readers.cells import cell_text
from rollbook.landing.readers.header import column_names
from rollbook.landing.readers.sheet import Sheet
from rollbook.landing.readers.terms import Limits, Note, Template, refusal

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BATCH = 50_000

_cell_place = re.compile(rb'<c\b[^>]{0,200}?\br="([A-Z]{1,3})([0-9]{1,7})"')
_EXPORT_AGAIN = "Save it again as .xlsx or as CSV and send that."

Rows = list[list[str]]


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is an Excel workbook."""
    return "xl/workbook.xml" in archive.namelist()


def judge_workbook(file: str, archive: zipfile.ZipFile, limits: Limits) -> None:
    """
    Refuse a workbook that would fill the memory.

    The area between its first and last cell is held as a whole, so two cells in far corners are enough.
    """
    for member in archive.infolist():
        area = _Area()
        for block in member_blocks(file, archive, member):
            if member.filename.startswith("xl/worksheets/"):
                area.see(block)
        if area.cells > limits.max_workbook_cells:
            happened = f"a sheet spans more than {limits.max_workbook_cells:,} cells."
            raise refusal("file-too-large", file, happened, "Clear the cells far from the table, or send CSV.")


class _Area:
    """The rows and columns that the cells seen so far span."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.tail = b""

    @property
    def cells(self) -> int:
        return self.rows * self.columns

    def see(self, block: bytes) -> None:
        text = self.tail + block
        for letters, digits in set(_cell_place.findall(text)):
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            self.rows, self.columns = max(self.rows, int(digits)), max(self.columns, column)
        self.tail = text[-300:]


def open_sheets(
    file: str, data: bytes, digest: str, template: Callable[[str], Template], limits: Limits
) -> tuple[list[Sheet], list[Note]]:
    """
    The sheets of a workbook that hold a table; hidden and empty ones are left out, which is noted.

    Raises:
        ContractBroken: workbook-broken, workbook-encrypted, file-header-only, header-missing or file-empty.
    """
    book = _load(file, data)
    sheets: list[Sheet] = []
    notes: list[Note] = []
    for part in book.sheets_metadata:
        name = f"{file}/{part.name}"
        if part.typ != SheetTypeEnum.WorkSheet or part.visible != SheetVisibleEnum.Visible:
            notes.append(Note("sheet-ignored", name, None, "The sheet is hidden or a chart and was left out."))
            continue
        sheet = WorkbookSheet(name, part.name, len(data), digest, book, template(part.name), limits)
        if sheet.header:
            sheets.append(sheet)
        else:
            notes.append(Note("sheet-ignored", name, None, "The sheet is empty and was left out."))
    if not sheets:
        raise refusal("file-empty", file, "no sheet of the workbook holds a table.", _EXPORT_AGAIN)
    return sheets, notes


def _load(file: str, data: bytes) -> CalamineWorkbook:
    try:
        return load_workbook(io.BytesIO(data))
    except PasswordError:
        raise refusal("workbook-encrypted", file, "the workbook has a password.", "Send it without one.") from None
    except BaseException as error:
        raise _broken(file, error) from None


def _broken(file: str, error: BaseException) -> BaseException:
    """The refusal for what calamine raises; a panic of its Rust code is no Exception and has no public name."""
    if isinstance(error, ContractBroken) or not (
        isinstance(error, CalamineError | OSError | ValueError) or type(error).__name__ == "PanicException"
    ):
        return error
    return refusal("workbook-broken", file, "the workbook is damaged or not a workbook.", _EXPORT_AGAIN)


class WorkbookSheet(Sheet):
    """One sheet of a workbook; `_line` is the row number that Excel shows."""

    kind = "workbook"

    def __init__(
        self, file: str, stem: str, size: int, digest: str, book: CalamineWorkbook, template: Template, limits: Limits
    ) -> None:
        super().__init__(file, stem, size, digest)
        self._book, self._limits = book, limits
        rows = ((line, row) for line, row in self._rows() if line >= template.header_row)
        line, row = next(rows, (0, []))
        width = max((self._last_cell(row), *(self._last_cell(other) for _, other in rows)), default=0)
        if width > limits.max_columns:
            happened = f"the sheet has more than {limits.max_columns:,} columns."
            raise refusal("header-missing", file, happened, "Send only the columns that were agreed.")
        cells = row[:width]
        if template.header_row == 0:
            cells = [*template.columns, *[""] * width][: max(width, len(template.columns))]
        else:
            self.header_line = line
        self._first_line = line + (template.header_row > 0)
        self.header, self._opening_notes = column_names(file, line, cells)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not blank, with the row number of each."""
        try:
            sheet = self._book.get_sheet_by_name(self.stem)
            first = sheet.start[0] if sheet.start else 0
            values = sheet.to_python(skip_empty_area=True)
        except BaseException as error:
            raise _broken(self.file, error) from None
        for line, row in enumerate(values, first + 1):
            texts = [cell_text(value) for value in row]
            if any(texts):
                self._judge_cells(line, texts)
                yield line, texts

    def _judge_cells(self, line: int, texts: list[str]) -> None:
        for text in texts:
            if "\0" in text:
                raise refusal("file-binary", self.file, f"row {line} holds a NUL character.", _EXPORT_AGAIN)
            if len(text) > self._limits.max_cell_chars:
                happened = f"row {line} has a cell of over {self._limits.max_cell_chars:,} characters."
                raise refusal("cell-too-long", self.file, happened, "Shorten that cell.")

    @staticmethod
    def _last_cell(row: list[str]) -> int:
        return max((place for place, text in enumerate(row, 1) if text), default=0)

    def _read(self) -> Iterator[pl.DataFrame]:
        rows = ((line, row) for line, row in self._rows() if line >= self._first_line)
        width = len(self.header)
        while batch := list(islice(rows, BATCH)):
            data = {
                str(place): [(row[place] or None) if place < len(row) else None for _, row in batch]
                for place in range(width)
            }
            yield pl.DataFrame(data, schema=dict.fromkeys(data, pl.String)).with_columns(
                _line=pl.Series([line for line, _ in batch], dtype=pl.UInt32),
                _cells=pl.lit(width, dtype=pl.UInt16),
            )
