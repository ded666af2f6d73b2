"""What a run may do: which absences it may judge, and which limits its plan must respect."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import polars as pl

from rollbook.core import guards, schema
from rollbook.core.issues import one_issue
from rollbook.core.plan import Absence, Action
from rollbook.integrations import options
from rollbook.integrations.models import Integration
from rollbook.landing.store import missing_sheets
from rollbook.roster import snapshot
from rollbook.runs.matching import Matching
from rollbook.runs.models import Mode, Run, State
from rollbook.runs.planning import Planner, Rules
from rollbook.runs.prepare import Known, Prepared
from rollbook.sources.sheets import Received


def known(integration: Integration, received: Received, links: Matching) -> Known:
    """
    The records that references may name beside those received: the integration's own active ones.

    Where absent records will be ended, only what was received counts.
    """
    ending = judged(integration, received)
    return lambda entity: pl.DataFrame(schema={"key_hash": pl.Int64}) if entity in ending else links.active_keys(entity)


def rules(integration: Integration, received: Received, prepared: Prepared) -> Rules:
    """What the plan may do; adds an issue where the policy would end records and the input does not prove absence."""
    wanted = judged(integration, received)
    reason = not_judged(integration, received)
    if any(_sheets(received, entity) & prepared.unreadable for entity in wanted):
        reason = f"Rows of {_listed(prepared.unreadable)} could not be read, so nobody can say who is missing"
    if reason and options.absence(integration) is not Absence.KEEP:
        told = one_issue("absence-not-judged", detail=f"{reason}; nothing is ended by absence in this run.")
        prepared.issues = pl.concat([prepared.issues, told])
    is_clearing = options.value(integration.settings, "blank") == "clear"
    return Rules(frozenset() if reason else frozenset(wanted), is_clearing)


def judged(integration: Integration, received: Received) -> set[str]:
    """The entities whose absence the policy ends and this input can prove."""
    policy = options.absence(integration)
    if policy is Absence.KEEP or not_judged(integration, received):
        return set()
    have = set(received.landing.sheets)
    return {e.name for e in schema.ENTITIES if policy.judges(e.name) and _is_given(received, e.name, have)}


def not_judged(integration: Integration, received: Received) -> str:
    """Why the files prove nobody's absence; blank when they are full, complete, and all that came last time came."""
    if options.value(integration.settings, "mode") == "delta":
        return "The integration receives only changes (mode=delta)"
    if received.partial:
        return f"By its manifest the delivery has only changes in {_listed(received.partial)}"
    if missing := missing_sheets(received.landing.files, received.layout):
        return f"The delivery lacks {_listed(missing)}"
    before = {file["sheet"] for file in files_before(integration) if file["sheet"] and file["rows"]}
    if stopped := before - set(received.landing.sheets):
        return f"The delivery lacks {_listed(stopped)}, which came last time"
    return ""


def _listed(sheets: Iterable[str]) -> str:
    names = sorted(sheets)
    return f"the sheet{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _is_given(received: Received, entity: str, have: set[str]) -> bool:
    """The input says something of the entity; households are derived from people."""
    return bool(_sheets(received, "user" if entity in ("household", "household_member") else entity) & have)


def _sheets(received: Received, entity: str) -> set[str]:
    return {sheet.name for sheet in received.layout.sheets for rule in sheet.rules if rule.entity == entity}


def files_before(integration: Integration) -> list[dict[str, Any]]:
    """`LandedFile.facts` of the last applied run; none before the first."""
    applied = [State.APPLIED, State.APPLIED_WITH_ERRORS]
    last = Run.objects.filter(integration=integration, mode=Mode.LIVE, state__in=applied).order_by("-pk").first()
    return list(last.files) if last else []


def guard(integration: Integration, planner: Planner) -> list[dict[str, object]]:
    """The limits that the plan breaks, as the run keeps them; `scope` is the school's name."""
    touched = [e for e, counts in planner.counts.items() if any(counts[a] for a in ("create", "update", "deactivate"))]
    existing = [snapshot.counts_by_school(integration, e).with_columns(entity=pl.lit(e)) for e in touched]
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


_COUNTED = {"scope": pl.String(), "entity": pl.String(), "count": pl.Int64()}


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
