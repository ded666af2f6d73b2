"""
Records that do not stand alone: repeats of one key, missing parts, references to others.

The rules (see `repeats` and `references`) are independent of the order of rows.
"""

import polars as pl

from rollbook.core.issues import issue_frame
from rollbook.core.references import refer, uncircled
from rollbook.core.repeats import merge
from rollbook.core.schema import Entity
from rollbook.core.settling import (
    FALLEN,
    REJECTED,
    Settled,
    Surroundings,
    all_stand,
    column_name,
    issues_of,
    rejected_rows,
    root_of,
)

__all__ = ["FALLEN", "REJECTED", "Settled", "Surroundings", "settle", "with_effects"]


def settle(entity: Entity, records: pl.LazyFrame, around: Surroundings) -> Settled:
    """
    Merge repeats, and let fall what cannot stand.

    Args:
        records: Record frame (`mapping.RECORD_COLUMNS` and fields) with `sheet` (str), `repeats` and
            `placeholder` (bool) of the rule that made each record.
    """
    steps: list[Settled] = [merge(entity, records, around)]
    steps.append(_require(entity, steps[-1].records, around))
    names = set(records.collect_schema().names())
    for field in (f for f in entity.references if f.name in names):
        current = steps[-1].records
        targets = around.known.get(field.target)
        if field.target == entity.name:
            own = current.select("key_hash")
            targets = own if targets is None else pl.concat([own, targets])
        if targets is None:
            targets = pl.LazyFrame(schema={"key_hash": pl.Int64})
        steps.append(refer(entity, field, current, targets, around))
        if field.target == entity.name and field.soft:
            steps.append(uncircled(entity, field, steps[-1].records))
    return Settled(
        steps[-1].records.drop("repeats", "placeholder"),
        pl.concat([s.issues for s in steps]),
        pl.concat([s.rejected for s in steps]),
        pl.concat([s.fallen for s in steps]),
        any(s.is_changed for s in steps),
    )


def with_effects(issues: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """
    The issues, each cause with the number of rows that fell because of it.

    Args:
        issues: Issue frames with `root`.

        rejected: All that fell, with `root`.

    Returns:
        A plain issue frame.
    """
    effects = rejected.group_by("root").agg(pl.len().cast(pl.UInt32).alias("_n"))
    first = pl.int_range(pl.len()).over("root") == 0
    return issue_frame(
        issues.join(effects, on="root", how="left", maintain_order="left").with_columns(
            effects=pl.when(first & pl.col("root").is_not_null()).then(pl.col("_n").fill_null(0)).otherwise(0)
        )
    )


def _require(entity: Entity, records: pl.LazyFrame, around: Surroundings) -> Settled:
    names = set(records.collect_schema().names())
    required = [f.name for f in entity.fields if f.required and f.name in names]
    if not required:
        return all_stand(records)
    blank = [pl.col(name).is_null() for name in required]
    lacking = records.filter(pl.any_horizontal(blank)).collect(engine="streaming")
    if lacking.is_empty():
        return all_stand(records)
    missing = [pl.when(pl.col(name).is_null()).then(column_name(entity, name, around)) for name in required]
    root = root_of(entity, "source_key")
    issues = issues_of(
        lacking.with_columns(
            code=pl.lit("required-blank"),
            field=pl.concat_str(missing, separator=", ", ignore_nulls=True),
            entity=pl.lit(entity.name),
            key=pl.col("source_key"),
            root=root,
        )
    )
    return Settled(
        records.filter(~pl.any_horizontal(blank)),
        issues,
        rejected_rows(lacking, "required-blank", pl.lit(None, pl.String)),
        lacking.select("key_hash", root.alias("root")),
    )
