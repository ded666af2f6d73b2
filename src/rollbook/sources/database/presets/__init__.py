"""
The statements for systems whose tables are known: each TOML file of this folder is one preset.

A preset names the layout of the rows and has one SELECT for each sheet of it. An integration may put a statement of
its own in the place of any of them, or leave a sheet out.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rollbook.core.errors import SettingsError
from rollbook.sources import shipped


@dataclass(frozen=True)
class Preset:
    """
    What is asked of the database of one system.

    Args:
        kinds: The kinds of databases it runs on.

        layout: The layout of the rows.

        queries: Sheet -> statement.
    """

    name: str
    title: str
    about: str
    reference: str
    kinds: tuple[str, ...]
    layout: str
    queries: Mapping[str, str]


@cache
def names() -> tuple[str, ...]:
    """The names of all presets, in alphabetical order."""
    return shipped.names(__name__)


@cache
def load(name: str) -> Preset:
    """
    The preset called `name`.

    Raises:
        SettingsError: There is none of that name.
    """
    if name not in names():
        raise SettingsError(f"There is no preset {name!r}. There are: {', '.join(names())}.")
    data = tomllib.loads(shipped.text(__name__, name))
    queries = {sheet: text.strip() for sheet, text in data["query"].items()}
    return Preset(
        data["name"],
        data["title"],
        data["about"].strip(),
        data["reference"],
        tuple(data["kinds"]),
        data["layout"],
        queries,
    )
