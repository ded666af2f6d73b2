"""The rows of the files that were received, unchanged; mostly as Parquet in a run's folder until retention ends."""

from collections.abc import Callable, Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from rollbook.core.errors import ContractBroken
from rollbook.core.issues import issue_type, one_issue
from rollbook.core.layout import Layout, SheetLayout, normal_name
from rollbook.core.recognition import is_left_out, match_sheet
from rollbook.landing.readers import Delivery, Note, Sheet

SHEETS_AT_ONCE = 2
GOVERNMENT_OR_SECRET = (
    "password*",
    "passwd*",
    "ssn*",
    "socialsecurity*",
    "nationalid*",
    "sspassword*",
    "tempassword*",
    "*password",
)


@dataclass(frozen=True)
class LandedFile:
    """
    What is known of one received file.

    Args:
        file: As the sender knows it.

        sheet: The sheet of the layout it was taken for; "" when it was not read.

        header: The column names as sent, in order.

        columns: Sent name -> the layout's name, for the columns that were read.

        further: Of records that were pulled: the names of members that nothing reads, for a screen to offer.
    """

    file: str
    sheet: str
    rows: int
    size: int
    digest: str
    kind: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    further: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Part:
    """
    Some rows of one received file.

    Args:
        sheet: The sheet of the layout that the file was taken for.

        file: The number of the file: its place in `Landing.files`.

        number: The place of the part in its file.

        width: How many columns the file's header has.

        rows: The sheet's columns (str), `_file` (u16), `_line` (u32) and `_cells` (u16: how many cells were sent).
    """

    sheet: str
    file: int
    number: int
    width: int
    rows: pl.DataFrame

    @property
    def name(self) -> str:
        """One for each part of a sheet, in the order of files and rows."""
        return f"{self.file:04}-{self.number:05}"


Keep = Callable[[Part], object]
"""Takes the parts as they are read, those of two files at the same time; those of one file in their order."""


@dataclass
class Landing:
    """What was landed: the files, in the order of their numbers, and what was found about them."""

    files: list[LandedFile] = field(default_factory=list)
    issues: list[pl.DataFrame] = field(default_factory=list)

    @property
    def sheets(self) -> list[str]:
        """The sheets that have rows."""
        return sorted({f.sheet for f in self.files if f.sheet and f.rows})

    def widths(self) -> dict[int, int]:
        """Number of columns by file number."""
        return {number: len(f.header) for number, f in enumerate(self.files)}

    def names(self) -> dict[str, str]:
        """File number (as text) -> file name."""
        return {str(number): f.file for number, f in enumerate(self.files)}

    def note(self, code: str, file: str, **values: object) -> None:
        """Add a finding about a file."""
        self.issues.append(one_issue(code, file=file, **values))


def land(delivery: Delivery, layout: Layout, keep: Keep, absent: Container[str] = ()) -> Landing:
    """
    Read the rows of a delivery.

    Columns that the layout does not declare, and any password or government number, are dropped here,
    before anything is stored.

    Args:
        keep: What becomes of the rows; mostly `into` a folder.

        absent: Sheets that the delivery itself says it leaves out.

    Raises:
        ContractBroken: A file cannot be read, or a needed column is missing.
    """
    landing = Landing()
    for note in delivery.notes:
        _take_note(landing, note)
    for landed in _land_all(delivery, layout, keep):
        landing.files += landed.files
        landing.issues += landed.issues
    _note_sets(landing, layout, absent)
    return landing


def land_again(delivery: Delivery, landing: Landing, keep: Keep, parts: Mapping[int, int]) -> None:
    """
    Pass on some parts once more, as `land` did.

    Args:
        landing: What `land` gave.

        parts: Number of a file -> so many of its parts, from the first one on.
    """

    def again(number: int) -> int:
        file = landing.files[number]
        return _read(delivery.sheets[number], file.sheet, file.columns, keep, number, parts[number])

    with ThreadPoolExecutor(_at_once(delivery)) as threads:
        list(threads.map(again, parts))


def into(folder: Path) -> Keep:
    """Parts as Parquet files, in a sub-folder for each sheet."""

    def write(part: Part) -> None:
        path = folder / part.sheet / f"{part.name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        part.rows.write_parquet(path, compression="lz4", statistics=False)

    return write


def _land_all(delivery: Delivery, layout: Layout, keep: Keep) -> list[Landing]:
    """Each sheet as a landing; the largest is read first, or it would be read alone at last."""
    sheets = delivery.sheets
    order = sorted(range(len(sheets)), key=lambda number: -sheets[number].size)
    with ThreadPoolExecutor(_at_once(delivery)) as threads:
        read = threads.map(lambda number: _land_sheet(sheets[number], layout, keep, number), order)
        landed = dict(zip(order, read, strict=True))
    return [landed[number] for number in range(len(sheets))]


