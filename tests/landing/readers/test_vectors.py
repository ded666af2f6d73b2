"""The published CSV test files read as their authors say."""

import json

import pytest

from tests.landing.readers.vectors import Row, codes, lines, read, rows, shared

SPECTRUM = [
    "comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf",
    "quotes_and_newlines", "simple", "simple_crlf", "utf8",
]  # fmt: skip

FRICTIONLESS: dict[str, tuple[tuple[str, ...], list[Row], list[int], list[str]]] = {
    "ascii-notvalid": (("A", "B", "C"), [("1", "ssµ", "ab€")], [2], ["no-final-newline"]),
    "blank-cells": (
        ("id", "name"),
        [("1", "Paul"), ("2", "John"), ("3", "George"), ("4", "Ringo"), ("5", None)],
        [2, 3, 4, 5, 6],
        [],
    ),
    "blank-headers": (
        ("id", "column 2", "age"), [("1101", "John", "30"), ("1102", "Julie", "26")], [2, 3], ["header-blank"],
    ),
    "blank-rows": (("id", "name", "age"), [("1101", "John", "30"), ("1102", "Julie", "26")], [2, 3], []),
    "blank-rows-multiple": (("id", "name", "age"), [("1101", "John", "30"), ("1102", "Julie", "26")], [2, 3], []),
    "blank-rows-no-fields": (("id", "name", "age"), [("1101", "John", "30"), ("1102", "Julie", "26")], [2, 4], []),
    "bom": (("id", "name"), [("1", "english"), ("2", "中国人")], [2, 3], []),
    "delimiter": (("id", "name"), [("1", "english"), ("2", "中国人")], [2, 3], []),
    "duplicate-headers": (
        ("id", "name", "id (3)", "age", "id (5)"),
        [("1101", "John", "0", "30", "001101"), ("1102", "Julie", "0", "26", "001102")],
        [2, 3],
        ["header-duplicate"],
    ),
    "latin1": (("id", "name"), [("1", "english"), ("2", "©")], [2, 3], ["encoding-fallback"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SPECTRUM)
def test_csv_spectrum(name: str) -> None:
    """Each file of csv-spectrum gives exactly the rows its JSON lists, with nothing for an empty cell."""
    folder = shared("csv-vectors/csv-spectrum")
    sheet, frame = read(folder / "csvs" / f"{name}.csv")
    expected = json.loads((folder / "json" / f"{name}.json").read_text())
    assert [dict(zip(sheet.header, row, strict=True)) for row in rows(frame)] == [
        {key: value or None for key, value in record.items()} for record in expected
    ]


@pytest.mark.parametrize("name", FRICTIONLESS)
def test_frictionless(name: str) -> None:
    """Each file of frictionless gives its rows, their line numbers, and a note on what is wrong with it."""
    sheet, frame = read(shared(f"csv-vectors/frictionless/{name}.csv"))
    assert (sheet.header, rows(frame), lines(frame), codes(sheet)) == FRICTIONLESS[name]


def test_accents_in_the_header() -> None:
    """A semicolon file with an accented header keeps both."""
    sheet, frame = read(shared("csv-vectors/frictionless/accent.csv"))
    assert (sheet.delimiter, sheet.header[14], frame.height) == (";", "accessibilité", 2)


def test_uneven_records_are_given_with_their_cell_counts() -> None:
    """Records with two and four of three cells are padded and cut, and say how many they had."""
    _, frame = read(shared("csv-vectors/frictionless/defective-rows.csv"))
    assert frame.rows() == [("1101", "John", None, 2, 2), ("1102", "Julie", "26", 3, 4)]


@pytest.mark.parametrize(
    "name,delimiter", [("", ","), ("_tab", "\t"), ("_pipe", "|"), ("_semicolon", ";"), ("_colon", ":")]
)
def test_delimiters(name: str, delimiter: str) -> None:
    """The five delimiters of csvlint are told apart, although cells hold commas."""
    sheet, frame = read(shared(f"csv-vectors/csvlint/perfect{name}.csv"))
    last = "c" if delimiter == "," else "c,notafield"
    assert (sheet.delimiter, rows(frame)) == (delimiter, [("a", "b", last), ("d", "e", "f")])


@pytest.mark.parametrize("name,counts", [("mult_long_columns", [3, 4, 3, 4, 3]), ("one_long_column", [3, 4, 3])])
def test_long_records(name: str, counts: list[int]) -> None:
    """The too long records of csvlint are counted."""
    _, frame = read(shared(f"csv-vectors/csvlint/{name}.csv"))
    assert frame["_cells"].to_list() == counts


def test_bare_quotes_are_kept() -> None:
    """Quotes in the middle of a cell stay as sent, with a note of the line."""
    sheet, frame = read(shared("csv-vectors/csvlint/bad_quote.csv"))
    assert rows(frame) == [('john "the rock" smith', "a", "b"), ("c", "d", "e")]
    assert [(note.code, note.line, note.count) for note in sheet.notes] == [("quote-repaired", 2, 1)]


def test_names_of_many_scripts() -> None:
    """A sheet of names from 106 countries is read whole."""
    _, frame = read(shared("names/common-forenames-by-country.csv"))
    assert frame.height == 2480
    assert set(frame["_cells"]) == {12}
