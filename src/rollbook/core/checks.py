"""
Rows against the contract of their sheet: what is wrong with which cell, and which rows cannot be taken.

A bad or missing required value, or a wrong number of cells, rejects the row. A bad optional value is left
out (the mapping reads it as blank, by the same expressions).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from rollbook.core import schema
from rollbook.core.issues import COLUMNS, issue_frame, no_issues
from rollbook.core.layout import Column, SheetLayout
from rollbook.core.schema import Kind, Privacy
from rollbook.core.values import Read, Reading, escaped, read, split
from rollbook.core.codes import Otherwise, translate

MASK = "•••"


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


def check_rows(rows: pl.LazyFrame, sheet: SheetLayout, reading: Reading, widths: Mapping[int, int]) -> Checked:
    """
    Check every row of a sheet.

    Args:
        rows: Landed rows: the sheet's columns (str), `_file` (u16), `_line` (u32), `_cells` (u16).

        widths: The number of columns of each file, by file number.
    """
    sent = rows.collect_schema().names()
    columns = [c for c in sheet.columns if c.name in sent and not c.drop]
    faults = [_fault(c, read(c, reading)) for c in columns]
    faulty = (
        rows.with_columns(_width_fault(widths), *faults)
        .filter(pl.any_horizontal(pl.col("^!.*$").is_not_null()))
        .select("_file", "_line", "_cells", *[c.name for c in columns], "^!.*$")
        .collect(engine="streaming")
    )
    found = [_width_issues(faulty, sheet, widths), *(_column_issues(faulty, sheet, c, reading) for c in columns)]
    issues = pl.concat([no_issues(), *(f for f in found if not f.is_empty())])
    return Checked(issues, _rejected(faulty, [c for c in columns if _rejects(c, reading)]))


def _width_fault(widths: Mapping[int, int]) -> pl.Expr:
    """Cells beyond or short of the header's; a row of the wrong width has no other fault worth telling."""
    expected = pl.col("_file").replace_strict(dict(widths), return_dtype=pl.UInt16)
    return pl.when(pl.col("_cells") != expected).then(pl.lit("row-width")).alias("!")


def _fault(column: Column, value: Read) -> pl.Expr:
    fault = value.fault
    if column.required:
        fault = pl.when(value.sent.is_null()).then(pl.lit("required-blank")).otherwise(fault)
    return fault.alias(f"!{column.name}")


def _rejects(column: Column, reading: Reading) -> bool:
    """A fault in this column means that the row is not taken."""
    mapping = reading.codes.get(column.code)
    return column.required or (mapping is not None and mapping.otherwise is Otherwise.REJECT)


def _rejected(faulty: pl.DataFrame, strict: Sequence[Column]) -> pl.DataFrame:
    codes = (
        pl.concat_list([pl.col("!"), *(pl.col(f"!{c.name}") for c in strict)])
        .list.drop_nulls()
        .list.unique(maintain_order=True)
    )
    return (
        faulty.select("_file", "_line", codes.list.join(",").alias("codes"))
        .filter(pl.col("codes") != "")
        .unique(["_file", "_line"], maintain_order=True)
    )


def _width_issues(faulty: pl.DataFrame, sheet: SheetLayout, widths: Mapping[int, int]) -> pl.DataFrame:
    rows = faulty.filter(pl.col("!").is_not_null())
    if rows.is_empty():
        return no_issues()
    expected = pl.col("_file").replace_strict(dict(widths), return_dtype=pl.String)
    return _as_issues(
        rows.with_columns(code=pl.col("!"), value=pl.col("_cells").cast(pl.String), detail=expected), sheet, ""
    )


def _column_issues(faulty: pl.DataFrame, sheet: SheetLayout, column: Column, reading: Reading) -> pl.DataFrame:
    name = f"!{column.name}"
    rows = faulty.filter(pl.col("!").is_null() & pl.col(name).is_not_null())
    if rows.is_empty():
        return no_issues()
    rows = rows.with_columns(code=pl.col(name), value=pl.col(column.name)).with_columns(detail=_detail(column))
    if column.separator and column.code:
        rows = _each_unknown(rows, column, reading)
    if _is_restricted(sheet, column):
        rows = rows.with_columns(value=pl.when(pl.col("value").is_not_null()).then(pl.lit(MASK)))
    return _as_issues(rows, sheet, column.name)


def _detail(column: Column) -> pl.Expr:
    by_code = {"too-long": str(column.length), "unmapped-code": column.code}
    return pl.col("code").replace_strict(by_code, default=None, return_dtype=pl.String)


def _each_unknown(rows: pl.DataFrame, column: Column, reading: Reading) -> pl.DataFrame:
    """One row for each unknown code of a list cell."""
    known = translate(pl.col("value"), column.code, reading.codes.get(column.code))
    parts = rows.filter(pl.col("code") == "unmapped-code").with_columns(
        value=split(escaped(pl.col("value")), column.separator)
    )
    unknown = parts.explode("value").filter(known.is_null())
    return pl.concat([rows.filter(pl.col("code") != "unmapped-code"), unknown])


def _is_restricted(sheet: SheetLayout, column: Column) -> bool:
    for rule in sheet.rules:
        entity = schema.entity(rule.entity)
        for name, source in rule.fields.items():
            if column.name in source.columns() and entity.field(name).privacy is Privacy.RESTRICTED:
                return column.kind is not Kind.CODE
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
