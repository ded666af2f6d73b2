"""
A layout: a known set of data sheets, as data.

A layout file (TOML) says which sheets there are, which columns each has, and which canonical records a
row gives. `docs/layouts.md` explains the format; `sources/layouts/` holds the files. Nothing here
reads a file: `parse` takes what the TOML reader gave.

How a record rule reads a row:

    entity = "role"                 the canonical entity (core.schema)
    key    = "{userId}|{orgId}"     the source key; a rule whose key has a blank part gives no record
    each   = "orgIds"               one record for each value of a list column, or for each non-blank of
                                    several columns (["Teacher_id", "Teacher_2_id"]); `{each}` is the value,
                                    `{each_number}` its place, from 1
    when   = {role = ["student"]}   only rows whose (mapped) value is one of these
    repeats = true                  many rows may give this record (one contact of two children)
    placeholder = true              only stands in for a record nobody described (an org known by its id)
    supplement = true               only adds to records that the roster knows, and never makes one (photos of people)
    fields = {org = "{each}", role = "role", role_type = "=primary", races = {flags = {white = "white"}}}

A field's source is a column name, `=constant`, a template with `{column}` parts (blank when a part is
blank), several of these joined by ` ?? ` (the first that is not blank), `@extra` (all columns of the
sheet's `extra` patterns as an object), or a table `{flags = {value = "column"}}` (the list of values
whose column is true). A list column read into a field that holds one value gives its first value. Where
several rows give one record, a list takes the values of all of them.

What a row does not say and another sheet does is looked up; the rules read it like a column of the sheet:

    [sheet.lookups]                 the `Role` of the rows of Users or Staff whose `Unique ID` is this row's
    role = {take = "Role", from = ["Users", "Staff"], where = "Unique ID", is = "Person ID"}

Columns, records and lookups that several sheets share are written once, as `[part.NAME]`, and a sheet
takes them with `parts = ["NAME"]`; its own columns of the same name come instead.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import Any

from rollbook.core import schema
from rollbook.core.errors import SettingsError
from rollbook.core.schema import Kind

_PART = re.compile(r"\{([^{}]+)\}")
_INVISIBLE = re.compile("[\\s_\\-.\u00a0\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
_ONE_OF = {Kind.LIST: Kind.TEXT, Kind.REFS: Kind.ID}
EACH, EACH_NUMBER, EXTRA = "each", "each_number", "@extra"


@lru_cache(maxsize=10_000)
def normal_name(name: str) -> str:
    """A header as it is compared: without case, blanks, `_`, `-`, `.` and invisible characters."""
    return _INVISIBLE.sub("", name).casefold()


@dataclass(frozen=True)
class Source:
    """
    Where a field's value comes from.

    Exactly one form is used: `choices` (texts tried in turn; each is a column, constant or template),
    `flags` (value -> column) or `extra`.
    """

    choices: tuple[str, ...] = ()
    flags: tuple[tuple[str, str], ...] = ()
    extra: bool = False

    def columns(self) -> Iterator[str]:
        """Every column it reads (`each` and `each_number` included)."""
        for choice in self.choices:
            if choice.startswith("="):
                continue
            yield from parts if (parts := _PART.findall(choice)) else (choice,)
        yield from (column for _, column in self.flags)

    @property
    def column(self) -> str:
        """The one column that is taken as it is, or "" when the value is put together."""
        if len(self.choices) == 1 and not self.choices[0].startswith("="):
            parts = _PART.findall(self.choices[0])
            if not parts:
                return self.choices[0]
            if self.choices[0] == "{" + parts[0] + "}":
                return str(parts[0])
        return ""


@dataclass(frozen=True)
class Rule:
    """How rows of one sheet give records of one entity."""

    entity: str
    key: Source
    fields: Mapping[str, Source]
    each: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeats: bool = False
    placeholder: bool = False
    supplement: bool = False

    def columns(self) -> Iterator[str]:
        """Every column of the sheet that the rule reads."""
        for source in (self.key, *self.fields.values()):
            yield from source.columns()
        yield from self.each
        yield from self.when


@dataclass(frozen=True)
class Column:
    """
    One column of a sheet.

    Args:
        name: As the layout's publisher writes it.

        aliases: Other headers that mean the same.

        required: A row without a value is rejected, and a sheet without the column is refused.

        drop: Never read past the landing: passwords, government ids.

        kind: How the value is read; taken from the canonical field it feeds unless given.

        code: The code model that translates its values; likewise.

        separator: For lists; "" = one value.
    """

    name: str
    help: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    drop: bool = False
    kind: Kind = Kind.TEXT
    code: str = ""
    separator: str = ""
    length: int = 0


@dataclass(frozen=True)
class Lookup:
    """
    A column that is filled from other sheets of the delivery.

    Args:
        column: What it is called and how its values are read. A list takes the values of all rows that
            are found, anything else the least of them, whatever the order of the rows.

        take: The column of the other sheets whose value is taken.

        sheets: The sheets looked into, in this order.

        where: The column of those sheets that is compared ...

        value: ... with this of the row: a source like that of a field, which may read an earlier lookup.

        when: Only rows of those sheets whose (mapped) value is one of these are looked at.
    """

    column: Column
    take: str
    sheets: tuple[str, ...]
    where: str
    value: Source
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def columns(self) -> set[str]:
        """Every column of the other sheets that it reads."""
        return {self.take, self.where, *self.when}


@dataclass(frozen=True)
class SheetLayout:
    """
    One sheet of a layout: its file names, its columns and the records its rows give.

    Args:
        headers: What a sender calls columns (normal names) -> the column meant; blank: it is not read.
    """

    name: str
    files: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    required: bool = False
    help: str = ""
    extra: tuple[str, ...] = ()
    status: str = ""
    lookups: tuple[Lookup, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def find(self, header: str) -> Column | None:
        """The column that a header names, however it is spelled."""
        name = normal_name(header)
        meant = self.headers.get(name)
        return self._columns_by_name.get(name if meant is None else normal_name(meant))

    @cached_property
    def _columns_by_name(self) -> dict[str, Column]:
        """By normal name or alias; of two columns with one alias the first has it."""
        return {normal_name(name): c for c in reversed(self.columns) for name in (c.name, *c.aliases)}

    def column(self, name: str) -> Column:
        """The column, sent or looked up, called `name` exactly; KeyError when there is none."""
        for column in (*self.columns, *(lookup.column for lookup in self.lookups)):
            if column.name == name:
                return column
        raise KeyError(name)

    def is_extra(self, header: str) -> bool:
        """Whether `header` is one of the further columns that `@extra` collects."""
        if normal_name(header) in self.headers:
            return False
        return any(fnmatchcase(header.strip().casefold(), pattern.casefold()) for pattern in self.extra)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Names of the columns every row must fill."""
        return tuple(c.name for c in self.columns if c.required)


