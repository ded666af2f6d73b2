"""
A plugin: what it asks to read, and the queries it brings.

An administrator installs its zip; the server then makes a client id and a secret for it.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from simulators.powerschool.dictionary import BLACKLISTED, COLUMNS

_SPACE = "{http://plugin.powerschool.pearson.com}"
# What `listagg` here needs no telling: its texts are always in order.
_WITHIN = re.compile(r"within group\s*\([^)]*\)", re.IGNORECASE)
INSTALLED = Path(__file__).parent / "installed"


@dataclass(frozen=True)
class Query:
    """
    A PowerQuery.

    Args:
        columns: Alias -> the table and the column that it is declared as.

        arguments: Name -> the value it has when the caller gives none; None where it must be given.
    """

    name: str
    core_table: str
    is_flat: bool
    columns: Mapping[str, tuple[str, str]]
    arguments: Mapping[str, str | None]
    sql: str


@dataclass
class Plugin:
    """
    Args:
        fields: The columns it may read, by table.
    """

    id: int
    name: str
    client_id: str
    client_secret: str
    fields: dict[str, set[str]]
    queries: dict[str, Query] = field(default_factory=dict)

    def may_read(self, table: str, column: str = "") -> bool:
        """Whether a column, or any of the table, was granted."""
        granted = self.fields.get(table, set())
        return column in granted if column else bool(granted)

    def deny(self, table: str) -> None:
        """Take back what was granted of a table, as an administrator can."""
        self.fields.pop(table, None)

    def problems(self) -> list[str]:
        """What is wrong with it: columns nobody knows, and more or fewer columns than its SQL selects."""
        named = [one for query in self.queries.values() for one in query.columns.values()]
        named += [(table, column) for table, columns in self.fields.items() for column in columns]
        unknown = sorted({f"{t}.{c}".upper() for t, c in named if c not in COLUMNS.get(t, ())})
        return [f"Invalid field {one}" for one in unknown]


def from_zip(content: bytes, number: int) -> Plugin:
    """
    The plugin that a zip installs.

    Raises:
        ValueError: It is no plugin.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return _plugin({name: archive.read(name).decode() for name in archive.namelist()}, number)


def from_folder(folder: Path, number: int) -> Plugin:
    """The plugin whose files lie in a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return _plugin({path.relative_to(folder).as_posix(): path.read_text() for path in files}, number)


def _plugin(files: Mapping[str, str], number: int) -> Plugin:
    if "plugin.xml" not in files:
        raise ValueError("There is no plugin.xml in the root of the zip.")
    root = ElementTree.fromstring(files["plugin.xml"])
    if root.find(f"{_SPACE}oauth") is None:
        raise ValueError("The plugin does not ask for OAuth.")
    fields: dict[str, set[str]] = {}
    for one in root.iter(f"{_SPACE}field"):
        table, column = one.attrib["table"].lower(), one.attrib["field"].lower()
        if (table, column) not in BLACKLISTED:
            fields.setdefault(table, set()).add(column)
    queries = [
        query
        for name, text in files.items()
        if name.startswith("queries_root/") and name.endswith(".named_queries.xml")
        for query in map(_query, ElementTree.fromstring(text).iter("query"))
    ]
    return Plugin(
        id=400 + number,
        name=root.attrib["name"],
        client_id=f"c0ffee00-0000-4000-8000-{number:012}",
        client_secret=f"5ecret00-0000-4000-8000-{number:012}",
        fields=fields,
        queries={query.name: query for query in queries},
    )


def _query(element: ElementTree.Element) -> Query:
    columns = {}
    for one in element.iter("column"):
        table, _, column = one.attrib["column"].lower().partition(".")
        columns[(one.text or "").strip().lower()] = (table, column)
    return Query(
        name=element.attrib["name"].lower(),
        core_table=element.attrib["coreTable"].lower(),
        is_flat=element.attrib.get("flattened") == "true",
        columns=columns,
        arguments={
            one.attrib["name"]: None if one.attrib.get("required") == "true" else one.attrib.get("default")
            for one in element.iter("arg")
        },
        sql=_WITHIN.sub("", (element.findtext("sql") or "").strip().rstrip(";")),
    )
