"""A run on the terminal, and the page of issues."""

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from rollbook.core.issues import CATALOGUE
from rollbook.runs.folder import RunFolder
from rollbook.runs.report import Summary, effects, issue_page
from rollbook.runs.report.console import show
from tests.runs.report_world import SUMMARY, TEST_RUN, found

ACTIONS = ("create", "update", "reactivate", "deactivate", "unchanged", "reject", "ignore")


def shown(summary: Summary, **options: object) -> str:
    """What a run prints where there is no terminal."""
    out = io.StringIO()
    show(summary, console=Console(file=out, highlight=False, width=80), **options)  # type: ignore[arg-type]
    return out.getvalue()


def test_counts() -> None:
    """The table has a row an entity, and only the actions that occur."""
    lines = shown(replace(SUMMARY, counts={"user": {"create": 1200, "update": 0}, "org": {"create": 2}})).splitlines()
    assert [line.split() for line in lines if line.split()[:1] in (["entity"], ["user"], ["org"])] == [
        ["entity", "create"],
        ["user", "1,200"],
        ["org", "2"],
    ]


def test_fits_80_columns() -> None:
    """A large district with every action and every issue fits a terminal of 80 columns."""
    counts = {name: dict.fromkeys(ACTIONS, 99_999) for name in ("household_member", "academic_session")}
    text = shown(replace(SUMMARY, counts=counts, issue_counts={t.code: 12345 for t in CATALOGUE}))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("99,999") == 14


def test_plain_without_a_terminal() -> None:
    """Where there is no terminal, nothing but text is written."""
    assert "\x1b" not in shown(replace(TEST_RUN, issue_counts={"bad-date": 1}))


def test_issues_with_their_fix() -> None:
    """Each kind of issue is told once, the worst first, with its count, the rows that fell with it, and the fix."""
    text = shown(replace(SUMMARY, issue_counts={"bad-date": 3, "required-blank": 2}), effects={"required-blank": 30})
    assert text.splitlines()[2:6] == [
        "error  Required value missing: 2, and 30 more rows with them  (required-blank)",
        "  Fill in the value.",
        "warning  Not a date: 3  (bad-date)",
        "  Write dates as YYYY-MM-DD, or set the date format of the integration.",
    ]


def test_held() -> None:
    """A held plan says what keeps it; one that was approved or discarded since does not."""
    held = {"scope": "North High", "entity": "user", "action": "deactivate", "count": 40, "of": 100, "limit": 10}
    waiting = replace(SUMMARY, state="held", held=[held])
    told = "Held: a member has to approve the plan\n  40 of 100 users of North High (40.0%) would be deactivated;"
    assert told in shown(waiting)
    assert [s for s in ("applied", "discarded") if "Nothing was changed" in shown(replace(waiting, state=s))] == []


def test_head() -> None:
    """The first line names the kind of run, the integration once, the run and its state."""
    named = replace(SUMMARY, title="Test northfield-sis")
    heads = [shown(summary).splitlines()[0] for summary in (SUMMARY, named)]
    assert heads == ["OneRoster Student, northfield-sis, run 7: applied", "Test northfield-sis, run 7: applied"]


def test_test_run_says_so() -> None:
    """A test run says that nothing was changed."""
    assert "TEST RUN - nothing was changed" in shown(TEST_RUN)


def test_where_the_report_lies() -> None:
    """The path of the report is one unbroken word, however long."""
    path = Path("/srv") / ("x" * 100) / "report.xlsx"
    assert shown(SUMMARY, report=path).endswith(f"Report: {path}\n")


def test_names_are_no_markup() -> None:
    """A name in brackets is printed as it is."""
    assert "[red]x[/red]" in shown(replace(SUMMARY, integration="[red]x[/red]"))


def test_effects(tmp_path: Path) -> None:
    """Effects are added up by code."""
    folder = RunFolder(tmp_path)
    found(
        folder, {"code": "bad-date"}, {"code": "required-blank", "effects": 2}, {"code": "required-blank", "effects": 3}
    )
    assert effects(folder.issues()) == {"required-blank": 5}


def test_issue_page_names_every_issue() -> None:
    """The page of issues has an entry with an anchor for every code of the catalogue, and its fix."""
    page = issue_page()
    assert [t.code for t in CATALOGUE if f'<a id="{t.code}"></a>' not in page or t.fix not in page] == []
