"""The real path, in one process: an integration, a delivery on disk, a run, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.core import schema
from rollbook.core.issues import worded
from rollbook.core.schema import Kind
from rollbook.integrations import options
from rollbook.integrations.models import Integration
from rollbook.roster.models import model
from rollbook.runs import carrying
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Mode, Run

NO_SETTINGS: Mapping[str, str] = {}
# The small sets that tests use would break every limit; the limits have tests of their own.
NO_LIMITS = {f"limit_{action}": "100" for action in ("deactivate", "update", "create", "reject")}
Counts = dict[str, dict[str, int]]
Rows = dict[str, dict[str, Any]]


class Found(NamedTuple):
    """An issue as a test names it; `line` is 0 for a whole file."""

    code: str
    file: str
    line: int
    field: str
    value: str


@dataclass(frozen=True)
class Hub:
    """One tenant and its integrations."""

    tenant: Tenant

    def integrate(self, name: str = "SIS", settings: Mapping[str, str] = NO_SETTINGS) -> Integration:
        """An integration of data sheets whose limits hold nothing; settings are checked as by the command line."""
        checked = options.checked({**NO_LIMITS, **settings})
        return Integration.objects.create(tenant=self.tenant, name=name, source="sheets", settings=checked)

    def roster(self, entity: str) -> Rows:
        """The rows of an entity by source key: see `rows`."""
        return rows(self.tenant, entity)

    def everything(self) -> dict[str, Rows]:
        """Entity -> its rows: the whole roster as a value, to compare with another."""
        return {entity.name: found for entity in schema.ENTITIES if (found := self.roster(entity.name))}

    def revisions(self) -> dict[str, dict[Any, Any]]:
        """Entity -> row -> how often it was written, and when last: equal only when nothing was touched."""
        columns = ("sourced_id", "revision", "date_last_modified", "changed_run")
        return {
            e.name: {
                row[0]: row[1:]
                for row in model(e.name)._default_manager.filter(tenant=self.tenant).values_list(*columns)
            }
            for e in schema.ENTITIES
        }


@pytest.fixture
def hub(db: None, settings: Settings, tmp_path: Path) -> Hub:
    """A tenant on an empty home."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    return Hub(Tenant.objects.create(slug="northfield", name="Northfield School District"))


@pytest.fixture
def other(hub: Hub) -> Hub:
    """Another tenant of the same hub."""
    return Hub(Tenant.objects.create(slug="southport", name="Southport Academy"))


def carry(integration: Integration, path: Path, *, test: bool = False) -> Run:
    """One run, to its end; a run that could not be carried fails the test that did not expect it."""
    return carrying.carry(Run.objects.create(integration=integration, mode=Mode.TEST if test else Mode.LIVE), path)


def counts(run: Run) -> Counts:
    """Entity -> action -> number, without the zeros."""
    return {e: kept for e, found in run.counts.items() if (kept := {a: n for a, n in found.items() if n})}


def found(run: Run) -> list[Found]:
    """What the run found, worst first."""
    rows = worded(RunFolder.of(run).issues()).iter_rows(named=True)
    return [Found(r["code"], r["file"] or "", r["line"] or 0, r["field"] or "", r["value"] or "") for r in rows]


def effects(run: Run) -> dict[tuple[str, int], int]:
    """(file, line) -> how many further rows fell because of what is wrong there."""
    frame = RunFolder.of(run).issues()
    return {(r["file"], r["line"]): r["effects"] for r in frame.iter_rows(named=True) if r["effects"]}


def rows_rejected(run: Run) -> set[tuple[str, int]]:
    """File and line of every row that was not taken."""
    return set(RunFolder.of(run).rejected().select("file", "line").iter_rows())


def planned(run: Run, entity: str) -> dict[str, tuple[str, dict[str, tuple[Any, Any]]]]:
    """Source key -> the planned action, and the changed fields with their old and new values."""
    plan = RunFolder.of(run).plan(entity).collect()
    made = {}
    for row in plan.iter_rows(named=True):
        changed = [name for name in (row["changed"] or "").split(",") if name]
        made[row["source_key"]] = (row["action"], {name: (row[f"old.{name}"], row[name]) for name in changed})
    return made


def rows(tenant: Tenant, entity: str) -> Rows:
    """
    The rows of an entity by source key: `active` and every field that is not blank.

    References are shown as the source key of what they name.
    """
    fields = schema.entity(entity).fields
    made = {}
    for row in model(entity)._default_manager.filter(tenant=tenant):
        values = {f.name: value for f in fields if (value := _shown(row, f)) not in (None, "")}
        made[row.source_key or str(row.sourced_id)] = {"active": row.active, **values}
    return made


def _shown(row: Any, field: schema.Field) -> Any:
    if field.kind is Kind.REF:
        target = getattr(row, f"{field.name}_id")
        return _key(field.target, target) if target else None
    value = getattr(row, field.name)
    if value and field.kind is Kind.REFS:
        return sorted(_key(field.target, one) for one in json.loads(value))
    return value


def _key(entity: str, sourced_id: Any) -> str:
    """The source key of a row; a reference to nowhere fails here."""
    return model(entity)._default_manager.get(pk=sourced_id).source_key or str(sourced_id)


def write(folder: Path, sheets: Mapping[str, str]) -> Path:
    """Write files, name -> text, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in sheets.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder


def stored_bytes(home: Path) -> Iterable[tuple[Path, bytes]]:
    """Every file below a home with what it holds."""
    return ((path, path.read_bytes()) for path in sorted(home.rglob("*")) if path.is_file())
