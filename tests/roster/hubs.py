"""Integrations that take sheets, exports of what they took, and the roster as plain values."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from rollbook.accounts.models import Tenant
from rollbook.core import schema
from rollbook.core.schema import Kind
from rollbook.integrations.models import Integration
from rollbook.roster.export import Exported, Ids, export
from rollbook.roster.models import model
from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run, State
from simulators.district import build
from simulators.sheets import make_sheets, write

UNLIMITED = {f"limit_{name}": "100" for name in ("deactivate", "update", "create", "reject")}
Canonical = dict[str, dict[str, dict[str, Any]]]  # entity -> source key -> field -> value
Table = list[dict[str, str]]


def integration(slug: str = "northfield", **settings: str) -> Integration:
    """An integration of a tenant of its own."""
    tenant = Tenant.objects.create(slug=slug, name=slug.title())
    everything = {**UNLIMITED, "absence": "deactivate", **settings}
    return Integration.objects.create(tenant=tenant, name="sis", source="sheets", settings=everything)


def take(taker: Integration, folder: Path, mode: Mode = Mode.LIVE) -> Run:
    """Carry one run to its end, which must be a good one."""
    taker.refresh_from_db()
    run = carrying.carry(Run.objects.create(integration=taker, mode=mode), folder)
    assert run.state in {State.APPLIED, State.APPLIED_WITH_ERRORS, State.TESTED}, run.error
    return run


def simulated(layout: str, folder: Path, students: int = 60) -> Path:
    """A made-up district as sheets."""
    write(make_sheets(build(students), layout), folder)
    return folder


def exported(of: Integration, layout: str, folder: Path, ids: Ids = Ids.SOURCE) -> Exported:
    """The roster of the integration's tenant as sheets."""
    return export(of.tenant, layout, folder, ids)


def table(path: Path) -> Table:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(path: Path, rows: Table) -> None:
    """A file of these rows; they have the same columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def stored(entity: str) -> QuerySet[Any]:
    """The rows of an entity; their fields follow from the schema, so mypy does not know them."""
    return model(entity)._default_manager.all()


def moves(run: Run) -> dict[str, dict[str, int]]:
    """What a run would do to the roster, without what stays as it is."""
    still = ("unchanged", "ignore")
    found = {e: {a: n for a, n in counts.items() if n and a not in still} for e, counts in run.counts.items()}
    return {entity: actions for entity, actions in found.items() if actions}


def canonical(tenant: Tenant) -> Canonical:
    """Every field of every active record, references and records by their source keys."""
    rows = {e.name: list(stored(e.name).filter(tenant=tenant, active=True).values()) for e in schema.ENTITIES}
    keys = {entity: {row["sourced_id"]: row["source_key"] for row in found} for entity, found in rows.items()}

    def value(field: schema.Field, row: dict[str, Any]) -> Any:
        if field.kind is Kind.REF:
            found = row[f"{field.name}_id"]
            return found and keys[field.target].get(found, found)
        if field.kind is Kind.REFS and row[field.name]:
            return [keys[field.target][UUID(part)] for part in row[field.name].strip('[]"').split('","')]
        return row[field.name]

    return {
        entity.name: {row["source_key"]: {f.name: value(f, row) for f in entity.fields} for row in rows[entity.name]}
        for entity in schema.ENTITIES
    }
