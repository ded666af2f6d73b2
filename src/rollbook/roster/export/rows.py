"""The active roster of a tenant as frames, a batch at a time, with the ids that the receiver knows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

import polars as pl
from django.db import connection

from rollbook.accounts.models import Tenant
from rollbook.core import schema
from rollbook.core.errors import SettingsError
from rollbook.core.schema import Entity, Field, Kind
from rollbook.core.values import escaped, json_list
from rollbook.roster import bulk
from rollbook.roster.models import model

CELLS = 500_000
"""Of one batch: as many rows as keep within it."""


class Ids(StrEnum):
    """By which ids an export names its records."""

    ROSTER = "roster"  # our own: a UUID with dashes
    SOURCE = "source"  # the key of the integration that brought the record; ours where none did


class Notes:
    """What the reader of an export should know: sentences about how many records, in the order they came up."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, text: str, count: int) -> None:
        """`count` more records that `text` is said of; it begins with their plural."""
        if count:
            self._counts[text] += count

    def lines(self) -> list[str]:
        """`12 classes have no course …`"""
        return [f"{count:,} {text}" for text, count in self._counts.items()]


class Roster:
    """
    Frames of the active rows of one tenant.

    Every frame has `id` (the record's id), then the fields that were asked for as canonical text, with ids of
    the same kind in the references. A reference to a row that is not active is blank; where it is required, the
    row is left out: an export only names what is in it.
    """

    def __init__(self, tenant: Tenant, ids: Ids, notes: Notes) -> None:
        self.notes = notes
        self._tenant, self._ids = tenant, ids
        self._known: dict[str, pl.DataFrame] = {}
        self._told: set[tuple[str, str]] = set()

    def batches(self, entity: str, fields: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The records, some tens of thousands at a time; no batch is empty."""
        declared = schema.entity(entity)
        references = [field for field in declared.references if field.name in fields]
        lost: Counter[str] = Counter()
        for rows in self._rows(entity, fields):
            found = rows
            for field in references:
                found = self._refer(found, field, lost)
            if not found.is_empty():
                yield found
        for field in references:
            self._tell(declared, field, lost[field.name])

    def frame(self, entity: str, fields: Sequence[str]) -> pl.DataFrame:
        """All records at once; for what an export needs as a whole."""
        empty = pl.DataFrame(schema=dict.fromkeys(("id", *fields), pl.String))
        return pl.concat([empty, *self.batches(entity, fields)])

    def _rows(self, entity: str, fields: Sequence[str]) -> Iterator[pl.DataFrame]:
        self._refuse_shared_keys(entity)
        table = model(entity)
        names = ["sourced_id", "source_key", *fields]
        columns = ", ".join(bulk.as_text(table, name) for name in names)
        sql = f"SELECT {columns} FROM {bulk.quoted(table._meta.db_table)} t WHERE t.tenant_id = %s AND t.active"
        schema_ = dict.fromkeys(names, pl.String)
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, [self._tenant.pk])
            while rows := cursor.fetchmany(max(1, CELLS // len(names))):
                frame = pl.DataFrame(rows, schema=schema_, orient="row")
                yield frame.select(self._id().alias("id"), *fields)

    def _id(self) -> pl.Expr:
        hexadecimal = pl.col("sourced_id")
        parts = [hexadecimal.str.slice(start, size) for start, size in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
        own = pl.concat_str(parts, separator="-")
        return pl.coalesce("source_key", own) if self._ids is Ids.SOURCE else own

    def _refuse_shared_keys(self, entity: str) -> None:
        """Source keys name a record only within its integration."""
        if self._ids is Ids.ROSTER:
            return
        table = bulk.quoted(model(entity)._meta.db_table)
        active = f"FROM {table} t WHERE t.tenant_id = {self._tenant.pk} AND t.active"
        owners = bulk.select(f"SELECT COUNT(DISTINCT owner_id) {active}", {"n": pl.Int64}).item()
        shared = f"SELECT source_key {active} GROUP BY source_key HAVING COUNT(*) > 1 AND source_key IS NOT NULL"
        if owners > 1 and bulk.select(f"SELECT COUNT(*) FROM ({shared}) s", {"n": pl.Int64}).item():
            raise SettingsError(
                f"Several integrations call different {schema.entity(entity).plural} by the same key, so source keys "
                "do not tell them apart. Nothing was written. Export with --ids roster."
            )

    def _tell(self, entity: Entity, field: Field, lost: int) -> None:
        """Say it once, however often the records are read."""
        if (entity.name, field.name) not in self._told:
            what = "are left out: their" if field.required else "lose a reference: their"
            plural = schema.entity(field.target).plural
            self.notes.add(f"{entity.plural} {what} {field.name} is not among the active {plural}.", lost)
            self._told.add((entity.name, field.name))

    def _refer(self, rows: pl.DataFrame, field: Field, lost: Counter[str]) -> pl.DataFrame:
        if field.kind is Kind.REFS:
            return self._refer_all(rows, field)
        targets = self._targets(field.target)
        named = rows.join(targets, left_on=field.name, right_on="_hex", how="left", maintain_order="left")
        is_gone = pl.col("_id").is_null() & pl.col(field.name).is_not_null()
        lost[field.name] += int(named.select(is_gone.sum()).item())
        kept = named.filter(~is_gone) if field.required else named
        return kept.with_columns(pl.col("_id").alias(field.name)).drop("_id")

    def _refer_all(self, rows: pl.DataFrame, field: Field) -> pl.DataFrame:
        """A list of references, element by element, in its order."""
        lists = rows.select("id", pl.col(field.name).str.json_decode(pl.List(pl.String)).alias("_hex"))
        parts = lists.with_row_index("_row").explode("_hex").drop_nulls("_hex")
        parts = parts.join(self._targets(field.target), on="_hex", how="inner", maintain_order="left")
        ids = parts.group_by("_row", maintain_order=True).agg(escaped(pl.col("_id")))
        ids = ids.with_columns(json_list(pl.col("_id")).alias(field.name)).drop("_id")
        indexed = rows.drop(field.name).with_row_index("_row")
        return indexed.join(ids, on="_row", how="left", maintain_order="left").select(rows.columns)

    def _targets(self, entity: str) -> pl.DataFrame:
        """`_hex` (a reference as it is stored) and `_id` of every active row."""
        if entity not in self._known:
            table = model(entity)
            sql = (
                f"SELECT {bulk.as_text(table, 'sourced_id')}, t.source_key FROM {bulk.quoted(table._meta.db_table)} t "
                f"WHERE t.tenant_id = {self._tenant.pk} AND t.active"
            )
            found = bulk.select(sql, {"sourced_id": pl.String, "source_key": pl.String})
            self._known[entity] = found.select(pl.col("sourced_id").alias("_hex"), self._id().alias("_id"))
        return self._known[entity]


@contextmanager
def one_moment() -> Iterator[None]:
    """Every query in the block sees the roster as it was at its beginning; nobody who writes has to wait."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        # Not atomic(): on SQLite that takes the lock for writing.
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" if bulk.is_postgres() else "BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
