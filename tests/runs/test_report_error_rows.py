"""The rejected rows, back in the sender's own layout."""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.landing.readers import open_delivery
from rollbook.runs.checking import check_files
from rollbook.runs.folder import REJECTED, RunFolder
from rollbook.runs.report import write_reports
from tests.runs.report_world import CHECK, found, landed, new_folder

ROW = {"sourcedId": "1", "givenName": "Ada"}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run that found and planned nothing yet."""
    return new_folder(tmp_path / "run")


def written(folder: RunFolder, *files: Mapping[str, Any]) -> list[str]:
    """The names of the error-row files of a check of `files`."""
    write_reports(folder, replace(CHECK, files=files))
    return sorted(p.name for p in (folder.report / "error-rows").glob("*"))


def table(
    folder: RunFolder, name: str = "users.csv", encoding: str = "utf-8-sig", delimiter: str = ","
) -> list[list[str]]:
    """A file of error rows, read back by Python's own reader."""
    with (folder.report / "error-rows" / name).open(encoding=encoding, newline="") as text:
        return list(csv.reader(text, delimiter=delimiter))


def test_only_rejected_rows(folder: RunFolder) -> None:
    """Only the rows that were not taken come back, each with its line."""
    file = landed(folder, [ROW, {**ROW, "sourcedId": "2"}, {**ROW, "sourcedId": "3"}])
    folder.save_rejected(folder.rejected().filter(pl.col("line") != 3))
    written(folder, file)
    assert [row[:3] for row in table(folder)[1:]] == [["1", "Ada", "2"], ["3", "Ada", "4"]]


def test_no_rejected_rows(folder: RunFolder) -> None:
    """A file whose rows were all taken does not come back."""
    file = landed(folder, [ROW])
    folder.save_rejected(folder.rejected().clear())
    assert written(folder, file) == []


def test_header_as_sent(folder: RunFolder) -> None:
    """The columns come back under the names and in the order they were sent; one that was not kept is empty."""
    columns = {"First": "givenName", "ID": "sourcedId"}
    written(folder, landed(folder, [ROW], header=["First", "Password", "ID"], columns=columns))
    header, row = table(folder)
    assert header == ["First", "Password", "ID", "rollbook_line", "rollbook_reason"]
    assert row[:3] == ["Ada", "", "1"]


def test_reasons(folder: RunFolder) -> None:
    """The reason of a row is all that was found in it, in plain sentences, the worst first."""
    file = landed(folder, [ROW])
    where = {"sheet": "users", "file": "users.csv", "line": 2}
    found(
        folder,
        {**where, "code": "bad-email", "field": "email", "value": "ada"},
        {**where, "code": "required-blank", "field": "givenName"},
        {**where, "code": "required-blank", "field": "other", "line": 3},
    )
    written(folder, file)
    blank = "givenName is blank; the row was not taken. Fill in the value."
    mail = "email: “ada” is not an e-mail address; the value was left out. Correct the address in the SIS."
    assert table(folder)[1][-1] == f"{blank} {mail}"


def test_reason_told_elsewhere(folder: RunFolder) -> None:
    """A row that fell because of another one, where the issue is listed, still says why."""
    file = landed(folder, [ROW])
    folder.save_rejected(folder.rejected().with_columns(codes=pl.lit("reference-not-found")))
    written(folder, file)
    assert table(folder)[1][-1] == "Unknown reference. Send the missing record, or correct the id."


def test_reason_of_another_row(folder: RunFolder) -> None:
    """A row that fell because of another says what it lacks, and where and what the cause is."""
    file = landed(folder, [ROW])
    cause = {"codes": "reference-not-found", "reference": "class K7", "cause_file": "classes.csv", "cause_line": 14}
    folder.save_rejected(
        folder.rejected().with_columns(pl.lit(v, REJECTED[name]).alias(name) for name, v in cause.items())
    )
    found(
        folder,
        {"sheet": "classes", "file": "classes.csv", "line": 14, "code": "unmapped-code", "field": "type"},
        {"sheet": "classes", "file": "classes.csv", "line": 14, "code": "required-blank", "field": "title"},
        {"sheet": "classes", "file": "classes.csv", "line": 15, "code": "required-blank", "field": "other"},
    )
    written(folder, file)
    assert table(folder)[1][-1] == (
        "It needs class K7. See classes.csv line 14: title is blank; the row was not taken. Fill in the value."
    )


def test_the_causes_of_a_delivery(tmp_path: Path) -> None:
    """Through however many rows it goes, a row that fell names the line where it began, and not itself."""
    sheets = {
        "orgs": "org_id,name,type\nS1,North,school\n",
        "people": "person_id,role,first_name,last_name\nP1,student,Ada,Roe\n",
        "classes": "class_id,title,course_id,org_id\nK1,Art,,S1\nK2,,,S1\nK3,Ink,,S9\nK4,Oil,,S9\n",
        "enrollments": "class_id,person_id,role\n" + "".join(f"K{n},P1,student\n" for n in (1, 2, 3, 9)),
    }
    sent, scratch = tmp_path / "sent", tmp_path / "scratch"
    sent.mkdir()
    scratch.mkdir()
    for name, text in sheets.items():
        (sent / f"{name}.csv").write_text(text)
    checked = check_files(sent, "hub_v1", scratch)
    fell = checked.folder.rejected().filter(pl.col("reference").is_not_null())
    assert fell.select("file", "line", "reference", "cause_file", "cause_line").rows() == [
        ("classes.csv", 4, "org S9", "classes.csv", 4),
        ("classes.csv", 5, "org S9", "classes.csv", 4),
        ("enrollments.csv", 3, "class K2", "classes.csv", 3),
        ("enrollments.csv", 4, "class K3", "classes.csv", 4),
        ("enrollments.csv", 5, "class K9", "enrollments.csv", 5),
    ]