@dataclass(frozen=True)
class Layout:
    """
    A known set of data sheets.

    Args:
        dates: Formats (as `strptime` takes them) that are tried after ISO 8601.

        ignored: Patterns of files that belong to the set and hold no roster data.

        extension: Of the template's files; a received file may have any.

        delimiter: Likewise.

        files: Patterns of files whose sheet is said -> that sheet; blank: the file is left out.
    """

    name: str
    title: str
    about: str = ""
    reference: str = ""
    version: str = ""
    dates: tuple[str, ...] = ()
    sheets: tuple[SheetLayout, ...] = ()
    ignored: tuple[str, ...] = ()
    extension: str = "csv"
    delimiter: str = ","
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def supplemented(self) -> frozenset[str]:
        """The entities of which no record is made: every rule that gives them only adds to those that are known."""
        rules = [rule for sheet in self.sheets for rule in sheet.rules]
        return frozenset(r.entity for r in rules) - {rule.entity for rule in rules if not rule.supplement}

    def sheet(self, name: str) -> SheetLayout:
        """The sheet called `name`; KeyError when there is none."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(name)

    def entities(self) -> set[str]:
        """Every entity that its rows can give."""
        return {rule.entity for sheet in self.sheets for rule in sheet.rules}


# Reading a layout ------------------------------------------------------------------------------------


def parse(data: Mapping[str, Any]) -> Layout:
    """
    The layout that a TOML document describes.

    Raises:
        SettingsError: It names an unknown entity, field, column or kind; the message says where.
    """
    try:
        sheets = tuple(_sheet(s, data) for s in data.get("sheet", ()))
        layout = Layout(
            name=data["name"],
            title=data["title"],
            about=data.get("about", ""),
            reference=data.get("reference", ""),
            version=str(data.get("version", "")),
            dates=tuple(data.get("dates", ())),
            sheets=sheets,
            ignored=tuple(data.get("ignored", ())),
            extension=data.get("extension", "csv"),
            delimiter=data.get("delimiter", ","),
        )
        _check_lookups(layout)
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"The layout {data.get('name', '(unnamed)')!r} cannot be read: {error}.") from error
    return layout


def _check_lookups(layout: Layout) -> None:
    """A lookup is checked once all sheets are known, since it may look into one that comes later."""
    for lookup in (lookup for sheet in layout.sheets for lookup in sheet.lookups):
        for sheet in map(layout.sheet, lookup.sheets):
            if missing := sorted(lookup.columns() - readable(sheet.columns)):
                raise ValueError(f"lookup {lookup.column.name}: sheet {sheet.name} has no {', '.join(missing)}")


def _sheet(data: Mapping[str, Any], layout: Mapping[str, Any]) -> SheetLayout:
    parts = [layout["part"][name] for name in data.get("parts", ())]
    rules = tuple(_rule(r, data["name"]) for part in (*parts, data) for r in part.get("record", ()))
    specs = {name: spec for part in (*parts, data) for name, spec in part.get("columns", {}).items()}
    separator = str(data.get("lists", layout.get("lists", ",")))
    uses = Uses(rules)
    columns = tuple(column_of(name, spec, uses, separator) for name, spec in specs.items())
    looked_up = {name: spec for part in (*parts, data) for name, spec in part.get("lookups", {}).items()}
    lookups = tuple(_lookup(column_of(name, spec, uses, separator), spec) for name, spec in looked_up.items())
    known = readable(columns, lookups)
    for rule in rules:
        if missing := sorted(set(rule.columns()) - known):
            raise ValueError(f"sheet {data['name']}: {rule.entity} reads unknown columns {', '.join(missing)}")
    if missing := sorted({column for lookup in lookups for column in lookup.value.columns()} - known):
        raise ValueError(f"sheet {data['name']}: a lookup reads unknown columns {', '.join(missing)}")
    return SheetLayout(
        name=data["name"],
        files=tuple(f.casefold() for f in data.get("files", (data["name"],))),
        columns=columns,
        rules=rules,
        required=bool(data.get("required", False)),
        help=data.get("help", ""),
        extra=tuple(data.get("extra", ())),
        status=data.get("status", ""),
        lookups=lookups,
    )


def readable(columns: Iterable[Column], lookups: Iterable[Lookup] = ()) -> set[str]:
    """The names that rules of a sheet may read."""
    return {c.name for c in columns if not c.drop} | {lookup.column.name for lookup in lookups} | {EACH, EACH_NUMBER}


def _rule(data: Mapping[str, Any], sheet: str) -> Rule:
    try:
        entity = schema.entity(data["entity"])
        for name in data.get("fields", {}):
            entity.field(name)
    except KeyError as error:
        raise ValueError(f"sheet {sheet}: {error}") from error
    each = data.get("each", ())
    return Rule(
        entity=entity.name,
        key=source_of(data["key"]),
        fields={name: source_of(source) for name, source in data.get("fields", {}).items()},
        each=(each,) if isinstance(each, str) else tuple(each),
        when=_when(data),
        repeats=bool(data.get("repeats", False)),
        placeholder=bool(data.get("placeholder", False)),
        supplement=bool(data.get("supplement", False)),
    )


def _lookup(column: Column, spec: Mapping[str, Any]) -> Lookup:
    return Lookup(column, spec["take"], tuple(spec["from"]), spec["where"], source_of(spec["is"]), _when(spec))


def _when(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {column: tuple(values) for column, values in data.get("when", {}).items()}


def source_of(data: str | Mapping[str, Any]) -> Source:
    """What the text or table of a field's source says."""
    if isinstance(data, str):
        return Source(extra=True) if data == EXTRA else Source(choices=tuple(data.split(" ?? ")))
    return Source(flags=tuple(data["flags"].items()))


