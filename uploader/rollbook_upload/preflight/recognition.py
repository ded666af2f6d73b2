"""Which layout a delivery has, and which of its sheets a file is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rollbook_upload.preflight.layout import Layout, SheetLayout, is_named
from rollbook_upload.preflight.rules import Rules


def layout_of(rules: Rules, files: Iterable[tuple[str, Sequence[str]]]) -> Layout | None:
    """
    The layout of the account, or the one that the files fit best; None when they fit none.

    Args:
        files: Stem and header of each.
    """
    if len(rules.layouts) == 1:
        return rules.layouts[0]
    received = list(files)
    scores = sorted((-_score(layout, received), layout.name) for layout in rules.layouts)
    least, name = scores[0]
    return next(one for one in rules.layouts if one.name == name) if -least >= rules.sure else None


def is_left_out(layout: Layout, file: str, stem: str) -> bool:
    """Whether a file holds no roster data: it is said so, or the layout knows it by its name."""
    said = layout.said_of(file)
    return is_named(stem, layout.ignored) if said is None else not said


def sheet_of(layout: Layout, file: str, stem: str, header: Sequence[str]) -> SheetLayout | None:
    """The sheet that a file is said to be, else the one that fits; None when none does, or several do equally."""
    said = layout.said_of(file)
    return layout.sheet(said) if said else _match(layout, stem, header)[0]


def _match(layout: Layout, stem: str, header: Sequence[str]) -> tuple[SheetLayout | None, float]:
    fits = [(sheet, _fit(sheet, stem, header)) for sheet in layout.sheets]
    best = max((fit for _, fit in fits), default=0.0)
    found = [sheet for sheet, fit in fits if fit == best]
    return (found[0], best) if best > 0 and len(found) == 1 else (None, 0.0)


def _fit(sheet: SheetLayout, stem: str, header: Sequence[str]) -> float:
    """A name of the layout counts for a quarter, the header for the rest."""
    overlap = _overlap(sheet, header)
    if is_named(stem, sheet.files):
        return 0.25 + 0.75 * overlap
    return 0.75 * overlap if overlap >= 0.6 else 0.0


def _overlap(sheet: SheetLayout, header: Sequence[str]) -> float:
    """How alike a header and a sheet are, 0 to 1."""
    if not header:
        return 0.0
    columns = [sheet.find(name) for name in header]
    sent = {column.name for column in columns if column}
    known = sum(bool(column) or sheet.is_extra(name) for column, name in zip(columns, header))
    wanted = [column.name for column in sheet.columns if not column.drop]
    likeness = 0.9 * known / len(header) + 0.1 * _share(wanted, sent)
    return _share(sheet.required_columns, sent) * likeness


def _share(wanted: Iterable[str], found: set[str]) -> float:
    names = set(wanted)
    return len(names & found) / len(names) if names else 1.0


def _score(layout: Layout, files: Iterable[tuple[str, Sequence[str]]]) -> float:
    """How well a whole delivery fits a layout; down to two thirds where required sheets are missing."""
    received = [(stem, header) for stem, header in files if not is_named(stem, layout.ignored)]
    if not received:
        return 0.0
    matches = [_match(layout, stem, header) for stem, header in received]
    found = {sheet.name for sheet, _ in matches if sheet}
    fit = sum(fit for _, fit in matches) / len(received)
    return fit * (2 + _share((sheet.name for sheet in layout.sheets if sheet.required), found)) / 3
