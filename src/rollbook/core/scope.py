"""
What an integration takes: only some grades, only some schools.

What is outside is ignored and counted, with everything that hangs on it: the enrollments of a student who is
not taken are no error.
"""

from collections.abc import Collection, Mapping

import polars as pl

from rollbook.core.hashing import key_hash
from rollbook.core.mapping import hash_of
from rollbook.core.schema import Entity, Kind

Only = Mapping[str, Collection[str]]


def in_scope(
    entity: Entity, records: pl.LazyFrame, only: Only, outside: Mapping[str, pl.DataFrame]
) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """
    Split the records of one entity by an integration's filters.

    Args:
        only: `grades` (canonical codes) and `schools` (source keys or identifiers); empty = all. A person counts for
            the main organisation.

        outside: Entity -> `key_hash` of the records that were left outside before.

    Returns:
        The records inside, their optional references to what is outside left blank; and `key_hash` of the others.
    """
    if not any(only.values()):
        return records, pl.DataFrame(schema={"key_hash": pl.Int64})
    names = records.collect_schema().names()
    records = records.with_columns(_is_outside=pl.any_horizontal(pl.lit(False), *_conditions(entity, names, only)))
    for field in (f for f in entity.references if f.name in names and f.kind is Kind.REF):
        beyond = outside.get(field.target)
        if beyond is None or beyond.is_empty():
            continue
        hangs = key_hash(field.name).is_in(beyond["key_hash"].implode()).fill_null(False)
        if field.required or field.name == entity.school:
            records = records.with_columns(_is_outside=pl.col("_is_outside") | hangs)
        else:
            records = records.with_columns(pl.when(~hangs).then(pl.col(field.name)).alias(field.name))
    others = records.filter("_is_outside").select("key_hash").collect(engine="streaming")
    mapped = [f.name for f in entity.fields if f.name in names]
    inside = records.filter(~pl.col("_is_outside")).drop("_is_outside")
    return inside.with_columns(hash_of(entity.name, mapped).alias("record_hash")), others


def _conditions(entity: Entity, names: Collection[str], only: Only) -> list[pl.Expr]:
    """What puts a record outside by its own values."""
    grades, schools = list(only.get("grades", ())), list(only.get("schools", ()))
    found = []
    if entity.name == "user" and grades and "grades" in names:
        taught = pl.col("grades").str.json_decode(pl.List(pl.String))
        found.append(pl.col("grades").is_not_null() & ~taught.list.eval(pl.element().is_in(grades)).list.any())
    if entity.name == "org" and schools:
        known = [pl.col(n).is_in(schools) for n in ("source_key", "identifier") if n == "source_key" or n in names]
        found.append((pl.col("type") == "school") & ~pl.any_horizontal(known).fill_null(False))
    return found
