"""
The plan of a run as tables for people.

A first load of a million records is streamed into its CSV, and never held as a whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from rollbook.core import schema
from rollbook.core.frames import BATCH, batches, height
from rollbook.core.plan import Action
from rollbook.core.schema import MASK, Entity, Field, Privacy
from rollbook.runs.folder import RunFolder
from rollbook.runs.report.privacy import mask_names

NEW = (Action.CREATE, Action.REACTIVATE)
UPDATED = (Action.UPDATE, Action.REACTIVATE)
DEACTIVATED = (Action.DEACTIVATE,)

CHUNK = 50_000
"""How many updated records are held at a time."""

Tally = Mapping[str, Mapping[str, int]]


def tally(folder: RunFolder) -> dict[str, dict[str, int]]:
    """entity -> action -> how many are planned; people first, since they are what one looks for."""
    planned = sorted(folder.planned(), key=lambda name: name != schema.USER.name)
    return {name: _tally(folder, name) for name in planned}


def _tally(folder: RunFolder, entity: str) -> dict[str, int]:
    created = height(folder.creates(entity))  # known without reading them
    touched = folder.touches(entity).group_by("action").len().collect(engine="streaming")
    return dict(touched.iter_rows()) | ({Action.CREATE.value: created} if created else {})


def total(found: Tally, actions: Sequence[Action]) -> int:
    """How many records are planned to have one of `actions`."""
    return sum(by_action.get(action, 0) for by_action in found.values() for action in actions)


@dataclass(frozen=True)
class Changes:
    """
    The planned changes of one run.

    Args:
        found: What `tally` counted; entities and actions that do not occur are not read again.

        schools: sourced_id -> name, for the organisations that the plan itself does not name.

        files: The names of the received files; the plan counts them from 0.
    """

    folder: RunFolder
    found: Tally
    schools: Mapping[str, str]
    files: Sequence[str]
    unmasked: bool

    def new(self, rows: int) -> Iterator[pl.DataFrame]:
        """
        Records that come or come back: who, where, and the line they came from; in parts, the first of them empty.

        Args:
            rows: The most of a part.
        """
        return self._new(("entity", "action", "source_key", "name", "school", "email", "grades", "file"), rows)

    def all_new(self) -> Iterator[pl.DataFrame]:
        """As `new`, for all of them, with the roster id: a first load has millions."""
        return self._new(("entity", "action", "source_key", "sourced_id", "name", "school", "file"), BATCH)

    def _new(self, names: Sequence[str], most: int) -> Iterator[pl.DataFrame]:
        wanted = {**dict.fromkeys(names, pl.String()), "line": pl.UInt32()}
        yield pl.DataFrame(schema=wanted)
        for entity in self._entities(NEW):
            back = self.folder.touches(entity.name).filter(pl.col("action") == Action.REACTIVATE)
            for rows in (self.folder.creates(entity.name), back.collect(engine="streaming").lazy()):
                yield from batches(self._shown(entity, rows, wanted), most)

    def deactivated(self) -> pl.LazyFrame:
        """Records that are ended."""
        wanted = dict.fromkeys(("entity", "source_key", "name", "school"), pl.String())
        entities = self._entities(DEACTIVATED)
        ended = [self._shown(entity, self._planned(entity, DEACTIVATED), wanted) for entity in entities]
        return pl.concat([pl.LazyFrame(schema=wanted), *ended])

    def updated(self) -> Iterator[pl.DataFrame]:
        """One line for each changed field, its old and its new value; in parts, the first of them empty."""
        yield pl.DataFrame(schema=dict.fromkeys(("entity", "source_key", "name", "field", "old", "new"), pl.String))
        for entity, fields in self._changed_fields:
            columns = [column for f in fields for column in (f.name, f"old.{f.name}")]
            rows = self._planned(entity, UPDATED).select("source_key", "label", "changed", *columns)
            if not self.unmasked:
                rows = rows.with_columns(mask_names(entity, "source_key", "label"))
            for part in rows.collect_batches(chunk_size=CHUNK, maintain_order=True, engine="streaming"):
                yield self._told(entity, fields, part.with_row_index("_row"))

    def updated_values(self) -> int:
        """How many lines `updated` has."""
        count = 0
        for entity, fields in self._changed_fields:
            flags = [_changes(f).sum().alias(f.name) for f in fields]
            count += sum(self._planned(entity, UPDATED).select(flags).collect(engine="streaming").row(0))
        return count

    @cached_property
    def _changed_fields(self) -> list[tuple[Entity, list[Field]]]:
        """The fields that change in at least one record, by entity."""
        by_entity = [(entity, self._fields(entity)) for entity in self._entities(UPDATED)]
        return [(entity, fields) for entity, fields in by_entity if fields]

    def _entities(self, actions: Sequence[Action]) -> list[Entity]:
        return [schema.entity(name) for name, by_action in self.found.items() if any(map(by_action.get, actions))]

    def _planned(self, entity: Entity, actions: Sequence[Action]) -> pl.LazyFrame:
        return self.folder.plan(entity.name).filter(pl.col("action").is_in(list(actions)))

    def _shown(self, entity: Entity, rows: pl.LazyFrame, wanted: Mapping[str, pl.DataType]) -> pl.LazyFrame:
        there = rows.collect_schema().names()
        parts = {
            "entity": pl.lit(entity.name),
            "name": pl.col("label"),
            "sourced_id": _dashed("sourced_id"),
            "school": self._named("scope"),
            "file": pl.col("file").cast(pl.String).replace({str(n): name for n, name in enumerate(self.files)}),
            "email": pl.col("email") if "email" in there else pl.lit(None, pl.String),
            "grades": pl.col("grades") if "grades" in there else pl.lit(None, pl.String),
        }
        rows = rows.select(parts.get(column, pl.col(column)).alias(column) for column in wanted)
        return rows if self.unmasked else rows.with_columns(mask_names(entity, "source_key", "name"))

    def _named(self, column: str) -> pl.Expr:
        return pl.col(column).replace(self._school_names)

    @cached_property
    def _school_names(self) -> dict[str, str]:
        if "org" not in self.found:
            return dict(self.schools)
        rows = self.folder.plan("org").select("sourced_id", "label").collect(engine="streaming")
        return {**self.schools, **{key: label for key, label in rows.iter_rows() if label}}

    def _fields(self, entity: Entity) -> list[Field]:
        rows = self._planned(entity, UPDATED)
        there = set(rows.collect_schema().names())
        changed = rows.select(pl.col("changed").unique()).collect(engine="streaming")["changed"].drop_nulls()
        names = {name for text in changed for name in text.split(",")}
        return [f for f in entity.fields if f.name in names and {f.name, f"old.{f.name}"} <= there]

    def _told(self, entity: Entity, fields: Sequence[Field], rows: pl.DataFrame) -> pl.DataFrame:
        """Whole records -> a line for each changed field, record by record."""
        lines = [
            rows.filter(_changes(f)).select(
                "_row",
                pl.lit(entity.name).alias("entity"),
                "source_key",
                pl.col("label").alias("name"),
                pl.lit(f.name).alias("field"),
                self._value(f, f"old.{f.name}").alias("old"),
                self._value(f, f.name).alias("new"),
            )
            for f in fields
        ]
        return pl.concat(lines).sort("_row", maintain_order=True).drop("_row")

    def _value(self, field: Field, column: str) -> pl.Expr:
        value = self._named(column) if field.target == "org" else pl.col(column)
        if self.unmasked or field.privacy is not Privacy.RESTRICTED:
            return value
        return pl.when(value.is_not_null()).then(pl.lit(MASK))


def _changes(field: Field) -> pl.Expr:
    """Whether the field is among the changed ones."""
    return pl.concat_str([pl.lit(","), pl.col("changed"), pl.lit(",")]).str.contains(f",{field.name},", literal=True)


def _dashed(column: str) -> pl.Expr:
    """32 hex digits as a UUID is written."""
    digits = pl.col(column).str
    parts = [digits.slice(start, length) for start, length in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
    return pl.concat_str(parts, separator="-")
