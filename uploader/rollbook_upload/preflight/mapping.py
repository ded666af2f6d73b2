"""Rows -> records: each rule of a sheet gives records of one entity."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from rollbook_upload.preflight.layout import EACH, EACH_NUMBER, Rule, SheetLayout, Source
from rollbook_upload.preflight.rules import Entity, Field, Rules
from rollbook_upload.preflight.text import BLANKS, escaped, json_list
from rollbook_upload.preflight.values import Value

Cells = Mapping[str, "Value"]


@dataclass
class Mapped:
    """A record that a row gives: its key, whether the sender says that it has ended, and its fields as text."""

    key: str
    ended: bool
    fields: list[str | None]


class RuleMapper:
    """
    Applies one rule to rows.

    Args:
        columns: The columns that the rows have; a field none of whose columns was sent is left out, unless it is
            required.
    """

    def __init__(self, rule: Rule, sheet: SheetLayout, entity: Entity, columns: Collection[str], rules: Rules) -> None:
        self.rule, self.entity, self._sheet, self._rules = rule, entity, sheet, rules
        self._columns = {*columns, *((EACH, EACH_NUMBER) if rule.each else ())}
        declared = [*sheet.columns, *(lookup.column for lookup in sheet.lookups)]
        self._lists = {column.name for column in declared if column.separator}
        self._extra = sorted(name for name in columns if sheet.is_extra(name))
        self.fields = [
            entity.field(name)
            for name, source in rule.fields.items()
            if entity.field(name).required or self._is_sent(source)
        ]

    def _is_sent(self, source: Source) -> bool:
        if source.extra:
            return bool(self._extra)
        names = list(source.columns())
        return not names or any(name in self._columns for name in names)

    def records(self, cells: Cells) -> Iterator[Mapped]:
        """The records of one row; none where the rule does not apply or a part of the key is blank."""
        if not all(self._is_one_of(cells, column, wanted) for column, wanted in self.rule.when.items()):
            return
        if not self.rule.each:
            yield from self._record(cells)
            return
        for number, value in enumerate(self._each(cells), 1):
            yield from self._record({**cells, EACH: value, EACH_NUMBER: str(number)})

    def _record(self, cells: Cells) -> Iterator[Mapped]:
        key = text_of(self.rule.key, cells)
        if key is not None:
            fields = [self._value(field, self.rule.fields[field.name], cells) for field in self.fields]
            yield Mapped(key, self._ended(cells), fields)

    def _is_one_of(self, cells: Cells, column: str, wanted: tuple[str, ...]) -> bool:
        value = cells.get(column)
        if isinstance(value, list):
            return any(one in wanted for one in value)
        return (value or "") in wanted

    def _each(self, cells: Cells) -> Iterator[str]:
        for name in self.rule.each:
            value = cells.get(name)
            if isinstance(value, list):
                yield from value
            elif value is not None:
                yield value

    def _ended(self, cells: Cells) -> bool:
        status = cells.get(self._sheet.status)
        return isinstance(status, str) and status.lower() in self._rules.ended

    def _value(self, field: Field, source: Source, cells: Cells) -> str | None:
        if source.extra:
            return self._object(cells)
        if source.flags:
            chosen = [f'"{value}"' for value, column in source.flags if _one(cells.get(column)) == "true"]
            return f"[{','.join(chosen)}]" if chosen else None
        if not field.is_list:
            text = text_of(source, cells)
            return None if text is not None and field.length and len(text) > field.length else text
        if source.column in self._lists and source.column in self._columns:
            held = cells.get(source.column)
            return json_list(held) if isinstance(held, list) else None
        text = text_of(source, cells)
        return None if text is None else json_list([text])

    def _object(self, cells: Cells) -> str | None:
        """A JSON object of the extra columns; None when all of them are blank."""
        members = []
        for name in self._extra:
            value = cells.get(name)
            text = escaped(value).strip(BLANKS) if isinstance(value, str) else ""
            if text:
                members.append(f'{json.dumps(name, ensure_ascii=False)}:"{text}"')
        return "{" + ",".join(members) + "}" if members else None


def text_of(source: Source, cells: Cells) -> str | None:
    """The first of the source's choices that is not blank."""
    for choice in source.choices:
        parts = [_one(cells.get(part)) if is_column else part for is_column, part in choice.parts]
        if None not in parts:
            return "".join(part for part in parts if part is not None)
    return None


def _one(value: Value) -> str | None:
    """A column as one text: of a list the first value."""
    return value[0] if isinstance(value, list) else value
