"""The hub's rules, as its bundle says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollbook_upload.preflight.layout import Layout, is_named

FORMAT = 1
"""The form of bundle that this program understands."""


class UnknownFormat(ValueError):
    """The bundle is in a form that this version of the program does not know."""


@dataclass(frozen=True)
class Field:
    """One field of the roster, as far as checks need it."""

    name: str
    kind: str
    length: int
    target: str
    required: bool
    soft: bool
    identity: bool
    restricted: bool

    @property
    def is_list(self) -> bool:
        """Whether it holds several values."""
        return self.kind in ("list", "refs")

    @property
    def is_reference(self) -> bool:
        """Whether it names other records."""
        return self.kind in ("ref", "refs")


@dataclass(frozen=True)
class Entity:
    """One kind of record."""

    name: str
    school: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """The field called `name`; KeyError when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@dataclass(frozen=True)
class IssueType:
    """One kind of finding, in the hub's words."""

    code: str
    severity: str
    title: str
    message: str
    fix: str


@dataclass(frozen=True)
class Template:
    """How a file is read when it does not say so itself."""

    header_row: int = 1
    columns: tuple[str, ...] = ()
    widths: tuple[Any, ...] = ()
    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class CodeTable:
    """How the values of a code model are translated."""

    exact: Mapping[str, str]
    folded: Mapping[str, str]
    extensible: bool
    otherwise: str
    value: str


class Rules:
    """
    Everything that checks need to know.

    Args:
        said: The payload of a bundle.

    Raises:
        UnknownFormat: It is in another form.
    """

    def __init__(self, said: Mapping[str, Any]) -> None:
        if said.get("format") != FORMAT:
            raise UnknownFormat(f"The hub's rules are in the form {said.get('format')}; this program knows {FORMAT}.")
        self.digest: str = said["digest"]
        self.sure: float = said["sure"]
        self.layouts = [Layout(one) for one in said["layouts"]]
        self.region: str = said["region"]
        self.only: dict[str, list[str]] = {name: list(values) for name, values in said["only"].items() if values}
        self.codes = {name: CodeTable(**table) for name, table in said["codes"].items()}
        self.templates = [(pattern, _template(one)) for pattern, one in said["templates"]]
        self.entities = [_entity(one) for one in said["entities"]]
        self.issues = {one["code"]: IssueType(**one) for one in said["issues"]}
        self.ranks = {one["code"]: number for number, one in enumerate(said["issues"])}
        self.limits: dict[str, int] = said["limits"]
        self.secret_columns: list[str] = said["secret_columns"]
        self.ended: frozenset[str] = frozenset(said["ended"])
        self.mask: str = said["mask"]

    def template(self, name: str) -> Template:
        """How a file of this name is read."""
        return next((one for pattern, one in self.templates if is_named(name, [pattern])), Template())


def _template(said: Mapping[str, Any]) -> Template:
    return Template(
        header_row=said["header_row"],
        columns=tuple(said["columns"]),
        widths=tuple(said["widths"]),
        delimiter=said["delimiter"],
        encoding=said["encoding"],
    )


def _entity(said: Mapping[str, Any]) -> Entity:
    return Entity(said["name"], said["school"], tuple(_field(one) for one in said["fields"]))


def _field(said: Mapping[str, Any]) -> Field:
    return Field(
        name=said["name"],
        kind=said["kind"],
        length=said["length"],
        target=said["target"],
        required=said["required"],
        soft=said["soft"],
        identity=said["identity"],
        restricted=said["privacy"] == "restricted",
    )
