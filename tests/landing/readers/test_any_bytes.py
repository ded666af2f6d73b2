"""Whatever the bytes are, they are read or refused in plain words."""

import json
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.errors import ContractBroken
from rollbook.landing.readers import Template, open_delivery
from tests.landing.readers.vectors import codes, lines, read_bytes, refusal_of, rows, shared

STARTS = st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04", b"PK\x05\x06", b"a,b\n1,2\n",
                          b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"a\0,\0b\0\n\0", b'a;"b\n'])  # fmt: skip
TEMPLATES = st.sampled_from([Template(), Template(header_row=0), Template(header_row=3), Template(encoding="utf-8"),
                             Template(widths=(("a", 1, 3), ("b", 5, 2)))])  # fmt: skip


def read_or_refuse(data: bytes, template: Template, name: str = "any.csv") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        try:
            with open_delivery(path, templates={"*": template}) as delivery:
                for sheet in delivery.sheets:
                    for frame in sheet.frames():
                        assert frame.columns == [*sheet.header, "_line", "_cells"]
                return
        except ContractBroken as error:
            refused = error
    assert refused.code != "contract-broken"
    assert "Nothing was changed." in str(refused)


@given(STARTS, st.binary(max_size=200), TEMPLATES)
def test_any_bytes(start: bytes, data: bytes, template: Template) -> None:
    """Any bytes give frames or a refusal with a code, and nothing else."""
    read_or_refuse(start + data, template)


@given(st.data())
def test_damaged_workbook(data: st.DataObject) -> None:
    """A workbook with changed bytes gives frames or a refusal."""
    book = bytearray(shared("schooltool-xls/errant/errant_years.xls").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        book[data.draw(st.integers(0, len(book) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(book[: data.draw(st.integers(1, len(book)))]), Template(), "damaged.xls")


def test_naughty_strings() -> None:
    """Each of the naughty strings comes back as it was sent."""
    strings = [text for text in json.loads(shared("naughty-strings/blns.json").read_text()) if "\0" not in text]
    sent = "id,text\n" + "".join(f'{at},"{text.replace(chr(34), chr(34) * 2)}"\n' for at, text in enumerate(strings))
    _, frame = read_bytes(sent.encode())
    assert frame["text"].to_list() == [text or None for text in strings]


def test_formulas_are_left_alone() -> None:
    """A value that looks like a formula is data; it is only made safe where a report is written."""
    formulas = shared("naughty-strings/csv-payload.txt").read_text().splitlines()
    _, frame = read_bytes(("text\n" + "\n".join(formulas)).encode())
    assert frame["text"].to_list() == [line for line in formulas if line]


@pytest.mark.parametrize(
    "data,code",
    [
        (b"", "file-empty"),
        (b"\n\r\n  \n", "header-missing"),
        (b"\xef\xbb\xbf", "header-missing"),
        (b"id,name\n", "file-header-only"),
        (b"id,name\n,\n\n", "file-header-only"),
        (b"id,name\n1,A\0nn\n", "file-binary"),
        (b"id,name\n1,A\x81nn\n", "file-encoding"),
        ("id,name\n1,Zoë\n2,Zoë\n3,Zoë\n".encode() + b"4,Zo\xeb\n", "file-encoding"),
        (b"\xff\xfei\0d\0\n\0\x00\xd8", "file-encoding"),
        (b'id,name\n1,"Ann\n2,Ben\n', "quote-unclosed"),
        (b'id,"name\n1,Ann\n', "header-missing"),
        (b"%PDF-1.7\n", "file-type"),
        (b"<!DOCTYPE html><table>", "file-type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "workbook-broken"),
    ],
)
def test_refusals(data: bytes, code: str) -> None:
    """What cannot be read is refused with the code that says why, and with the file."""
    error = refusal_of(data)
    assert (error.code, error.file) == (code, "sheet.csv")


def test_refusals_name_the_line() -> None:
    """An unclosed quote and bad bytes are reported with their line."""
    assert "line 3" in str(refusal_of(b'id,name\n1,Ann\n2,"Ben\n3,Cy\n'))
    assert "line 3" in str(refusal_of(b"id,name\n1,Ann\n2,B\x81n\n"))


def test_quotes_left_open_do_not_swallow_records() -> None:
    """A stray quote that opens a cell costs that cell, not the records below it."""
    sheet, frame = read_bytes(b'id,name\n1,"Ann\n2,"Ben" Lee\n3,"Cy "Bo" Ray"\n')
    assert rows(frame) == [("1", '"Ann'), ("2", '"Ben" Lee'), ("3", 'Cy "Bo" Ray')]
    assert [(note.code, note.line, note.count) for note in sheet.notes] == [("quote-repaired", 2, 3)]


def test_all_line_ends() -> None:
    """LF, CRLF, a lone CR, and none at the end each end a line; breaks inside quotes count as lines."""
    sheet, frame = read_bytes(b'id,name\r1,a\n2,b\r\n\r\n3,"c\r\nc"\r4,d')
    assert rows(frame) == [("1", "a"), ("2", "b"), ("3", "c\r\nc"), ("4", "d")]
    assert (lines(frame), codes(sheet)) == ([2, 3, 5, 7], ["no-final-newline"])


def test_types_of_the_frame() -> None:
    """Every column is text; the line is a u32 and the cell count a u16."""
    _, frame = read_bytes(b"id,n\n1,2\n")
    assert frame.schema == {"id": pl.String, "n": pl.String, "_line": pl.UInt32, "_cells": pl.UInt16}
