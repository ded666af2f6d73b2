"""What others write reads back as it was."""

import csv
import io
import re
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rollbook.landing.readers import Template, open_delivery
from tests.landing.readers.vectors import Row, lines, read_bytes, rows

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(CELLS, min_size=width, max_size=width).filter(lambda row: any(cell.strip(" \t") for cell in row)),
        min_size=1,
        max_size=8,
    )
)
WRITERS = st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)])


def written(table: list[list[str]], delimiter: str, line_end: str, quoting: int) -> tuple[str, list[int]]:
    """The table as csv.writer writes it, and the line where each record starts."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
    starts = []
    writer.writerow([f"h{place}" for place in range(len(table[0]))])
    for row in table:
        starts.append(1 + len(re.findall("\r\n|\r|\n", out.getvalue())))
        writer.writerow(row)
    return out.getvalue(), starts


def as_read(table: list[list[str]]) -> list[Row]:
    return [tuple(cell or None for cell in row) for row in table]


@given(TABLES, st.sampled_from(",\t;|^"), WRITERS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_table_reads_back(table: list[list[str]], delimiter: str, writer: tuple[str, int], encoding: str) -> None:
    """Any table of any text that csv.writer wrote reads back equal, with the true line of each record."""
    text, starts = written(table, delimiter, *writer)
    sheet, frame = read_bytes(text.encode(encoding), Template(delimiter=delimiter))
    assert sheet.header == tuple(f"h{place}" for place in range(len(table[0])))
    assert (rows(frame), lines(frame)) == (as_read(table), starts)
    assert set(frame["_cells"]) == {len(table[0])}


@given(TABLES.filter(lambda table: len(table[0]) > 1))
def test_delimiter_of_a_quoted_table_is_found(table: list[list[str]]) -> None:
    """When all cells are quoted, no text inside them misleads about the delimiter."""
    text, _ = written(table, ";", "\r\n", csv.QUOTE_ALL)
    sheet, frame = read_bytes(text.encode())
    assert (sheet.delimiter, rows(frame)) == (";", as_read(table))


@given(TABLES, st.integers(1, 5))
def test_frames_are_no_longer_than_asked(table: list[list[str]], longest: int) -> None:
    """The number of rows asked for cuts the frames and changes nothing else."""
    text, _ = written(table, ",", "\r\n", csv.QUOTE_MINIMAL)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sheet.csv")
        path.write_bytes(text.encode())
        with open_delivery(path, templates={"*": Template(delimiter=",")}) as delivery:
            frames = list(delivery.sheets[0].frames(longest))
            whole = pl.concat(list(delivery.sheets[0].frames()))
    assert max(frame.height for frame in frames) <= longest
    assert pl.concat(frames).equals(whole)
