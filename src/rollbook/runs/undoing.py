"""An applied plan -> the plan that takes it back."""

from collections.abc import Sequence

import polars as pl

from rollbook.core import schema
from rollbook.core.errors import RollbookError
from rollbook.core.issues import issue_frame
from rollbook.core.plan import PLAN_COLUMNS, Action, LinkKind
from rollbook.core.schema import Entity
from rollbook.roster import snapshot
from rollbook.runs import applying, findings, reporting
from rollbook.runs.folder import ABSENT, TOUCHES, RunFolder
from rollbook.runs.journey import Journey
from rollbook.runs.models import Phase, Run, State
from rollbook.runs.planning import COUNTED


def travel(journey: Journey) -> None:
    """Carry a run that takes another one back: plan the way back, apply it, report it."""
    run = journey.run
    if run.undoes is None:
        raise RollbookError(f"Run {run.pk} undoes nothing any more. The roster was not changed.")
    if journey.begins(Phase.PLAN):
        with journey.step(State.PLANNING, "plan"):
            _plan(run.undoes, journey)
        run.basis = {"applied_runs": run.integration.applied_runs}
        journey.finish(Phase.PLAN)
    applying.apply(journey)
    reporting.report(journey)


def _plan(run: Run, journey: Journey) -> None:
    """Plan the way back from what `run` wrote."""
    found = []
    done = RunFolder.of(run)
    for name in reversed(done.planned()):
        entity = schema.entity(name)
        touched = done.touches(name).filter(pl.col("action") != Action.RELINK).collect()
        fields = [f.name for f in entity.fields if f"old.{f.name}" in touched.columns]
        # What was created only needs its state: no value is read, however many there are.
        created = done.creates(name).select(list(PLAN_COLUMNS)).collect()
        counts = dict.fromkeys(COUNTED, 0)
        for changes, columns, part in ((touched, fields, TOUCHES), (created, [], ABSENT)):
            if not changes.is_empty():
                rows, conflicts = _back(entity, changes, columns)
                rows.write_parquet(journey.folder.plan_file(name, part), compression="lz4")
                found.append(conflicts)
                for action, count in rows["action"].value_counts().iter_rows():
                    if action != Action.RELINK:
                        counts[action] += count
        journey.run.counts[name] = counts
    findings.keep_issues(journey, found)


def _back(entity: Entity, changes: pl.DataFrame, fields: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The plan rows that take `changes` back, and the fields that somebody changed since."""
    now = snapshot.rows_by_id(entity.name, changes["sourced_id"], fields).select(
        "sourced_id",
        pl.col("active").alias("active_now"),
        pl.col("revision").alias("_revision"),
        *(pl.col(f).alias(f"now.{f}") for f in fields),
    )
    rows = changes.join(now, on="sourced_id", how="inner", maintain_order="left")
    is_set = pl.col("action") != Action.CREATE
    touched = {f: is_set & pl.col(f).ne_missing(pl.col(f"old.{f}")) for f in fields}
    moved = {f: touched[f] & pl.col(f"now.{f}").ne_missing(pl.col(f)) for f in fields}
    conflicts = [rows.filter(moved[f]).select("source_key", pl.lit(f).alias("field")) for f in fields]
    values = [
        pl.when(touched[f] & ~moved[f]).then(pl.col(f"old.{f}")).otherwise(pl.col(f"now.{f}")).alias(f"back.{f}")
        for f in fields
    ]
    rows = rows.with_columns(values)
    differs = [pl.when(pl.col(f"back.{f}").ne_missing(pl.col(f"now.{f}"))).then(pl.lit(f)) for f in fields]
    rows = rows.with_columns(
        changed=pl.concat_str([*differs, pl.lit(None, pl.String)], separator=",", ignore_nulls=True),
        revision=pl.col("_revision"),
        record_hash=pl.lit(None, pl.Int64),  # the next run compares values, and sees the difference again
        link=pl.col("link").replace(LinkKind.NEW.value, LinkKind.SHARED.value),
        sheet=pl.lit(None, pl.String),
        file=pl.lit(None, pl.UInt16),
        line=pl.lit(None, pl.UInt32),
    ).with_columns(action=_action())
    back = rows.select(
        *PLAN_COLUMNS,
        *(pl.col(f"back.{f}").alias(f) for f in fields),
        *(pl.col(f"now.{f}").alias(f"old.{f}") for f in fields),
    )
    return back, _conflict_issues(
        entity, pl.concat([pl.DataFrame(schema={"source_key": pl.String, "field": pl.String}), *conflicts])
    )


def _action() -> pl.Expr:
    """What a row needs to be as active as it was before, and to say what it said."""
    was_active = pl.col("action").replace_strict(
        {Action.CREATE.value: False, Action.DEACTIVATE.value: True, Action.REACTIVATE.value: False},
        default=None,
        return_dtype=pl.Boolean,
    )
    target = pl.coalesce(was_active, pl.col("active_now"))
    return (
        pl.when(target & ~pl.col("active_now"))
        .then(pl.lit(Action.REACTIVATE.value))
        .when(~target & pl.col("active_now"))
        .then(pl.lit(Action.DEACTIVATE.value))
        .when(pl.col("changed") != "")
        .then(pl.lit(Action.UPDATE.value))
        .otherwise(pl.lit(Action.RELINK.value))
    )


def _conflict_issues(entity: Entity, conflicts: pl.DataFrame) -> pl.DataFrame:
    return issue_frame(
        conflicts.select(
            pl.lit("undo-conflict").alias("code"),
            "field",
            pl.lit(entity.name).alias("entity"),
            pl.col("source_key").alias("key"),
        )
    )
