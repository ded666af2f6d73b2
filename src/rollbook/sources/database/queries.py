"""What an integration asks of its database: the preset's statements, and its own in their place."""

from collections.abc import Mapping
from dataclasses import dataclass

from rollbook.core.bindings import without_sheets
from rollbook.core.errors import SettingsError
from rollbook.core.layout import Layout
from rollbook.sources import layouts
from rollbook.sources.database import presets
from rollbook.sources.database.drivers import DRIVERS
from rollbook.sources.database.statements import check

OFF = "off"
FAMILY = "query."


@dataclass(frozen=True)
class Queries:
    """
    The statements of an integration.

    Args:
        layout: Whose columns they give; without the sheets for which there is no statement.

        statements: Sheet -> statement, in the order of the layout.
    """

    layout: Layout
    statements: Mapping[str, str]


def queries(settings: Mapping[str, str]) -> Queries:
    """
    What the settings ask for.

    Raises:
        SettingsError: A statement would do anything but read, a sheet is unknown, or the preset is for another kind
            of database.
    """
    preset = presets.load(settings["preset"]) if settings.get("preset") else None
    layout = layouts.load(preset.layout if preset else settings.get("layout") or "hub_v1")
    own = {name.removeprefix(FAMILY): text for name, text in settings.items() if name.startswith(FAMILY)}
    known = [sheet.name for sheet in layout.sheets]
    if unknown := sorted(set(own) - set(known)):
        raise SettingsError(
            f"{FAMILY}{unknown[0]}: the layout {layout.title} has no sheet of that name. It has: {', '.join(known)}."
        )
    engine = settings.get("engine", "")
    if preset and engine and engine not in preset.kinds:
        raise SettingsError(
            f"The preset {preset.title} is for {' and '.join(DRIVERS[kind].title for kind in preset.kinds)}, and the "
            f"database is {DRIVERS[engine].title}. Choose another preset, or none."
        )
    wanted = {**(preset.queries if preset else {}), **{sheet: text for sheet, text in own.items() if text}}
    statements = {sheet: wanted[sheet] for sheet in known if wanted.get(sheet, OFF).strip().casefold() != OFF}
    if engine:
        dialect = DRIVERS[engine].dialect
        statements = {sheet: check(text, dialect, f"{FAMILY}{sheet}") for sheet, text in statements.items()}
    if engine and not statements:
        raise SettingsError(
            f"There is no statement to read anything. Choose a preset, or write statements: {FAMILY}{known[0]}=…"
        )
    return Queries(without_sheets(layout, set(known) - set(statements)), statements)
