"""
What the roster holds of an integration: the hashes that a diff reads, and how many rows each school has.

Every night reads this of every row, so it is one statement an entity. On PostgreSQL all rows of a school come as one
value: a driver needs longer to take a million rows than the server needs to find them.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from django.db import connection

from rollbook.core import schema
from rollbook.core.plan import LINK_COLUMNS
from rollbook.integrations.models import Integration
from rollbook.roster import bulk
from rollbook.roster.models import Link, model

_NONE = np.empty(0, np.int64)
_GROUPS = {"scope": pl.String(), "active": pl.Boolean(), "unknown": pl.Boolean(), "count": pl.Int64()}


@dataclass(frozen=True)
class Linked:
    """
    The records of an entity that an integration is linked to.

    Args:
        links: `key_hash`, `record_hash` (i64; null = compare values), `active` (bool) of each of them.

        schools: `scope` (roster id of the school, or "") and `count` of the integration's own active rows.
    """

    links: pl.DataFrame
    schools: pl.DataFrame


def linked(integration: Integration, entity: str) -> Linked:
    """What the roster holds of an integration, of one entity."""
    links, schools = (_own_packed if bulk.is_postgres() else _own)(integration, entity)
    return Linked(pl.concat([links, _shared(integration, entity)]), schools)


def _own(integration: Integration, entity: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    sql = f"SELECT t.key_hash, t.record_hash, t.active, {_scope(entity)[0]} FROM {_own_rows(integration, entity)}"
    rows = bulk.select(sql, LINK_COLUMNS | {"scope": pl.String()})
    schools = rows.filter("active").group_by("scope").agg(pl.len().cast(pl.Int64).alias("count"))
    return rows.drop("scope"), schools


def _own_packed(integration: Integration, entity: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    scope, school = _scope(entity)
    sql = (
        f"SELECT {scope}, t.active, t.record_hash IS NULL, "
        f"string_agg(int8send(t.key_hash) || int8send(COALESCE(t.record_hash, 0)), '') "
        f"FROM {_own_rows(integration, entity)} GROUP BY {school}, 2, 3"
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT binary)") as copy:
        copy.set_types(["text", "bool", "bool", "bytea"])
        found = list(copy.rows())
    groups = pl.DataFrame([(*common, len(rows) // 16) for *common, rows in found], _GROUPS, orient="row")
    hashes = np.concatenate([_NONE, *(np.frombuffer(rows, ">i8") for *_, rows in found)], dtype=np.int64)
    del found  # as large as what was made of it
    common = groups.select(pl.col("active", "unknown").repeat_by("count")).explode("active", "unknown")
    links = common.select(
        pl.Series("key_hash", hashes[0::2]),
        pl.when(~pl.col("unknown")).then(pl.Series(hashes[1::2])).alias("record_hash"),
        "active",
    )
    return links, groups.filter("active").group_by("scope").agg(pl.col("count").sum())


def _shared(integration: Integration, entity: str) -> pl.DataFrame:
    """Of rows that others created."""
    table = bulk.quoted(model(entity)._meta.db_table)
    sql = (
        f"SELECT l.key_hash, l.record_hash, t.active FROM {bulk.quoted(Link._meta.db_table)} l "
        f"JOIN {table} t ON t.sourced_id = l.row "
        f"WHERE l.integration_id = {integration.pk} AND l.entity = '{schema.entity(entity).name}'"
    )
    return bulk.select(sql, dict(LINK_COLUMNS))


def _own_rows(integration: Integration, entity: str) -> str:
    return f"{bulk.quoted(model(entity)._meta.db_table)} t WHERE t.owner_id = {integration.pk}"


def _scope(entity: str) -> tuple[str, str]:
    """SQL that reads the school of a row as text, blank where there is none, and as it is: that is quicker to group."""
    table, school = model(entity), schema.entity(entity).school
    if not school:
        return "''", "1"
    return f"COALESCE({bulk.as_text(table, school)}, '')", f"t.{bulk.quoted(bulk.column_of(table, school))}"
