"""
Rows against the contract of their sheet: what is wrong with which cell, and which rows cannot be taken.

A bad or missing required value, or a wrong number of cells, rejects the row. A bad optional value is left
out.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from rollbook.core import schema
from rollbook.core.codes import Otherwise, translate
from rollbook.core.issues import COLUMNS, issue_frame, no_issues
from rollbook.core.layout import Column, SheetLayout
from rollbook.core.schema import MASK, Privacy
from rollbook.core.values import Reading, read

FAULT = "!"  # begins the names of the columns that hold the faults of a row


@dataclass(frozen=True)
class Checked:
    """
    What the check of one sheet found.

    Args:
        issues: An issue frame; `file` holds the number of the file as text until the caller names it.

        rejected: Rows that are not taken: `_file` (u16), `_line` (u32), `codes` (str).
    """

    issues: pl.DataFrame
    rejected: pl.DataFrame


def clean_rows(rows: pl.DataFrame, sheet: SheetLayout, reading: Reading, widths: Mapping[int, int]) -> pl.DataFrame:
    """
    The rows with every cell read.

    Args:
        rows: Landed rows: columns of the sheet and its lookups (str), `_file` (u16), `_line` (u32), `_cells` (u16).

        widths: The number of columns of each file, by file number.

    Returns:
        The same columns with canonical values (a list column as a list), `_file`, `_line`, `_cells`; then the issue
        code of each cell's fault as `!<column>`, and of the row's as `!`; null where nothing is wrong. Columns that the
        sheet only knows by pattern are passed on without outer blanks.
    """
    known = read_columns(sheet, rows.columns)
    further = [name for name in rows.columns if name not in {c.name for c in known} and not name.startswith("_")]
    with ThreadPoolExecutor(pl.thread_pool_size()) as readers:
        cleaned = readers.map(lambda c: read(rows[c.name], c, reading), known)
        cells = {c.name: cell for c, cell in zip(known, cleaned, strict=True)}
    return rows.select(
        "_file", "_line", "_cells", _width_fault(widths), *(pl.col(n).str.strip_chars() for n in further)
    ).hstack(
        [
            *(cell.value.alias(name) for name, cell in cells.items()),
            *(cell.fault.alias(f"{FAULT}{name}") for name, cell in cells.items()),
        ]
    )


def read_columns(sheet: SheetLayout, sent: Sequence[str]) -> list[Column]:
    """The declared columns of a sheet that were sent or looked up."""
    declared = [*(c for c in sheet.columns if not c.drop), *(lookup.column for lookup in sheet.lookups)]
    return [c for c in declared if c.name in sent]


def check_rows(
    rows: pl.LazyFrame, cleaned: pl.LazyFrame, sheet: SheetLayout, reading: Reading, widths: Mapping[int, int]
) -> Checked:
    """
    What is wrong with the rows of a sheet.

    Args:
        rows: As landed, with lookups: for the values as they were sent.

        cleaned: What `clean_rows` made of them.
    """
    columns = read_columns(sheet, cleaned.collect_schema().names())
    names = [FAULT, *(f"{FAULT}{c.name}" for c in columns)]
    is_faulty = pl.any_horizontal(pl.col(n).is_not_null() for n in names)
    faulty = cleaned.filter(is_faulty).select("_file", "_line", "_cells", *names).collect(engine="streaming")
    if faulty.is_empty():
        return Checked(no_issues(), _rejected(faulty, []))
    sent = rows.select("_file", "_line", *(c.name for c in columns)).join(
        faulty.lazy(), on=["_file", "_line"], how="semi"
    )
    found = faulty.join(sent.collect(engine="streaming"), on=["_file", "_line"], how="inner", maintain_order="left")
    issues = [_width_issues(found, sheet, widths), *(_column_issues(found, sheet, c, reading) for c in columns)]
    return Checked(pl.concat(issues), _rejected(found, [c for c in columns if _rejects(c, reading)]))


def _width_fault(widths: Mapping[int, int]) -> pl.Expr:
    """Cells beyond or short of the header's; a row of the wrong width has no other fault worth telling."""
    expected = pl.col("_file").replace_strict(dict(widths), return_dtype=pl.UInt16)
    return pl.when(pl.col("_cells") != expected).then(pl.lit("row-width")).alias(FAULT)


def _rejects(column: Column, reading: Reading) -> bool:
    """A fault in this column means that the row is not taken."""
    mapping = reading.codes.get(column.code)
    return column.required or (mapping is not None and mapping.otherwise is Otherwise.REJECT)


def _rejected(faulty: pl.DataFrame, strict: Sequence[Column]) -> pl.DataFrame:
    codes = [pl.col(FAULT), *(_severe(pl.col(f"{FAULT}{c.name}")) for c in strict)]
    joined = pl.concat_list(codes).list.drop_nulls().list.unique(maintain_order=True).list.join(",")
    codes_of_row = pl.coalesce(FAULT, joined)
    return (
        faulty.select("_file", "_line", codes_of_row.alias("codes"))
        .filter(pl.col("codes") != "")
        .unique(["_file", "_line"], maintain_order=True)
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
    if _is_restricted(sheet, column):
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


def _is_restricted(sheet: SheetLayout, column: Column) -> bool:
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
