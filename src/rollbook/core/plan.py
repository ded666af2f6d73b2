"""
Existing links + incoming records -> what would change.

A plan is a value: frames of changes, one an entity. It is shown, limited, approved and applied as it is;
nothing computes it a second time. Hashes are compared, not values: an unchanged district costs two columns
of each row. Only where hashes differ are values read and compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from rollbook.core.hashing import sourced_id
from rollbook.core.schema import Entity, Field, Kind
from rollbook.core.values import json_list


class Action(StrEnum):
    """What a planned change does to its row."""

    CREATE = "create"
    UPDATE = "update"
    REACTIVATE = "reactivate"
    DEACTIVATE = "deactivate"
    RELINK = "relink"  # the record is written differently, but no field of the row changes: only its hash is kept


COUNTED = ("create", "update", "reactivate", "deactivate", "unchanged", "reject", "ignore")
"""What a run counts of each entity: the real actions, and the records that come to none."""


class Absence(StrEnum):
    """What is done with a record that a complete input no longer has."""

    KEEP = "keep"
    END_ENROLLMENT = "end_enrollment"
    DEACTIVATE = "deactivate"

    def judges(self, entity: str) -> bool:
        """The policy ends absent records of this entity."""
        return self is Absence.DEACTIVATE or (self is Absence.END_ENROLLMENT and entity == "enrollment")


class LinkKind(StrEnum):
    """How the row of a change is tied to the integration."""

    OWN = "own"  # the integration created the row
    SHARED = "shared"  # it knows a row that somebody else created
    NEW = "new"  # it has just been matched to one


PLAN_COLUMNS: dict[str, pl.DataType] = {
    "action": pl.String(),
    "link": pl.String(),
    "sourced_id": pl.String(),  # 32 hex digits
    "source_key": pl.String(),
    "key_hash": pl.Int64(),
    "record_hash": pl.Int64(),
    "revision": pl.Int64(),  # of the row when planned; null for a create
    "scope": pl.String(),  # sourced_id of the school it counts for, if any
    "label": pl.String(),  # what a person calls the record
    "changed": pl.String(),  # names of the changed fields, comma separated
    "sheet": pl.String(),
    "file": pl.UInt16(),
    "line": pl.UInt32(),
}
LINK_COLUMNS: dict[str, pl.DataType] = {"key_hash": pl.Int64(), "record_hash": pl.Int64(), "active": pl.Boolean()}


@dataclass(frozen=True)
class Naming:
    """
    How the source keys of references become roster ids.

    Args:
        namespace: The integration's; see `hashing.sourced_id`.

        others: Entity -> `source_key`, `sourced_id` of the rows that the integration did not create.
    """

    namespace: str
    others: Mapping[str, pl.DataFrame]

    def resolve(self, records: pl.LazyFrame, entity: Entity, fields: Sequence[str]) -> pl.LazyFrame:
        """The records with roster ids in their references, and their own as `sourced_id`."""
        records = self._id(records, entity.name, "source_key", "sourced_id")
        for field in (f for f in entity.references if f.name in fields):
            if field.kind is Kind.REF:
                records = self._id(records, field.target, field.name, field.name)
            else:
                records = self._ids(records, field)
        return records

    def _id(self, records: pl.LazyFrame, target: str, key: str, name: str) -> pl.LazyFrame:
        made = sourced_id(self.namespace, target, key)
        others = self.others.get(target)
        if others is None or others.is_empty():
            return records.with_columns(made.alias(name))
        table = others.lazy().select(pl.col("source_key").alias("_key"), pl.col("sourced_id").alias("_id"))
        joined = records.with_columns(pl.col(key).alias("_key")).join(
            table, on="_key", how="left", maintain_order="left"
        )
        return joined.with_columns(pl.coalesce("_id", made).alias(name)).drop("_key", "_id")

    def _ids(self, records: pl.LazyFrame, field: Field) -> pl.LazyFrame:
        """A list of references, element by element."""
        rows = records.with_row_index("_row")
        parts = (
            rows.select("_row", pl.col(field.name).str.json_decode(pl.List(pl.String))).explode(field.name).drop_nulls()
        )
        ids = self._id(parts, field.target, field.name, field.name)
        lists = (
            ids.group_by("_row", maintain_order=True)
            .agg(field.name)
            .with_columns(json_list(pl.col(field.name)).alias(field.name))
        )
        return rows.drop(field.name).join(lists, on="_row", how="left", maintain_order="left").drop("_row")


def differing(records: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """
    The records that no row says already: same key, same hash, and active unless the sender ended it.

    Args:
        records: `key_hash`, `record_hash`, `ended`; the keys are unique.

        links: `LINK_COLUMNS`; the keys are unique.

    Returns:
        `key_hash`, and `is_new` (bool): no row has the key.
    """
    # One column to join by, and the others compared: a third of the time of a join by three.
    known = links.select("key_hash", pl.col("record_hash").alias("_hash"), pl.col("active").alias("_active"))
    compared = records.join(known, on="key_hash", how="left")
    differs = pl.col("record_hash").ne_missing(pl.col("_hash")) | (pl.col("ended") == pl.col("_active"))
    return compared.filter(differs).select("key_hash", pl.col("_active").is_null().alias("is_new"))


def creates(records: pl.LazyFrame, entity: Entity, fields: Sequence[str], naming: Naming) -> pl.LazyFrame:
    """
    The plan rows of records that nobody knows yet.

    Args:
        records: Record frame with `record_hash`; none of the keys is linked. Records that the sender ended
            before the hub saw them are left out.
    """
    named = naming.resolve(records.filter(~pl.col("ended")), entity, fields)
    return named.select(
        pl.lit(Action.CREATE.value).alias("action"),
        pl.lit(LinkKind.OWN.value).alias("link"),
        "sourced_id",
        "source_key",
        "key_hash",
        "record_hash",
        pl.lit(None, pl.Int64).alias("revision"),
        _school(entity, fields),
        label(entity, fields),
        pl.lit(None, pl.String).alias("changed"),
        "sheet",
        "file",
        "line",
        *fields,
    )


def touches(
    records: pl.DataFrame,
    current: pl.DataFrame,
    entity: Entity,
    fields: Sequence[str],
    naming: Naming,
    *,
    clears: bool = False,
) -> pl.DataFrame:
    """
    The plan rows of records whose row exists and that are written differently.

    A blank leaves the old value in place, unless `clears` is set or the field always clears; a value that a
    person edited by hand stays.

    Args:
        records: Record frame with `record_hash`.

        current: The rows as they are: `key_hash`, `sourced_id`, `link`, `active`, `revision`, `sticky`
            (comma separated field names or null), `dropped` (fields whose received value could not be read)
            and the canonical columns.
    """
    named = naming.resolve(
        records.lazy().with_columns(pl.lit(None, pl.String).alias("sourced_id")), entity, fields
    ).collect()
    old = current.rename({name: f"old.{name}" for name in fields})
    rows = named.drop("sourced_id").join(old, on="key_hash", how="inner", maintain_order="left")
    rows = rows.with_columns(_new_value(entity.field(name), clears).alias(name) for name in fields)
    differs = [pl.when(pl.col(name).ne_missing(pl.col(f"old.{name}"))).then(pl.lit(name)) for name in fields]
    rows = rows.with_columns(
        changed=pl.concat_str([*differs, pl.lit(None, pl.String)], separator=",", ignore_nulls=True)
    )
    action = (
        pl.when(pl.col("ended") & pl.col("active"))
        .then(pl.lit(Action.DEACTIVATE.value))
        .when(~pl.col("ended") & ~pl.col("active"))
        .then(pl.lit(Action.REACTIVATE.value))
        .when((pl.col("changed") != "") & pl.col("active"))
        .then(pl.lit(Action.UPDATE.value))
        .otherwise(pl.lit(Action.RELINK.value))
    )
    return (
        rows.with_columns(action=action)
        .select(
            *[name for name in PLAN_COLUMNS if name not in ("scope", "label")],
            _school(entity, fields),
            label(entity, fields),
            *fields,
            *(f"old.{name}" for name in fields),
        )
        .select(*PLAN_COLUMNS, *fields, *(f"old.{name}" for name in fields))
    )


def _new_value(field: Field, clears: bool) -> pl.Expr:
    new, old = pl.col(field.name), pl.col(f"old.{field.name}")
    is_past = pl.col("ended") & ~pl.col("active")  # nobody is told of it until it comes back; then it is compared
    kept = pl.when(_names(field.name, "sticky") | is_past).then(old)
    if clears or field.clears:
        return kept.when(new.is_null() & _names(field.name, "dropped")).then(old).otherwise(new)
    return kept.when(new.is_null()).then(old).otherwise(new)


def _names(field: str, column: str) -> pl.Expr:
    """A comma separated list of names holds this one."""
    return pl.concat_str([pl.lit(","), pl.col(column).fill_null(""), pl.lit(",")]).str.contains(
        f",{field},", literal=True
    )


def sticky_kept(records: pl.DataFrame, current: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """
    The hand edits that stood against another value of the source.

    Returns:
        `source_key`, `field` (str).
    """
    rows = current.filter(pl.col("sticky").is_not_null()).join(
        records.select("key_hash", *(pl.col(f).alias(f"new.{f}") for f in fields)), on="key_hash", how="inner"
    )
    kept = [
        rows.filter(_names(f, "sticky") & pl.col(f"new.{f}").ne(pl.col(f))).select(
            "source_key", pl.lit(f).alias("field")
        )
        for f in fields
    ]
    return pl.concat([pl.DataFrame(schema={"source_key": pl.String, "field": pl.String}), *kept])


def deactivations(current: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """
    The plan rows of active records that a complete input no longer has.

    Args:
        current: The rows as they are; as for `touches`.
    """
    fields = [f.name for f in entity.fields if f.name in current.columns]
    return current.with_columns(
        action=pl.lit(Action.DEACTIVATE.value),
        record_hash=pl.lit(None, pl.Int64),
        changed=pl.lit(None, pl.String),
        sheet=pl.lit(None, pl.String),
        file=pl.lit(None, pl.UInt16),
        line=pl.lit(None, pl.UInt32),
        scope=_school(entity, fields),
        label=label(entity, fields),
    ).select(list(PLAN_COLUMNS))


def _school(entity: Entity, fields: Sequence[str]) -> pl.Expr:
    if entity.school in fields:
        return pl.col(entity.school).alias("scope")
    return pl.lit(None, pl.String).alias("scope")


def label(entity: Entity, fields: Sequence[str]) -> pl.Expr:
    """What a person calls the record: its name, else its key."""
    names = [n for n in entity.label if n in fields and entity.field(n).kind not in (Kind.REF, Kind.REFS)]
    if not names:
        return pl.col("source_key").alias("label")
    text = pl.concat_str([pl.col(n) for n in names], separator=" ", ignore_nulls=True)
    return pl.when(text != "").then(text).otherwise(pl.col("source_key")).alias("label")
