"""An applied plan -> the plan that takes it back."""

from collections.abc import Sequence

import polars as pl

from rollbook.core import schema
from rollbook.core.errors import RollbookError
from rollbook.core.issues import issue_frame
from rollbook.core.plan import COUNTED, PLAN_COLUMNS, Action, LinkKind
from rollbook.core.schema import Entity
from rollbook.roster import snapshot
from rollbook.runs import applying, findings, reporting
from rollbook.runs.folder import CREATES, RunFolder
from rollbook.runs.journey import Journey
from rollbook.runs.models import Phase, Run, State

_IS_SET = pl.col("changed").fill_null("") != ""
"""Values of the row were written, all that the plan has."""


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
    with reporting.drafting(journey) as drafted:
        applying.apply(journey, drafted.go_on)
        reporting.report(journey, drafted)


def _plan(run: Run, journey: Journey) -> None:
    """Plan the way back from what `run` wrote."""
    found = []
    done = RunFolder.of(run)
    for name in reversed(done.planned()):
        entity = schema.entity(name)
        parts = _written(done, name)
        now = snapshot.states(name, pl.concat([changes["sourced_id"] for changes in parts.values()]))
        counts = dict.fromkeys(COUNTED, 0)
        for part, changes in parts.items():
            if not changes.is_empty():
                rows, conflicts = _back(entity, changes, now)
                rows.write_parquet(journey.folder.plan_file(name, f"back.{part}"), compression="lz4")
                found.append(conflicts)
                for action, count in rows["action"].value_counts().iter_rows():
                    if action != Action.RELINK:
                        counts[action] += count
        journey.run.counts[name] = counts
    findings.keep_issues(journey, found)


def _written(done: RunFolder, entity: str) -> dict[str, pl.DataFrame]:
    """
    What was changed, by the files of the plan.

    What was created only needs its state: no value is read, however many there are. What only became active or not
    gets the columns of the other rows, blank: of who comes back the report tells more.
    """
    parts = {
        part: (rows.select(list(PLAN_COLUMNS)) if part == CREATES else rows)
        .filter(pl.col("action") != Action.RELINK)
        .collect()
        for part, rows in done.parts(entity).items()
    }
    every = pl.concat([rows.clear() for rows in parts.values()], how="diagonal_relaxed")
    return {
        part: rows if part == CREATES or rows.select(_IS_SET.any()).item() else pl.concat([every, rows], how="diagonal")
        for part, rows in parts.items()
    }


def _back(entity: Entity, changes: pl.DataFrame, states: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The plan rows that take `changes` back, and the fields that somebody changed since."""
    fields = [f.name for f in entity.fields if f"old.{f.name}" in changes.columns]
    now = states.select("sourced_id", pl.col("active").alias("active_now"), pl.col("revision").alias("_revision"))
    rows = changes.join(now, on="sourced_id", how="inner", maintain_order="left")
    rows = _with_values(entity, rows, fields)
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


def _with_values(entity: Entity, rows: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """The rows with `now.<field>`, read for those alone that were not set or have changed since."""
    is_as_left = _IS_SET & (pl.col("_revision") == pl.col("revision") + 1)
    others = rows.filter(~is_as_left)["sourced_id"] if fields else rows["sourced_id"].clear()
    if others.is_empty():
        return rows.with_columns(pl.col(f).alias(f"now.{f}") for f in fields)
    read = snapshot.rows_by_id(entity.name, others, fields)
    read = read.select("sourced_id", *(pl.col(f).alias(f"now.{f}") for f in fields))
    rows = rows.join(read, on="sourced_id", how="left", maintain_order="left")
    return rows.with_columns(
        pl.when(is_as_left).then(pl.col(f)).otherwise(pl.col(f"now.{f}")).alias(f"now.{f}") for f in fields
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
