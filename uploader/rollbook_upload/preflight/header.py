"""The header of a sheet -> column names that are unique and can be shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from rollbook_upload.preflight.findings import Finding

OWN_COLUMNS = ("_line", "_cells")  # the hub's
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def column_names(file: str, line: int, cells: Sequence[str]) -> tuple[list[str], list[Finding]]:
    """
    Name the columns after the header cells, without the blanks and invisible characters around them.

    A blank name becomes "column N"; a repeated one gets its place added: "id", "id (3)".
    """
    names = [_strip(cell) for cell in cells]
    notes: list[Finding] = []

    def note(code: str, text: str, found: Sequence[str]) -> None:
        if found:
            notes.append(Finding(code, file=file, line=line, detail=f"{text}: {_listed(found)}."))

    repaired = [name for name, cell in zip(names, cells) if name and name != cell]
    note("header-repaired", "Blanks or invisible characters around column names were left out", repaired)
    blank = [str(place) for place, name in enumerate(names, 1) if not name]
    note("header-blank", "Columns without a name were named by their place", blank)
    unique, repeated = _unique(names)
    note("header-duplicate", "Names that come again, or are reserved, got the place of their column added", repeated)
    return unique, notes


def _unique(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names, each once, and those that came again."""
    unique: list[str] = []
    repeated: list[str] = []
    taken = {*OWN_COLUMNS}
    for place, name in enumerate(names, 1):
        wanted = name or f"column {place}"
        if wanted in taken:
            repeated.append(wanted)
            wanted = _free_name(wanted, place, taken.union(names))
        taken.add(wanted)
        unique.append(wanted)
    return unique, repeated


def _strip(cell: str) -> str:
    start, end = 0, len(cell)
    while start < end and unicodedata.category(cell[start]) in _INVISIBLE:
        start += 1
    while end > start and unicodedata.category(cell[end - 1]) in _INVISIBLE:
        end -= 1
    return cell[start:end]


def _free_name(name: str, place: int, taken: Iterable[str]) -> str:
    candidate = f"{name} ({place})"
    while candidate in taken:
        candidate += "'"
    return candidate


def _listed(names: Sequence[str], most: int = 5) -> str:
    shown = [name if len(name) <= 60 else name[:57] + "..." for name in names]
    rest = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + rest