@pytest.mark.parametrize(
    "encoding, delimiter, mark",
    [
        ("utf-8", ";", b"\xef\xbb\xbf"),
        ("cp1252", "\t", b""),
        ("utf-16-le", "|", b"\xff\xfe"),
        ("utf-16-be", ",", b"\xfe\xff"),
    ],
)
def test_encoding_and_delimiter(folder: RunFolder, encoding: str, delimiter: str, mark: bytes) -> None:
    """A file comes back with the delimiter and in the encoding it was sent in."""
    row = {"sourcedId": "7", "givenName": f"Zoë {delimiter} “Z”"}
    written(folder, landed(folder, [row], encoding=encoding, delimiter=delimiter))
    assert (folder.report / "error-rows" / "users.csv").read_bytes().startswith(mark + "sourcedId".encode(encoding))
    codec = {"utf-8": "utf-8-sig", "cp1252": "cp1252"}.get(encoding, "utf-16")
    assert table(folder, encoding=codec, delimiter=delimiter)[1][:2] == list(row.values())


def test_reason_in_a_small_encoding(folder: RunFolder) -> None:
    """A reason in letters that the sender's encoding lacks does not keep the row from coming back."""
    file = landed(folder, [ROW], encoding="cp1252")
    found(folder, {"sheet": "users", "file": "users.csv", "line": 2, "code": "required-blank", "field": "имя"})
    written(folder, file)
    assert table(folder, encoding="cp1252")[1][-1].startswith("??? is blank")


def test_workbooks_come_back_as_csv(folder: RunFolder) -> None:
    """The sheets of a workbook come back as CSV in UTF-8."""
    file = landed(folder, [{"sourcedId": "1", "givenName": "Zoë"}], name="roster.xlsx", encoding="", delimiter="")
    assert written(folder, file) == ["roster.xlsx.csv"]
    assert table(folder, "roster.xlsx.csv")[1][:2] == ["1", "Zoë"]


def test_each_file_has_its_own_rows(folder: RunFolder) -> None:
    """Files that fit one sheet come back each by itself, even when folders of a zip give them one name."""
    one = landed(folder, [ROW], name="north/users.csv")
    two = landed(folder, [{**ROW, "sourcedId": "2"}], name="south/users.csv", number=1)
    assert written(folder, one, two) == ["users (2).csv", "users.csv"]
    assert [table(folder)[1][0], table(folder, "users (2).csv")[1][0]] == ["1", "2"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x.csv", "/etc/cron.d/x", "..", "a\x00b\n.csv", "C:\\con.csv"]
)
def test_names_stay_inside(folder: RunFolder, name: str) -> None:
    """A hostile file name writes nowhere but among the error rows."""
    files = written(folder, landed(folder, [ROW], name=name))
    assert len(files) == 1
    assert sorted(p.name for p in folder.path.parent.iterdir()) == ["run"]


def test_sent_again_with_notes(folder: RunFolder) -> None:
    """A file sent again with the notes of the last time comes back with new ones, not with both."""
    row = {**ROW, "rollbook_line": "2", "rollbook_reason": "old"}
    file = landed(folder, [row], columns={name: name for name in row})
    written(folder, file)
    assert table(folder)[0] == ["sourcedId", "givenName", "rollbook_line", "rollbook_reason"]


def test_formulas_come_back_as_sent(folder: RunFolder) -> None:
    """Cells are not changed, not even one that begins a formula; the notes of the hub never begin one."""
    file = landed(folder, [{"sourcedId": "=1+1", "givenName": "@x"}])
    found(folder, {"sheet": "users", "file": "users.csv", "line": 2, "code": "required-blank", "field": "=cmd"})
    written(folder, file)
    row = table(folder)[1]
    assert [row[0], row[1], row[3][:5]] == ["=1+1", "@x", "'=cmd"]


def test_readme_warns(folder: RunFolder) -> None:
    """Whoever opens the folder is told that error rows may hold formulas and are not masked."""
    write_reports(folder, CHECK)
    readme = (folder.report / "README.txt").read_text(encoding="utf-8")
    assert "may run as a formula" in readme
    assert "not masked" in readme


def test_hostile_text(folder: RunFolder, shared_data: Path) -> None:
    """Hostile text comes back byte for byte."""
    path = shared_data / "naughty-strings"
    if not path.is_dir():
        pytest.skip("the hostile strings are not there")
    strings = json.loads((path / "blns.json").read_text(encoding="utf-8"))
    strings += (path / "csv-payload.txt").read_text(encoding="utf-8").splitlines()
    written(folder, landed(folder, [{"sourcedId": str(n), "givenName": text} for n, text in enumerate(strings)]))
    assert [row[1] for row in table(folder)[1:]] == strings


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=8))
def test_hub_reads_them_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """The hub itself reads from the file exactly what was sent, whatever the cells hold."""
    folder = new_folder(tmp_path_factory.mktemp("run"))
    written(folder, landed(folder, [{"sourcedId": "x", "givenName": text or None} for text in texts]))
    with open_delivery(folder.report / "error-rows") as delivery:
        frame = pl.concat(list(delivery.sheets[0].frames()))
    assert frame["givenName"].to_list() == [text or None for text in texts]
