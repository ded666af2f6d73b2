"""Whole runs in this process: a very small district as sheets, a hub for it, and the roster as plain values."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.test import override_settings

from rollbook.accounts.models import Tenant
from rollbook.integrations.models import Integration
from rollbook.roster.models import MODELS, Link, StickyField
from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run, State

Sheets = dict[str, list[list[str]]]  # file name -> its rows, the header first
Tables = dict[str, list[dict[str, Any]]]

TAKEN = {State.APPLIED, State.APPLIED_WITH_ERRORS}
UNLIMITED = {f"limit_{name}": "off" for name in ("deactivate", "update", "create", "reject", "changed_ids")}
SETTINGS = {"layout": "hub_v1", "absence": "deactivate", **UNLIMITED}

_NORTHFIELD = {
    "orgs": """
        org_id|name|type|parent_org_id
        D1|Northfield|district|
        S1|North High|school|D1
        S2|South School|school|D1""",
    "terms": """
        term_id|name|type|start_date|end_date|parent_term_id|school_year
        2027|2026-27|schoolYear|2026-08-24|2027-06-18||2027
        2027-1|Fall|semester|2026-08-24|2027-01-15|2027|2027""",
    "people": """
        person_id|role|org_id|first_name|last_name|email|phone|grade|birth_date|races|home_language|household_id|active
        P1|student|S1|Ada|Roe|ada@north.example|207-555-0101|09|2011-05-20|asian;white|en|H1|true
        P2|student|S1;S2|Ben|Roe|ben@north.example||10|2010-01-02|white|en|H1|true
        P3|student|S2|Čiara|O'Hara|||KG|2020-02-29||es|H2|true
        P4|teacher|S1;S2|Tess|Teal|tess@north.example|+44 20 7946 0958||||||true
        P5|guardian|S1|Gus|Roe|gus@home.example|(207) 555-0102|||||H1|true
        P6|guardian|S2|Gil|O'Hara|gil@home.example|||||||true""",
    "relationships": """
        student_id|contact_id|type|primary|custody|priority
        P1|P5|father|true|true|1
        P2|P5|father|true|true|1
        P3|P6|mother|true|true|1""",
    "courses": """
        course_id|title|code|org_id|subject
        C1|Biology|BIO|D1|Science
        C2|Algebra, part 1|ALG|D1|Maths""",
    "classes": """
        class_id|title|course_id|org_id|term_id|period|room|type
        K1|Biology 1|C1|S1|2027-1|1|R1|scheduled
        K2|Algebra 1|C2|S1|2027;2027-1|2|R2|scheduled
        K3|Home room|C1|S2|2027|1|R3|homeroom""",
    "enrollments": """
        class_id|person_id|role|primary|start_date
        K1|P1|student||2026-08-24
        K1|P2|student||2026-08-24
        K2|P1|student||2026-08-24
        K3|P3|student||2026-08-24
        K1|P4|teacher|true|2026-08-24
        K3|P4|teacher|true|2026-08-24""",
    "groups": """
        group_id|title|org_id|kind|description
        G1|Chess|S1|club|Wednesdays""",
    "memberships": """
        group_id|person_id
        G1|P1
        G1|P2""",
}
NORTHFIELD: Sheets = {
    f"{name}.csv": [line.strip().split("|") for line in text.strip().splitlines()] for name, text in _NORTHFIELD.items()
}


def northfield() -> Sheets:
    """The district: a copy to change."""
    return deepcopy(NORTHFIELD)


def changed(file: str, key: str, column: str, value: str, sheets: Sheets | None = None) -> Sheets:
    """The district with another value in one cell of the row that begins with `key`."""
    made = deepcopy(sheets or NORTHFIELD)
    header, *rows = made[f"{file}.csv"]
    next(row for row in rows if row[0] == key)[header.index(column)] = value
    return made


def without(file: str, *keys: str, sheets: Sheets | None = None) -> Sheets:
    """The district without the rows of a file that begin with one of `keys`."""
    made = deepcopy(sheets or NORTHFIELD)
    made[f"{file}.csv"] = [row for row in made[f"{file}.csv"] if row[0] not in keys]
    return made


def content(rows: list[list[str]], delimiter: str = ",") -> str:
    """A sheet as text."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def write(sheets: Mapping[str, list[list[str]] | bytes], folder: Path) -> Path:
    """The sheets as the only files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, rows in sheets.items():
        (folder / name).write_bytes(rows if isinstance(rows, bytes) else content(rows).encode())
    return folder


def planned(run: Run) -> int:
    """How many records a run changes."""
    return sum(
        counts[action] for counts in run.counts.values() for action in ("create", "update", "reactivate", "deactivate")
    )


class Hub:
    """One integration of one tenant."""

    def __init__(self, home: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        self.inbox = home / "inbox"
        tenant = Tenant.objects.create(slug=f"tenant-{uuid4().hex}", name="Northfield")
        self.pk = Integration.objects.create(tenant=tenant, name="sis", source="sheets", settings=dict(settings)).pk

    @property
    def integration(self) -> Integration:
        """The integration as it is in the database now."""
        return Integration.objects.select_related("tenant").get(pk=self.pk)

    def carry(self, sheets: Mapping[str, list[list[str]] | bytes], mode: Mode = Mode.LIVE) -> Run:
        """A run over these sheets, to its end."""
        run = Run.objects.create(integration=self.integration, mode=mode)
        return carrying.carry(run, write(sheets, self.inbox))


@contextmanager
def a_hub(settings: Mapping[str, str] = SETTINGS) -> Iterator[Hub]:
    """A hub with nothing in it, all of which is forgotten afterwards."""
    with tempfile.TemporaryDirectory() as home, override_settings(ROLLBOOK_HOME=Path(home)), transaction.atomic():
        yield Hub(Path(home), settings)
        transaction.set_rollback(True)


def tables() -> Tables:
    """Every row of every table that holds the roster."""
    models: dict[str, Any] = {**MODELS, "link": Link, "sticky": StickyField}
    return {name: list(model._default_manager.order_by("pk").values()) for name, model in models.items()}


_OWN = {"sourced_id", "source_key", "tenant_id", "owner_id", "key_hash", "record_hash", "revision"}
_OWN |= {"created_run", "changed_run", "date_created", "date_last_modified"}


def roster() -> dict[tuple[str, str], dict[str, Any]]:
    """(entity, source key) -> whether it is active and each value that is not blank; references as source keys."""
    found = {name: list(model._default_manager.values()) for name, model in MODELS.items()}
    keys: dict[Any, str] = {row["sourced_id"]: row["source_key"] or "" for rows in found.values() for row in rows}
    return {
        (name, row["source_key"] or ""): {
            field: _named(value, keys) for field, value in row.items() if field not in _OWN and value is not None
        }
        for name, rows in found.items()
        for row in rows
    }


def _named(value: Any, keys: Mapping[Any, str]) -> Any:
    """A reference as the source key of what it names; in a JSON list likewise."""
    if isinstance(value, str) and value.startswith("["):
        return [keys.get(UUID(part), part) if len(part) == 32 else part for part in json.loads(value)]
    return keys.get(value, value)


def active(entity: str) -> set[str]:
    """The source keys of the active rows of an entity."""
    return {key for (name, key), values in roster().items() if name == entity and values["active"]}
