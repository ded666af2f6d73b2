"""
References between records: every one names a record that is known.

A record whose required reference is unknown falls; an unknown soft reference is left out. What falls because
something else fell is counted as an effect of the first cause, not told again.
"""

import polars as pl

from rollbook.core.hashing import key_hash
from rollbook.core.schema import Entity, Field, Kind
from rollbook.core.settling import (
    FALLEN,
    Settled,
    Surroundings,
    all_stand,
    column_name,
    fresh_hash,
    issues_of,
    no_issues,
    none_fallen,
    none_rejected,
    rejected_rows,
)
from rollbook.core.values import escaped, json_list

DEEPEST = 64  # levels of a tree that are followed


def refer(entity: Entity, field: Field, records: pl.LazyFrame, targets: pl.LazyFrame, around: Surroundings) -> Settled:
    """Every value of one reference names a known record."""
    unknown = unknown_of(field, records, targets).collect(engine="streaming")
    if unknown.is_empty():
        return all_stand(records)
    fallen = around.fallen.get(field.target, pl.DataFrame(schema=FALLEN)).unique("key_hash", maintain_order=True)
    caused = unknown.join(fallen.rename({"key_hash": "_target", "root": "_cause"}), on="_target", how="left")
    unknown = caused.with_columns(root=pl.coalesce("_cause", _named(field)))
    if field.kind is Kind.REFS:
        return Settled(
            _without(entity, records, field, unknown),
            _unknownissues_of(entity, field, unknown, around),
            none_rejected(),
            none_fallen(),
        )
    if field.soft:
        return Settled(
            _blanked(entity, records, field, unknown),
            _unknownissues_of(entity, field, unknown, around),
            none_rejected(),
            none_fallen(),
        )
    return Settled(
        records.join(unknown.lazy().select("key_hash").unique(), on="key_hash", how="anti"),
        _unknownissues_of(entity, field, unknown, around),
        rejected_rows(unknown, "reference-not-found", pl.col("root"), _named(field)),
        unknown.select("key_hash", "root"),
    )


def targets_of(entity: Entity, field: Field, records: pl.LazyFrame, around: Surroundings) -> pl.LazyFrame:
    """The keys (`key_hash`) that a reference of some records may name: of known records, and of their own kind."""
    targets = [around.known.get(field.target, pl.LazyFrame(schema={"key_hash": pl.Int64}))]
    return pl.concat([records.select("key_hash"), *targets] if field.target == entity.name else targets)


def unknown_of(field: Field, records: pl.LazyFrame, targets: pl.LazyFrame) -> pl.LazyFrame:
    """The values of one reference that name no known record, each with its record; `_target` is the key hash."""
    # A record that has ended is only told to end: what it points to may be gone already.
    named = records.filter(pl.col(field.name).is_not_null() & ~pl.col("ended")).select(
        "source_key", "key_hash", "sheet", "file", "line", field.name
    )
    if field.kind is Kind.REFS:
        named = named.with_columns(pl.col(field.name).str.json_decode(pl.List(pl.String))).explode(field.name)
    known = targets.select(pl.col("key_hash").alias("_target"))
    return named.with_columns(_target=key_hash(field.name)).join(known, on="_target", how="anti")


def _named(field: Field) -> pl.Expr:
    """The record that a reference names."""
    return pl.concat_str([pl.lit(f"{field.target} "), pl.col(field.name)])


def _unknownissues_of(entity: Entity, field: Field, unknown: pl.DataFrame, around: Surroundings) -> pl.DataFrame:
    """One issue for each record that is nowhere; none where its own row was rejected, which is told already."""
    first = (
        unknown.filter(pl.col("_cause").is_null())
        .sort("file", "line", "source_key")
        .unique("root", maintain_order=True, keep="first")
    )
    if first.is_empty():
        return no_issues()
    is_soft = field.soft or field.kind is Kind.REFS
    return issues_of(
        first.with_columns(
            code=pl.lit("reference-dropped" if is_soft else "reference-not-found"),
            entity=pl.lit(field.target.replace("_", " ")),
            key=pl.col(field.name),
            field=column_name(entity, field.name, around),
            root=pl.lit(None, pl.String) if is_soft else pl.col("root"),
        )
    )


def uncircled(entity: Entity, field: Field, records: pl.LazyFrame) -> Settled:
    """A tree has no record above itself; who is keeps everything but the parent."""
    edges = records.select("source_key", _above=field.name).drop_nulls().collect(engine="streaming")
    circle, climbing = [], edges
    for _ in range(DEEPEST):
        circle.append(climbing.filter(pl.col("source_key") == pl.col("_above")).select("source_key"))
        climbing = climbing.join(circle[-1], on="source_key", how="anti")
        climbing = climbing.join(edges.rename({"source_key": "_above", "_above": "_next"}), on="_above", how="inner")
        climbing = climbing.select("source_key", _above="_next")
        if climbing.is_empty():
            break
    found = pl.concat([edges.head(0).select("source_key"), *circle])
    if found.is_empty():
        return all_stand(records)
    above = (
        pl.when(~pl.col("source_key").is_in(found["source_key"].implode())).then(pl.col(field.name)).alias(field.name)
    )
    rows = records.join(found.lazy(), on="source_key", how="semi").collect().sort("source_key")
    issues = issues_of(
        rows.with_columns(
            code=pl.lit("reference-cycle"),
            entity=pl.lit(entity.name),
            key=pl.col("source_key"),
            field=pl.lit(field.name),
            root=pl.lit(None, pl.String),
        )
    )
    fixed = records.with_columns(above).with_columns(fresh_hash(entity, records.collect_schema().names()))
    return Settled(fixed, issues, none_rejected(), none_fallen())


def _blanked(entity: Entity, records: pl.LazyFrame, field: Field, unknown: pl.DataFrame) -> pl.LazyFrame:
    """The records with an unknown soft reference left out."""
    gone = unknown.lazy().select(field.name).unique().with_columns(_gone=pl.lit(True))
    joined = records.join(gone, on=field.name, how="left")
    value = pl.when(pl.col("_gone").is_null()).then(pl.col(field.name)).alias(field.name)
    return joined.with_columns(value).drop("_gone").with_columns(fresh_hash(entity, records.collect_schema().names()))


def _without(entity: Entity, records: pl.LazyFrame, field: Field, unknown: pl.DataFrame) -> pl.LazyFrame:
    """The records with unknown members taken out of a list of references."""
    parts = pl.col(field.name).str.json_decode(pl.List(pl.String))
    known = parts.list.eval(pl.element().filter(~pl.element().is_in(unknown[field.name].unique().implode())))
    shorter = records.with_columns(json_list(known.list.eval(escaped(pl.element()))).alias(field.name))
    return shorter.with_columns(fresh_hash(entity, records.collect_schema().names()))
