"""A data sheet before it is written: cells as text, and what its columns mean."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date


@dataclass
class Sheet:
    """
    One file of a layout.

    `holds` is what a row is: person, class, enrollment, relationship or other.
    `meaning` names the columns that a fault can damage, by what they say:
    id, family, given, email, grade, role, date, title, class and person.
    """

    name: str
    header: list[str]
    rows: list[list[str]]
    holds: str = "other"
    meaning: dict[str, str] = field(default_factory=dict)
    delimiter: str = ","
    encoding: str = "utf-8"

    def column(self, meaning: str) -> int:
        return self.header.index(self.meaning[meaning])

    def content(self) -> bytes:
        """The bytes of the file. What its encoding cannot say becomes a question mark, as in the field."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return text.getvalue().encode(self.encoding, "replace")


def sheet(name: str, columns: str, rows: Iterable[Iterable[object]], *, holds: str = "other", delimiter: str = ",", **meaning: str) -> Sheet:
    """Make a sheet from a header with commas and rows of values."""
    header = columns.split(",")
    cells = [[_cell(value) for value in row] for row in rows]
    wrong = [row for row in cells if len(row) != len(header)]
    if wrong:
        raise ValueError(f"{name}: {len(header)} columns, but a row has {len(wrong[0])}: {wrong[0]}")
    return Sheet(name, header, cells, holds, meaning, delimiter)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return str(value)
