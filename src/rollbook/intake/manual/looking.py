"""What the files of an upload hold: their sheets, the first rows, and which sheet of the layout each is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import polars as pl

from rollbook.core.errors import ContractBroken
from rollbook.core.layout import Layout, SheetLayout, normal_name
from rollbook.core.recognition import is_left_out, match_sheet
from rollbook.core.schema import MASK
from rollbook.landing.readers import Sheet, Template, open_delivery
from rollbook.landing.store import is_secret
from rollbook.runs.report.privacy import restricted_columns
from rollbook.sources import layouts

SAMPLED, SHOWN, SAMPLES = 200, 5, 3
UNREAD = "never read"
_LONGEST = 60


@dataclass(frozen=True)
class Look:
    """
    One sheet of an upload: a file, or a sheet of a workbook.

    Args:
        pattern: What settings of readers name it by.

        rows: The first rows, as text.

        problem: Why it cannot be taken as it is; blank when it can.

        recognised: The sheet of the layout that it is by itself; blank: none. `score` says how well, 0 to 1.
    """

    file: str
    pattern: str
    kind: str
    size: int
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int
    rows: tuple[tuple[str, ...], ...] = ()
    problem: str = ""
    recognised: str = ""
    score: float = 0.0


@dataclass(frozen=True)
class Looks:
    """All sheets of an upload, and what readers left out."""

    sheets: tuple[Look, ...]
    left_out: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)

    def best_layout(self) -> str:
        """The layout that the files fit best; blank: none."""
        return max(self.scores, key=lambda name: self.scores[name], default="")


def look(folder: Path, layout: Layout | None, templates: Mapping[str, Template]) -> Looks:
    """
    Read the heads of all files.

    Args:
        layout: What they are matched to; None = see which layouts they fit.

        templates: How files are read that do not say it themselves.

    Raises:
        ContractBroken: A file cannot be read.
    """
    with open_delivery(folder, templates=templates) as delivery:
        scores = {}
        if layout is None:
            scores = dict(layouts.recognise((sheet.stem, sheet.header) for sheet in delivery.sheets))
            best = max(scores, key=lambda name: scores[name], default="")
            layout = layouts.load(best) if best else None
        seen = tuple(_look(sheet, layout) for sheet in delivery.sheets)
        return Looks(seen, tuple(f"{note.file}: {note.text}" for note in delivery.notes), scores)


def shown(look: Look, sheet: SheetLayout | None, most: int = SHOWN) -> Iterator[tuple[str, ...]]:
    """The first rows as a page may show them: without what is never read, and restricted values masked."""
    unread = [is_unread(header, sheet) for header in look.header]
    hidden = {normal_name(name) for name in restricted_columns(sheet)} if sheet else set()
    found = [sheet.find(header) if sheet else None for header in look.header]
    masked = [bool(column and normal_name(column.name) in hidden) for column in found]
    for row in look.rows[:most]:
        yield tuple(
            UNREAD if never else MASK if mask and value else value
            for value, never, mask in zip(row, unread, masked, strict=True)
        )


def samples(look: Look, sheet: SheetLayout) -> list[list[str]]:
    """A few different values of each column, as a page may show them."""
    columns = zip(*shown(look, sheet, SAMPLED), strict=True) if look.rows else ((),) * len(look.header)
    return [list(dict.fromkeys(value for value in values if value))[:SAMPLES] for values in columns]


def is_unread(header: str, sheet: SheetLayout | None) -> bool:
    """Whether a column is dropped before anything is stored: passwords, government numbers."""
    column = sheet.find(header) if sheet else None
    return column.drop if column else is_secret(header)


def pattern_of(file: str, kind: str) -> str:
    """What settings of readers know a sheet by: the name of its file, in a workbook with that of the sheet."""
    parts = PurePosixPath(file).parts
    return "/".join(parts[-2:]) if kind == "workbook" else parts[-1]


def _look(sheet: Sheet, layout: Layout | None) -> Look:
    match = None
    if layout and not is_left_out(layout, sheet.file, sheet.stem):
        match = match_sheet(layout, sheet.stem, sheet.header, sheet.file)
    rows, problem = _first_rows(sheet, layout.sheet(match.sheet) if layout and match else None)
    return Look(
        file=sheet.file,
        pattern=pattern_of(sheet.file, sheet.kind),
        kind=sheet.kind,
        size=sheet.size,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        header=sheet.header,
        header_row=sheet.header_line,
        rows=rows,
        problem=problem,
        recognised=match.sheet if match else "",
        score=match.score if match else 0.0,
    )


def _first_rows(sheet: Sheet, known: SheetLayout | None) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The first rows, in which what is never read is blank; or why there are none."""
    try:
        frame = next(sheet.frames(SAMPLED), pl.DataFrame())
    except ContractBroken as error:
        return (), str(error)
    blank = pl.lit("", pl.String)
    cells = [blank.alias(name) if is_unread(name, known) else pl.col(name).fill_null("") for name in sheet.header]
    rows = frame.head(SAMPLED).select(cells).rows()
    return tuple(tuple(map(_short, row)) for row in rows), ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
