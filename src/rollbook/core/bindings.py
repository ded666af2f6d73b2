"""A layout as an integration has it: fields bound to other columns, columns added, columns left out."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from rollbook.core import schema
from rollbook.core.layout import Layout, Rule, SheetLayout, Uses, column_of, normal_name, readable, source_of


def with_names(layout: Layout, files: Mapping[str, str], headers: Mapping[str, Mapping[str, str]]) -> Layout:
    """
    The layout as a sender who calls files and columns otherwise has it.

    Args:
        files: Pattern of file names -> sheet; blank: such files are left out. KeyError for a sheet that there is not.

        headers: Sheet -> header -> column; blank: the header is not read. Of headers that are alike the first
            counts. KeyError for a column that there is not.
    """
    for name in files.values():
        if name:
            layout.sheet(name)
    return replace(
        layout, files=files, sheets=tuple(_with_headers(sheet, headers.get(sheet.name, {})) for sheet in layout.sheets)
    )


def _with_headers(sheet: SheetLayout, headers: Mapping[str, str]) -> SheetLayout:
    known = {column.name for column in sheet.columns if not column.drop}
    if unknown := sorted(column for column in headers.values() if column and column not in known):
        raise KeyError(unknown[0])
    return replace(sheet, headers={normal_name(header): column for header, column in reversed(list(headers.items()))})


def with_fields(layout: Layout, bindings: Mapping[str, str]) -> Layout:
    """
    The layout with some fields bound otherwise.

    Args:
        bindings: `entity.field` -> source text; "" leaves the field out. Applied to every rule of the
            entity whose sheet has the column.
    """
    sheets = []
    for sheet in layout.sheets:
        rules = [_rebind(rule, sheet, bindings) for rule in sheet.rules]
        sheets.append(replace(sheet, rules=tuple(rules)))
    return replace(layout, sheets=tuple(sheets))


def _rebind(rule: Rule, sheet: SheetLayout, bindings: Mapping[str, str]) -> Rule:
    fields = dict(rule.fields)
    for target, text in bindings.items():
        entity, _, name = target.partition(".")
        if entity != rule.entity:
            continue
        schema.entity(entity).field(name)
        if not text:
            fields.pop(name, None)
            continue
        source = source_of(text)
        known = readable(sheet.columns, sheet.lookups)
        if all(column in known for column in source.columns()):
            fields[name] = source
    return replace(rule, fields=fields)


def with_columns(layout: Layout, further: Mapping[str, Collection[str]], bindings: Mapping[str, str]) -> Layout:
    """
    The layout with further columns, and with fields bound to them: `with_fields`.

    A new column is read as the field is that it is bound to.

    Args:
        further: Sheet -> names of columns. KeyError for a sheet that there is not.
    """
    for name in further:
        layout.sheet(name)
    new = {s.name: [name for name in further.get(s.name, ()) if s.find(name) is None] for s in layout.sheets}
    wide = replace(layout, sheets=tuple(_with(sheet, new[sheet.name]) for sheet in layout.sheets))
    bound = with_fields(wide, bindings)
    return replace(bound, sheets=tuple(_with(sheet, new[sheet.name]) for sheet in bound.sheets))


def _with(sheet: SheetLayout, names: Collection[str]) -> SheetLayout:
    kept = tuple(column for column in sheet.columns if column.name not in names)
    uses = Uses(sheet.rules)
    return replace(sheet, columns=kept + tuple(column_of(name, {}, uses, ",") for name in names))


def with_required(layout: Layout, sheet: str, names: Collection[str]) -> Layout:
    """The layout in which every row of a sheet must fill these columns beside those that it must fill anyway."""
    columns = tuple(replace(c, required=c.required or c.name in names) for c in layout.sheet(sheet).columns)
    sheets = (replace(s, columns=columns) if s.name == sheet else s for s in layout.sheets)
    return replace(layout, sheets=tuple(sheets))


def without_sheets(layout: Layout, names: Collection[str]) -> Layout:
    """The layout without some sheets, and without what others looked up in them alone."""
    kept = tuple(sheet for sheet in layout.sheets if sheet.name not in names)
    return replace(layout, sheets=tuple(_without_lookups(sheet, names) for sheet in kept))


def _without_lookups(sheet: SheetLayout, names: Collection[str]) -> SheetLayout:
    lookups = [replace(one, sheets=tuple(s for s in one.sheets if s not in names)) for one in sheet.lookups]
    return replace(sheet, lookups=tuple(one for one in lookups if one.sheets))


def without_unread(layout: Layout) -> Layout:
    """
    The layout without the columns that nothing reads: what is left out is not asked for, and not stored.

    Required columns stay, since they decide which rows are taken.
    """
    lookups = [lookup for sheet in layout.sheets for lookup in sheet.lookups]
    looked_up = {(sheet, column) for lookup in lookups for sheet in lookup.sheets for column in lookup.columns()}
    return replace(layout, sheets=tuple(_pruned(sheet, looked_up) for sheet in layout.sheets))


def _pruned(sheet: SheetLayout, looked_up: Collection[tuple[str, str]]) -> SheetLayout:
    read = {column for rule in sheet.rules for column in rule.columns()} | {sheet.status}
    read |= {column for lookup in sheet.lookups for column in lookup.value.columns()}
    kept = (c for c in sheet.columns if c.required or c.name in read or (sheet.name, c.name) in looked_up)
    return replace(sheet, columns=tuple(kept))
