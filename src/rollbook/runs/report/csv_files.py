"""CSV for people: safe to open in a spreadsheet."""

import codecs
from collections.abc import Iterable, Mapping
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


def write_guarded(rows: pl.LazyFrame, path: Path) -> None:
    """Stream rows into a file, guarded."""
    rows.with_columns(_guards(rows.collect_schema())).sink_csv(path, include_bom=True, engine="streaming")


def write_guarded_parts(parts: Iterable[pl.DataFrame], path: Path) -> None:
    """Write frames one after another, guarded."""
    write_parts((part.with_columns(_guards(part.schema)) for part in parts), path)


def write_parts(parts: Iterable[pl.DataFrame], path: Path, separator: str = ",", line_terminator: str = "\n") -> None:
    """Write frames one after another, exactly as they are; the byte order mark makes Excel read the accents."""
    with path.open("wb") as out:
        out.write(codecs.BOM_UTF8)
        for number, part in enumerate(parts):
            part.write_csv(out, include_header=number == 0, separator=separator, line_terminator=line_terminator)


def _guards(columns: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    return [guarded(name) for name, dtype in columns.items() if dtype == pl.String]
