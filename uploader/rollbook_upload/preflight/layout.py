"""A layout as the hub describes it: its sheets, their columns, and the records that their rows give."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

EACH, EACH_NUMBER = "each", "each_number"

_PART = re.compile(r"\{([^{}]+)\}")
_INVISIBLE = re.compile("[\\s_\\-.\u00a0\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")


def normal_name(name: str) -> str:
    """A header as it is compared: without case, blanks, `_`, `-`, `.` and invisible characters."""
    return _INVISIBLE.sub("", name).casefold()


def is_named(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name fits one of some patterns, whatever its case."""
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)


class Source:
    """
    Where a value comes from: `choices` that are tried in turn, `flags` (value -> column), or all `extra` columns.

    Args:
        said: As the bundle has it.
    """

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.choices = [_Choice(text) for text in said["choices"]]
        self.flags = [(str(value), str(column)) for value, column in said["flags"]]
        self.extra = bool(said["extra"])

    def columns(self) -> Iterator[str]:
        """Every column that it reads."""
        for choice in self.choices:
            yield from choice.columns
        yield from (column for _, column in self.flags)

    @property
    def column(self) -> str:
        """The one column that is taken as it is; blank when the value is put together."""
        if len(self.choices) == 1 and self.choices[0].is_column:
            return self.choices[0].columns[0]
        return ""


class _Choice:
    """A column, `=constant`, or a text with `{column}` parts. `parts` are (is it a column, column or text)."""

    def __init__(self, text: str) -> None:
        self.parts: list[tuple[bool, str]] = []
        names = _PART.findall(text)
        if text.startswith("="):
            self.parts = [(False, text[1:])]
        elif not names:
            self.parts = [(True, text)]
        else:
            rest = text
            for name in names:
                before, _, rest = rest.partition("{" + name + "}")
                self.parts += [(False, before)] if before else []
                self.parts.append((True, name))
            self.parts += [(False, rest)] if rest else []
        self.columns = [name for is_column, name in self.parts if is_column]
        self.is_column = len(self.parts) == 1 and self.parts[0][0]


@dataclass(frozen=True)
class Column:
    """One column of a sheet, and how its values are read."""

    name: str
    aliases: tuple[str, ...]
    required: bool
    drop: bool
    kind: str
    code: str
    separator: str
    length: int
    restricted: bool


@dataclass(frozen=True)
class Rule:
    """How rows of one sheet give records of one entity."""

    entity: str
    key: Source
    fields: Mapping[str, Source]
    each: tuple[str, ...]
    when: Mapping[str, tuple[str, ...]]
    repeats: bool
    placeholder: bool


@dataclass(frozen=True)
class Lookup:
    """A column that is filled from other sheets: `take` of their rows whose `where` is this row's `value`."""

    column: Column
    take: str
    sheets: tuple[str, ...]
    where: str
    value: Source
    when: Mapping[str, tuple[str, ...]]


class SheetLayout:
    """One sheet of a layout."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.name: str = said["name"]
        self.files: tuple[str, ...] = tuple(said["files"])
        self.columns = [_column(one) for one in said["columns"]]
        self.rules = [_rule(one) for one in said["rules"]]
        self.required = bool(said["required"])
        self.extra: tuple[str, ...] = tuple(said["extra"])
        self.status: str = said["status"]
        self.lookups = [_lookup(one) for one in said["lookups"]]
        self.headers: dict[str, str] = said["headers"]
        self._by_name = {normal_name(name): c for c in reversed(self.columns) for name in (c.name, *c.aliases)}

    def find(self, header: str) -> Column | None:
        """The column that a header names, however it is spelled."""
        name = normal_name(header)
        return self._by_name.get(normal_name(self.headers.get(name, name)))

    def column(self, name: str) -> Column:
        """The column, sent or looked up, called `name` exactly; KeyError when there is none."""
        for column in (*self.columns, *(lookup.column for lookup in self.lookups)):
            if column.name == name:
                return column
        raise KeyError(name)

    def is_extra(self, header: str) -> bool:
        """Whether a header is one of the further columns that are collected."""
        return normal_name(header) not in self.headers and is_named(header.strip(), self.extra)

    @property
    def required_columns(self) -> list[str]:
        """The columns that every row must fill."""
        return [column.name for column in self.columns if column.required]

    def readable(self, sent: Iterable[str]) -> list[Column]:
        """The declared columns that were sent or looked up, in the order of the layout."""
        there = set(sent)
        declared = [*(c for c in self.columns if not c.drop), *(lookup.column for lookup in self.lookups)]
        return [column for column in declared if column.name in there]


class Layout:
    """A known set of data sheets."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.name: str = said["name"]
        self.title: str = said["title"]
        self.dates: tuple[str, ...] = tuple(said["dates"])
        self.sheets = [SheetLayout(one) for one in said["sheets"]]
        self.ignored: tuple[str, ...] = tuple(said["ignored"])
        self.files = [(str(pattern), str(sheet)) for pattern, sheet in said["files"]]

    def sheet(self, name: str) -> SheetLayout:
        """The sheet called `name`; KeyError when there is none."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(name)

    def said_of(self, file: str) -> str | None:
        """What the integration says of a file: a sheet, blank = left out, None = nothing."""
        return next((sheet for pattern, sheet in self.files if is_named(file, [pattern])), None)


def _column(said: Mapping[str, Any]) -> Column:
    return Column(
        name=said["name"],
        aliases=tuple(said["aliases"]),
        required=said["required"],
        drop=said["drop"],
        kind=said["kind"],
        code=said["code"],
        separator=said["separator"],
        length=said["length"],
        restricted=said["restricted"],
    )


def _rule(said: Mapping[str, Any]) -> Rule:
    return Rule(
        entity=said["entity"],
        key=Source(said["key"]),
        fields={name: Source(source) for name, source in said["fields"].items()},
        each=tuple(said["each"]),
        when=_when(said),
        repeats=said["repeats"],
        placeholder=said["placeholder"],
    )


def _lookup(said: Mapping[str, Any]) -> Lookup:
    return Lookup(
        column=_column(said["column"]),
        take=said["take"],
        sheets=tuple(said["sheets"]),
        where=said["where"],
        value=Source(said["value"]),
        when=_when(said),
    )


def _when(said: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {column: tuple(values) for column, values in said["when"].items()}
