"""Folders, zips and workbooks: what belongs to a delivery, and what is refused."""

import datetime as dt
import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from rollbook.core.errors import ContractBroken
from rollbook.landing.readers import Delivery, Limits, Template, open_delivery
from tests.landing.readers.vectors import read, rows, shared

SHEET = b"id,name\n1,Ann\n"


def zipped(folder: Path, *members: tuple[str | zipfile.ZipInfo, bytes], name: str = "night.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members:
            archive.writestr(member, data)
    return path


def code_of(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(ContractBroken) as caught:
        read_all(path, limits or Limits())
    return caught.value.code


def read_all(path: Path, limits: Limits) -> None:
    with open_delivery(path, limits=limits) as delivery:
        for sheet in delivery.sheets:
            list(sheet.frames())


def files(delivery: Delivery) -> list[str]:
    return [sheet.file for sheet in delivery.sheets]


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fill(book)
    book.close()
    return out.getvalue()


def small_book(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("Students")
    for place, row in enumerate([["id", "name"], [1, "Ann"]]):
        sheet.write_row(place, 0, row)


def test_folder(tmp_path: Path) -> None:
    """The sheets of a folder are read; what is hidden, unfinished, a link or about the delivery is noted."""
    for name in ["users.csv", "orgs.TXT", ".hidden.csv", "new.csv.part", "a.tmp", "README.txt", "photo.jpg"]:
        (tmp_path / name).write_bytes(SHEET)
    (tmp_path / "link.csv").symlink_to(tmp_path / "users.csv")
    (tmp_path / "old").mkdir()
    with open_delivery(tmp_path) as delivery:
        assert files(delivery) == ["orgs.TXT", "users.csv"]
        assert [sheet.stem for sheet in delivery.sheets] == ["orgs", "users"]
        assert {note.code for note in delivery.notes} == {"file-ignored"}
        assert len(delivery.notes) == 7


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without a sheet is refused."""
    assert code_of(tmp_path) == "file-empty"


def test_missing_and_special_files(tmp_path: Path) -> None:
    """A path that is not there, or is no regular file, is refused."""
    os.mkfifo(tmp_path / "pipe.csv")
    assert code_of(tmp_path / "none.csv") == "file-unreadable"
    assert code_of(tmp_path / "pipe.csv") == "file-type"


def test_file_that_changes(tmp_path: Path) -> None:
    """A file that is written again between opening and reading is refused."""
    path = tmp_path / "users.csv"
    path.write_bytes(SHEET)
    with open_delivery(path) as delivery:
        path.write_bytes(SHEET * 2)
        with pytest.raises(ContractBroken, match="changed while it was read"):
            list(delivery.sheets[0].frames())


def test_zip_of_everything(tmp_path: Path) -> None:
    """A zip may hold text and workbooks, also in folders; what Macs add is left out."""
    members = [("users.csv", SHEET), ("sis/orgs.tsv", b"id\tname\n7\tX\n"), ("__MACOSX/._users.csv", b"\0"),
               ("book.xlsx", workbook(small_book))]  # fmt: skip
    with open_delivery(zipped(tmp_path, *members)) as delivery:
        assert files(delivery) == ["night.zip/users.csv", "night.zip/sis/orgs.tsv", "night.zip/book.xlsx/Students"]
        assert [rows(pl.concat(list(sheet.frames()))) for sheet in delivery.sheets] == [
            [("1", "Ann")], [("7", "X")], [("1", "Ann")],
        ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["../up.csv", "/etc/a.csv", "a/../../b.csv", "a\\b.csv", "C:a.csv", "con.csv", "x/NUL", "a\nb.csv"]
)
def test_unsafe_member_names(tmp_path: Path, name: str) -> None:
    """A member whose name leads elsewhere is refused, and nothing is written."""
    path = zipped(tmp_path, ("users.csv", SHEET), (name, SHEET))
    assert code_of(path) == "zip-path"
    assert list(tmp_path.iterdir()) == [path]


def test_path_tricks(tmp_path: Path) -> None:
    """None of the known path tricks gets a file out of the zip."""
    for trick in shared("naughty-strings/directory_traversal.txt").read_text().splitlines():
        path = zipped(tmp_path, ("users.csv", SHEET), (trick, SHEET))
        try:
            with open_delivery(path) as delivery:
                assert all(file.startswith("night.zip/") and ".." not in file.split("/") for file in files(delivery))
        except ContractBroken as error:
            refused = error.code
            assert refused in ("zip-path", "zip-broken")
        assert list(tmp_path.iterdir()) == [path]


def test_links_in_a_zip(tmp_path: Path) -> None:
    """A symbolic link in a zip is refused."""
    link = zipfile.ZipInfo("users.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert code_of(zipped(tmp_path, (link, b"/etc/passwd"))) == "zip-path"


def test_zip_bomb(tmp_path: Path) -> None:
    """A zip that would grow a thousandfold is refused before it does."""
    bomb = zipped(tmp_path, ("users.csv", b"a,b\n" + b"1,2\n" * 2**20))
    assert code_of(bomb, Limits(free_expanded_bytes=2**20)) == "zip-ratio"


def test_other_zips(tmp_path: Path) -> None:
    """Nested, broken, encrypted, empty and over-full zips each have their code."""
    inner = zipped(tmp_path, ("users.csv", SHEET)).read_bytes()
    assert code_of(zipped(tmp_path, ("inner.zip", inner))) == "zip-nested"
    assert code_of(zipped(tmp_path, ("inner.csv", inner))) == "zip-nested"
    assert code_of(zipped(tmp_path)) == "file-empty"
    assert code_of(zipped(tmp_path, ("a.csv", SHEET), ("b.csv", SHEET)), Limits(max_files=1)) == "too-many-files"
    path = tmp_path / "night.zip"
    path.write_bytes(inner[:-10])
    assert code_of(path) == "zip-broken"
    encrypted = bytearray(inner)
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(encrypted))
    assert code_of(path) == "zip-encrypted"
    damaged = bytearray(inner)
    damaged[45] ^= 0xFF
    path.write_bytes(bytes(damaged))
    assert code_of(path) == "zip-broken"


def test_templates_by_file_name(tmp_path: Path) -> None:
    """The first pattern that matches the name, in any case, tells how to read the file."""
    path = tmp_path / "Staff_2026.TXT"
    path.write_bytes(b"1|Ann\n")
    templates = {"staff*.txt": Template(header_row=0, columns=("id", "name")), "*": Template(delimiter=",")}
    with open_delivery(path, templates=templates) as delivery:
        assert delivery.sheets[0].header == ("id", "name")


def test_workbook_cells(tmp_path: Path) -> None:
    """Dates become ISO text, whole numbers lose the ".0", booleans are true and false; rows keep their number."""

    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("Empty")
        sheet = book.add_worksheet("People")
        sheet.write_row(1, 1, ["id", "share", "born", "seen", "active", "text"])
        sheet.write_row(3, 1, [7.0, 0.1])
        seen = dt.datetime.fromisoformat("2026-01-02T08:30:00")
        sheet.write_datetime(3, 3, dt.date(2010, 9, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_datetime(3, 4, seen, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.write_boolean(3, 5, True)
        sheet.write_string(3, 6, " 007 ")
        book.add_worksheet("Lists").hide()

    path = tmp_path / "people.xlsx"
    path.write_bytes(workbook(fill))
    with open_delivery(path) as delivery:
        (sheet,) = delivery.sheets
        assert [note.file for note in delivery.notes] == ["people.xlsx/Empty", "people.xlsx/Lists"]
        frame = pl.concat(list(sheet.frames()))
    assert (sheet.header, sheet.header_line) == (("id", "share", "born", "seen", "active", "text"), 2)
    assert frame.rows() == [("7", "0.1", "2010-09-01", "2026-01-02T08:30:00", "true", " 007 ", 4, 6)]


def test_workbook_with_far_cells(tmp_path: Path) -> None:
    """Two cells in far corners do not fill the memory: the workbook is refused."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "id")
        sheet.write(1_048_575, 16_383, "x")

    path = tmp_path / "far.xlsx"
    path.write_bytes(workbook(fill))
    assert code_of(path) == "file-too-large"


def test_schooltool_workbook() -> None:
    """Every sheet of the SchoolTool sample that is a plain table equals its published CSV."""
    csvs = shared("schooltool-xls/sample_data_small_csv")
    with open_delivery(shared("schooltool-xls/sample_data_small.xls")) as delivery:
        assert {sheet.stem for sheet in delivery.sheets} == {path.stem for path in csvs.iterdir()}
        for sheet in delivery.sheets:
            if sheet.stem in ("School Years", "Persons", "Contact Persons", "Courses", "Sections", "Resources"):
                _, expected = read(csvs / f"{sheet.stem}.csv")
                assert pl.concat(list(sheet.frames())).equals(expected)


@pytest.mark.parametrize("name", ["oneroster/samples", "microsoft-sds"])
def test_published_sets(name: str) -> None:
    """Every sample set of OneRoster and of Microsoft is read with no uneven record; headers alone are refused."""
    for folder in shared(name).iterdir():
        if not folder.is_dir() and folder.suffix != ".zip":
            continue
        with open_delivery(folder) as delivery:
            for sheet in delivery.sheets:
                try:
                    frame = pl.concat(list(sheet.frames()))
                except ContractBroken as error:
                    refused = (folder.name, error.code)
                    assert refused == ("mocker_v1p1_headers", "file-header-only")
                else:
                    assert set(frame["_cells"]) == {len(sheet.header)}
