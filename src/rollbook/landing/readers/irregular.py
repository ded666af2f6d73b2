"""The records of a text that are not fit for the bulk, read one at a time by the rules of `strict`."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from rollbook.core.errors import ContractBroken
from rollbook.landing.readers import strict
from rollbook.landing.readers.quotes import Flags
from rollbook.landing.readers.regular import Lines
from rollbook.landing.readers.terms import Limits, refusal

MOST_CELLS = 2**16 - 1


@dataclass
class Singles:
    """Records read one at a time."""

    cells: list[list[bytes]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    stop: int = 0
    """The first line that is left for the next chunk."""
    repaired: int = 0
    repaired_line: int | None = None


def read_singles(file: str, lines: Lines, first_line: int, bulk: Flags, delimiter: bytes, limits: Limits) -> Singles:
    """
    Read what is not in the bulk, and take the lines inside such records out of the bulk.

    Raises:
        ContractBroken: cell-too-long.
    """
    found = Singles(stop=len(lines))
    free = 0
    for at in np.flatnonzero(~bulk & (lines.lengths > 0)).tolist():
        if at < free:
            continue
        line = first_line + at
        record = _read(file, lines.text, int(lines.starts[at]), line, delimiter, limits)
        if record is None:
            found.stop = at
            bulk[at:] = False
            break
        free = at + record.lines
        bulk[at:free] = False
        if record.repaired and not found.repaired:
            found.repaired_line = line
        found.repaired += record.repaired
        if not strict.is_blank(record.cells):
            found.cells.append(record.cells)
            found.lines.append(line)
    return found


def _read(file: str, text: bytes, start: int, line: int, delimiter: bytes, limits: Limits) -> strict.Record | None:
    """The record that starts there; None when it goes on where the text stops."""
    try:
        record = strict.read_record(text, start, delimiter, 4 * limits.max_cell_chars)
    except strict.QuoteOpen:
        return None
    except strict.CellTooLong:
        raise _too_long(file, line, limits) from None
    for cell in record.cells:
        if len(cell) > limits.max_cell_chars < len(cell.decode()):
            raise _too_long(file, line, limits)
    return record


def _too_long(file: str, line: int, limits: Limits) -> ContractBroken:
    happened = f"the record starting on line {line} has a cell of over {limits.max_cell_chars:,} characters."
    return refusal("cell-too-long", file, happened, 'Look for a quote (") that is never closed.')


def singles_frame(singles: Singles, columns: int) -> pl.DataFrame:
    """The records, padded or cut to the columns; extra cells count only where one of them has a value."""
    data: dict[str, list[str | None]] = {
        str(place): [(cells[place].decode() or None) if place < len(cells) else None for cells in singles.cells]
        for place in range(columns)
    }
    counted = [
        columns if len(cells) > columns and not any(cells[columns:]) else min(len(cells), MOST_CELLS)
        for cells in singles.cells
    ]
    return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String)).with_columns(
        _line=pl.Series(singles.lines, dtype=pl.UInt32),
        _cells=pl.Series(counted, dtype=pl.UInt16),
    )
