"""`rollbook codes`: tables for what an SIS calls a thing, and the inbox of what nobody mapped yet."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import run_cli

ORGS = "org_id,name,type\nS1,Northfield High,school\n"
PEOPLE = """\
person_id,role,org_id,first_name,last_name,grade,races
1,student,S1,Ada,Byron,Form 3,asian;martian
2,student,S1,Ben,Cole,form 3,
3,student,S1,Cleo,Dunn,Form 3,venusian
4,headmaster general,S1,Dora,Ede,,
"""


def said(args: list[str | Path], home: Path, database_url: str | None = None) -> Any:
    """What a command prints as JSON."""
    return json.loads(run_cli(args, home, database_url).stdout)


def prepare(home: Path, database_url: str | None = None) -> Path:
    """The integration `sis`, and a delivery of its sheets that was carried once."""
    sheets = home / "sheets"
    sheets.mkdir()
    (sheets / "orgs.csv").write_text(ORGS)
    (sheets / "people.csv").write_text(PEOPLE)
    run_cli(["integration", "add", "sis", "--source", "sheets", "--set", "layout=hub_v1"], home, database_url)
    run_cli(["integration", "set", "sis", "limit_reject=100", "limit_update=100"], home, database_url)
    run_cli(["run", "sis", "--from", sheets], home, database_url)
    return sheets


@pytest.fixture(scope="module")
def _met(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("met") / "home"))
    prepare(home)
    return home


@pytest.fixture
def met(_met: Path, tmp_path: Path) -> Path:
    """The home of a hub that has met the sheets of `sis` once."""
    return Path(shutil.copytree(_met, tmp_path / "met"))


def inbox(home: Path) -> list[tuple[str, str, int, str]]:
    rows = said(["codes", "unmapped", "--json"], home)
    return [(row["model"], row["value"], row["count"], row["sample"]) for row in rows]


def write(home: Path, text: str) -> Path:
    path = home / "codes.csv"
    path.write_text(text)
    return path


def test_a_run_fills_the_inbox(met: Path) -> None:
    """Every unknown code of a run is listed with its number and a place."""
    assert inbox(met) == [
        ("grade_level", "Form 3", 2, "people.csv line 2, grade"),
        ("grade_level", "form 3", 1, "people.csv line 3, grade"),
        ("race", "martian", 1, "people.csv line 2, races"),
        ("race", "venusian", 1, "people.csv line 4, races"),
        ("role", "headmaster general", 1, "people.csv line 5, role"),
    ]


def test_a_mapped_value_is_known_to_the_next_run(rollbook_home: Path, database: str) -> None:
    """One command maps a value, takes it out of the inbox, and the same files then give it to the roster."""
    run_cli(["init"], rollbook_home, database)
    sheets = prepare(rollbook_home, database)
    run_cli(["codes", "map", "sis", "grade_level", "Form 3", "9th grade"], rollbook_home, database)
    run_cli(["codes", "map", "sis", "role", "headmaster general", "Principal"], rollbook_home, database)
    left = said(["codes", "unmapped", "sis", "--json"], rollbook_home, database)
    assert {row["model"] for row in left} == {"race"}
    counts = said(["run", "sis", "--from", sheets, "--json"], rollbook_home, database)["counts"]
    assert (counts["user"]["update"], counts["role"]["create"], counts["role"]["reject"]) == (3, 1, 0)


def test_a_second_value_joins_the_first(met: Path) -> None:
    """What is mapped later goes into the same table; a value mapped anew has only its new meaning."""
    for value, meaning in (("martian", "other"), ("Venusian", "asian"), ("venusian", "white")):
        run_cli(["codes", "map", "sis", "race", value, meaning], met)
    (table,) = said(["codes", "list", "--json"], met)
    assert table["entries"] == {"martian": "other", "venusian": "white"}
    assert (table["name"], table["used_by"]) == ("sis race", ["sis"])


def test_a_meaning_that_is_none_is_refused(met: Path) -> None:
    """A value can only be mapped to one of its model, and nothing is kept otherwise."""
    done = run_cli(["codes", "map", "sis", "race", "martian", "green"], met, check=False)
    assert done.returncode == 1
    assert "'martian' is mapped to 'green', which is not a value of Race. Nothing was changed." in done.stderr
    assert said(["codes", "list", "--json"], met) == []
    assert said(["integration", "show", "sis", "--json"], met)["settings"].get("codes.race") is None


def test_an_undo_leaves_the_inbox(met: Path) -> None:
    """Taking a run back does not make its unknown codes known."""
    before = inbox(met)
    run_cli(["undo", "1"], met)
    assert inbox(met) == before


def test_a_table_comes_back_as_it_was_written(hub: Path) -> None:
    """A mapping that was exported can be imported under another name, and is the same."""
    text = "external_value,value\nForm 3,09\n'=2+1,10\n*,(reject)\n"
    run_cli(["codes", "import", "one", write(hub, text), "--model", "grade_level", "--exact"], hub)
    run_cli(["codes", "export", "one", "--out", hub / "out.csv"], hub)
    run_cli(["codes", "import", "two", hub / "out.csv", "--model", "grade_level", "--exact"], hub)
    one, two = said(["codes", "list", "--json"], hub)
    assert one["entries"] == {"Form 3": "09", "=2+1": "10"}
    assert (one["otherwise"], one["exact"]) == ("reject", True)
    assert two == one | {"name": "two"}
    assert run_cli(["codes", "export", "two"], hub).stdout.splitlines() == text.splitlines()


@pytest.mark.parametrize(
    "otherwise, rejected, unknown",
    [("", 0, 6), ("blank", 0, 6), ("reject", 3, 6), ("value:07", 0, 3)],
)
def test_what_all_else_means(met: Path, otherwise: str, rejected: int, unknown: int) -> None:
    """Other values cost nothing but themselves, or their row, or have a meaning, as the catch-all says."""
    args: list[str | Path] = [
        "codes",
        "import",
        "grades",
        write(met, "external_value,value\nQ,12\n"),
        "--model",
        "grade_level",
    ]
    if otherwise:
        args += ["--otherwise", otherwise]
    run_cli(args, met)
    run_cli(["integration", "set", "sis", "codes.grade_level=grades"], met)
    made = said(["run", "sis", "--test", "--from", met / "sheets", "--json"], met)
    found = made["issues"]["by_code"]
    assert made["counts"]["user"]["reject"] == rejected
    assert found.get("unmapped-code", 0) + found.get("required-unmapped", 0) == unknown
    assert sum(row[2] for row in inbox(met)) == unknown


def test_an_impossible_table_changes_nothing(hub: Path) -> None:
    """A faulty file, model or catch-all is refused in words, and what was stored stays."""
    run_cli(["codes", "import", "races", write(hub, "external_value,value\nM,asian\n"), "--model", "race"], hub)
    before = said(["codes", "list", "--json"], hub)
    good, bad = hub / "codes.csv", hub / "bad.csv"
    bad.write_text("external_value,value\nM,green\n")
    refused: list[tuple[list[str | Path], str]] = [
        ([bad, "--model", "race"], "Line 2: 'M' is mapped to 'green', which is not a value of Race."),
        ([good, "--model", "grade_level"], "'asian'"),
        ([good, "--model", "shoe_size"], "There is no code model 'shoe_size'."),
        ([good, "--model", "race", "--otherwise", "value:green"], "'green'"),
        ([good, "--model", "race", "--otherwise", "perhaps"], "--otherwise is one of"),
    ]
    for args, message in refused:
        done = run_cli(["codes", "import", "races", *args], hub, check=False)
        assert done.returncode in (1, 2)
        assert message in done.stderr
    assert said(["codes", "list", "--json"], hub) == before


def test_the_model_of_a_table_stays(hub: Path) -> None:
    """A table of one model is never turned into one of another."""
    run_cli(["codes", "import", "table", write(hub, "external_value,value\n"), "--model", "race"], hub)
    done = run_cli(["codes", "import", "table", hub / "codes.csv", "--model", "gender"], hub, check=False)
    assert done.returncode == 1
    assert "'table' is a code mapping of the model race, which does not change." in done.stderr


def test_the_models_are_listed_without_a_hub(rollbook_home: Path) -> None:
    """Which codes there are, and their values, can be read before anything is set up."""
    assert "grade_level" in run_cli(["codes", "models"], rollbook_home).stdout
    assert "Kindergarten" in run_cli(["codes", "models", "grade_level"], rollbook_home).stdout


def test_a_table_is_shown_with_its_users(met: Path) -> None:
    """A table says what it means by what, and who depends on it."""
    run_cli(["codes", "map", "sis", "race", "martian", "other"], met)
    shown = run_cli(["codes", "show", "sis race"], met).stdout
    for told in ("martian", "other", "All else: blank", "Used by:  sis"):
        assert told in shown
