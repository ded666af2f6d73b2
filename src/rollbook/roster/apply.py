"""
The only writer of roster tables: a plan -> the rows, in one transaction.

The caller opens the transaction, so that the state of the run changes with the rows. A row that is not as
the plan found it makes the whole plan stale: nothing is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from django.db import IntegrityError

from rollbook.accounts.models import Tenant
from rollbook.core import schema
from rollbook.core.errors import StalePlan
from rollbook.core.frames import batches
from rollbook.core.plan import Action, LinkKind
from rollbook.integrations.models import Integration
from rollbook.roster import bulk
from rollbook.roster.models import Link, model
from rollbook.roster.pgcopy import Shared

LARGE = 20_000
Progress = Callable[[int], None]


def silent(_: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Author:
    """
    On whose behalf rows are written.

    Args:
        integration: None for hand edits.

        run: Number of the run, kept with each row; None for hand edits.
    """

    tenant: Tenant
    integration: Integration | None
    run: int | None
    now: datetime

    @property
    def marks(self) -> Mapping[str, Shared]:
        """What every row that is made says of its making."""
        return {
            "tenant": self.tenant.pk,
            "owner": self.integration.pk if self.integration else None,
            "created_run": self.run,
            "date_created": self.now,
            "date_last_modified": self.now,
        }


def lock(tenant: Tenant) -> None:
    """Wait until nobody else writes this tenant's roster; holds until the transaction ends."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)


def touch(entity: str, plan: pl.LazyFrame, author: Author, progress: Progress = silent) -> None:
    """
    Carry out the planned changes of rows that exist.

    Args:
        plan: `core.plan.PLAN_COLUMNS`, then the fields it sets.

        progress: Told the number of rows just written.

    Raises:
        StalePlan: A row has changed since the plan was made; the caller's transaction must be rolled back.
    """
    fields = _fields(entity, plan)
    for batch in batches(plan):
        _update(entity, batch, fields, author)
        _keep_links(entity, batch, author)
        progress(batch.height)


def is_first_load(entity: str, count: int) -> bool:
    """So many rows come that an empty table is loaded as a whole: see `loading`."""
    return count > LARGE and bulk.is_empty(model(entity))


@contextmanager
def loading(entities: Iterable[str], author: Author) -> Iterator[Mapping[str, Mapping[str, Shared]]]:
    """
    Load empty tables first, and make the keys of all of them in the end.

    Yields:
        Entity -> the marks that `create` is to be given.

    Raises:
        StalePlan: A row came twice; the caller's transaction must be rolled back.
    """
    with ExitStack() as keys:
        yield {entity: keys.enter_context(_loading(entity, author)) for entity in entities}


@contextmanager
def _loading(entity: str, author: Author) -> Iterator[Mapping[str, Shared]]:
    with _refusing(entity), bulk.loading(model(entity), author.marks) as marks:
        yield marks


def create(entity: str, plan: pl.LazyFrame, marks: Mapping[str, Shared], progress: Progress = silent) -> None:
    """
    Carry out the planned creates.

    Args:
        plan: As for `touch`.

        marks: The author's; of a table that is being loaded, what `loading` left of them.

    Raises:
        StalePlan: A row is there already; the caller's transaction must be rolled back.
    """

    def told(batch: pl.DataFrame) -> pl.DataFrame:
        progress(batch.height)
        return batch

    rows = plan.select("sourced_id", "source_key", "key_hash", "record_hash", *_fields(entity, plan))
    with _refusing(entity):
        bulk.insert(model(entity), map(told, batches(rows)), marks)


@contextmanager
def _refusing(entity: str) -> Iterator[None]:
    """Rows whose id is taken are there already."""
    try:
        yield
    except IntegrityError as error:
        raise StalePlan(
            f"Some of the {schema.entity(entity).plural} that would be made are in the roster by now. "
            "Nothing was changed. "
            "Run the integration again to plan from the roster as it is."
        ) from error


def _fields(entity: str, plan: pl.LazyFrame) -> list[str]:
    known = set(plan.collect_schema().names())
    return [f.name for f in schema.entity(entity).fields if f.name in known]


def _update(entity: str, batch: pl.DataFrame, fields: list[str], author: Author) -> None:
    changing = pl.col("action") != Action.RELINK
    active = pl.when(pl.col("action") == Action.DEACTIVATE).then(pl.lit("false")).when(changing).then(pl.lit("true"))
    sets = pl.col("changed").fill_null("") != ""
    rows = batch.select(
        "sourced_id",
        "key_hash",
        "record_hash",
        "revision",
        active.alias("active"),
        *fields,
        _changes=changing.cast(pl.Int64),
        _sets=sets.cast(pl.Int64),
    )
    with bulk.staged(model(entity), rows) as stage:
        same = bulk.execute(_update_sql(entity, fields, stage, author), [author.run, author.now])
    planned = batch["sourced_id"].n_unique()
    if same != planned:
        raise _stale(entity, planned - same, planned)


def _update_sql(entity: str, fields: list[str], stage: str, author: Author) -> str:
    table = model(entity)
    owner = author.integration.pk if author.integration else 0
    columns = [bulk.quoted(bulk.column_of(table, name)) for name in fields]
    hash_ = f"CASE WHEN t.owner_id = {owner} AND t.key_hash = s.key_hash THEN s.record_hash ELSE t.record_hash END"
    target = bulk.quoted(table._meta.db_table)
    parts = [
        *(f"{c} = CASE WHEN s._sets = 1 THEN s.{c} ELSE t.{c} END" for c in columns),
        "active = COALESCE(s.active, t.active)",
        f"record_hash = {hash_}",
        "revision = t.revision + s._changes",
        "changed_run = CASE WHEN s._changes = 1 THEN %s ELSE t.changed_run END",
        "date_last_modified = CASE WHEN s._changes = 1 THEN %s ELSE t.date_last_modified END",
    ]
    as_planned = "t.sourced_id = s.sourced_id AND t.revision = s.revision"
    return f"UPDATE {target} AS t SET {', '.join(parts)} FROM {stage} s WHERE {as_planned}"


def _stale(entity: str, moved: int, planned: int) -> StalePlan:
    return StalePlan(
        f"{moved} of the {planned} {schema.entity(entity).plural} that would be changed have changed since the plan "
        "was made. Nothing was changed. Run the integration again to plan from the roster as it is."
    )


def _keep_links(entity: str, batch: pl.DataFrame, author: Author) -> None:
    """Hashes of links to rows that the integration did not create; new links of people just matched."""
    if author.integration is None:
        return
    shared = batch.filter(pl.col("link") == LinkKind.SHARED).select("key_hash", "record_hash")
    if not shared.is_empty():
        with bulk.staged(Link, shared) as stage:
            bulk.execute(
                f"UPDATE {bulk.quoted(Link._meta.db_table)} AS t SET record_hash = s.record_hash FROM {stage} s "
                f"WHERE t.integration_id = %s AND t.entity = %s AND t.key_hash = s.key_hash",
                [author.integration.pk, entity],
            )
    new = batch.filter(pl.col("link") == LinkKind.NEW)
    if not new.is_empty():
        rows = new.select(
            pl.lit(entity).alias("entity"), "source_key", "key_hash", "record_hash", pl.col("sourced_id").alias("row")
        )
        bulk.insert(Link, [rows], {"integration": author.integration.pk, "created_run": author.run})
