"""
Rows against the contract of their sheet: what is wrong with which cell, and which rows cannot be taken.

A bad or missing required value, or a wrong number of cells, rejects the row. A bad optional value is left
out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from rollbook.core import schema
from rollbook.core.codes import Otherwise, translate
from rollbook.core.issues import COLUMNS, issue_frame, no_issues
from rollbook.core.layout import Column, SheetLayout
from rollbook.core.schema import MASK, Privacy
from rollbook.core.values import Reading, read

FAULT = "!"  # begins the names of the columns that hold the faults of a row
PLACE = ["_file", "_line"]
REJECTED = {"_file": pl.UInt16(), "_line": pl.UInt32(), "codes": pl.String()}


@dataclass(frozen=True)
class Checked:
    """
    Some rows of a sheet with every cell read, and what is wrong with them.

    Args:
        taken: The columns of the sheet and its lookups with canonical values (a list column as a list), `_file` and
            `_line`. Columns that the sheet only knows by pattern are passed on without outer blanks.

        refused: The same of the rows that are not taken.

        issues: An issue frame; `file` holds the number of the file as text until the caller names it.

        rejected: Why rows are refused: see `REJECTED`; `codes` are comma separated.
    """

    taken: pl.DataFrame
    refused: pl.DataFrame
    issues: pl.DataFrame
    rejected: pl.DataFrame


def check_rows(rows: pl.DataFrame, sheet: SheetLayout, reading: Reading, widths: Mapping[int, int]) -> Checked:
    """
    Read every cell of some rows, and judge them.

    Args:
        rows: Landed rows: columns of the sheet and its lookups (str), `_file` (u16), `_line` (u32), `_cells` (u16).

        widths: The number of columns of each file, by file number.
    """
    columns = read_columns(sheet, rows.columns)
    known = {c.name for c in columns}
    further = [pl.col(n).str.strip_chars() for n in rows.columns if n not in known and not n.startswith("_")]
    cells = {c.name: read(rows[c.name], c, reading) for c in columns}
    cleaned = rows.select("_file", "_line", *further).hstack([cell.value.alias(n) for n, cell in cells.items()])
    faults = {name: cell.fault for name, cell in cells.items() if cell.fault is not None}
    is_off = _is_off(rows, widths)
    if not faults and not is_off.any():
        return Checked(cleaned, cleaned.clear(), no_issues(), pl.DataFrame(schema=REJECTED))
    found = _faulty_rows(rows, faults, is_off)
    faulty = [c for c in columns if c.name in faults]
    issues = [_width_issues(found, sheet, widths), *(_column_issues(found, sheet, c, reading) for c in faulty)]
    rejected = _rejected(found, [c for c in faulty if _rejects(c, reading)])
    return Checked(
        cleaned.join(rejected, on=PLACE, how="anti", maintain_order="left"),
        cleaned.join(rejected, on=PLACE, how="semi", maintain_order="left"),
        pl.concat(issues),
        rejected,
    )


def read_columns(sheet: SheetLayout, sent: Sequence[str]) -> list[Column]:
    """The declared columns of a sheet that were sent or looked up."""
    declared = [*(c for c in sheet.columns if not c.drop), *(lookup.column for lookup in sheet.lookups)]
    return [c for c in declared if c.name in sent]


def _is_off(rows: pl.DataFrame, widths: Mapping[int, int]) -> pl.Series:
    """Which rows have cells beyond or short of the header's."""
    file, cells = rows["_file"], rows["_cells"]
    is_off = pl.repeat(False, rows.height, eager=True)
    for number in file.unique():
        is_off |= (file == number) & (cells != widths[number])
    return is_off


def _faulty_rows(rows: pl.DataFrame, faults: Mapping[str, pl.Series], is_off: pl.Series) -> pl.DataFrame:
    """
    The rows with any fault, as they were sent; with the code of each as `!<column>`, and of the row's as `!`.

    A row of the wrong width has no other fault worth telling.
    """
    width = pl.when(is_off).then(pl.lit("row-width")).alias(FAULT)
    named = {f"{FAULT}{name}": fault for name, fault in faults.items()}
    found = rows.with_columns(width, **named)
    return found.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in (FAULT, *named)))


