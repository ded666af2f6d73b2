"""
A layout read backwards: what its rules take out of a sheet is put into the sheet.

Works for what a rule takes as it is: a column read into a field, a list, a flag, an object, and a key that is a
column. What a rule puts together (templates, lookups, one record for each value) needs code of its own, which
passes the columns it has made.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from rollbook.core import schema
from rollbook.core.layout import Column, Rule, SheetLayout, Source
from rollbook.core.schema import Kind
from rollbook.roster.export.rows import Notes, Roster

Change = Callable[[pl.DataFrame], pl.DataFrame]

_MEMBER = r'"((?:[^"\\{}:,]|\\["\\])+)":"((?:[^"\\{}]|\\["\\])*)"'
_FLAT = rf"^\{{{_MEMBER}(?:,{_MEMBER})*\}}$"
_CUSTOM = r'"((?:[^"\\]|\\.)*)":"(?:[^"\\]|\\.)*"'


def unchanged(records: pl.DataFrame) -> pl.DataFrame:
    """The records as the roster holds them."""
    return records


@dataclass(frozen=True)
class Inverse:
    """
    How the records of one entity become the rows of one sheet.

    Args:
        change: What happens to the records before: defaults, other words for codes.

        made: Columns of the sheet that code has put into the changed records, by the same name.

        extra: How the name of a `custom` value becomes a header.

        without: Columns of the layout that are not written.
    """

    sheet: SheetLayout
    entity: str
    change: Change = unchanged
    made: frozenset[str] = frozenset()
    extra: Callable[[str], str] = str
    without: frozenset[str] = frozenset()

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that the sheet says something about."""
        return tuple(dict.fromkeys(name for rule in self._rules() for name in rule.fields))

    @cached_property
    def bound(self) -> dict[str, tuple[str, str]]:
        """Column -> the field it is read into, and the value it stands for when it is a flag."""
        found: dict[str, tuple[str, str]] = {}
        for name, source in ((name, source) for rule in self._rules() for name, source in rule.fields.items()):
            if column := _first(source):
                found.setdefault(column, (name, ""))
            found.update({flagged: (name, value) for value, flagged in source.flags})
        return found

    def frames(self, roster: Roster) -> Iterator[pl.DataFrame]:
        """The rows of the sheet: every column of the layout in its order, then the further ones."""
        further = self._further(roster)
        for records in roster.batches(self.entity, self.fields):
            changed = self.change(records)
            if not changed.is_empty():
                yield self.rows(changed, further, roster.notes)

    def _rules(self) -> Iterator[Rule]:
        return (rule for rule in self.sheet.rules if rule.entity == self.entity and not rule.each)

    def rows(
        self, records: pl.DataFrame, further: Sequence[str], notes: Notes, wanted: Collection[str] = ()
    ) -> pl.DataFrame:
        """
        The rows that changed records give.

        Args:
            further: Names of `custom` values that become columns.

            wanted: Only these columns; none = all.
        """
        columns = [c for c in self.sheet.columns if c.name not in self.without and (not wanted or c.name in wanted)]
        rows = records.select(self._value(column, records, notes).alias(column.name) for column in columns)
        for name in (c.name for c in columns if c.required):
            text = f"{schema.entity(self.entity).plural} have no {name}, which the layout requires: it is blank."
            notes.add(text, rows[name].null_count())
        if not further:
            return rows
        values = records["custom"].str.json_decode(pl.Struct(dict.fromkeys(further, pl.String))).struct.unnest()
        return rows.hstack(values.rename(self.extra))

    def _value(self, column: Column, records: pl.DataFrame, notes: Notes) -> pl.Expr:
        if column.name in self.made:
            return pl.col(column.name)
        if column.name in self.bound:
            name, flag = self.bound[column.name]
            is_flagged = pl.col(name).str.contains(f'"{flag}"', literal=True)
            return pl.when(is_flagged).then(pl.lit("true")) if flag else self._said(name, column, records, notes)
        if any(_first(rule.key) == column.name for rule in self._rules()):
            return pl.col("id")
        return pl.lit(None, pl.String)

    def _said(self, name: str, column: Column, records: pl.DataFrame, notes: Notes) -> pl.Expr:
        canonical = schema.entity(self.entity).field(name)
        if canonical.kind is Kind.OBJECT:
            return pl.lit(braced(records[name], f"{schema.entity(self.entity).plural}: {name}", notes))
        if canonical.kind in (Kind.LIST, Kind.REFS):
            lists = records[name].str.json_decode(pl.List(pl.String))
            return pl.lit(joined(lists, column.separator, f"{schema.entity(self.entity).plural}: {name}", notes))
        return pl.col(name)

    def _further(self, roster: Roster) -> list[str]:
        """The names that the `custom` values of all records have."""
        if not any(source.extra for rule in self._rules() for source in rule.fields.values()):
            return []
        shapes: set[str] = set()
        for records in roster.batches(self.entity, ["custom"]):
            bare = records["custom"].drop_nulls().str.replace_all(_CUSTOM, '"${1}":""')
            shapes.update(bare.unique())
        return sorted({name for shape in shapes for name in json.loads(shape)})


def joined(lists: pl.Series, separator: str, what: str, notes: Notes) -> pl.Series:
    """
    A list in one cell.

    The separator inside of a value is left out, since nothing can be written that a reader would take for it.
    """
    element = pl.element().str.contains(separator, literal=True)
    clashing = lists.list.eval(element).list.any()
    if clashing.any():
        notes.add(
            f"{what} holds {separator!r} inside of a value, where it begins the next one: it is left out there.",
            int(clashing.sum()),
        )
        lists = lists.list.eval(pl.element().str.replace_all(separator, "", literal=True))
    return lists.list.join(separator)


def braced(objects: pl.Series, what: str, notes: Notes) -> pl.Series:
    """`{kind:id},{kind:id}`, as OneRoster writes `userIds`; blank for what its signs cannot say."""
    can = objects.str.contains(_FLAT)
    notes.add(f"{what} holds braces or the like, which cannot be written: it is blank.", int((~can).sum()))
    sent = objects.set(~can, None)
    bare = sent.str.replace_all(_MEMBER, "{${1}:${2}}").str.strip_prefix("{").str.strip_suffix("}")
    return bare.str.replace_many(['\\"', "\\\\"], ['"', "\\"])


def _first(source: Source) -> str:
    """The column that a source takes as it is before it tries anything else, or ""."""
    return Source(source.choices[:1]).column
