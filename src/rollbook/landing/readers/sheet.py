"""One table of a delivery: who it is, and its rows as frames."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import polars as pl

from rollbook.landing.readers.terms import Note, refusal


class Sheet(ABC):
    """
    One table: a delimited or fixed width file, or one sheet of a workbook.

    `notes` is complete once `frames` has been read to its end.
    """

    kind: str
    encoding: str = ""
    delimiter: str = ""

    def __init__(self, file: str, stem: str, size: int, digest: str) -> None:
        self.file, self.stem, self.size, self.digest = file, stem, size, digest
        self.header: tuple[str, ...] = ()
        self.header_line = 0
        self._opening_notes: list[Note] = []
        self._reading_notes: list[Note] = []

    def __repr__(self) -> str:
        return f"<Sheet {self.file}: {len(self.header)} columns, {self.kind}>"

    @property
    def notes(self) -> list[Note]:
        """What was found while opening and, so far, while reading."""
        return self._opening_notes + self._reading_notes

    def frames(self, rows: int = 200_000) -> Iterator[pl.DataFrame]:
        """
        Read the rows, in frames of at most `rows`.

        Columns: the header's names, as sent and empty as null; `_line` (u32), the physical line or workbook
        row where the record starts; `_cells` (u16), the cells found in it. A record with too few or too many
        cells is padded or cut, so that a check can reject it by `_cells`; blank records are left out.

        Raises:
            ContractBroken: What a full reading alone can show: quote-unclosed, cell-too-long, file-header-only.
        """
        self._reading_notes = []
        names = [*self.header, "_line", "_cells"]
        any_row = False
        for frame in self._read():
            frame.columns = names
            any_row = any_row or frame.height > 0
            yield from frame.iter_slices(rows)
        if not any_row:
            raise refusal(
                "file-header-only",
                self.file,
                "there is a header but not one row below it.",
                "An empty sheet never means that everybody left: look at the filters of the export.",
            )

    @abstractmethod
    def _read(self) -> Iterator[pl.DataFrame]:
        """The rows with the header's columns in order, then `_line` and `_cells`."""
