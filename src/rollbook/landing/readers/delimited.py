"""Delimited text -> frames: regular lines in bulk, the others one record at a time, in the order sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from rollbook.landing.readers import regular, strict
from rollbook.landing.readers.terms import Limits, refusal

MOST_CELLS = 2**16 - 1


@dataclass
class Repairs:
    """The cells whose quotes were kept as sent, counted."""

    count: int = 0
    line: int | None = None

    def add(self, count: int, line: int) -> None:
        if count and self.line is None:
            self.line = line
        self.count += count


@dataclass
class DelimitedText:
    """One pass over the records of one sheet, chunk by chunk."""

    file: str
    delimiter: bytes
    columns: int
    line: int
    limits: Limits
    repairs: Repairs = field(default_factory=Repairs)

    def frames(self, chunks: Iterator[bytes]) -> Iterator[pl.DataFrame]:
        """
        One frame per chunk: columns "0", "1", … and "_line", "_cells".

        Each chunk must end with a line end. A record that a chunk cuts is finished with the next one.
        """
        rest = b""
        for chunk in chunks:
            text = rest + chunk if rest else chunk
            frame, used = self._frame(text)
            rest = text[used:] if used < len(text) else b""
            if frame.height:
                yield frame
        if rest:
            raise refusal(
                "quote-unclosed",
                self.file,
                f'the quote (") that opens a cell in the record starting on line {self.line} is never closed.',
                "Close that quote, or double it if it belongs to the text, and send the file again.",
            )

    def _frame(self, text: bytes) -> tuple[pl.DataFrame, int]:
        """The records that are whole in `text`, and how many bytes they took."""
        lines = regular.survey_lines(text, self.delimiter, self.limits.max_cell_chars)
        bulk = lines.regular & (lines.cells == self._usual_cells(lines))
        singles, stop = self._singles(text, lines, bulk)
        bulk[stop:] = False
        frame = self._bulk_frame(text, lines, bulk)
        if singles:
            frame = pl.concat([frame, self._single_frame(singles)]).sort("_line")
        self.line += stop
        return frame, int(lines.starts[stop])

    def _usual_cells(self, lines: regular.Lines) -> int:
        """The commonest number of cells: the bulk takes only lines that have it."""
        counts = lines.cells[lines.regular]
        if self.delimiter == strict.NO_DELIMITER or not len(counts):
            return 1
        counts = np.minimum(counts, self.limits.max_columns + 1)
        usual = int(np.bincount(counts).argmax())
        return usual if usual <= self.limits.max_columns else 0

    def _singles(
        self, text: bytes, lines: regular.Lines, bulk: regular.Flags
    ) -> tuple[list[tuple[int, list[bytes]]], int]:
        """
        Read one at a time what is not fit for the bulk; take the lines inside such records out of the bulk.

        Returns the records with their lines, and the first line that is left for the next chunk.
        """
        records: list[tuple[int, list[bytes]]] = []
        free = 0
        for at in np.flatnonzero(~bulk & (lines.ends > lines.starts[:-1])).tolist():
            if at < free:
                continue
            record = self._record(text, int(lines.starts[at]), self.line + at)
            if record is None:
                return records, at
            free = at + record.lines
            bulk[at:free] = False
            self.repairs.add(record.repaired, self.line + at)
            if not strict.is_blank(record.cells):
                records.append((self.line + at, record.cells))
        return records, len(lines)

    def _record(self, text: bytes, start: int, line: int) -> strict.Record | None:
        longest = 4 * self.limits.max_cell_chars
        try:
            record = strict.read_record(text, start, self.delimiter, longest)
        except strict.QuoteOpen:
            return None
        except strict.CellTooLong:
            raise self._too_long(line) from None
        for cell in record.cells:
            if len(cell) > self.limits.max_cell_chars < len(cell.decode()):
                raise self._too_long(line)
        return record

    def _too_long(self, line: int) -> Exception:
        return refusal(
            "cell-too-long",
            self.file,
            f"the record starting on line {line} has a cell of over {self.limits.max_cell_chars:,} characters.",
            'Look for a quote (") that is never closed, mend it and send the file again.',
        )

    def _bulk_frame(self, text: bytes, lines: regular.Lines, bulk: regular.Flags) -> pl.DataFrame:
        at = np.flatnonzero(bulk)
        cells = int(lines.cells[at[0]]) if len(at) else self.columns
        frame = (
            regular.split_lines(regular.pick_lines(text, lines, bulk), self.delimiter, cells)
            if len(at)
            else _empty(cells)
        )
        frame = frame.with_columns(_line=pl.Series(at + self.line, dtype=pl.UInt32))
        frame = _drop_blank(frame, cells)
        return _fit(frame, cells, self.columns)

    def _single_frame(self, records: list[tuple[int, list[bytes]]]) -> pl.DataFrame:
        width = self.columns
        data: dict[str, list[str | None]] = {
            str(place): [(cells[place].decode() or None) if place < len(cells) else None for _, cells in records]
            for place in range(width)
        }
        counted = [
            width if len(cells) > width and not any(cells[width:]) else min(len(cells), MOST_CELLS)
            for _, cells in records
        ]
        return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String)).with_columns(
            _line=pl.Series([line for line, _ in records], dtype=pl.UInt32),
            _cells=pl.Series(counted, dtype=pl.UInt16),
        )


def _empty(cells: int) -> pl.DataFrame:
    return pl.DataFrame(schema={str(place): pl.String for place in range(cells)})


def _drop_blank(frame: pl.DataFrame, cells: int) -> pl.DataFrame:
    """Leave out the records that say nothing, by the rule of `strict.is_blank`."""
    if cells == 1:
        return frame.filter(pl.col("0").str.strip_chars(" \t") != "")
    if not frame.height or not frame["0"].null_count():
        return frame
    return frame.filter(pl.any_horizontal(pl.exclude("_line").is_not_null()))


def _fit(frame: pl.DataFrame, cells: int, columns: int) -> pl.DataFrame:
    """Count the cells of each record; extra cells count only where one of them has a value. Then cut or pad."""
    counted: pl.Expr = pl.lit(cells, dtype=pl.UInt16)
    if cells > columns:
        extra = [pl.col(str(place)).is_not_null() for place in range(columns, cells)]
        counted = pl.when(pl.any_horizontal(extra)).then(counted).otherwise(pl.lit(columns, dtype=pl.UInt16))
    kept = [pl.col(str(place)) for place in range(min(cells, columns))]
    missing = [pl.lit(None, dtype=pl.String).alias(str(place)) for place in range(cells, columns)]
    return frame.select(*kept, *missing, "_line", counted.alias("_cells"))