def column_of(name: str, spec: Mapping[str, Any], uses: "Uses", separator: str) -> Column:
    """A column as its table describes it; how it is read follows from what it feeds, unless it says so."""
    kind, code, length = uses.of(name)
    kind = Kind(spec.get("kind", kind))
    is_list = bool(spec.get("list", kind in _ONE_OF))
    return Column(
        name=name,
        help=spec.get("help", ""),
        example=str(spec.get("example", "")),
        aliases=tuple(spec.get("aliases", ())),
        required=bool(spec.get("required", False)),
        drop=bool(spec.get("drop", False)),
        kind=kind if is_list else _ONE_OF.get(kind, kind),
        code=spec.get("code", code),
        separator=str(spec.get("separator", separator)) if is_list else "",
        length=int(spec.get("length", length)),
    )


class Uses:
    """What the columns of a sheet feed, by its rules."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._flags: set[str] = set()
        self._keys: set[str] = set()
        self._first: dict[str, list[schema.Field]] = {}
        self._any: dict[str, list[schema.Field]] = {}
        for rule in rules:
            entity = schema.entity(rule.entity)
            self._keys.update(rule.key.columns())
            for name, source in rule.fields.items():
                self._flags.update(column for _, column in source.flags)
                for place, choice in enumerate(source.choices):
                    fed = (self._any,) if place else (self._any, self._first)
                    for uses in fed:
                        uses.setdefault(_bare(choice), []).append(entity.field(name))

    def of(self, name: str) -> tuple[Kind, str, int]:
        """
        Kind, code model and length of a column, from what it feeds as it is.

        A reference says most, then the first choice of a field. A column of a key that is elsewhere only a
        last resort (a class without a name shows its id) stays an id.
        """
        if name in self._flags:
            return Kind.BOOLEAN, "", 5
        first = sorted(self._first.get(name, ()), key=lambda fed: fed.kind not in (Kind.REF, Kind.REFS))
        later = [] if name in self._keys else self._any.get(name, [])
        for fed in (*first, *later):
            return Kind.ID if fed.kind is Kind.REF else fed.kind, fed.code, fed.length
        return Kind.ID, "", 0


def _bare(choice: str) -> str:
    """The column that a choice is, where it is a column as it is: `name` or `{name}`."""
    return choice[1:-1] if choice.startswith("{") and choice.endswith("}") else choice
