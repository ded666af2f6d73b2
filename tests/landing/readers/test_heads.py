"""Delimiters, headers, encodings and templates: how the head of a text file is understood."""

from typing import Any

import pytest

from rollbook.core.errors import SettingsError
from rollbook.landing.readers import Limits, Template
from tests.landing.readers.vectors import codes, lines, read_bytes, refusal_of, rows

TEXT = 'id;name\r\n1;Zoë\r\n2;"Ann; Lee"\r\n'
ROWS = [("1", "Zoë"), ("2", "Ann; Lee")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "^"])
def test_names_with_commas_do_not_mislead(delimiter: str) -> None:
    """The delimiter is what the header has and most records agree on."""
    text = 'id;name;note\n1;"Lee, Ann";a:b\n2;"Ray, Bo";c:d\n'.replace(";", delimiter)
    sheet, frame = read_bytes(text.encode())
    assert (sheet.delimiter, rows(frame)) == (delimiter, [("1", "Lee, Ann", "a:b"), ("2", "Ray, Bo", "c:d")])


def test_one_column_of_names_with_commas() -> None:
    """Under a header of one name, a comma is part of the name."""
    sheet, frame = read_bytes(b'Name\nLee, Ann\n"Ray, Bo"\n10:30\nA\x1fB\n')
    assert (sheet.delimiter, rows(frame)) == ("", [("Lee, Ann",), ("Ray, Bo",), ("10:30",), ("A\x1fB",)])


def test_template_sets_the_delimiter() -> None:
    """What a template says goes over what the file looks like."""
    sheet, frame = read_bytes(b"a,b;c\n1,2;3\n", Template(delimiter=";"))
    assert (sheet.header, rows(frame)) == (("a,b", "c"), [("1,2", "3")])


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": "||"},
        {"delimiter": "é"},
        {"delimiter": '"'},
        {"delimiter": "\n"},
        {"encoding": "klingon"},
        {"encoding": "base64"},
        {"widths": (("a", 0, 3),)},
        {"header_row": -1},
    ],
)
def test_impossible_templates(wrong: dict[str, Any]) -> None:
    """A template that cannot work is an error of the settings, not of the file."""
    with pytest.raises(SettingsError):
        Template(**wrong)


@pytest.mark.parametrize(
    "encoding,name", [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("cp1252", "cp1252")]
)
def test_encodings(encoding: str, name: str) -> None:
    """UTF-8 and UTF-16 are recognised; what is neither is read as Windows-1252, with a note of the line."""
    sheet, frame = read_bytes(TEXT.encode(encoding))
    assert (sheet.header, rows(frame), sheet.encoding) == (("id", "name"), ROWS, name)
    fallbacks = [note.line for note in sheet.notes if note.code == "encoding-fallback"]
    assert fallbacks == ([2] if encoding == "cp1252" else [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf16_of_both_orders(encoding: str, mark: str) -> None:
    """UTF-16 is read in both byte orders, also without a mark."""
    sheet, frame = read_bytes((mark + TEXT).encode(encoding))
    assert (sheet.encoding, rows(frame), sheet.notes) == (encoding, ROWS, [])


def test_template_sets_the_encoding() -> None:
    """A template's encoding is used, and proven."""
    sheet, frame = read_bytes(TEXT.replace("ë", "ł").encode("cp1250"), Template(encoding="cp1250"))
    assert (sheet.encoding, rows(frame)[0]) == ("cp1250", ("1", "Zoł"))
    assert refusal_of(TEXT.encode("cp1252"), Template(encoding="utf-8")).code == "file-encoding"


def test_header_names_are_repaired() -> None:
    """Blanks and invisible characters around names go, blank and repeated names get their place; all is noted."""
    sheet, _ = read_bytes("\ufeff\u200bid\u00a0, First Name ,id,,_line\n1,2,3,4,5\n".encode())
    assert sheet.header == ("id", "First Name", "id (3)", "column 4", "_line (5)")
    assert codes(sheet) == ["header-repaired", "header-blank", "header-duplicate"]


def test_header_on_a_later_line() -> None:
    """Lines above the header row are passed over, and counted."""
    sheet, frame = read_bytes(b"Students\r\n, as of\r\rid,name\r\n\n1,Ann\n", Template(header_row=4))
    assert (sheet.header, sheet.header_line, rows(frame), lines(frame)) == (("id", "name"), 4, [("1", "Ann")], [6])


def test_header_row_beyond_the_end() -> None:
    """A header row that the file does not reach is refused."""
    assert refusal_of(b"a,b\n1,2\n", Template(header_row=9)).code == "header-missing"


def test_no_header() -> None:
    """Without a header the template names the cells by place, and further cells get a number."""
    sheet, frame = read_bytes(b"1,Ann,x\n2,Ben,y\n", Template(header_row=0, columns=("id", "name")))
    assert (sheet.header, sheet.header_line) == (("id", "name", "column 3"), 0)
    assert (rows(frame), lines(frame)) == ([("1", "Ann", "x"), ("2", "Ben", "y")], [1, 2])


def test_empty_extra_cells_do_not_count() -> None:
    """Delimiters at the end of a record are no cells, unless one of them holds a value."""
    _, frame = read_bytes(b"a,b\n1,2,,\n3,4,,\n5,6,,x\n7\n")
    assert frame.rows() == [("1", "2", 2, 2), ("3", "4", 3, 2), ("5", "6", 4, 4), ("7", None, 5, 1)]


def test_absurd_sizes() -> None:
    """Too many columns, too long cells and too large files are refused."""
    small = Limits(max_columns=3, max_cell_chars=10, max_file_bytes=100)
    assert refusal_of(b"a,b,c,d\n1,2,3,4\n", limits=small).code == "header-missing"
    assert refusal_of(b"a,b\n1," + b"x" * 11 + b"\n", limits=small).code == "cell-too-long"
    assert refusal_of(b'a,b\n1,"' + b"x\n" * 30 + b'"\n', limits=small).code == "cell-too-long"
    assert refusal_of(b"a,b\n" + b"1,2\n" * 30, limits=small).code == "file-too-large"


WIDTHS = Template(header_row=0, widths=(("id", 1, 4), ("name", 5, 6), ("grade", 12, 2)))


def test_fixed_width() -> None:
    """Cells are cut by characters, padding goes; a short line is padded, text beyond counts as a cell."""
    sheet, frame = read_bytes("0001Zoë    07\n0002Ann\n\n  3 Lee    9 more\n".encode(), WIDTHS)
    assert (sheet.kind, sheet.header) == ("fixed", ("id", "name", "grade"))
    assert frame.rows() == [
        ("0001", "Zoë", "07", 1, 3), ("0002", "Ann", None, 2, 3), ("3", "Lee", "9", 4, 4),
    ]  # fmt: skip


def test_fixed_width_in_any_encoding() -> None:
    """A fixed width file may be UTF-16, end its lines with CR, and have a header line."""
    template = Template(header_row=1, widths=WIDTHS.widths)
    _, frame = read_bytes("ID  NAME\r0001Zoë    07\r".encode("utf-16"), template)
    assert frame.rows() == [("0001", "Zoë", "07", 2, 3)]
