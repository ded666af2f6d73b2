"""Whose absence an input can prove, and what references may count on because of it."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from rollbook.core import schema
from rollbook.core.issues import one_issue
from rollbook.core.plan import Absence
from rollbook.integrations import declared, options
from rollbook.integrations.models import Integration
from rollbook.landing.store import missing_sheets
from rollbook.runs.matching import Matching
from rollbook.runs.models import last_applied
from rollbook.runs.planning import Rules
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
    unsure = set() if reason else wanted & _unsure(received, prepared)
    if reason and options.absence(integration) is not Absence.KEEP:
        told = one_issue("absence-not-judged", detail=f"{reason}; nothing is ended by absence in this run.")
        prepared.issues = pl.concat([prepared.issues, told])
    if unsure:
        plurals = ", ".join(e.plural for e in schema.ENTITIES if e.name in unsure)
        detail = f"Values that tell {plurals} apart could not be read; none of them is ended by absence in this run."
        prepared.issues = pl.concat([prepared.issues, one_issue("absence-not-judged", detail=detail)])
    is_clearing = declared.value(integration.settings, "blank") == "clear"
    is_ending = declared.value(integration.settings, "mode") != "add"
    return Rules(frozenset() if reason else frozenset(wanted - unsure), is_clearing, is_ending)


def _unsure(received: Received, prepared: Prepared) -> set[str]:
    """The entities with rows that were taken and whose key nobody could read: an unknown role is no role that ended."""
    unread = set(prepared.dropped.select("sheet", "column").unique().rows())
    return {
        rule.entity
        for sheet in received.layout.sheets
        for rule in sheet.rules
        if unread & {(sheet.name, column) for column in (*rule.key.columns(), *rule.each, *rule.when)}
    }


def judged(integration: Integration, received: Received) -> set[str]:
    """The entities whose absence the policy ends and this input can prove."""
    policy = options.absence(integration)
    if policy is Absence.KEEP or not_judged(integration, received):
        return set()
    have = set(received.landing.sheets)
    return {e.name for e in schema.ENTITIES if policy.judges(e.name) and _is_given(received, e.name, have)}


def not_judged(integration: Integration, received: Received) -> str:
    """Why the files prove nobody's absence; blank when they are full, complete, and all that came last time came."""
    mode = declared.value(integration.settings, "mode")
    if mode in ("delta", "add"):  # some sources have a mode of another meaning
        return f"The integration receives only {'changes' if mode == 'delta' else 'additions'} (mode={mode})"
    if received.partial:
        return f"Only changes came in {_listed(received.partial)}"
    if missing := missing_sheets(received.landing.files, received.layout):
        return f"The delivery lacks {_listed(missing)}"
    before = {file["sheet"] for file in files_before(integration) if file["sheet"] and file["rows"]}
    if stopped := before - set(received.landing.sheets):
        return f"The delivery lacks {_listed(stopped)}, which came last time"
    if lost := _lost_columns(integration, received):
        return f"The delivery lacks the column {', '.join(lost)}, which came last time"
    return ""


def _lost_columns(integration: Integration, received: Received) -> list[str]:
    """Columns that were read last time and did not come: who lost them lost what tells records apart, perhaps."""
    before = {(file["sheet"], column) for file in files_before(integration) for column in file["columns"].values()}
    now = {(file.sheet, column) for file in received.landing.files for column in file.columns.values()}
    return [f"{column} of the sheet {sheet}" for sheet, column in sorted(before - now) if sheet]


def _listed(sheets: Iterable[str]) -> str:
    names = sorted(sheets)
    return f"the sheet{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _is_given(received: Received, entity: str, have: set[str]) -> bool:
    """The input says something of the entity; households are derived from people."""
    return bool(_sheets(received, "user" if entity in ("household", "household_member") else entity) & have)


def _sheets(received: Received, entity: str) -> set[str]:
    return {sheet.name for sheet in received.layout.sheets for rule in sheet.rules if rule.entity == entity}


def files_before(integration: Integration) -> list[dict[str, Any]]:
    """`LandedFile.facts` of the last applied run, but of no upload that only added; none before the first."""
    last = last_applied(integration, of_all=True)
    return list(last.files) if last else []
