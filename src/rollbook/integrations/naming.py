"""What a sender calls files and columns, where it is not what their layout calls them: the settings for it."""

import glob
from collections.abc import Mapping

from rollbook.core.bindings import with_names
from rollbook.core.errors import SettingsError
from rollbook.core.layout import Layout
from rollbook.landing.store import is_secret

SHEET, HEADER = "sheet.", "header."


def sheet_setting(file: str) -> str:
    """The name of the setting that says which sheet a file is."""
    return f"{SHEET}{glob.escape(file)}"


def header_setting(sheet: str, header: str) -> str:
    """The name of the setting that says which column a header of a sheet means."""
    return f"{HEADER}{sheet}.{header}"


def named(layout: Layout | None, settings: Mapping[str, str]) -> Layout | None:
    """
    The layout with what the settings say of the sender's own names.

    Raises:
        SettingsError: There is no such sheet or column, or no layout is named that could have it.
    """
    files = {name.removeprefix(SHEET): text for name, text in settings.items() if name.startswith(SHEET)}
    headers = {name.removeprefix(HEADER): text for name, text in settings.items() if name.startswith(HEADER)}
    if not files and not headers:
        return layout
    if layout is None:
        raise SettingsError("What a sender calls files and columns can be said once a layout is named: set layout.")
    by_sheet: dict[str, dict[str, str]] = {}
    for name, text in headers.items():
        sheet, header = _parts(name, layout)
        by_sheet.setdefault(sheet, {})[header] = text
    try:
        return with_names(layout, files, by_sheet)
    except KeyError as error:
        raise SettingsError(f"The layout {layout.title} has no sheet or column {error.args[0]!r}.") from error


def _parts(name: str, layout: Layout) -> tuple[str, str]:
    """The sheet and the header that a setting names; both may hold dots."""
    sheets = [sheet.name for sheet in layout.sheets if name.startswith(f"{sheet.name}.")]
    if not sheets:
        raise SettingsError(f"{HEADER}{name}: the layout {layout.title} has no such sheet.")
    sheet = max(sheets, key=len)
    header = name.removeprefix(f"{sheet}.")
    if is_secret(header):
        raise SettingsError(f"{HEADER}{name}: a column of passwords or government numbers is never read.")
    return sheet, header
