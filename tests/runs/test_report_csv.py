"""The CSV and JSON reports of a run."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from rollbook.runs.folder import RunFolder
from rollbook.runs.report import write_reports
from tests.runs.report_world import SUMMARY, TEST_RUN, change, found, new_folder, plan


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run that found and planned nothing yet."""
    return new_folder(tmp_path / "run")


def rows(folder: RunFolder, name: str) -> list[dict[str, str]]:
    """A CSV report, read back."""
    with (folder.report / name).open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_new_records_without_details(folder: RunFolder) -> None:
    """The list of new records says who they are, with the roster id that `rollbook edit` takes, and nothing more."""
    zoe = {**change("create", "1", "Zoë"), "sourced_id": "0f" * 16, "email": "zoe@north.example"}
    plan(folder, "user", [zoe, change("update", "2", "Ben")])
    write_reports(folder, SUMMARY)
    record = {
        "entity": "user",
        "action": "create",
        "source_key": "1",
        "sourced_id": "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f",
        "name": "Zoë",
        "school": "",
        "file": "",
        "line": "",
    }
    assert rows(folder, "new.csv") == [record]


def test_everything_is_in_the_csv(folder: RunFolder) -> None:
    """What a sheet leaves out is in its CSV."""
    plan(folder, "user", [change("update", str(n), "Ada", {"email": ("a", "b"), "sms": ("1", "2")}) for n in range(50)])
    write_reports(folder, SUMMARY, cap=3)
    assert len(rows(folder, "updated.csv")) == 100


def test_issues_in_words(folder: RunFolder) -> None:
    """All issues are listed in words, the worst first."""
    found(
        folder,
        {"code": "bad-email", "file": "users.csv", "line": 4, "field": "email", "value": "ada"},
        {"code": "required-blank", "file": "users.csv", "line": 9, "field": "givenName"},
    )
    write_reports(folder, SUMMARY)
    told = [(row["severity"], row["line"], row["message"]) for row in rows(folder, "issues.csv")]
    assert told == [
        ("error", "9", "givenName is blank; the row was not taken."),
        ("warning", "4", "email: “ada” is not an e-mail address; the value was left out."),
    ]


def test_restricted_values_are_masked(folder: RunFolder) -> None:
    """No report but the error rows holds a restricted value."""
    found(folder, {"code": "duplicate-differs", "entity": "user", "field": "notes", "value": "sees a doctor"})
    plan(folder, "user", [change("update", "1", "Ada", {"notes": ("sees a doctor", "well")})])
    write_reports(folder, SUMMARY)
    assert not [p.name for p in folder.report.iterdir() if b"doctor" in p.read_bytes()]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_formulas_are_disarmed(folder: RunFolder, sign: str) -> None:
    """What a spreadsheet would take for a formula begins with an apostrophe, in every column of every report."""
    evil = f"{sign}1+1"
    plan(
        folder,
        "user",
        [change(action, evil, evil, {"email": (evil, evil)}) for action in ("create", "update", "deactivate")],
    )
    issue = dict.fromkeys(("file", "field", "entity", "key", "value"), evil)
    found(folder, {"code": "file-note", "detail": evil, **issue})
    write_reports(folder, SUMMARY, unmasked=True)
    for name in ("new.csv", "updated.csv", "deactivated.csv", "issues.csv"):
        cells = [cell for row in rows(folder, name) for cell in row.values()]
        assert f"'{evil}" in cells
        assert evil not in cells


@pytest.mark.parametrize("source", ["blns.json", "csv-payload.txt"])
def test_hostile_text(folder: RunFolder, shared_data: Path, source: str) -> None:
    """Hostile text comes back as it was but for the apostrophe, and none of it begins a formula."""
    path = shared_data / "naughty-strings" / source
    if not path.exists():
        pytest.skip("the hostile strings are not there")
    text = path.read_text(encoding="utf-8")
    strings = [s for s in (json.loads(text) if source.endswith("json") else text.splitlines()) if s]
    plan(folder, "user", [change("deactivate", "k", value) for value in strings])
    write_reports(folder, SUMMARY)
    names = [row["name"] for row in rows(folder, "deactivated.csv")]
    assert [name if name in strings else name.removeprefix("'") for name in names] == strings
    assert not [name for name in names if name[0] in "=+-@\t\r\n"]


def test_json(folder: RunFolder) -> None:
    """The JSON report holds the summary, the rows that fell with each code, and the first issues in words."""
    found(folder, *({"code": "reference-not-found", "line": n, "effects": 2} for n in range(1100)))
    write_reports(folder, replace(TEST_RUN, counts={"user": {"create": 1}}))
    facts = json.loads((folder.report / "report.json").read_text(encoding="utf-8"))
    assert [facts["run"], facts["counts"], facts["effects"]] == [
        7,
        {"user": {"create": 1}},
        {"reference-not-found": 2200},
    ]
    assert [len(facts["issues"]), facts["issues"][0]["severity"]] == [1000, "error"]
