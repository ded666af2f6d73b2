"""Delimited text -> frames: regular lines in bulk, the others one record at a time, in the order sent."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from rollbook.landing.readers import regular, strict
from rollbook.landing.readers.irregular import Singles, read_singles, singles_frame
from rollbook.landing.readers.quotes import Flags
from rollbook.landing.readers.terms import Limits, refusal


@dataclass
class DelimitedText:
    """One pass over the records of one sheet, chunk by chunk."""

    file: str
    delimiter: bytes
    columns: int
    line: int
    """The physical line where the next chunk begins."""
    limits: Limits
    repaired: int = 0
    repaired_line: int | None = None
    uneven: bool = False
    """Whether a chunk had lines of different cell counts: then later ones are counted before they are split."""

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
        for bulk, cells in self._proposals(lines):
            singles = read_singles(self.file, lines, self.line, bulk, self.delimiter, self.limits)
            frame = regular.split_lines(lines, bulk, self.delimiter, cells)
            if frame is not None:
                break
        else:
            raise AssertionError("an empty bulk is always split")
        frame = self._complete(frame, bulk, cells)
        if singles.cells:
            frame = pl.concat([frame, singles_frame(singles, self.columns)]).sort("_line")
        self._count(singles)
        return frame, int(lines.starts[singles.stop])

    def _proposals(self, lines: regular.Lines) -> Iterator[tuple[Flags, int]]:
        """
        Bulks to try, and their number of cells, from the fastest to the surest.

        All regular lines, when they have as many cells as the header; those with the commonest number; none.
        """
        undivided = self.delimiter == strict.NO_DELIMITER
        if not self.uneven:
            yield lines.regular.copy(), 1 if undivided else self.columns
        self.uneven = True
        if not undivided:
            counts = np.minimum(regular.count_cells(lines, self.delimiter), self.limits.max_columns + 1)
            usual = int(np.bincount(counts[lines.regular], minlength=2)[: self.limits.max_columns + 1].argmax())
            yield lines.regular & (counts == usual), usual
        yield np.zeros(len(lines), np.bool_), self.columns

    def _count(self, singles: Singles) -> None:
        self.line += singles.stop
        if self.repaired_line is None:
            self.repaired_line = singles.repaired_line
        self.repaired += singles.repaired

    def _complete(self, frame: pl.DataFrame, bulk: Flags, cells: int) -> pl.DataFrame:
        """Add the line numbers, leave out blank records, and make the columns those of the header."""
        line = pl.int_range(self.line, self.line + len(bulk), dtype=pl.UInt32, eager=True).alias("_line")
        if not bulk.all():  # a Series of an array loads numpy.ma, which nothing else needs
            line = line.filter(pl.Series(bulk))
        frame = _drop_blank(frame.hstack([line]), cells)
        counted = pl.Series("_cells", [cells], pl.UInt16).new_from_index(0, frame.height)
        if cells == self.columns:
            return frame.hstack([counted])
        if cells > self.columns:
            extra = [pl.col(str(place)).is_not_null() for place in range(self.columns, cells)]
            spread = pl.when(pl.any_horizontal(extra)).then(cells).otherwise(self.columns)
            counted = frame.select(spread.cast(pl.UInt16).alias("_cells"))["_cells"]
        kept = [pl.col(str(place)) for place in range(min(cells, self.columns))]
        missing = [pl.lit(None, dtype=pl.String).alias(str(place)) for place in range(cells, self.columns)]
        return frame.select(*kept, *missing, "_line").hstack([counted])


def _drop_blank(frame: pl.DataFrame, cells: int) -> pl.DataFrame:
    """Leave out the records that say nothing, by the rule of `strict.is_blank`."""
    if cells == 1:
        return frame.filter(pl.col("0").str.strip_chars(" \t") != "")
    if not frame.height or not frame["0"].null_count():
        return frame
    return frame.filter(pl.any_horizontal(pl.exclude("_line").is_not_null()))
