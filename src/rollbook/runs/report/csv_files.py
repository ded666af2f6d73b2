"""CSV for people: safe to open in a spreadsheet."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


def guarded(column: str) -> pl.Expr:
    """
    Text that no spreadsheet takes for a formula: what begins like one gets a `'` in front.

    The signs are those of OWASP (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    text = pl.col(column)
    return pl.when(text.str.contains(_FORMULA)).then(pl.concat_str([pl.lit("'"), text])).otherwise(text).alias(column)


def guard_all(columns: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    """Every text column of a schema, guarded."""
    return [guarded(name) for name, dtype in columns.items() if dtype == pl.String]


def write_csv(rows: pl.LazyFrame, path: Path) -> None:
    """Stream rows into a file; the byte order mark makes Excel read the accents."""
    safe = rows.with_columns(guard_all(rows.collect_schema()))
    safe.sink_csv(path, include_bom=True, engine="streaming")