def _at_once(delivery: Delivery) -> int:
    """So many sheets are read side by side; those of one workbook only in turn."""
    return 1 if any(sheet.kind == "workbook" for sheet in delivery.sheets) else SHEETS_AT_ONCE


def _land_sheet(sheet: Sheet, layout: Layout, keep: Keep, number: int) -> Landing:
    """One sheet, as the only file of a landing."""
    landing = Landing()
    landing.files.append(_landed(sheet, layout, keep, number, landing))
    return landing


def _landed(sheet: Sheet, layout: Layout, keep: Keep, number: int, landing: Landing) -> LandedFile:
    if is_left_out(layout, sheet.file, sheet.stem):
        landing.note("file-ignored", sheet.file)
        return _facts(sheet, "", 0, {})
    match = match_sheet(layout, sheet.stem, sheet.header, sheet.file)
    if match is None:
        landing.note("file-unknown", sheet.file, detail=layout.title)
        return _facts(sheet, "", 0, {})
    known = layout.sheet(match.sheet)
    columns = _columns(sheet, known, landing)
    try:
        rows = _read(sheet, known.name, columns, keep, number)
    except ContractBroken as error:
        if error.code != "file-header-only" or known.required:
            raise
        rows = 0
        landing.note("file-header-only", sheet.file, sheet=known.name)
    for note in sheet.notes:
        _take_note(landing, note)
    return _facts(sheet, known.name, rows, columns)


def _read(
    sheet: Sheet, taken_for: str, columns: Mapping[str, str], keep: Keep, number: int, parts: int | None = None
) -> int:
    """Pass on the kept columns of every row (or of the first parts), one part while the next is read; how many rows."""
    rows, keeping = 0, None
    with ThreadPoolExecutor(1) as keeper:
        for place, frame in enumerate(islice(sheet.frames(), parts)):
            kept = frame.select(
                *(pl.col(sent).alias(name) for sent, name in columns.items()),
                pl.lit(number, pl.UInt16).alias("_file"),
                pl.col("_line").cast(pl.UInt32),
                pl.col("_cells").cast(pl.UInt16),
            )
            rows += kept.height
            if keeping:
                keeping.result()
            keeping = keeper.submit(keep, Part(taken_for, number, place, len(sheet.header), kept))
        if keeping:
            keeping.result()
    return rows


def _facts(sheet: Sheet, name: str, rows: int, columns: Mapping[str, str]) -> LandedFile:
    return LandedFile(
        sheet.file,
        name,
        rows,
        sheet.size,
        sheet.digest,
        sheet.kind,
        sheet.encoding,
        sheet.delimiter,
        tuple(sheet.header),
        dict(columns),
    )


def _columns(sheet: Sheet, known: SheetLayout, landing: Landing) -> dict[str, str]:
    """Sent name -> the layout's name, for the columns to keep."""
    columns: dict[str, str] = {}
    for sent in sheet.header:
        column = known.find(sent)
        if (column and column.drop) or (column is None and is_secret(sent)):
            landing.note("column-dropped", sheet.file, sheet=known.name, field=sent)
        elif column and column.name not in columns.values():
            columns[sent] = column.name
        elif known.is_extra(sent):
            columns[sent] = sent
        else:
            landing.note("column-unknown", sheet.file, sheet=known.name, field=sent)
    if missing := [name for name in known.required_columns if name not in columns.values()]:
        raise ContractBroken(
            f"{sheet.file} lacks the column {', '.join(missing)} of the sheet {known.name}. Nothing was changed. "
            "Export the file with every required column, or choose another layout.",
            code="header-missing",
            file=sheet.file,
        )
    return columns


def is_secret(sent: str) -> bool:
    """Whether a column holds passwords or government numbers, by its name."""
    return any(fnmatchcase(normal_name(sent), pattern) for pattern in GOVERNMENT_OR_SECRET)


def _take_note(landing: Landing, note: Note) -> None:
    try:
        code = issue_type(note.code).code
    except KeyError:
        code = "file-note"
    landing.note(code, note.file, line=note.line, detail=note.text)


def _note_sets(landing: Landing, layout: Layout, absent: Container[str]) -> None:
    """Sheets that came twice, or did not come."""
    read = [f.sheet for f in landing.files if f.sheet]
    for name in sorted(set(read)):
        if read.count(name) > 1:
            files = ", ".join(f.file for f in landing.files if f.sheet == name)
            landing.note("file-repeated", files, sheet=name, detail=name)
    for name in missing_sheets(landing.files, layout):
        if name not in absent:
            landing.note("sheet-missing", "", sheet=name, detail=name)


def missing_sheets(files: Iterable[LandedFile], layout: Layout) -> list[str]:
    """The sheets that a complete delivery has and this one lacks."""
    have = {f.sheet for f in files if f.rows}
    return [s.name for s in layout.sheets if s.required and s.name not in have]
