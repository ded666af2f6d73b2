"""The header of a sheet -> column names that are unique and can be shown."""

import unicodedata
from collections.abc import Sequence

from rollbook.landing.readers.terms import Note

OWN_COLUMNS = ("_line", "_cells")
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def column_names(file: str, line: int, cells: Sequence[str]) -> tuple[tuple[str, ...], list[Note]]:
    """
    Name the columns after the header cells, without the blanks and invisible characters around them.

    A blank name becomes "column N"; a repeated one gets its place added: "id", "id (3)".
    """
    names = [_strip(cell) for cell in cells]
    notes: list[Note] = []
    repaired = [name for name, cell in zip(names, cells, strict=True) if name and name != cell]
    if repaired:
        text = f"Blanks or invisible characters around column names were left out: {_listed(repaired)}."
        notes.append(Note("header-repaired", file, line, text, len(repaired)))
    blank = [place for place, name in enumerate(names, 1) if not name]
    if blank:
        text = f"Columns without a name were named by their place: {_listed(map(str, blank))}."
        notes.append(Note("header-blank", file, line, text, len(blank)))
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
    if repeated:
        text = f"Names that come again, or are reserved, got the place of their column added: {_listed(repeated)}."
        notes.append(Note("header-duplicate", file, line, text, len(repeated)))
    return tuple(unique), notes


def _strip(cell: str) -> str:
    start, end = 0, len(cell)
    while start < end and unicodedata.category(cell[start]) in _INVISIBLE:
        start += 1
    while end > start and unicodedata.category(cell[end - 1]) in _INVISIBLE:
        end -= 1
    return cell[start:end]


def _free_name(name: str, place: int, taken: set[str]) -> str:
    candidate = f"{name} ({place})"
    while candidate in taken:
        candidate += "'"
    return candidate


def _listed(names: "map[str] | Sequence[str]", most: int = 5) -> str:
    shown = [name if len(name) <= 60 else name[:57] + "..." for name in names]
    rest = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + rest
