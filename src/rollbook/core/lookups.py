"""Columns that a sheet fills from other sheets of the same delivery."""

from collections.abc import Mapping

import polars as pl

from rollbook.core.layout import Layout, Lookup, SheetLayout, Source
from rollbook.core.mapping import Values, is_one_of
from rollbook.core.values import Reading, read


def with_lookups(
    sheet: SheetLayout, landed: Mapping[str, pl.LazyFrame], layout: Layout, reading: Reading
) -> pl.LazyFrame:
    """
    The landed rows of a sheet, with the columns that it looks up.

    Of several values found a list takes all, anything else the least, whatever the order of rows.

    Args:
        landed: Sheet -> its landed rows, for every sheet that was sent.
    """
    rows = landed[sheet.name]
    for lookup in sheet.lookups:
        sources = [
            found
            for name in lookup.sheets
            if name in landed and (found := _found(landed[name], layout.sheet(name), lookup, reading)) is not None
        ]
        if not sources:
            continue
        taken = pl.col("_take").unique().sort()
        value = taken.str.join(lookup.column.separator) if lookup.column.separator else taken.first()
        table = (
            pl.concat(sources)
            .drop_nulls()
            .filter((pl.col("_take") != "") & (pl.col("_where") != ""))
            .group_by("_where")
            .agg(value.alias(lookup.column.name))
        )
        rows = (
            rows.with_columns(_here(rows, lookup.value).alias("_where"))
            .join(table, on="_where", how="left", maintain_order="left")
            .drop("_where")
        )
    return rows


def _found(rows: pl.LazyFrame, sheet: SheetLayout, lookup: Lookup, reading: Reading) -> pl.LazyFrame | None:
    """`_where` and `_take` of the rows that may be looked at; None when the sheet lacks a column."""
    sent = set(rows.collect_schema().names())
    if not {lookup.where, lookup.take} <= sent:
        return None
    columns = {name: sheet.column(name) for name in lookup.when if name in sent}
    found = rows.select(
        pl.col(lookup.where).str.strip_chars().alias("_where"),
        pl.col(lookup.take).str.strip_chars().alias("_take"),
        *columns,
    ).collect()
    found = found.with_columns(read(found[name], column, reading).value.alias(name) for name, column in columns.items())
    types = dict(found.schema)
    for name, wanted in lookup.when.items():
        found = found.filter(is_one_of(name, wanted, types))
    return found.lazy().select("_where", "_take")


def _here(rows: pl.LazyFrame, source: Source) -> pl.Expr:
    """The value of this row that is looked for."""
    sent = rows.collect_schema().names()
    names = [n for n in source.columns() if n in sent]
    return Values({n: pl.String() for n in names}, is_raw=True).text(source)
