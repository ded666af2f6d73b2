"""The roster as frames: how keys become ids, and the rows as they are."""

from collections.abc import Sequence

import polars as pl

from rollbook.accounts.models import Tenant
from rollbook.core.plan import LinkKind, Naming
from rollbook.integrations.models import Integration
from rollbook.roster import bulk
from rollbook.roster.models import Link, StickyField, model


def naming(integration: Integration) -> Naming:
    """How the integration's keys become roster ids."""
    found = bulk.select(
        f"SELECT entity, source_key, {bulk.as_text(Link, 'row')} FROM {_link_table()} t "
        f"WHERE integration_id = {integration.pk}",
        {"entity": pl.String, "source_key": pl.String, "sourced_id": pl.String},
    )
    others = {str(name): frame.drop("entity") for (name,), frame in found.group_by("entity")}
    return Naming(integration.namespace.hex, others)


def current(integration: Integration, entity: str, keys: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """
    The rows behind some of the integration's links, as they are.

    Args:
        keys: `key_hash` (i64), unique; and `sourced_id` (32 hex digits), where the caller knows what id a row has that
            the integration created: a few rows are found by it at once, where the hash needs a look at all of them.

    Returns:
        `key_hash`, `source_key`, `sourced_id`, `link`, `active`, `revision`, `sticky`, then `fields`.
    """
    table = model(entity)
    is_same = " AND ".join(f"t.{name} = s.{name}" for name in keys.columns)
    with bulk.staged(table, keys) as stage:
        # The rows come first, and each is looked up in the stage: SQLite joins in this order when told CROSS JOIN.
        own = (
            f"SELECT {_columns(entity, fields, LinkKind.OWN)} FROM {bulk.quoted(table._meta.db_table)} t "
            f"CROSS JOIN {stage} s WHERE t.owner_id = {integration.pk} AND {is_same}"
        )
        shared = (
            f"SELECT {_columns(entity, fields, LinkKind.SHARED)} FROM {stage} s "
            f"JOIN {_link_table()} l ON l.key_hash = s.key_hash "
            f"AND l.integration_id = {integration.pk} AND l.entity = '{entity}' "
            f"JOIN {bulk.quoted(table._meta.db_table)} t ON t.sourced_id = l.row"
        )
        rows = bulk.select(f"{own} UNION ALL {shared}", _row_schema(fields))
    return rows.join(_sticky(entity), on="sourced_id", how="left")


def rows_by_id(entity: str, ids: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
    """Rows by their roster ids (32 hex digits); columns as `current`, `link` always "shared"."""
    table = model(entity)
    with bulk.staged(table, pl.DataFrame({"sourced_id": ids.unique()})) as stage:
        sql = (
            f"SELECT {_columns(entity, fields, LinkKind.SHARED, 't')} FROM {stage} s "
            f"JOIN {bulk.quoted(table._meta.db_table)} t ON t.sourced_id = s.sourced_id"
        )
        rows = bulk.select(sql, _row_schema(fields))
    return rows.join(_sticky(entity), on="sourced_id", how="left")


def states(entity: str, ids: pl.Series) -> pl.DataFrame:
    """`sourced_id`, `active` and `revision` of rows by their roster ids: whether they are as somebody left them."""
    table = model(entity)
    with bulk.staged(table, pl.DataFrame({"sourced_id": ids})) as stage:
        return bulk.select(
            f"SELECT {bulk.as_text(table, 'sourced_id')}, t.active, t.revision FROM {stage} s "
            f"JOIN {bulk.quoted(table._meta.db_table)} t ON t.sourced_id = s.sourced_id",
            {"sourced_id": pl.String(), "active": pl.Boolean(), "revision": pl.Int64()},
        )


def _columns(entity: str, fields: Sequence[str], kind: LinkKind, keys: str = "") -> str:
    table = model(entity)
    keys = keys or ("t" if kind is LinkKind.OWN else "l")
    own = [
        f"{keys}.key_hash",
        f"{keys}.source_key",
        bulk.as_text(table, "sourced_id"),
        f"'{kind.value}'",
        "t.active",
        "t.revision",
    ]
    return ", ".join([*own, *(bulk.as_text(table, name) for name in fields)])


def _row_schema(fields: Sequence[str]) -> dict[str, pl.DataType]:
    own: dict[str, pl.DataType] = {
        "key_hash": pl.Int64(),
        "source_key": pl.String(),
        "sourced_id": pl.String(),
        "link": pl.String(),
        "active": pl.Boolean(),
        "revision": pl.Int64(),
    }
    return own | dict.fromkeys(fields, pl.String())


def _sticky(entity: str) -> pl.DataFrame:
    """`sourced_id` and the names of its hand-edited fields."""
    rows = bulk.select(
        f"SELECT {bulk.as_text(StickyField, 'row')}, field "
        f"FROM {bulk.quoted(StickyField._meta.db_table)} t WHERE entity = '{entity}'",
        {"sourced_id": pl.String, "field": pl.String},
    )
    return rows.group_by("sourced_id").agg(pl.col("field").sort().str.join(",").alias("sticky"))


def _link_table() -> str:
    return bulk.quoted(Link._meta.db_table)


def org_names(tenant: Tenant) -> dict[str, str]:
    """`sourced_id` (32 hex digits) -> name of every organisation of a tenant."""
    table = model("org")
    rows = bulk.select(
        f"SELECT {bulk.as_text(table, 'sourced_id')}, t.name FROM {bulk.quoted(table._meta.db_table)} t "
        f"WHERE t.tenant_id = {tenant.pk}",
        {"sourced_id": pl.String, "name": pl.String},
    )
    return dict(rows.fill_null("").iter_rows())


def of_others(integration: Integration, entity: str, fields: Sequence[str]) -> pl.DataFrame:
    """`sourced_id` and fields of the tenant's active rows that the integration has no link to."""
    table = model(entity)
    columns = ", ".join([bulk.as_text(table, "sourced_id"), *(bulk.as_text(table, name) for name in fields)])
    return bulk.select(
        f"SELECT {columns} FROM {bulk.quoted(table._meta.db_table)} t WHERE {_is_of_others(integration, entity)}",
        {"sourced_id": pl.String(), **dict.fromkeys(fields, pl.String())},
    )


def people_of_others(integration: Integration, fields: Sequence[str]) -> pl.DataFrame:
    """As `of_others` for users, with `birth_date` and the list of their roles as `role`."""
    people = of_others(integration, "user", fields)
    if people.is_empty():
        return people.with_columns(birth_date=pl.lit(None, pl.String), role=pl.lit(None, pl.List(pl.String)))
    births = _about_users("demographics", "birth_date", integration).unique("user", keep="first")
    roles = _about_users("role", "role", integration).group_by("user").agg(pl.col("role").unique().sort())
    return people.join(births, left_on="sourced_id", right_on="user", how="left").join(
        roles, left_on="sourced_id", right_on="user", how="left"
    )


def demographics_of(users: pl.Series) -> pl.DataFrame:
    """`user` and `demographics_id` of the active demographics of some users, by roster ids (32 hex digits)."""
    table = model("demographics")
    with bulk.staged(model("user"), pl.DataFrame({"sourced_id": users.unique()})) as stage:
        return bulk.select(
            f"SELECT {bulk.as_text(table, 'user')}, {bulk.as_text(table, 'sourced_id')} FROM {stage} s "
            f"JOIN {bulk.quoted(table._meta.db_table)} t ON t.user_id = s.sourced_id WHERE t.active",
            {"user": pl.String, "demographics_id": pl.String},
        )


def people(users: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
    """`sourced_id`, fields and `birth_date` of some users, by roster ids (32 hex digits)."""
    rows = rows_by_id("user", users, fields).select("sourced_id", *fields)
    table = model("demographics")
    with bulk.staged(model("user"), pl.DataFrame({"sourced_id": users.unique()})) as stage:
        births = bulk.select(
            f"SELECT {bulk.as_text(table, 'user')}, {bulk.as_text(table, 'birth_date')} FROM {stage} s "
            f"JOIN {bulk.quoted(table._meta.db_table)} t ON t.user_id = s.sourced_id",
            {"sourced_id": pl.String, "birth_date": pl.String},
        )
    return rows.join(births.unique("sourced_id", keep="first"), on="sourced_id", how="left")


def _about_users(entity: str, field: str, integration: Integration) -> pl.DataFrame:
    table = model(entity)
    return bulk.select(
        f"SELECT {bulk.as_text(table, 'user')}, {bulk.as_text(table, field)} "
        f"FROM {bulk.quoted(table._meta.db_table)} t "
        f"WHERE t.active AND t.tenant_id = {integration.tenant_id} AND {bulk.quoted(field)} IS NOT NULL",
        {"user": pl.String, field: pl.String},
    )


def _is_of_others(integration: Integration, entity: str) -> str:
    linked = f"SELECT l.row FROM {_link_table()} l WHERE l.integration_id = {integration.pk} AND l.entity = '{entity}'"
    return (
        f"t.active AND t.tenant_id = {integration.tenant_id} "
        f"AND (t.owner_id IS NULL OR t.owner_id <> {integration.pk}) "
        f"AND t.sourced_id NOT IN ({linked})"
    )
