"""The catalogue of findings: complete, understandable, and the only source of codes."""

import re
from pathlib import Path

import polars as pl
import pytest

from rollbook.core import issues
from rollbook.core.issues import CATALOGUE, COLUMNS, IssueType, Severity, issue_frame, one_issue, worded

REPOSITORY = Path(__file__).parents[2]
SOURCE = {path: path.read_text(encoding="utf-8") for path in (REPOSITORY / "src" / "rollbook").rglob("*.py")}
TYPES = pytest.mark.parametrize("issue", CATALOGUE, ids=lambda issue: issue.code)
NAMES = {"field", "value", "detail", "key", "entity"}


def test_codes_are_unique_and_of_one_form() -> None:
    """A code is said once, in lower case with hyphens: scripts rely on it."""
    codes = [issue.code for issue in CATALOGUE]
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code)] == []


@TYPES
def test_messages_only_name_what_an_issue_has(issue: IssueType) -> None:
    """Every `{name}` of a message is a column of an issue, so that none is ever shown as it is."""
    assert set(re.findall(r"\{(\w+)\}", issue.message)) <= NAMES


@TYPES
def test_every_type_says_what_to_do(issue: IssueType) -> None:
    """A title is short, message and fix are sentences."""
    assert 0 < len(issue.title) <= 40
    assert issue.message.endswith((".", "}"))
    assert issue.fix.endswith(".")


@TYPES
def test_every_code_is_used(issue: IssueType) -> None:
    """A catalogued code is said somewhere in the product: nobody reads up on what never happens."""
    used = [path for path, text in SOURCE.items() if f'"{issue.code}"' in text and path.name != "issues.py"]
    assert used


def test_every_used_code_is_catalogued() -> None:
    """Whatever the product says as a code of an issue is in the catalogue."""
    said = re.compile(r'(?:code=pl\.lit|one_issue|\.note|_or_fault\([^"]*,)\(?\s*"([a-z]+(?:-[a-z]+)+)"')
    found = {code for path, text in SOURCE.items() for code in said.findall(text)}
    assert found - {issue.code for issue in CATALOGUE} == set()
    assert len(found) > 10


@TYPES
def test_every_code_is_documented(issue: IssueType) -> None:
    """The reference has an entry for each code."""
    assert f"`{issue.code}`" in (REPOSITORY / "docs" / "reference" / "issues.md").read_text(encoding="utf-8")


def test_a_frame_lacks_nothing() -> None:
    """Columns that were not given are blank, and the types are always the same."""
    assert issue_frame(pl.DataFrame([{"code": "bad-date", "line": 3}])).schema == COLUMNS
    assert one_issue("file-empty", file="a.csv").row(0, named=True) == {
        **dict.fromkeys(COLUMNS), "code": "file-empty", "file": "a.csv", "effects": 0,
    }  # fmt: skip


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    """No issue can be made with a code that the catalogue lacks."""
    with pytest.raises(KeyError):
        one_issue("no-such-code")


def test_words_are_filled_in_once() -> None:
    """A value that looks like a name in braces is shown as it is, and a long one is shortened."""
    issue = one_issue("bad-date", field="born {value}", value="{detail}" + "x" * 500, detail="secret")
    message = worded(issue)["message"][0]
    assert message.startswith("born {value}: “{detail}xxx")
    assert "secret" not in message
    assert len(message) < 300


def test_the_worst_comes_first() -> None:
    """Errors before warnings before notices, each in the order of files and lines."""
    found = issues.join_issues(
        [
            one_issue("header-blank", file="a", line=1),
            one_issue("bad-date", file="b", line=2),
            one_issue("row-width", file="b", line=9),
            one_issue("bad-date", file="a", line=7),
            one_issue("row-width", file="b", line=3),
        ]
    )
    assert worded(found).select("severity", "file", "line").rows() == [
        ("error", "b", 3), ("error", "b", 9), ("warning", "a", 7), ("warning", "b", 2), ("notice", "a", 1),
    ]  # fmt: skip


def test_counts_name_every_severity() -> None:
    """A clean run says 0, not nothing."""
    assert issues.severity_counts(issues.no_issues()) == dict.fromkeys(map(str, Severity), 0)
    assert issues.counts(issues.join_issues([one_issue("bad-date"), one_issue("bad-date")])) == {"bad-date": 2}
