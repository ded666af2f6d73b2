"""What settling the records of one entity needs and gives; shared by its steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from rollbook.core.issues import issue_frame, join_issues
from rollbook.core.mapping import hash_of
from rollbook.core.schema import Entity

FALLEN: dict[str, pl.DataType] = {"key_hash": pl.Int64(), "root": pl.String()}
REJECTED: dict[str, pl.DataType] = {
    "sheet": pl.String(),
    "file": pl.UInt16(),
    "line": pl.UInt32(),
    "codes": pl.String(),
    "root": pl.String(),
    "reference": pl.String(),
}


@dataclass(frozen=True)
class Settled:
    """
    The records of one entity that can go on.

    Args:
        records: Record frame; keys are unique, and every reference is known.

        issues: An issue frame with one more column, `root`: names the cause in `rejected`.

        rejected: One row for each record that fell: `sheet`, `file`, `line`, `codes`, `root`, its cause, and
            `reference`, the record that it lacks.

        fallen: `key_hash` and `root` of the records that fell.

        is_changed: `records` are not those that came in, and cost something to work out.
    """

    records: pl.LazyFrame
    issues: pl.DataFrame
    rejected: pl.DataFrame
    fallen: pl.DataFrame
    is_changed: bool = True


@dataclass(frozen=True)
class Surroundings:
    """
    What the records of one entity are judged against.

    Args:
        known: Entity -> key hashes (`key_hash`) that a reference may name: of these files and of the roster.

        fallen: Entity -> keys that fell in this run, with their cause.

        columns: (sheet, field) -> the sender's column for it.
    """

    known: Mapping[str, pl.LazyFrame]
    fallen: Mapping[str, pl.DataFrame]
    columns: Mapping[tuple[str, str], str]


def root_of(entity: Entity, key: str) -> pl.Expr:
    """Names a record as the cause of what falls with it."""
    return pl.concat_str([pl.lit(f"{entity.name} "), pl.col(key)])


def fresh_hash(entity: Entity, columns: Iterable[str]) -> pl.Expr:
    """The hash of records whose values were changed here."""
    names = set(columns)
    return hash_of(entity.name, [f.name for f in entity.fields if f.name in names]).alias("record_hash")


def column_name(entity: Entity, name: str, around: Surroundings) -> pl.Expr:
    """The sender's column for a field, by sheet; the field's own name where it is put together."""
    by_sheet = {sheet: column for (sheet, field), column in around.columns.items() if field == f"{entity.name}.{name}"}
    return pl.col("sheet").replace_strict(by_sheet, default=name, return_dtype=pl.String)


def issues_of(rows: pl.DataFrame) -> pl.DataFrame:
    """An issue frame with `root`, from rows that have columns of those names."""
    root = pl.col("root") if "root" in rows.columns else pl.lit(None, pl.String)
    return issue_frame(rows.drop("effects", strict=False)).with_columns(rows.with_columns(root.alias("root"))["root"])


@cache
def no_issues() -> pl.DataFrame:
    """Nothing found."""
    return join_issues([]).with_columns(pl.lit(None, pl.String).alias("root"))


def rejected_rows(
    records: pl.DataFrame, code: str, root: pl.Expr, reference: pl.Expr = pl.lit(None, pl.String)
) -> pl.DataFrame:
    """The rows of records that fell, for one reason."""
    said = {"codes": pl.lit(code), "root": root, "reference": reference}
    return records.select("sheet", "file", "line", **said)


@cache
def none_rejected() -> pl.DataFrame:
    """No row fell."""
    return pl.DataFrame(schema=REJECTED)


@cache
def none_fallen() -> pl.DataFrame:
    """No record fell."""
    return pl.DataFrame(schema=FALLEN)


def all_stand(records: pl.LazyFrame) -> Settled:
    """A step that found nothing."""
    return Settled(records, no_issues(), none_rejected(), none_fallen(), is_changed=False)
