"""
Which layout a delivery has, and which of its sheets a received sheet is.

A header is known when the layout names it, however it is spelled. So the text of a layout tells before it is parsed
which headers it cannot know, and how well it can fit at best.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from rollbook.core.layout import Layout, SheetLayout, normal_name

_HIGHEST = 1 + 1e-9
"""The sum of the parts of a score may be rounded up."""
_WILDCARD = re.compile(r"[*?[]")
_EXTRA = re.compile(r"\bextra\s*=\s*\[([^\]]*)\]")
_QUOTED = re.compile(r""""([^"]*)"|'([^']*)'""")


@dataclass(frozen=True)
class Match:
    """How well one received sheet fits one sheet of a layout, 0 to 1."""

    sheet: str
    score: float


def is_left_out(layout: Layout, file: str, stem: str) -> bool:
    """Whether a received sheet holds no roster data: it is said so, or the layout knows it by its name."""
    said = _said(layout, file)
    return _is_named(stem, layout.ignored) if said is None else not said


def match_sheet(layout: Layout, stem: str, header: Iterable[str], file: str = "") -> Match | None:
    """
    The sheet of `layout` that a received sheet is: the one that is said to be, else the one that fits.

    A file name of the layout counts for a quarter, the header for the rest; without such a name the header
    must overlap well. None when nothing fits, or when several sheets do equally: an enrollment of teachers
    is not told from one of students by guessing.

    Args:
        file: As the sender knows it.
    """
    if said := _said(layout, file):
        return Match(said, 1.0)
    names = tuple(header)
    matches = [Match(sheet.name, _fit(sheet, stem, names)) for sheet in layout.sheets]
    best = max((match.score for match in matches), default=0.0)
    found = [match for match in matches if match.score == best]
    return found[0] if best > 0 and len(found) == 1 else None


def _said(layout: Layout, file: str) -> str | None:
    """What is said of a file: a sheet, blank = left out, None = nothing."""
    names = (file, file.rpartition("/")[2])
    return next((sheet for pattern, sheet in layout.files.items() if any(_is_named(n, [pattern]) for n in names)), None)


def _fit(sheet: SheetLayout, stem: str, header: tuple[str, ...]) -> float:
    overlap = _overlap(sheet, header)
    if _is_named(stem, sheet.files):
        return 0.25 + 0.75 * overlap
    return 0.75 * overlap if overlap >= 0.6 else 0.0


def _is_named(stem: str, patterns: Iterable[str]) -> bool:
    name = stem.casefold()
    return any(_is_like(name, pattern.casefold()) for pattern in patterns)


def _is_like(name: str, pattern: str) -> bool:
    """Most patterns are plain names, and to compile those of all layouts takes longer than all else here."""
    return fnmatchcase(name, pattern) if _WILDCARD.search(pattern) else name == pattern


def _overlap(sheet: SheetLayout, header: tuple[str, ...]) -> float:
    """
    How alike a header and a sheet are, 0 to 1.

    The share of the required columns that were sent, times the share of the sent columns that the sheet
    knows; a tenth of the latter is the share of the sheet's columns that were sent, which tells layouts
    with the same few columns apart.
    """
    if not header:
        return 0.0
    columns = [sheet.find(name) for name in header]
    sent = {column.name for column in columns if column}
    required = _share(sheet.required_columns, sent)
    if not required:
        return 0.0
    known = sum(bool(column) or sheet.is_extra(name) for column, name in zip(columns, header, strict=True))
    wanted = [column.name for column in sheet.columns if not column.drop]
    return required * (0.9 * known / len(header) + 0.1 * _share(wanted, sent))


def _share(wanted: Iterable[str], found: set[str]) -> float:
    """The share of `wanted` that was found; 1 where nothing is wanted."""
    names = set(wanted)
    return len(names & found) / len(names) if names else 1.0


def score(layout: Layout, sheets: Iterable[tuple[str, tuple[str, ...]]]) -> float:
    """
    How well a whole delivery fits a layout, 0 to 1.

    The mean of the sheets, without those that the layout ignores; down to two thirds where required sheets
    are missing, since a delta may leave them out.

    Args:
        sheets: Stem and header of each received sheet.
    """
    received = [(stem, header) for stem, header in sheets if not _is_named(stem, layout.ignored)]
    if not received:
        return 0.0
    matches = [match_sheet(layout, stem, header) for stem, header in received]
    found = {match.sheet for match in matches if match}
    fit = sum(match.score for match in matches if match) / len(received)
    return fit * (2 + _share((s.name for s in layout.sheets if s.required), found)) / 3


def highest_score(text: str, sheets: Iterable[tuple[str, tuple[str, ...]]]) -> float:
    """
    What the score of a delivery cannot exceed with the layout that a TOML text describes; takes a fifth of parsing it.

    Each header counts as known whose name stands anywhere in the text, or that may be one of its `extra` columns.
    As the layout may ignore all sheets but one, it is what the best of them could have.

    Args:
        sheets: Stem and header of each received sheet.
    """
    text = text.replace("\\t", "")  # a delimiter; names are compared without blanks
    if "\\" in text:
        return _HIGHEST  # an escape may spell any name
    named = normal_name(text)
    extra = [(one or other).casefold() for found in _EXTRA.findall(text) for one, other in _QUOTED.findall(found)]

    def is_known(header: str) -> bool:
        return normal_name(header) in named or any(_is_like(header.strip().casefold(), pattern) for pattern in extra)

    known = {header: is_known(header) for header in {header for _, headers in sheets for header in headers}}
    shares = [sum(known[header] for header in headers) / len(headers) for _, headers in sheets if headers]
    most = max(shares, default=0.0)
    return _HIGHEST - 0.75 * 0.9 * (1 - most)  # as `_fit` and `_overlap` count them
