"""The published CSV test files read as their authors say."""

import json

import pytest

from tests.landing.readers.vectors import read, rows, shared

SPECTRUM = [
    "comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf",
    "quotes_and_newlines", "simple", "simple_crlf", "utf8",
]  # fmt: skip


@pytest.mark.parametrize("name", SPECTRUM)
def test_csv_spectrum(name: str) -> None:
    """Each file of csv-spectrum gives exactly the rows its JSON lists, with nothing for an empty cell."""
    folder = shared("csv-vectors/csv-spectrum")
    sheet, frame = read(folder / "csvs" / f"{name}.csv")
    expected = json.loads((folder / "json" / f"{name}.json").read_text())
    assert [dict(zip(sheet.header, row)) for row in rows(frame)] == [
        {key: value or None for key, value in record.items()} for record in expected
    ]
