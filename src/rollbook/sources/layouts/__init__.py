"""
The layouts Rollbook knows: each TOML file of this folder is one (the format: docs/layouts.md).

Adding a layout is adding a file; nothing else names them.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from rollbook.core import layout as core
from rollbook.core.errors import SettingsError
from rollbook.core.layout import Layout
from rollbook.core.recognition import highest_score, score
from rollbook.sources import shipped


@cache
def names() -> tuple[str, ...]:
    """The names of all layouts, in alphabetical order."""
    return shipped.names(__name__)


@cache
def load(name: str) -> Layout:
    """
    The layout called `name`.

    Raises:
        SettingsError: There is none of that name.
    """
    if name not in names():
        raise SettingsError(f"There is no layout {name!r}. There are: {', '.join(names())}.")
    return load_text(shipped.text(__name__, name))


def load_text(text: str) -> Layout:
    """
    The layout that a TOML text describes: one of ours, or one that a school wrote for itself.

    Raises:
        SettingsError: It is not TOML, or says what a layout cannot say.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The layout is not valid TOML: {error}.") from error
    return core.parse(data)


def load_file(path: Path) -> Layout:
    """
    The layout that a school wrote for itself, from its file.

    Raises:
        SettingsError: The file cannot be read, or is no layout.
    """
    try:
        return load_text(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The layout {path} cannot be read: {error}.") from error


def all_layouts() -> list[Layout]:
    """Every layout, in the order of `names`."""
    return [load(name) for name in names()]


def recognise(sheets: Iterable[tuple[str, tuple[str, ...]]]) -> list[tuple[str, float]]:
    """
    The layouts that a delivery may have, the best first, each with its score from 0 to 1.

    Between equal scores the layout that asks for fewer sheets and columns beyond those received comes
    first, then the alphabet decides.

    Args:
        sheets: Stem and header of each received sheet.
    """
    received = list(sheets)
    scores = ((layout.name, score(layout, received)) for layout in all_layouts())
    return sorted((found for found in scores if found[1] > 0), key=lambda found: (-found[1], found[0]))


def best(sheets: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[str, float]:
    """
    The first that `recognise` would give; ("", 0.0) when there is none.

    Only those are parsed that can still be it.
    """
    received = list(sheets)
    highest = {name: highest_score(shipped.text(__name__, name), received) for name in names()}
    found = ("", 0.0)
    for name in sorted(highest, key=lambda name: (-highest[name], name)):
        if highest[name] < found[1]:
            break
        found = min(found, (name, score(load(name), received)), key=lambda one: (-one[1], one[0]))
    return found
