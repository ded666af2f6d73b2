"""
Records that do not stand alone: repeats of one key, missing parts, references to others.

The rules (see `repeats` and `references`) are independent of the order of rows.
"""

import polars as pl

from rollbook.core.issues import issue_frame, no_issues
from rollbook.core.references import refer, targets_of, uncircled, unknown_of
from rollbook.core.repeats import merge
from rollbook.core.schema import Entity, Field
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
    names = set(records.collect_schema().names())
    required = [f.name for f in entity.fields if f.required and f.name in names]
    references = [f for f in entity.references if f.name in names]
    lacks_nothing = _lack_nothing(entity, steps[-1].records, required, references, around)
    if not lacks_nothing:
        steps.append(_require(entity, steps[-1].records, required, around))
    for field in references:
        if not lacks_nothing:
            current = steps[-1].records
            steps.append(refer(entity, field, current, targets_of(entity, field, current, around), around))
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
    if issues.is_empty():
        return no_issues()
    effects = rejected.group_by("root").agg(pl.len().cast(pl.UInt32).alias("_n"))
    first = pl.int_range(pl.len()).over("root") == 0
    return issue_frame(
        issues.join(effects, on="root", how="left", maintain_order="left").with_columns(
            effects=pl.when(first & pl.col("root").is_not_null()).then(pl.col("_n").fill_null(0)).otherwise(0)
        )
    )


def _lack_nothing(
    entity: Entity, records: pl.LazyFrame, required: list[str], references: list[Field], around: Surroundings
) -> bool:
    """Whether nothing required is blank and every reference is known, in one pass: mostly there is no more to do."""
    blank = records.select(pl.sum_horizontal(pl.lit(0), pl.col(required).null_count()))
    unknown = (unknown_of(f, records, targets_of(entity, f, records, around)).select(pl.len()) for f in references)
    return not any(frame.item() for frame in pl.collect_all([blank, *unknown], engine="streaming"))


def _require(entity: Entity, records: pl.LazyFrame, required: list[str], around: Surroundings) -> Settled:
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
