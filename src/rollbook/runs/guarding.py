"""The limits of an integration, held against a plan before its first write."""

from dataclasses import asdict

import polars as pl

from rollbook.core import guards
from rollbook.core.plan import Action
from rollbook.integrations.models import Integration
from rollbook.roster import snapshot
from rollbook.runs.planning import Planner

_COUNTED = {"scope": pl.String(), "entity": pl.String(), "count": pl.Int64()}


def guard(integration: Integration, planner: Planner) -> list[dict[str, object]]:
    """The limits that the plan breaks, as the run keeps them; `scope` is the school's name."""
    touched = [e for e, counts in planner.counts.items() if any(counts[a] for a in ("create", "update", "deactivate"))]
    existing = [planner.matching.schools(e).with_columns(entity=pl.lit(e)) for e in touched]
    planned = [_planned(planner, e) for e in touched]
    rows = pl.DataFrame(
        [
            {"entity": e, "received": n, "rejected": planner.prepared.rejects.get(e, 0)}
            for e, n in planner.prepared.received.items()
        ],
        schema={"entity": pl.String, "received": pl.Int64, "rejected": pl.Int64},
    )
    held = guards.guard(
        pl.concat([pl.DataFrame(schema=_COUNTED), *(frame.select(*_COUNTED) for frame in existing)]),
        pl.concat([pl.DataFrame(schema=_COUNTED | {"action": pl.String}), *planned]),
        limits=guards.parse_limits(integration.settings),
        is_first_load=integration.applied_runs == 0,
        rows=rows,
        people=_people(planner) if planner.counts.get("user", {}).get("deactivate") else None,
    )
    names = _school_names(integration, planner) if held else {}
    return [asdict(h) | {"scope": names.get(h.scope, h.scope)} for h in held]


def _school_names(integration: Integration, planner: Planner) -> dict[str, str]:
    """Roster id -> name, of the schools there are and of those that the plan makes."""
    planned = planner.folder.creates("org").select("sourced_id", "label").collect()
    return snapshot.org_names(integration.tenant) | dict(planned.iter_rows())


def _planned(planner: Planner, entity: str) -> pl.DataFrame:
    counted = planner.folder.plan(entity).group_by("scope", "action").agg(pl.len().cast(pl.Int64).alias("count"))
    return counted.collect(engine="streaming").select(
        pl.col("scope").fill_null(""), pl.lit(entity).alias("entity"), "count", pl.col("action")
    )


def _people(planner: Planner) -> pl.DataFrame:
    """Who would be created and who deactivated, as the changed-ids check compares them."""
    names = ["given_name", "family_name", "email"]
    planned = planner.folder.plan("user")
    gone = planned.filter(pl.col("action") == Action.DEACTIVATE).select("sourced_id").collect()
    lost = snapshot.people(gone["sourced_id"], names).with_columns(action=pl.lit("deactivate"))
    have = planned.collect_schema().names()
    new = planned.filter(pl.col("action") == Action.CREATE).select(
        "source_key", *(pl.col(n) if n in have else pl.lit(None, pl.String).alias(n) for n in names)
    )
    births = pl.LazyFrame(schema={"source_key": pl.String(), "birth_date": pl.String()})
    if "birth_date" in planner.prepared.fields.get("demographics", ()):
        births = planner.prepared.records["demographics"].select(pl.col("user").alias("source_key"), "birth_date")
    made = (
        new.join(births, on="source_key", how="left").with_columns(action=pl.lit("create")).collect(engine="streaming")
    )
    columns = ["action", *names, "birth_date"]
    return pl.concat([lost.select(columns), made.select(columns)])
