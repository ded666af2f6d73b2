"""
Records with one key: one record, or a conflict.

The rules are independent of the order of rows. A list takes the values of all. For any other field a blank is filled
from the others; where they differ the greatest text is taken and `duplicate-differs` says so. Where they differ in
an identity field (a name, a birth date) two people may share an id: none is taken (`duplicate-conflict`), and the
roster keeps what it has.
"""

import numpy as np
import polars as pl

from rollbook.core.schema import MASK, Entity, Kind, Privacy
from rollbook.core.settling import (
    Settled,
    Surroundings,
    all_stand,
    column_name,
    fresh_hash,
    issues_of,
    no_issues,
    rejected_rows,
    root_of,
)
from rollbook.core.values import escaped, json_list

AT_ONCE = 250_000  # keys that are merged at a time: both parents of every child are a million of them


def merge(entity: Entity, records: pl.LazyFrame, around: Surroundings) -> Settled:
    """One record for each key."""
    keys = records.select("key_hash").collect(engine="streaming")["key_hash"]
    in_order = np.sort(keys.to_numpy())  # takes a quarter of the time of Polars
    if not (in_order[1:] == in_order[:-1]).any():
        return all_stand(records)
    keys = keys.sort()
    twice = keys.filter(keys == keys.shift()).unique(maintain_order=True)
    parts = [_merge_some(entity, records, part["key_hash"], around) for part in twice.to_frame().iter_slices(AT_ONCE)]
    once = records.join(pl.LazyFrame({"key_hash": twice}), on="key_hash", how="anti")
    return Settled(
        pl.concat([once, *(part.records for part in parts)], how="vertical"),
        pl.concat([part.issues for part in parts]),
        pl.concat([part.rejected for part in parts]),
        pl.concat([part.fallen for part in parts]),
    )


def _merge_some(entity: Entity, records: pl.LazyFrame, keys: pl.Series, around: Surroundings) -> Settled:
    """The records of some keys, merged."""
    many = records.join(pl.LazyFrame({"key_hash": keys}), on="key_hash", how="semi").collect(engine="streaming")
    if many["placeholder"].any():
        described = many.filter(~pl.col("placeholder"))
        many = pl.concat([described, many.join(described, on="key_hash", how="anti")])
    groups = _groups(entity, many)
    differing = [c[1:] for c in groups.columns if c[0] == "!"]
    identity = [name for name in differing if entity.field(name).identity]
    clashing = groups.filter(pl.any_horizontal(pl.lit(False), *(pl.col(f"!{name}") for name in identity)))
    merged = groups.join(clashing, on="source_key", how="anti") if clashing.height else groups
    merged = merged.with_columns(fresh_hash(entity, many.columns))
    issues = [
        _clashes(entity, clashing, many, identity, around),
        *(_differences(entity, merged, many, name, around) for name in differing if not entity.field(name).identity),
        _exact(entity, merged, many),
    ]
    return Settled(
        merged.select(many.columns).lazy(),
        pl.concat(issues),
        rejected_rows(many.join(clashing, on="source_key", how="semi"), "duplicate-conflict", pl.lit(None, pl.String)),
        clashing.select("key_hash", root_of(entity, "source_key").alias("root")),
    )


