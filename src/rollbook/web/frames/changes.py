"""The planned changes of a run, a page at a time, as the templates show them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.core.paginator import Page
from django.http import HttpRequest

from rollbook.core import schema
from rollbook.core.frames import height
from rollbook.core.plan import Action
from rollbook.core.schema import MASK, Entity, Kind, Privacy
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run
from rollbook.runs.report.privacy import hides_name, mask_names
from rollbook.web.frames.names import Names
from rollbook.web.frames.paging import frame_page

_OLD = "old."


@dataclass(frozen=True)
class Value:
    """One field of a change; `old` and `new` are blank when there is no value."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One record that would change, with the values to show."""

    action: str
    label: str
    source_key: str
    school: str
    file: str
    line: int | None
    values: tuple[Value, ...]

    @property
    def is_masked(self) -> bool:
        """Whether something of it is hidden."""
        return MASK in (self.label, *(text for value in self.values for text in (value.old, value.new)))


def entities_with(folder: RunFolder, actions: Iterable[Action]) -> dict[str, int]:
    """How many records of each entity the plan changes in these ways, in the order of applying."""
    counts = {}
    for entity in folder.planned():
        rows = folder.plan(entity).filter(pl.col("action").is_in([a.value for a in actions]))
        counts[entity] = height(rows)
    return {entity: count for entity, count in counts.items() if count}


def change_page(
    request: HttpRequest, run: Run, entity: str, actions: Iterable[Action], size: int
) -> tuple[Page[dict[str, Any]], list[Change]]:
    """The page of changes that the address asks for, as stored and as shown."""
    folder = RunFolder.of(run)
    plan = folder.plan(entity).filter(pl.col("action").is_in([a.value for a in actions]))
    page = frame_page(request, plan, size)
    rows = list(page)
    names = Names(run.integration.tenant_id, folder)
    names.look_up("org", (row["scope"] for row in rows))
    for field in schema.entity(entity).references:
        named = (row.get(column) for row in rows for column in (field.name, _OLD + field.name))
        names.look_up(field.target, (key for value in named for key in _keys(field, value)))
    files = {number: str(file["file"]) for number, file in enumerate(run.files)}
    return page, [_change(schema.entity(entity), row, names, files) for row in rows]


def unchanged_page(request: HttpRequest, run: Run, entity: str) -> Page[dict[str, Any]]:
    """A page of the records that stay as they are, of a run that lists them: `label`, `source_key`, `file`, `line`."""
    rows = RunFolder.of(run).unchanged(entity)
    assert rows is not None
    names = {str(number): str(file["file"]) for number, file in enumerate(run.files)}
    told = rows.sort("file", "line").select(
        *mask_names(schema.entity(entity), "label", "source_key"), pl.col("file").cast(pl.String).replace(names), "line"
    )
    return frame_page(request, told)


def _change(entity: Entity, row: Mapping[str, Any], names: Names, files: Mapping[int, str]) -> Change:
    """
    What to show of one planned row.

    Args:
        files: The names of the received files; the plan counts them from 0.
    """
    is_hidden = hides_name(entity)
    return Change(
        action=row["action"],
        label=MASK if is_hidden else _label(entity, row, names),
        source_key=MASK if is_hidden else row["source_key"] or "",
        school=names.of("org", row["scope"]) if row["scope"] else "",
        file=files.get(row["file"], ""),
        line=row["line"],
        values=tuple(_values(entity, row, names)),
    )


def _label(entity: Entity, row: Mapping[str, Any], names: Names) -> str:
    """What a person calls the record; one that ties others together is named after them."""
    tied = [names.of(f.target, row[f.name]) for f in entity.references if f.identity and row.get(f.name)]
    return " · ".join([*tied, row["label"]] if row["label"] != row["source_key"] else tied) or row["label"] or ""


def _values(entity: Entity, row: Mapping[str, Any], names: Names) -> Iterable[Value]:
    """The changed fields of an update, or all that a new record has."""
    changed = set((row["changed"] or "").split(","))
    for field in entity.fields:
        if field.name not in row:
            continue
        old, new = row.get(_OLD + field.name), row[field.name]
        if row["action"] == Action.CREATE:
            if new not in (None, ""):
                yield Value(field.name, "", _shown(field, new, names))
        elif field.name in changed:
            yield Value(field.name, _shown(field, old, names), _shown(field, new, names))


def _shown(field: schema.Field, value: str | None, names: Names) -> str:
    if not value:
        return ""
    if field.privacy is Privacy.RESTRICTED:
        return MASK
    if field.kind in (Kind.REF, Kind.REFS):
        return ", ".join(names.of(field.target, key) for key in _keys(field, value))
    if field.kind is Kind.BOOLEAN:
        return {"true": "Yes", "false": "No"}.get(value, value)
    if field.kind is Kind.LIST:
        return ", ".join(str(part) for part in _parsed(value, list))
    if field.kind is Kind.OBJECT:
        return ", ".join(f"{name}: {part}" for name, part in _parsed(value, dict).items())
    return value


def _keys(field: schema.Field, value: str | None) -> list[str]:
    """The keys that a value of a reference names."""
    if not value:
        return []
    return [value] if field.kind is Kind.REF else [str(key) for key in _parsed(value, list)]


def _parsed(value: str | None, kind: type[Any]) -> Any:
    parsed = json.loads(value or "null")
    return parsed if isinstance(parsed, kind) else kind()
