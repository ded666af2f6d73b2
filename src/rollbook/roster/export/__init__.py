"""
The roster of a tenant as data sheets: what other systems read, and what a hub reads back.

Values are written as they are, without a guard against spreadsheet formulas: the files are for machines, and a
name that begins with `=` must come back as it was. Open them as text, or read the Excel reports instead.

    rows.py        the active rows as frames, with the ids that the receiver knows
    inverse.py     a layout read backwards
    hub.py         Rollbook's own sheets
    oneroster.py   OneRoster CSV 1.1 and 1.2
    writing.py     frames -> files in a folder or a zip
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from rollbook.accounts.models import Tenant
from rollbook.core.errors import SettingsError
from rollbook.core.layout import Layout
from rollbook.roster.export.hub import Hub
from rollbook.roster.export.oneroster import VERSIONS
from rollbook.roster.export.rows import Ids, Notes, Roster, one_moment
from rollbook.roster.export.writing import package

__all__ = ["LAYOUTS", "Exported", "Ids", "export"]


class Sheets(Protocol):
    """A roster in one layout."""

    @property
    def layout(self) -> Layout:
        """Says what the files are called."""

    def sheets(self) -> Iterator[tuple[str, Iterator[pl.DataFrame]]]:
        """Name and rows of each sheet; a sheet without rows is not written."""

    def closing(self, written: Sequence[str]) -> tuple[str, pl.DataFrame] | None:
        """One more sheet, which names those that were written."""


LAYOUTS: Mapping[str, Callable[[Roster], Sheets]] = {"hub_v1": Hub, **VERSIONS}


@dataclass(frozen=True)
class Exported:
    """
    What was written.

    Args:
        rows: Sheet -> number of its rows.

        notes: What the reader should know, a sentence each.
    """

    path: Path
    layout: Layout
    rows: Mapping[str, int]
    notes: Sequence[str]


def export(tenant: Tenant, layout: str, folder: Path, ids: Ids = Ids.ROSTER, *, zipped: bool = False) -> Exported:
    """
    Write the active roster of a tenant, as it is at this moment.

    Files of an earlier export in the folder are replaced; when anything goes wrong they stay as they were.

    Args:
        layout: One of `LAYOUTS`.

        zipped: Write `<layout>.zip` into the folder, instead of the files.

    Raises:
        SettingsError: The layout cannot be exported, or the folder cannot be written.
    """
    if layout not in LAYOUTS:
        raise SettingsError(
            f"The layout {layout!r} can only be read. Layouts that can be exported: {', '.join(sorted(LAYOUTS))}."
        )
    notes = Notes()
    made = LAYOUTS[layout](Roster(tenant, ids, notes))
    rows: dict[str, int] = {}
    with package(folder, made.layout, zipped=zipped) as files, one_moment():
        for name, frames in made.sheets():
            if count := files.write(name, frames):
                rows[name] = count
        if closing := made.closing(list(rows)):
            files.write(closing[0], iter([closing[1]]))
    return Exported(files.target, made.layout, rows, notes.lines())
