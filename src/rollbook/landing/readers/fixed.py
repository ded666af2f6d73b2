"""Fixed width text: cells cut at the places a template gives."""

from collections.abc import Iterator

import polars as pl

from rollbook.landing.readers import chunks
from rollbook.landing.readers.encoding import Blocks, Survey, decoded
from rollbook.landing.readers.header import column_names
from rollbook.landing.readers.sheet import Sheet
from rollbook.landing.readers.terms import Limits, Template


class FixedSheet(Sheet):
    """
    A file whose cells stand at fixed places, counted in characters.

    The blanks around a value are padding and are left out. A line that ends early is as good as a padded one;
    text beyond the last column counts as one cell more.
    """

    kind = "fixed"

    def __init__(
        self, file: str, stem: str, blocks: Blocks, survey: Survey, template: Template, limits: Limits
    ) -> None:
        super().__init__(file, stem, survey.size, survey.digest)
        self.encoding = survey.encoding
        self._blocks, self._limits, self._widths = blocks, limits, template.widths
        self._chunk = chunks.size_for(survey.size)
        self.header_line = template.header_row
        self.header, notes = column_names(file, template.header_row, [name for name, _, _ in template.widths])
        self._opening_notes = survey.notes(file) + notes

    def _read(self) -> Iterator[pl.DataFrame]:
        line = 1
        for chunk in chunks.whole_lines(self.file, decoded(self._blocks(), self.encoding), self._limits, self._chunk):
            text = chunk.decode().replace("\r\n", "\n").replace("\r", "\n")
            lines = text.split("\n")[:-1]
            frame = pl.DataFrame({"text": lines}, schema={"text": pl.String}).with_row_index("_line", line)
            line += len(lines)
            yield self._cut(frame.filter(pl.col("_line") > self.header_line, pl.col("text").str.contains(r"[^ \t]")))

    def _cut(self, frame: pl.DataFrame) -> pl.DataFrame:
        text = pl.col("text")
        cells = []
        for place, (_, start, length) in enumerate(self._widths):
            cell = text.str.slice(start - 1, length).str.strip_chars(" ")
            cells.append(pl.when(cell != "").then(cell).alias(str(place)))
        beyond = max(start - 1 + length for _, start, length in self._widths)
        extra = text.str.slice(beyond).str.strip_chars(" ") != ""
        counted = (extra.cast(pl.UInt16) + len(self._widths)).cast(pl.UInt16)
        return frame.select(*cells, pl.col("_line").cast(pl.UInt32), counted.alias("_cells"))