def _rejects(column: Column, reading: Reading) -> bool:
    """A fault in this column means that the row is not taken."""
    mapping = reading.codes.get(column.code)
    return column.required or (mapping is not None and mapping.otherwise is Otherwise.REJECT)


def _rejected(faulty: pl.DataFrame, strict: Sequence[Column]) -> pl.DataFrame:
    codes = [pl.col(FAULT), *(_severe(pl.col(f"{FAULT}{c.name}")) for c in strict)]
    joined = pl.concat_list(codes).list.drop_nulls().list.unique(maintain_order=True).list.join(",")
    codes_of_row = pl.coalesce(FAULT, joined)
    return (
        faulty.select(*PLACE, codes_of_row.alias("codes"))
        .filter(pl.col("codes") != "")
        .unique(PLACE, maintain_order=True)
    )


def _severe(code: pl.Expr) -> pl.Expr:
    """The code of a fault in a value that the row cannot do without."""
    graver = {"required-blank": "required-blank", "unmapped-code": "required-unmapped"}
    return pl.when(code.is_not_null()).then(code.replace_strict(graver, default="required-bad", return_dtype=pl.String))


def _width_issues(found: pl.DataFrame, sheet: SheetLayout, widths: Mapping[int, int]) -> pl.DataFrame:
    rows = found.filter(pl.col(FAULT).is_not_null())
    expected = pl.col("_file").replace_strict(dict(widths), return_dtype=pl.String)
    return _as_issues(
        rows.with_columns(code=pl.col(FAULT), value=pl.col("_cells").cast(pl.String), detail=expected), sheet, ""
    )


def _column_issues(found: pl.DataFrame, sheet: SheetLayout, column: Column, reading: Reading) -> pl.DataFrame:
    fault = pl.col(f"{FAULT}{column.name}")
    rows = found.filter(pl.col(FAULT).is_null() & fault.is_not_null())
    if rows.is_empty():
        return no_issues()
    rows = rows.with_columns(
        code=_severe(fault) if _rejects(column, reading) else fault,
        value=pl.col(column.name),
        detail=_detail(fault, column),
    )
    if column.separator and column.code:
        rows = _each_unknown(rows, column, reading)
    if is_restricted(sheet, column):
        rows = rows.with_columns(value=pl.when(pl.col("value").is_not_null()).then(pl.lit(MASK)))
    return _as_issues(rows, sheet, column.name)


def _detail(fault: pl.Expr, column: Column) -> pl.Expr:
    """The limit, or the code model; for a required value what kind of value it is."""
    by_code = {"too-long": str(column.length), "unmapped-code": column.code, "required-blank": None}
    return fault.replace_strict(by_code, default=column.kind.value, return_dtype=pl.String)


def _each_unknown(rows: pl.DataFrame, column: Column, reading: Reading) -> pl.DataFrame:
    """One row for each unknown code of a list cell."""
    is_unknown = pl.col("code").is_in(["unmapped-code", "required-unmapped"])
    parts = rows.filter(is_unknown).with_columns(pl.col("value").str.split(column.separator)).explode("value")
    parts = parts.with_columns(pl.col("value").str.strip_chars()).filter(pl.col("value") != "")
    known = translate(pl.col("value"), column.code, reading.codes.get(column.code))
    return pl.concat([rows.filter(~is_unknown), parts.filter(known.is_null())])


def is_restricted(sheet: SheetLayout, column: Column) -> bool:
    """Whether a wrong value must not be shown. An unknown code must be: nobody could map it otherwise."""
    for rule in sheet.rules:
        entity = schema.entity(rule.entity)
        for name, source in rule.fields.items():
            if column.name in source.columns() and entity.field(name).privacy is Privacy.RESTRICTED:
                return not column.code
    return False


def _as_issues(rows: pl.DataFrame, sheet: SheetLayout, field: str) -> pl.DataFrame:
    return issue_frame(
        rows.select(
            "code",
            pl.lit(sheet.name).alias("sheet"),
            pl.col("_file").cast(pl.String).alias("file"),
            pl.col("_line").alias("line"),
            pl.lit(field or None, pl.String).alias("field"),
            "value",
            "detail",
        )
    ).select(list(COLUMNS))
