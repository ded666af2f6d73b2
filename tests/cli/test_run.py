"""`rollbook run`, `plan`, `approve` and `runs`, as they are read on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
    facts = json.loads((school / "runs" / "2" / "report" / "report.json").read_text())
    assert facts["mode"] == "live"
