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
    id, family, given, email, grade, role, date, title, class_ and person.
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


Row = dict[str, object]


def sheet(name: str, rows: Iterable[Row], *, holds: str = "other", delimiter: str = ",", **meaning: str) -> Sheet:
    """Make a sheet from rows that all have the same columns; without rows it has no columns either."""
    found = list(rows)
    header = list(found[0]) if found else []
    if any(list(row) != header for row in found):
        raise ValueError(f"{name}: its rows do not have the same columns")
    cells = [[_cell(value) for value in row.values()] for row in found]
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
