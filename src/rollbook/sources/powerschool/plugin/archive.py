"""The two plugins as zip files, the same bytes each time."""

import io
import tomllib
import zipfile
from collections.abc import Iterable
from html import escape
from importlib.resources import files

from rollbook.core.errors import SettingsError
from rollbook.sources.powerschool.plugin.queries import AFTER, SINCE, YEAR_ID, NamedQuery, named_queries

# To be raised with each change of what is read; the administrator then approves the new fields.
VERSION = "1.0.0"
PLUGINS = {
    "powerschool": ("Rollbook REST", "Read-only access of Rollbook to people, classes and enrollments"),
    "powerschool_query": ("Rollbook Query", "Read-only access of Rollbook by named queries"),
}
_ARGUMENTS = {
    AFTER: ("key after which the page begins", "0"),
    SINCE: ("day of the last change, YYYY-MM-DD; 0 for all", "0"),
    YEAR_ID: ("school year: the year it begins in, less 1990", None),
}
_EPOCH = (2026, 1, 1, 0, 0, 0)


def plugin(kind: str) -> bytes:
    """
    The zip of the plugin for a kind of source.

    Raises:
        SettingsError: No plugin goes with the kind.
    """
    if kind not in PLUGINS:
        raise SettingsError(f"There is no plugin for {kind!r}. There is one for {' and for '.join(PLUGINS)}.")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in plugin_files(kind).items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def plugin_files(kind: str) -> dict[str, str]:
    """The files of a plugin, by their path in the zip."""
    if kind == "powerschool":
        return {"plugin.xml": _manifest(kind, rest_fields())}
    queries = named_queries().values()
    fields = set().union(*(query.reads for query in queries))
    return {
        "plugin.xml": _manifest(kind, fields),
        **{f"queries_root/{query.name}.named_queries.xml": _named_query(query) for query in queries},
    }


def rest_fields() -> set[str]:
    """What the REST interface needs to see, as TABLE.COLUMN."""
    tables = tomllib.loads((files(__package__) / "rest.toml").read_text())
    return {f"{table}.{field}".upper() for table, fields in tables.items() for field in fields}


def _manifest(kind: str, fields: Iterable[str]) -> str:
    name, about = PLUGINS[kind]
    asked = "\n".join(
        f'    <field table="{table}" field="{field}" access="ViewOnly"/>'
        for table, field in (one.split(".") for one in sorted(fields))
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<plugin xmlns="http://plugin.powerschool.pearson.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xsi:schemaLocation="http://plugin.powerschool.pearson.com plugin.xsd"
        name="{escape(name)}" version="{VERSION}" description="{escape(about)}">
  <oauth></oauth>
  <access_request>
{asked}
  </access_request>
  <publisher name="Rollbook"><contact email="admin@rollbook.example"/></publisher>
</plugin>
"""


def _named_query(query: NamedQuery) -> str:
    columns = "\n".join(f'      <column column="{field}">{alias}</column>' for alias, field in query.columns.items())
    arguments = "\n".join(_argument(name, query) for name in query.arguments)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<queries>
  <query name="{query.name}" coreTable="{query.core_table}" flattened="true">
    <summary>{escape(query.summary)}</summary>
    <description>{escape(query.summary)}</description>
    <args>
{arguments}
    </args>
    <columns>
{columns}
    </columns>
    <sql><![CDATA[
{query.sql}
]]></sql>
  </query>
</queries>
"""


def _argument(name: str, query: NamedQuery) -> str:
    about, default = _ARGUMENTS[name]
    column = {AFTER: query.columns[query.key], YEAR_ID: "TERMS.YEARID"}.get(name, "STUDENTS.LAST_NAME")
    given = 'required="true"' if default is None else f'required="false" default="{default}"'
    return f'      <arg name="{name}" column="{column}" description="{about}" type="primitive" {given}/>'