def _groups(entity: Entity, many: pl.DataFrame) -> pl.DataFrame:
    """One row a key, in the order of hashes: the merged values, and `!<field>` where single values differ; `n` rows."""
    fields = [f for f in entity.fields if f.name in many.columns]
    single = [f.name for f in fields if f.kind not in (Kind.LIST, Kind.REFS)]
    lists = [f.name for f in fields if f.kind in (Kind.LIST, Kind.REFS)]
    # The place of a merged record is its first, in the order of files: only for people to find it.
    place = (pl.col("file").cast(pl.UInt64) * 2**32 + pl.col("line").cast(pl.UInt64)).min()
    groups = (
        many.group_by("source_key")
        .agg(
            pl.col("key_hash").first(),
            pl.col("ended").all(),
            place.alias("_place"),
            pl.col("sheet").min(),
            pl.col("repeats").all(),
            pl.col("placeholder").all(),
            pl.len().alias("n"),
            *(pl.col(name).max() for name in (*single, *lists)),
            *(pl.col(name).min().alias(f"!{name}") for name in (*single, *lists)),
        )
        .with_columns(
            (pl.col(name) != pl.col(f"!{name}")).fill_null(False).alias(f"!{name}") for name in (*single, *lists)
        )
        .with_columns(file=(pl.col("_place") // 2**32).cast(pl.UInt16), line=(pl.col("_place") % 2**32).cast(pl.UInt32))
        .sort("key_hash")
    )
    for name in lists:
        groups = _united(groups, many, name)
    return groups.drop("_place", *(f"!{name}" for name in lists))


def _united(groups: pl.DataFrame, many: pl.DataFrame, name: str) -> pl.DataFrame:
    """Lists that differ give one list of all their values."""
    differing = groups.filter(pl.col(f"!{name}")).select("source_key")
    if differing.is_empty():
        return groups
    parts = (
        many.join(differing, on="source_key", how="semi")
        .select("source_key", pl.col(name).str.json_decode(pl.List(pl.String)))
        .explode(name)
        .drop_nulls()
        .unique()
        .sort("source_key", name)
    )
    united = (
        parts.group_by("source_key", maintain_order=True)
        .agg(escaped(pl.col(name)))
        .select("source_key", _all=json_list(pl.col(name)))
    )
    joined = groups.join(united, on="source_key", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("_all", name).alias(name)).drop("_all")


def _with_lines(rows: pl.DataFrame, many: pl.DataFrame) -> pl.DataFrame:
    """The rows with `detail`: the lines they were received on, in words (the first five)."""
    where = pl.concat_str([pl.col("sheet"), pl.lit(" line "), pl.col("line").cast(pl.String)])
    found = (
        many.join(rows, on="source_key", how="semi")
        .sort("sheet", "file", "line")
        .unique(["source_key", "sheet", "file", "line"], maintain_order=True)
    )
    lines = found.group_by("source_key", maintain_order=True).agg(where.head(5).str.join(", ").alias("detail"))
    return rows.join(lines, on="source_key", how="left", maintain_order="left")


def _clashes(
    entity: Entity, clashing: pl.DataFrame, many: pl.DataFrame, identity: list[str], around: Surroundings
) -> pl.DataFrame:
    if clashing.is_empty():
        return no_issues()
    names = [pl.when(pl.col(f"!{name}")).then(column_name(entity, name, around)) for name in identity]
    return issues_of(
        _with_lines(clashing, many).with_columns(
            code=pl.lit("duplicate-conflict"),
            field=pl.concat_str(names, separator=", ", ignore_nulls=True),
            entity=pl.lit(entity.name),
            key=pl.col("source_key"),
            root=root_of(entity, "source_key"),
        )
    )


def _differences(
    entity: Entity, merged: pl.DataFrame, many: pl.DataFrame, name: str, around: Surroundings
) -> pl.DataFrame:
    """Not told of references in records that many rows may give: each row says its own part."""
    is_told = ~pl.col("repeats") if entity.field(name).kind is Kind.REF else pl.lit(True)
    rows = merged.filter(pl.col(f"!{name}") & is_told)
    if rows.is_empty():
        return no_issues()
    return issues_of(
        _with_lines(rows, many).with_columns(
            code=pl.lit("duplicate-differs"),
            field=column_name(entity, name, around),
            entity=pl.lit(entity.name),
            key=pl.col("source_key"),
            value=pl.lit(MASK) if entity.field(name).privacy is Privacy.RESTRICTED else pl.col(name),
        )
    )


def _exact(entity: Entity, merged: pl.DataFrame, many: pl.DataFrame) -> pl.DataFrame:
    rows = merged.filter(~pl.col("repeats") & ~pl.col("placeholder") & (pl.col("n") > 1))
    if rows.is_empty():
        return no_issues()
    return issues_of(
        _with_lines(rows, many).with_columns(
            code=pl.lit("duplicate-row"), entity=pl.lit(entity.name), key=pl.col("source_key")
        )
    )
