"""What a run may do: which absences it may judge, and which limits its plan must respect."""

from collections.abc import Iterator

import polars as pl

from rollbook.core import schema
from rollbook.core.issues import one_issue
from rollbook.core.plan import Absence
from rollbook.integrations import options
from rollbook.integrations.models import Integration
from rollbook.landing.store import missing_sheets
from rollbook.runs.matching import Matching
from rollbook.runs.models import Mode, Run, State
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
    damaged = {e for e in wanted if _sheets(received, e) & prepared.unreadable}
    if damaged:
        sheets = ", ".join(sorted(prepared.unreadable))
        detail = f"Rows of {sheets} could not be read, so nobody can say who is missing; nothing is ended in this run."
        prepared.issues = pl.concat([prepared.issues, one_issue("absence-not-judged", detail=detail)])
    is_clearing = options.value(integration.settings, "blank") == "clear"
    return Rules(frozenset() if damaged else frozenset(wanted), is_clearing)


def judged(integration: Integration, received: Received) -> set[str]:
    """The entities whose absence the policy ends and this input can prove: full, complete, all their sheets there."""
    policy = options.absence(integration)
    if policy is Absence.KEEP or options.value(integration.settings, "mode") == "delta":
        return set()
    if received.partial or missing_sheets(received.landing.files, received.layout):
        return set()
    have, before = set(received.landing.sheets), _sheets_before(integration)
    complete = before <= have
    return {e.name for e in schema.ENTITIES if policy.judges(e.name) and complete and _sheets(received, e.name) & have}


def _sheets(received: Received, entity: str) -> set[str]:
    return {sheet.name for sheet in received.layout.sheets for rule in sheet.rules if rule.entity == entity}


def _sheets_before(integration: Integration) -> set[str]:
    """The sheets with rows that the last applied run had."""
    applied = [State.APPLIED, State.APPLIED_WITH_ERRORS]
    last = Run.objects.filter(integration=integration, mode=Mode.LIVE, state__in=applied).order_by("-pk").first()
    return {file["sheet"] for file in last.files if file["sheet"] and file["rows"]} if last else set()
