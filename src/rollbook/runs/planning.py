"""
The second half of the journey: records + roster -> a stored plan.

Writes the plan into the run's folder, an entity at a time, and returns what the limits and the report need.
An unchanged record costs a comparison of hashes; values are read only where these differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from rollbook.core import plan, schema
from rollbook.core.frames import BATCH, height
from rollbook.core.issues import issue_frame, one_issue
from rollbook.core.layout import Layout
from rollbook.core.plan import COUNTED, Action
from rollbook.core.schema import Entity
from rollbook.integrations.models import Integration
from rollbook.roster import snapshot
from rollbook.runs.folder import ABSENT, CREATES, TOUCHES, RunFolder
from rollbook.runs.matching import Matching
from rollbook.runs.prepare import Prepared

Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Rules:
    """
    What the plan may do, from the integration's settings.

    Args:
        judged: The entities whose absent records are ended: the policy says so, and the input proves absence.

        clears: A blank clears the old value.

        ends: A record that a row says to have ended is ended.
    """

    judged: frozenset[str] = frozenset()
    clears: bool = False
    ends: bool = True


@dataclass
class Planner:
    """
    Makes the plan of one run.

    After `make`, `counts` holds entity -> action -> number, and `issues` what was found on the way.

    Args:
        lists_unchanged: Keep who stays as they are, too: for people who want to see what became of each row.
    """

    integration: Integration
    layout: Layout
    prepared: Prepared
    matching: Matching
    rules: Rules
    folder: RunFolder
    lists_unchanged: bool = False
    counts: Counts = field(default_factory=dict)
    issues: list[pl.DataFrame] = field(default_factory=list)

    def make(self) -> None:
        """Plan what would make the roster agree with the records."""
        for entity in schema.ENTITIES:
            if entity.name in self.prepared.records:
                self.counts[entity.name] = self._entity(entity)
            elif entity.name in self.rules.judged and (absent := self._absent(entity)):
                self.counts[entity.name] = dict.fromkeys(COUNTED, 0) | {"deactivate": absent}

    def _entity(self, entity: Entity) -> dict[str, int]:
        counts = dict.fromkeys(COUNTED, 0)
        fields = self.prepared.fields[entity.name]
        links = self.matching.links(entity.name)
        moved = self._moved(entity, links)
        if self.lists_unchanged:
            self._list_unchanged(entity, moved, fields)
        if moved is not None and not self.rules.ends:
            moved, counts["ignore"] = self._without_ended(entity, moved)
        if moved is not None:
            new = moved.filter("is_new")
            if entity.name in self.layout.supplemented:
                counts["ignore"] += height(new)
            else:
                counts["ignore"] += height(new.filter(pl.col("ended")))
                counts["create"] = self._creates(entity, new, fields)
            if not links.is_empty():
                known = moved.filter(~pl.col("is_new")).collect(engine="streaming")
                for action, count in self._touches(entity, known, fields).items():
                    counts[action] += count
        counts["ignore"] += self.prepared.outside[entity.name].height if entity.name in self.prepared.outside else 0
        counts["reject"] = self.prepared.rejects.get(entity.name, 0)
        counts["unchanged"] = self.prepared.received[entity.name] - sum(counts.values())
        if entity.name in self.rules.judged:
            counts["deactivate"] += self._absent(entity)
        return counts

    def _moved(self, entity: Entity, links: pl.DataFrame) -> pl.LazyFrame | None:
        """
        The records that differ from what is linked, with `is_new`; None when there are none.

        Values are read for these alone.
        """
        records = self.prepared.records[entity.name]
        if links.is_empty():
            return records.with_columns(is_new=pl.lit(True))
        told = records.select("key_hash", "record_hash", "ended")
        keys = plan.differing(told, links.lazy()).collect(engine="streaming")
        if keys.is_empty():
            return None
        # The filter reaches the files: of rows that stay as they are nothing but the key is read.
        moved = records.filter(pl.col("key_hash").is_in(keys["key_hash"].implode()))
        moved = moved.join(keys.lazy(), on="key_hash", how="inner", maintain_order="left")
        return self.folder.keep(moved, f"{entity.name}.moved.parquet")

    def _list_unchanged(self, entity: Entity, moved: pl.LazyFrame | None, fields: Sequence[str]) -> None:
        same = self.prepared.records[entity.name]
        if moved is not None:
            same = same.join(moved.select("key_hash"), on="key_hash", how="anti")
        listed = same.select("source_key", plan.label(entity, fields), "file", "line").collect(engine="streaming")
        self.folder.save_unchanged(entity.name, listed)

    def _without_ended(self, entity: Entity, moved: pl.LazyFrame) -> tuple[pl.LazyFrame, int]:
        """The records that their rows do not end, and how many they do end; those are told of."""
        count = height(moved.filter(pl.col("ended")))
        if count:
            which = f"{count} {entity.plural}" if count > 1 else f"1 {entity.name}"
            detail = f"By their rows {which} ended; this run ends nothing."
            self.issues.append(one_issue("ending-ignored", entity=entity.name, detail=detail))
        return moved.filter(~pl.col("ended")), count

    def _creates(self, entity: Entity, new: pl.LazyFrame, fields: Sequence[str]) -> int:
        path = self.folder.plan_file(entity.name, CREATES)
        rows = plan.creates(new, entity, fields, self.matching.naming)
        rows.sink_parquet(path, compression="lz4", statistics=False, maintain_order=False, row_group_size=BATCH)
        count = height(pl.scan_parquet(path))
        if not count:
            path.unlink()
        return count

    def _touches(self, entity: Entity, known: pl.DataFrame, fields: Sequence[str]) -> dict[str, int]:
        """Plan the records whose row exists and that are written differently; the number of each real action."""
        if known.is_empty():
            return {}
        current = self.matching.current(entity.name, known, fields)
        current = current.join(self._dropped(entity, known), on="key_hash", how="left")
        rows = plan.touches(known, current, entity, fields, self.matching.naming, clears=self.rules.clears)
        self._write(entity, rows, TOUCHES)
        self._note_sticky(entity, known, current, fields)
        actions = rows.filter(pl.col("action") != Action.RELINK)["action"].value_counts()
        return {str(action): int(count) for action, count in actions.iter_rows()}

    def _absent(self, entity: Entity) -> int:
        """Plan the end of active own records that did not come; their number."""
        present = [
            *([self.prepared.records[entity.name].select("key_hash")] if entity.name in self.prepared.records else []),
            *(
                [self.prepared.fallen[entity.name].lazy().select("key_hash")]
                if entity.name in self.prepared.fallen
                else []
            ),
        ]
        gone = self.matching.links(entity.name).lazy().filter(pl.col("active"))
        for keys in present:
            gone = gone.join(keys, on="key_hash", how="anti")
        absent = gone.select("key_hash").collect(engine="streaming")
        if absent.is_empty():
            return 0
        shown = dict.fromkeys([*entity.label, *([entity.school] if entity.school else [])])
        current = snapshot.current(self.integration, entity.name, absent, list(shown))
        rows = plan.deactivations(current.filter(pl.col("link") == "own"), entity)
        self._write(entity, rows, ABSENT)
        return rows.height

    def _dropped(self, entity: Entity, known: pl.DataFrame) -> pl.DataFrame:
        """`key_hash` and `dropped`: the fields whose received value could not be read."""
        bad = self.prepared.dropped
        fields = [
            {"sheet": sheet.name, "column": column, "field": name}
            for sheet in self.layout.sheets
            for rule in sheet.rules
            if rule.entity == entity.name
            for name, source in rule.fields.items()
            for column in source.columns()
        ]
        table = pl.DataFrame(fields, schema={"sheet": pl.String, "column": pl.String, "field": pl.String})
        found = bad.join(table, on=["sheet", "column"], how="inner").join(
            known, on=["sheet", "file", "line"], how="inner"
        )
        return found.group_by("key_hash").agg(pl.col("field").unique().sort().str.join(",").alias("dropped"))

    def _note_sticky(self, entity: Entity, known: pl.DataFrame, current: pl.DataFrame, fields: Sequence[str]) -> None:
        # References still hold the source's keys here, which say nothing beside roster ids.
        references = {field.name for field in entity.references}
        kept = plan.sticky_kept(known, current, [name for name in fields if name not in references])
        if not kept.is_empty():
            said = kept.select(
                "field", code=pl.lit("sticky-kept"), entity=pl.lit(entity.name), key=pl.col("source_key")
            )
            self.issues.append(issue_frame(said))

    def _write(self, entity: Entity, rows: pl.DataFrame, name: str) -> None:
        if not rows.is_empty():
            rows.write_parquet(self.folder.plan_file(entity.name, name), compression="lz4")
