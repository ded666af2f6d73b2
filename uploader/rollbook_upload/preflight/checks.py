"""Rows against the contract of their sheet: what is wrong with which cell, and which rows cannot be taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollbook_upload.preflight.findings import Finding
from rollbook_upload.preflight.layout import SheetLayout
from rollbook_upload.preflight.rules import Rules
from rollbook_upload.preflight.sheets import RawRow
from rollbook_upload.preflight.text import BLANKS
from rollbook_upload.preflight.values import CellReader, Value

_GRAVER = {"required-blank": "required-blank", "unmapped-code": "required-unmapped"}


class RowChecker:
    """
    Judges the rows of one sheet.

    Args:
        columns: The columns that were sent or looked up.
    """

    def __init__(self, sheet: SheetLayout, columns: Sequence[str], rules: Rules, dates: Sequence[str]) -> None:
        self._sheet, self._rules = sheet, rules
        declared = sheet.readable(columns)
        known = {column.name for column in declared}
        self._readers = [CellReader(column, rules, dates) for column in declared]
        self._further = [name for name in columns if name not in known]

    def check(
        self, row: RawRow, file: str, number: int, line: int, count: int, width: int
    ) -> tuple[dict[str, Value], bool, list[Finding]]:
        """
        The cells of a row as they are read, whether it is taken, and what is wrong with it.

        A row of the wrong width has no other fault worth telling.

        Args:
            number: Of the file.

            count, width: How many cells it has, and how many it should have.
        """
        cells: dict[str, Value] = {name: (row[name] or "").strip(BLANKS) for name in self._further if row.get(name)}
        faults = []
        for reader in self._readers:
            value, fault = reader.read(row.get(reader.column.name))
            cells[reader.column.name] = value
            if fault:
                faults.append((reader, fault))
        if count == width and not faults:
            return cells, True, []
        place = Finding("", sheet=self._sheet.name, file=file, line=line, root=f"{self._sheet.name}:{number}:{line}")
        if count != width:
            return cells, False, [_at(place, code="row-width", value=str(count), detail=str(width))]
        findings = [one for reader, fault in faults for one in self._of_cell(reader, fault, row, place)]
        return cells, not any(reader.rejects for reader, _ in faults), findings

    def _of_cell(self, reader: CellReader, fault: str, row: RawRow, place: Finding) -> Iterator[Finding]:
        column = reader.column
        code = _GRAVER.get(fault, "required-bad") if reader.rejects else fault
        by_code = {"too-long": str(column.length), "unmapped-code": column.code, "required-blank": None}
        detail = by_code.get(fault, column.kind)
        values = [row.get(column.name)]
        if column.separator and column.code and fault == "unmapped-code":
            values = list(reader.unknown_parts(values[0]))
        for value in values:
            shown = self._rules.mask if column.restricted and value is not None else value
            yield _at(place, code=code, field=column.name, value=shown, detail=detail)


def _at(place: Finding, **said: str | None) -> Finding:
    """A finding at the place of another."""
    return Finding(**{**vars(place), **said})
