"""`rollbook run`, `plan`, `approve` and `runs`, as they are read on a terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from rollbook.cli import rollbook
from tests.support.cli import run_cli

PEOPLE = "person_id,role,org_id,first_name,last_name\n"
ORGS = "org_id,name,type\nS1,Northfield High,school\n"


def send(home: Path, count: int, name: str = "Roe") -> Path:
    """The sheets of a school with so many students."""
    sheets = home / "export"
    sheets.mkdir(exist_ok=True)
    rows = "".join(f"P{n:03},student,S1,Ada,{name}\n" for n in range(count))
    (sheets / "people.csv").write_text(PEOPLE + rows)
    (sheets / "orgs.csv").write_text(ORGS)
    return sheets


@pytest.fixture
def school(hub: Path) -> Path:
    """A hub that has taken forty students, and whose next night would end all but ten."""
    send(hub, 40)
    run_cli(["integration", "add", "sis", "--set", "path=export", "--set", "absence=deactivate"], hub)
    run_cli(["run", "sis"], hub)
    send(hub, 10)
    return hub


def test_an_approved_test_run_says_what_it_did(school: Path) -> None:
    """A test run beyond a limit is held with 3; once approved it is applied, and nobody says "nothing was changed"."""
    held = run_cli(["run", "sis", "--test"], school, check=False)
    assert (held.returncode, "TEST RUN - nothing was changed" in held.stdout) == (3, True)
    assert "Held: a member has to approve the plan" in held.stdout
    for said in (run_cli(["approve", "2"], school).stdout, run_cli(["plan", "2"], school).stdout):
        assert said.startswith("sis, run 2: applied\n")
        assert [text for text in ("TEST RUN", "Held", "Nothing was changed") if text in said] == []
    facts = json.loads((school / "runs" / "2" / "report-2" / "report" / "report.json").read_text())
    assert facts["mode"] == "live"


def test_a_plan_shows_what_could_be_lost_first(school: Path) -> None:
    """Of a first load only twenty new records are shown; `--all` shows all; who changes or ends comes before."""
    first, all_of_it = (run_cli(["plan", "1", *more], school).stdout for more in ([], ["--all"]))
    assert "And 101 more. All of them: rollbook plan 1 --all" in first
    assert first.count("create ") == 20 + 1, "and the heading of the counts"
    assert all_of_it.count("create ") == 122
    send(school, 41, name="Rowe")
    run_cli(["run", "sis", "--test"], school, check=False)
    second = run_cli(["plan", "2"], school).stdout
    assert 0 < second.index("P000") < second.index("P040")


def test_runs_fit_a_narrow_terminal(school: Path) -> None:
    """At 80 columns every run is one line, and its date is whole."""
    narrow = run_cli(["runs"], school, env={"COLUMNS": "80"}).stdout.splitlines()
    assert len(narrow) == 2
    assert re.search(r"\bsis +live applied \d{4}-\d\d-\d\d \d\d:\d\d ", narrow[1])


@pytest.mark.parametrize("group", [[], ["integration"], ["codes"], ["member"], ["tenant"]])
def test_no_help_is_cut_short(group: list[str]) -> None:
    """At 80 columns the lists of commands have a whole sentence for each."""
    done = CliRunner().invoke(rollbook, [*group, "--help"], terminal_width=80)
    assert [line for line in done.output.splitlines() if line.endswith("...") and "Usage" not in line] == []
