"""Files -> the sheets of a layout: which columns are read, what is said about each file, and the rows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rollbook_upload.preflight.files import DataFile
from rollbook_upload.preflight.findings import Finding, Refused
from rollbook_upload.preflight.layout import Layout, Lookup, SheetLayout, is_named, normal_name
from rollbook_upload.preflight.mapping import text_of
from rollbook_upload.preflight.recognition import is_left_out, sheet_of
from rollbook_upload.preflight.rules import Rules
from rollbook_upload.preflight.text import trimmed
from rollbook_upload.preflight.values import CellReader

RawRow = Mapping[str, "str | None"]


@dataclass
class Part:
    """
    One file as a part of a sheet.

    Args:
        number: Its place among all files.

        columns: Name in the layout -> place in the header.
    """

    number: int
    file: DataFile
    columns: dict[str, int]
    has_rows: bool = True

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.file.header)

    def rows(self) -> Iterator[tuple[int, int, dict[str, str | None]]]:
        """Line, number of cells, and the cells of the columns that are read."""
        columns = list(self.columns.items())
        for line, count, cells in self.file.rows():
            yield line, count, {name: cells[place] for name, place in columns}


@dataclass
class Landed:
    """The files of a delivery as sheets: sheet name -> parts; and what was found about files."""

    layout: Layout
    names: list[str] = field(default_factory=list)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)

    def sheets(self) -> list[str]:
        """The sheets that have rows, in the order in which they are checked."""
        return sorted(name for name, parts in self.parts.items() if any(part.has_rows for part in parts))


def land(files: Sequence[DataFile], layout: Layout, rules: Rules, *, is_whole: bool) -> Landed:
    """
    Find the sheet and the columns of every file.

    Args:
        is_whole: All files of the delivery are there; where some are left to the hub, no sheet is missed.
    """
    landed = Landed(layout, [file.name for file in files])
    modes: dict[str, str] = {}
    try:
        modes = _manifest(files)
    except Refused as refusal:
        landed.refusals.append(refusal)
    for number, file in enumerate(files):
        try:
            _land(number, file, landed, rules)
        except Refused as refusal:
            landed.refusals.append(refusal)
    _note_sets(landed, layout, {name for name in modes if modes[name] == "absent"}, is_whole=is_whole)
    _compare_manifest(modes, files, landed)
    if not landed.sheets() and not landed.refusals and is_whole:
        landed.refusals.append(_nothing(layout))
    return landed


def _nothing(layout: Layout) -> Refused:
    return Refused.said(
        "file-unknown",
        "",
        f"None of the files is a sheet of the layout {layout.title}. Nothing was changed. "
        "Check the files, or choose another layout.",
    )


def _land(number: int, file: DataFile, landed: Landed, rules: Rules) -> None:
    if is_left_out(landed.layout, file.name, file.stem):
        landed.findings.append(Finding("file-ignored", file=file.name))
        return
    sheet = sheet_of(landed.layout, file.name, file.stem, file.header)
    if sheet is None:
        landed.findings.append(Finding("file-unknown", file=file.name, detail=landed.layout.title))
        return
    part = Part(number, file, _columns(file, sheet, landed.findings, rules))
    landed.parts.setdefault(sheet.name, []).append(part)
    try:
        for _ in file.rows():
            pass
    except Refused as refusal:
        if refusal.code != "file-header-only" or sheet.required:
            raise
        part.has_rows = False
        landed.findings.append(Finding("file-header-only", file=file.name, sheet=sheet.name))
    landed.findings += file.all_notes()


def _columns(file: DataFile, sheet: SheetLayout, findings: list[Finding], rules: Rules) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, sent in enumerate(file.header):
        column = sheet.find(sent)
        if (column and column.drop) or (column is None and is_named(normal_name(sent), rules.secret_columns)):
            findings.append(Finding("column-dropped", file=file.name, sheet=sheet.name, field=sent))
        elif column and column.name not in columns:
            columns[column.name] = place
        elif sheet.is_extra(sent):
            columns[sent] = place
        else:
            findings.append(Finding("column-unknown", file=file.name, sheet=sheet.name, field=sent))
    missing = [name for name in sheet.required_columns if name not in columns]
    if missing:
        raise Refused.said(
            "header-missing",
            file.name,
            f"{file.name} lacks the column {', '.join(missing)} of the sheet {sheet.name}. Nothing was changed. "
            "Export the file with every required column, or choose another layout.",
        )
    return columns


def _note_sets(landed: Landed, layout: Layout, absent: Container[str], *, is_whole: bool) -> None:
    """Sheets that came twice, or did not come."""
    for name in sorted(landed.parts):
        if len(landed.parts[name]) > 1:
            files = ", ".join(part.file.name for part in landed.parts[name])
            landed.findings.append(Finding("file-repeated", file=files, sheet=name, detail=name))
    have = landed.sheets()
    for sheet in layout.sheets:
        if sheet.required and sheet.name not in have and sheet.name.casefold() not in absent and is_whole:
            landed.findings.append(Finding("sheet-missing", file="", sheet=sheet.name, detail=sheet.name))


# OneRoster's manifest ---------------------------------------------------------------------------------


def _manifest(files: Iterable[DataFile]) -> dict[str, str]:
    """Sheet (without case) -> absent, bulk or delta; empty without a manifest."""
    for file in files:
        if file.stem.casefold() == "manifest" and {"propertyName", "value"} <= set(file.header):
            name, value = file.header.index("propertyName"), file.header.index("value")
            rows = [(str(cells[name]), str(cells[value])) for _, _, cells in file.rows()]
            return {said[5:].casefold(): mode.strip().casefold() for said, mode in rows if said.startswith("file.")}
    return {}


def _compare_manifest(modes: Mapping[str, str], files: Iterable[DataFile], landed: Landed) -> None:
    """Say where the manifest and the files differ; the files decide."""
    sent = {file.stem.casefold() for file in files}
    for name, mode in sorted(modes.items()):
        detail = ""
        if mode == "absent" and name in sent:
            detail = f"The manifest says that {name} is absent, and it came; it was read."
        elif mode in ("bulk", "delta") and name not in sent:
            detail = f"The manifest names {name}, and it did not come."
        if detail:
            landed.findings.append(Finding("manifest-differs", file="manifest.csv", detail=detail))


# Columns that come from other sheets ------------------------------------------------------------------


class Lookups:
    """The columns that a sheet fills from other sheets of the delivery."""

    def __init__(self, sheet: SheetLayout, landed: Landed, rules: Rules) -> None:
        self._tables = []
        for lookup in sheet.lookups:
            sources = [name for name in lookup.sheets if name in landed.sheets()]
            found: dict[str, set[str]] = {}
            read = [_collect(name, lookup, landed, rules, found) for name in sources]
            if any(read):
                joint = lookup.column.separator
                table = {where: joint.join(sorted(v)) if joint else min(v) for where, v in found.items()}
                self._tables.append((lookup, table))

    @property
    def columns(self) -> list[str]:
        """The columns that could be looked up at all."""
        return [lookup.column.name for lookup, _ in self._tables]

    def fill(self, row: dict[str, str | None]) -> None:
        """Add the looked-up columns to a row."""
        for lookup, table in self._tables:
            here = text_of(lookup.value, {name: trimmed(row.get(name)) for name in lookup.value.columns()})
            row[lookup.column.name] = table.get(here) if here is not None else None


def _collect(name: str, lookup: Lookup, landed: Landed, rules: Rules, found: dict[str, set[str]]) -> bool:
    """Gather `where` -> values from one sheet; whether it has the columns for it."""
    parts = [part for part in landed.parts[name] if part.has_rows]
    sent = {column for part in parts for column in part.columns}
    if not {lookup.where, lookup.take} <= sent:
        return False
    sheet = landed.layout.sheet(name)
    readers = {n: CellReader(sheet.column(n), rules, landed.layout.dates) for n in lookup.when if n in sent}
    for part in parts:
        for _, _, row in part.rows():
            where, take = trimmed(row.get(lookup.where)), trimmed(row.get(lookup.take))
            if where and take and _is_wanted(row, lookup.when, readers):
                found.setdefault(where, set()).add(take)
    return True


def _is_wanted(row: RawRow, when: Mapping[str, Sequence[str]], readers: Mapping[str, CellReader]) -> bool:
    for name, wanted in when.items():
        value = readers[name].read(row.get(name))[0] if name in readers else None
        if isinstance(value, list):
            if not any(one in wanted for one in value):
                return False
        elif (value or "") not in wanted:
            return False
    return True
