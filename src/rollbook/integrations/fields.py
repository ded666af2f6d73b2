"""
Which roster field is read from what: the suggestion of the layout, and what an integration makes of it.

A binding holds for an entity wherever it comes from (`field.user.email`), so the rows are those of entities.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rollbook.core import schema
from rollbook.core.layout import Layout, Rule, SheetLayout, Source
from rollbook.core.lists import listed
from rollbook.core.schema import Entity, Field, Kind
from rollbook.integrations.models import Integration
from rollbook.integrations.options import suggested
from rollbook.sources.kinds import KINDS

_TYPED = (Kind.DATE, Kind.BOOLEAN, Kind.INTEGER)  # only a column that is read so will do
_PUT_TOGETHER = (Kind.OBJECT, Kind.REF, Kind.REFS)  # no column says it as it is
_ALWAYS = "always "
_MARKS = ("=", "@", "{", "}", ",", "??")  # they mean something in a binding


@dataclass(frozen=True)
class Read:
    """Where a field is read from: a stream or sheet, and what of it, in words."""

    stream: str
    text: str


@dataclass(frozen=True)
class FieldRow:
    """
    One roster field that the layout fills.

    Args:
        own: What the integration says instead: None = nothing, blank = left out.

        is_fixed: It cannot be left out or read from elsewhere.

        columns: What it could be read from, with the streams that have it.
    """

    entity: str
    of: Field
    suggestion: tuple[Read, ...]
    own: str | None
    is_fixed: bool
    columns: Mapping[str, tuple[str, ...]]

    @property
    def target(self) -> str:
        """As settings name it: `user.email`."""
        return f"{self.entity}.{self.of.name}"

    @property
    def is_constant(self) -> bool:
        """Whether it is always the same, whatever the source says."""
        return bool(self.suggestion) and all(read.text.startswith(_ALWAYS) for read in self.suggestion)

    @property
    def is_left_out(self) -> bool:
        """Whether the integration leaves it out."""
        return self.own == ""


@dataclass(frozen=True)
class EntityRows:
    """The fields of one entity: those that are filled, and those that could be."""

    entity: Entity
    rows: tuple[FieldRow, ...]
    free: tuple[FieldRow, ...]


def entities(integration: Integration, further: Mapping[str, tuple[str, ...]]) -> list[EntityRows]:
    """
    Every entity that the layout of an integration gives, in the order of the schema; none without a layout.

    Args:
        further: Stream -> members of its records that nothing reads yet.
    """
    layout = suggested(integration)
    if layout is None:
        return []
    offered = _offered(layout, integration, further)
    given = layout.entities()
    return [_entity(layout, integration, entity, offered) for entity in schema.ENTITIES if entity.name in given]


def settings_for(
    integration: Integration, further: Mapping[str, tuple[str, ...]], chosen: Mapping[str, str | None]
) -> dict[str, str | None]:
    """
    The settings that make an integration read fields as chosen, as `changing.change` takes them.

    Args:
        chosen: `entity.field` -> column; blank = left out, None = as the layout suggests.
    """
    given = {f"field.{target}": text for target, text in chosen.items()}
    layout = suggested(integration)
    if layout is None or KINDS[integration.source].gives_sheets:
        return given
    offered = _offered(layout, integration, further)
    for sheet in layout.sheets:
        here = {rule.entity for rule in sheet.rules}
        named = {text for target, text in chosen.items() if text and target.partition(".")[0] in here}
        known = listed(integration.settings.get(f"columns.{sheet.name}", ""))
        if new := [n for n in offered[sheet.name] if n in named and n not in known and sheet.find(n) is None]:
            given[f"columns.{sheet.name}"] = ",".join([*known, *new])
    return given


def _offered(layout: Layout, integration: Integration, further: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Stream -> the columns that a field could be read from: those of the layout, those added, those seen."""
    found = {}
    for sheet in layout.sheets:
        own = [c.name for c in sheet.columns if not c.drop] + [lookup.column.name for lookup in sheet.lookups]
        added = listed(integration.settings.get(f"columns.{sheet.name}", ""))
        new = [name for name in (*added, *further.get(sheet.name, ())) if sheet.find(name) is None]
        found[sheet.name] = [n for n in dict.fromkeys((*own, *new)) if not any(mark in n for mark in _MARKS)]
    return found


def _entity(layout: Layout, integration: Integration, entity: Entity, offered: Mapping[str, list[str]]) -> EntityRows:
    sheets = [(sheet, rule) for sheet in layout.sheets for rule in sheet.rules if rule.entity == entity.name]
    read = {f.name: list(_reads(sheets, f.name)) for f in entity.fields}
    rows = []
    for one in entity.fields:
        own = integration.settings.get(f"field.{entity.name}.{one.name}")
        is_fixed = one.required or any(_is_fixed(s, source) for s, _, source in read[one.name])
        suggestion = dict.fromkeys(Read(s.name, _said(source)) for s, _, source in read[one.name])
        columns = {} if is_fixed else _columns(sheets, one, offered)
        rows.append(FieldRow(entity.name, one, tuple(suggestion), own, is_fixed, columns))
    filled = tuple(row for row in rows if row.suggestion or row.own)
    free = (row for row in rows if row not in filled and row.columns and row.of.kind not in _PUT_TOGETHER)
    return EntityRows(entity, filled, tuple(free))


def _reads(sheets: list[tuple[SheetLayout, Rule]], name: str) -> Iterator[tuple[SheetLayout, Rule, Source]]:
    return ((sheet, rule, rule.fields[name]) for sheet, rule in sheets if name in rule.fields)


def _is_fixed(sheet: SheetLayout, source: Source) -> bool:
    """A column that every row must fill, or a value that is always the same."""
    required = set(sheet.required_columns)
    return any(column in required for column in source.columns()) or (
        bool(source.choices) and all(choice.startswith("=") for choice in source.choices)
    )


def _columns(
    sheets: list[tuple[SheetLayout, Rule]], one: Field, offered: Mapping[str, list[str]]
) -> dict[str, tuple[str, ...]]:
    """What a field could be read from."""
    found: dict[str, list[str]] = {}
    for sheet in dict.fromkeys(sheet.name for sheet, _ in sheets):
        layout = next(s for s, _ in sheets if s.name == sheet)
        for column in offered[sheet]:
            if one.kind not in _TYPED or _kind(layout, column) in (one.kind, None):
                found.setdefault(column, []).append(sheet)
    return {column: tuple(streams) for column, streams in found.items()}


def _kind(sheet: SheetLayout, name: str) -> Kind | None:
    """How a column is read; None for one that the layout does not have: it is read as its field is."""
    try:
        return sheet.column(name).kind
    except KeyError:
        return None


def _said(source: Source) -> str:
    """A source of a field in words."""
    if source.extra:
        return "all further columns"
    if source.flags:
        return ", ".join(column for _, column in source.flags)
    return ", or else ".join(_ALWAYS + c[1:] if c.startswith("=") else c for c in source.choices)
